"""One connection to a broker, from CONNECT to the loss of the socket."""

import asyncio
import logging
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

from plantroom.mqtt import packets
from plantroom.mqtt.message import Received
from plantroom.mqtt.packets import Connack, Malformed, Version
from plantroom.mqtt.reader import PacketReader
from plantroom.mqtt.reasons import describe

logger = logging.getLogger(__name__)

ACKNOWLEDGEMENTS_IN_ONE_WRITE = 2000
QUICK_ACK: int | None = getattr(socket, "TCP_QUICKACK", None)
"""Linux's option to confirm now what has arrived."""
CONFIRM_WITHIN = 0.001
"""How long (s) TCP may wait with that.

Mosquitto as it comes keeps a small packet back until the one before is confirmed, which Linux does 44 ms
late; to confirm each one at once would cost Mosquitto throughput."""


class HungUp(ConnectionError):
    """The broker closed the connection instead of answering CONNECT."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Whom a connection tells; all are called on the event loop."""

    on_accepted: Callable[["Connection", Connack], None]
    """With CONNACK, at once: messages may follow in the same breath."""
    on_message: Callable[[Received], None]
    on_puback: Callable[[int, int], None]
    """With the packet id and the reason code."""
    on_suback: Callable[[bytes], None]
    """With one reason code for each filter."""


class Connection(asyncio.Protocol):
    """Speaks MQTT over one socket; when that is gone, `lost` says why and the object is of no more use."""

    def __init__(self, *, number: int, version: Version, listener: Listener) -> None:
        loop = asyncio.get_running_loop()
        self.number = number
        self.version = version
        self.accepted: asyncio.Future[Connack] = loop.create_future()
        """The broker's answer to CONNECT, or `HungUp`."""
        self.lost: asyncio.Future[str] = loop.create_future()
        """Why the connection ended."""
        self.writable = asyncio.Event()
        """Whether the socket takes more; writing all the same fills memory."""
        self.writable.set()
        self._loop = loop
        self._listener = listener
        self._reader = PacketReader(
            version=version, connection=number, on_message=self._hand_on, on_packet=self._handle
        )
        self._transport: asyncio.Transport | None = None
        self._socket: socket.socket
        self._unsent: list[bytes] = []
        self._reason = ""
        self._reading = True
        self._heard = False
        self._closing = False
        self._heartbeat: asyncio.TimerHandle | None = None
        self._confirmation: asyncio.TimerHandle | None = None

    # Called by the event loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the socket."""
        self._transport = cast("asyncio.Transport", transport)
        self._socket = transport.get_extra_info("socket")

    def data_received(self, data: bytes) -> None:
        """Take what the broker sent."""
        self._heard = True
        if self._confirmation is None and QUICK_ACK is not None:
            self._confirmation = self._loop.call_later(CONFIRM_WITHIN, self._confirm)
        try:
            self._reader.feed(data)
        except Malformed as error:
            self.abort(f"not MQTT: {error}")

    def pause_writing(self) -> None:
        """Note that the broker does not read as fast as we write."""
        self.writable.clear()

    def resume_writing(self) -> None:
        """Note that the broker has caught up."""
        self.writable.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """Say why the socket is gone."""
        if self._heartbeat is not None:
            self._heartbeat.cancel()
        self._transport = None
        self.writable.set()
        reason = self._reason or (str(exc) if exc else "closed by the broker")
        self.lost.set_result(reason)
        if not self.accepted.done():
            self.accepted.set_exception(HungUp(reason))

    # Called by the client

    def send(self, packet: bytes) -> None:
        """Write `packet` with all others of this turn of the event loop: one system call for many."""
        if not self._unsent:
            self._loop.call_soon(self._flush)
        self._unsent.append(packet)

    def acknowledge(self, packet_ids: Sequence[int]) -> None:
        """Send PUBACK for each of `packet_ids`, in that order."""
        for start in range(0, len(packet_ids), ACKNOWLEDGEMENTS_IN_ONE_WRITE):
            self.send(packets.pubacks(packet_ids[start : start + ACKNOWLEDGEMENTS_IN_ONE_WRITE]))

    def keep_alive(self, interval: float) -> None:
        """Ask for a sign of life every half `interval` (s), and end the connection where none comes."""
        self._heard = False
        self.send(packets.PINGREQ)
        due = self._loop.time() + interval / 2
        self._heartbeat = self._loop.call_at(due, self._check_life, interval, due)

    def pause(self) -> None:
        """Stop reading from the socket."""
        if self._transport is not None and self._reading:
            self._reading = False
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read from the socket again."""
        if self._transport is not None and not self._reading:
            self._reading = True
            self._heard = True
            self._transport.resume_reading()

    def say_goodbye(self) -> None:
        """Write DISCONNECT, so that the broker keeps the Will to itself; when it has read all, it closes."""
        self._reason = self._reason or "closed by us"
        self._closing = True
        self.resume()
        self.send(packets.NORMAL_DISCONNECT)

    def abort(self, reason: str) -> None:
        """Drop the connection without a word."""
        self._reason = self._reason or reason
        if self._transport is not None:
            self._transport.abort()

    def _flush(self) -> None:
        unsent, self._unsent = self._unsent, []
        if unsent and self._transport is not None and not self._transport.is_closing():
            self._transport.write(b"".join(unsent))

    def _confirm(self) -> None:
        self._confirmation = None
        if self._transport is not None:
            self._socket.setsockopt(socket.IPPROTO_TCP, QUICK_ACK or 0, 1)

    def _check_life(self, interval: float, due: float) -> None:
        # While we do not read, or were held up ourselves, we cannot have heard it; it still has to hear us.
        held_up = self._loop.time() - due > interval / 4
        if self._reading and not self._heard and not held_up:
            self.abort(f"no sign of life for {interval / 2:g} s")
            return
        self.keep_alive(interval)

    def _hand_on(self, message: Received) -> None:
        if self._closing:
            return
        try:
            self._listener.on_message(message)
        except Exception:
            # It stays unacknowledged, so the broker sends it again on the next connection.
            logger.exception("mqtt message not handled", extra={"topic": message.topic})

    def _handle(self, kind: int, body: bytes) -> None:
        if not self.accepted.done():
            if kind != packets.CONNACK:
                raise Malformed(f"{kind:#04x} before CONNACK")
            self._take_answer(packets.read_connack(self.version, body))
        elif kind == packets.PUBACK:
            self._listener.on_puback(*packets.read_puback(body))
        elif kind == packets.SUBACK:
            self._listener.on_suback(packets.read_suback(self.version, body)[1])
        elif kind == packets.DISCONNECT:
            self.abort(f"broker said DISCONNECT, {describe(body[0] if body else 0)}")
        elif kind not in (packets.PINGRESP, packets.UNSUBACK):
            raise Malformed(f"unexpected packet {kind:#04x}")

    def _take_answer(self, answer: Connack) -> None:
        if answer.code == 0:
            self._listener.on_accepted(self, answer)
        self.accepted.set_result(answer)
