"""What the front of the embedded broker reads of a CONNECT."""

import pytest

from plantroom.mqtt import packets
from plantroom.mqtt.front import protocol_level
from plantroom.mqtt.packets import Malformed, Version

IDENTITY = {"keepalive": 30, "clean_start": True, "session_expiry": 0, "receive_maximum": 10}


@pytest.mark.parametrize("version", Version, ids=["3.1.1", "5"])
@pytest.mark.parametrize("client_id", ["p", "p" * 300], ids=["short", "long"])
def test_the_version_is_known_as_soon_as_it_can_be(version: Version, client_id: str) -> None:
    packet = packets.connect(version=version, client_id=client_id, **IDENTITY)  # type: ignore[arg-type]

    levels = [protocol_level(packet[:size]) for size in range(len(packet) + 1)]

    known = levels.index(version)
    assert known <= 11
    assert set(levels[:known]) == {None}
    assert set(levels[known:]) == {version}


def test_the_oldest_name_of_the_protocol_is_known() -> None:
    assert protocol_level(b"\x10\x11\x00\x06MQIsdp\x03\x02\x00\x3c\x00\x03abc") == 3


@pytest.mark.parametrize(
    "data",
    [b"GET / HTTP/1.1\r\n", b"\x30\x05", b"\x10\x20\x00\x40" + bytes(40), b"\x10\xff\xff\xff\xff\xff"],
    ids=["HTTP", "PUBLISH", "long name", "long length"],
)
def test_what_is_no_connect_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        protocol_level(data)
