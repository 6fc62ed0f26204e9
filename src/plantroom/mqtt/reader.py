"""Bytes from the broker to messages: the hot path of the product, hence its plain shape."""

import time
from collections.abc import Callable

from plantroom.mqtt.message import Received
from plantroom.mqtt.packets import PUBLISH, QOS_1, Malformed, Version, after_properties, read_variable


class PacketReader:
    """Cuts a stream of bytes into packets and hands them on, in order."""

    def __init__(
        self,
        *,
        version: Version,
        connection: int,
        on_message: Callable[[Received], None],
        on_packet: Callable[[int, bytes], None],
    ) -> None:
        self._has_properties = version is Version.V5
        self._connection = connection
        self._on_message = on_message
        self._on_packet = on_packet
        # Pieces of a packet that is not whole yet are joined once, when it is: a large one comes in many.
        self._pieces: list[bytes] = []
        self._held = 0
        self._needed = 0

    def feed(self, data: bytes) -> None:
        """Hand on every packet that is whole with `data`: PUBLISH as a message, others as type and body.

        Raises: Malformed.
        """
        if self._pieces:
            self._pieces.append(data)
            self._held += len(data)
            if self._held < self._needed:
                return
            data = b"".join(self._pieces)
            self._pieces.clear()
        arrived = time.time_ns() // 1_000_000
        position, end, needed = 0, len(data), 0
        while end - position >= 2:
            size, start = data[position + 1], position + 2
            if size > 0x7F:
                size, start = read_variable(data, position + 1)
                if start == 0:
                    break
            stop = start + size
            if stop > end:
                needed = stop - position
                break
            header = data[position]
            if header & 0xF0 == PUBLISH:
                self._on_message(self._message(data, header, start, stop, arrived))
            else:
                self._on_packet(header & 0xF0, data[start:stop])
            position = stop
        if position < end:
            self._hold(data[position:], needed)

    def _hold(self, rest: bytes, needed: int) -> None:
        self._pieces.append(rest)
        self._held = len(rest)
        self._needed = needed

    def _message(self, data: bytes, header: int, start: int, stop: int, arrived: int) -> Received:
        if stop - start < 2:
            raise Malformed("PUBLISH without a topic")
        name = start + 2
        at = name + (data[start] << 8 | data[start + 1])
        # A topic that is not UTF-8 must not stop the stream: it is nobody's, and reported as such.
        topic = data[name:at].decode("utf-8", "replace")
        packet_id = 0
        if header & 0x06:
            if header & 0x06 != QOS_1:
                raise Malformed("PUBLISH at QoS 2, which was not asked for")
            packet_id = int.from_bytes(data[at : at + 2], "big")
            at += 2
        if self._has_properties:
            # Without a topic alias maximum of ours the broker may not send aliases: all can be skipped.
            at = at + 1 if data[at : at + 1] == b"\x00" else after_properties(data, at)
        if at > stop:
            raise Malformed("PUBLISH shorter than its fields")
        return Received(
            topic,
            data[at:stop],
            arrived,
            header & 0x01 != 0,
            header & 0x08 != 0,
            packet_id,
            self._connection,
        )
