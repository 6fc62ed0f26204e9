"""Bytes to packets, however they are cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantroom.mqtt import packets
from plantroom.mqtt.message import Received
from plantroom.mqtt.packets import Malformed, Version
from plantroom.mqtt.reader import PacketReader


class Read:
    """What a reader handed on."""

    def __init__(self, version: Version = Version.V5) -> None:
        self.messages: list[Received] = []
        self.others: list[tuple[int, bytes]] = []
        self.reader = PacketReader(
            version=version,
            connection=3,
            on_message=self.messages.append,
            on_packet=lambda kind, body: self.others.append((kind, body)),
        )

    @property
    def contents(self) -> list[tuple[str, bytes, int]]:
        return [(message.topic, message.payload, message.packet_id) for message in self.messages]


MESSAGE = st.tuples(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20),
    st.binary(max_size=300),
    st.integers(0, 65535),
)


@given(st.lists(MESSAGE, max_size=8), st.lists(st.integers(1, 200), min_size=1), st.sampled_from(Version))
def test_however_the_stream_is_cut_the_messages_are_the_same(
    messages: list[tuple[str, bytes, int]], cuts: list[int], version: Version
) -> None:
    stream = b"".join(
        packets.publish(version, topic, payload, flags=packets.QOS_1 if packet_id else 0, packet_id=packet_id)
        for topic, payload, packet_id in messages
    )
    read = Read(version)

    position, turn = 0, 0
    while position < len(stream):
        size = cuts[turn % len(cuts)]
        read.reader.feed(stream[position : position + size])
        position, turn = position + size, turn + 1

    assert read.contents == messages


@given(st.binary(max_size=200), st.sampled_from(Version))
def test_any_bytes_are_read_or_called_malformed(data: bytes, version: Version) -> None:
    read = Read(version)

    try:
        read.reader.feed(data)
    except Malformed:
        return

    assert sum(len(message.payload) for message in read.messages) <= len(data)


def test_flags_and_connection_are_told() -> None:
    read = Read()

    flags = packets.QOS_1 | packets.RETAIN | packets.DUPLICATE
    read.reader.feed(packets.publish(Version.V5, "t", b"x", flags=flags, packet_id=9))

    message = read.messages[0]
    assert (message.retain, message.duplicate, message.packet_id, message.connection) == (True, True, 9, 3)


def test_properties_are_passed_over() -> None:
    read = Read()
    properties = b"\x01\x01\x26\x00\x01k\x00\x01v"

    body = b"\x00\x01t\x00\x09" + bytes([len(properties)]) + properties + b"payload"
    read.reader.feed(b"\x32" + bytes([len(body)]) + body)

    assert read.contents == [("t", b"payload", 9)]


def test_other_packets_come_as_kind_and_body_among_the_messages() -> None:
    read = Read()

    read.reader.feed(b"\xd0\x00" + packets.publish(Version.V5, "t", b"x") + b"\x40\x02\x00\x07")

    assert read.others == [(packets.PINGRESP, b""), (packets.PUBACK, b"\x00\x07")]
    assert len(read.messages) == 1


def test_a_topic_that_is_not_text_stops_nothing() -> None:
    read = Read(Version.V311)

    read.reader.feed(b"\x30\x05\x00\x02\xff\xfex" + packets.publish(Version.V311, "t", b"y"))

    assert read.contents == [("\ufffd\ufffd", b"x", 0), ("t", b"y", 0)]


@pytest.mark.parametrize(
    "data",
    [
        b"\x30\x01\x00",
        b"\x32\x03\x00\x01t",
        b"\x30\x03\x00\x09t",
        b"\x34\x05\x00\x01t\x00\x01",
        b"\x30\xff\xff\xff\xff\x01",
    ],
    ids=["no topic", "no packet id", "topic too long", "quality 2", "length too long"],
)
def test_what_is_not_mqtt_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        Read(Version.V311).reader.feed(data)
