"""Packets as bytes, against the examples and tables of the specifications."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantroom.mqtt import packets
from plantroom.mqtt.message import Will
from plantroom.mqtt.packets import Connack, Malformed, Version


def connect(**changes: object) -> bytes:
    fields: dict[str, object] = {
        "version": Version.V5,
        "client_id": "p",
        "keepalive": 30,
        "clean_start": False,
        "session_expiry": 3600,
        "receive_maximum": 65535,
    }
    return packets.connect(**fields | changes)  # type: ignore[arg-type]


def test_connect_of_5_asks_for_session_and_window() -> None:
    assert connect() == (b"\x10\x16\x00\x04MQTT\x05\x00\x00\x1e\x08\x11\x00\x00\x0e\x10\x21\xff\xff\x00\x01p")


def test_connect_of_311_has_no_properties() -> None:
    assert connect(version=Version.V311) == b"\x10\x0d\x00\x04MQTT\x04\x00\x00\x1e\x00\x01p"


def test_connect_carries_will_user_and_password_in_this_order() -> None:
    will = Will(topic="t", payload=b"off", retain=True)

    packet = connect(version=Version.V311, will=will, user="u", password="pw", clean_start=True)

    assert packet[9] == 0x02 | 0x04 | 0x08 | 0x20 | 0x80 | 0x40
    assert packet.endswith(b"\x00\x01p\x00\x01t\x00\x03off\x00\x01u\x00\x02pw")


def test_a_will_of_5_has_properties_of_its_own() -> None:
    assert connect(will=Will(topic="t", payload=b"off")).endswith(b"\x00\x01p\x00\x00\x01t\x00\x03off")


def test_subscribe_of_5_asks_for_retained_messages_of_new_subscriptions_only() -> None:
    assert packets.subscribe(Version.V5, 7, ["a/#", "b"]) == (
        b"\x82\x0d\x00\x07\x00\x00\x03a/#\x11\x00\x01b\x11"
    )


def test_subscribe_of_311_has_only_the_quality() -> None:
    assert packets.subscribe(Version.V311, 7, ["a"]) == b"\x82\x06\x00\x07\x00\x01a\x01"


def test_unsubscribe_names_the_filters_alone() -> None:
    assert packets.unsubscribe(Version.V5, 8, ["a", "b"]) == b"\xa2\x09\x00\x08\x00\x00\x01a\x00\x01b"
    assert packets.unsubscribe(Version.V311, 8, ["a"]) == b"\xa2\x05\x00\x08\x00\x01a"


@pytest.mark.parametrize(
    ("version", "expected"),
    [(Version.V311, b"\x33\x08\x00\x01t\x01\x02abc"), (Version.V5, b"\x33\x09\x00\x01t\x01\x02\x00abc")],
    ids=["3.1.1", "5"],
)
def test_publish_has_topic_id_and_payload(version: Version, expected: bytes) -> None:
    flags = packets.QOS_1 | packets.RETAIN

    assert packets.publish(version, "t", b"abc", flags=flags, packet_id=0x0102) == expected


def test_publish_of_a_large_payload_has_a_long_length() -> None:
    packet = packets.publish(Version.V311, "t", bytes(200_000))

    assert packet[:4] == b"\x30\xc3\x9a\x0c"
    assert len(packet) == 4 + 3 + 200_000


def test_each_message_is_acknowledged_by_four_bytes() -> None:
    assert packets.pubacks([1, 2, 65535]) == b"\x40\x02\x00\x01\x40\x02\x00\x02\x40\x02\xff\xff"


def test_nothing_to_acknowledge_is_no_bytes() -> None:
    assert packets.pubacks([]) == b""


def test_connack_of_5_tells_what_the_broker_takes() -> None:
    properties = b"\x21\x00\x14\x27\x00\x10\x00\x00\x13\x00\x0a\x12\x00\x03abc\x25\x01"
    properties += b"\x26\x00\x01k\x00\x01v\x22\x00\x05"
    body = b"\x01\x00" + bytes([len(properties)]) + properties

    assert packets.read_connack(Version.V5, body) == Connack(
        session_present=True, code=0, receive_maximum=20, maximum_packet_size=1 << 20, keepalive=10
    )


@pytest.mark.parametrize("version", Version, ids=["3.1.1", "5"])
def test_connack_without_properties_has_the_defaults(version: Version) -> None:
    assert packets.read_connack(version, b"\x00\x05") == Connack(session_present=False, code=5)


@pytest.mark.parametrize(
    "body",
    [b"", b"\x00", b"\x00\x00\x05\x21", b"\x00\x00\x02\x21\x00", b"\x00\x00\x01\x7f", b"\x00\x00\x80"],
    ids=["empty", "short", "cut", "value too long", "unknown property", "length cut"],
)
def test_a_connack_that_is_none_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        packets.read_connack(Version.V5, body)


def test_suback_gives_one_code_for_each_filter() -> None:
    assert packets.read_suback(Version.V5, b"\x00\x07\x00\x01\x87") == (7, b"\x01\x87")
    assert packets.read_suback(Version.V311, b"\x00\x07\x01\x80") == (7, b"\x01\x80")


def test_suback_without_a_code_is_malformed() -> None:
    with pytest.raises(Malformed):
        packets.read_suback(Version.V311, b"\x00\x07")


def test_puback_has_a_reason_in_5_only() -> None:
    assert packets.read_puback(b"\x00\x07") == (7, 0)
    assert packets.read_puback(b"\x00\x07\x97\x00") == (7, 0x97)
    with pytest.raises(Malformed):
        packets.read_puback(b"\x07")


@given(st.integers(0, 268_435_455))
def test_a_length_is_read_as_it_was_written(value: int) -> None:
    written = packets._variable(value)

    assert packets.read_variable(b"x" + written, 1) == (value, 1 + len(written))
    assert packets.read_variable(written[:-1], 0) == (0, 0)


def test_a_length_of_five_bytes_is_malformed() -> None:
    with pytest.raises(Malformed, match="four bytes"):
        packets.read_variable(b"\x80\x80\x80\x80\x01", 0)
