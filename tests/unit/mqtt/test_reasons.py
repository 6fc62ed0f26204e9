"""Reason codes in words."""

from plantroom.mqtt.reasons import describe, describe_connack


def test_known_codes_have_words_and_unknown_ones_their_number() -> None:
    assert describe(0x87) == "not authorized (0x87)"
    assert describe(0xEE) == "reason (0xee)"


def test_connack_of_both_versions_is_described() -> None:
    assert describe_connack(4) == "bad user name or password (4)"
    assert describe_connack(0x86) == "bad user name or password (0x86)"
