"""Messages of ours that the broker has not acknowledged yet."""

import asyncio
from collections import deque
from dataclasses import dataclass

LAST_PACKET_ID = 65533
"""Two are left, for SUBSCRIBE and UNSUBSCRIBE."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message on its way at QoS 1."""

    topic: str
    payload: bytes
    retain: bool
    answer: asyncio.Future[int] | None = None
    """Who waits for the reason code; without one the message outlives the connection."""


class Window:
    """Bounds how many messages are kept, and how many of them are with the broker; all stay in order."""

    def __init__(self, capacity: int) -> None:
        if not 1 <= capacity < LAST_PACKET_ID:
            raise ValueError(f"window must be 1 to {LAST_PACKET_ID - 1}: {capacity}")
        self._messages: dict[int, Outgoing] = {}
        self._free = capacity
        """Places not taken; above 0 only while nobody waits."""
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._last_id = 0
        self._unwritten: deque[int] = deque()
        self._written: set[int] = set()
        """Ids that the broker may have seen, on this connection or an earlier one."""
        self._at_broker = 0
        self._limit = capacity
        self._empty = asyncio.Event()
        self._empty.set()

    def __len__(self) -> int:
        return len(self._messages)

    async def add(self, message: Outgoing) -> int:
        """Wait for a place, first come, first served, and return the packet id of `message`."""
        if self._free > 0:
            self._free -= 1
        else:
            await self._place()
        packet_id = self._last_id % LAST_PACKET_ID + 1
        while packet_id in self._messages:
            packet_id = packet_id % LAST_PACKET_ID + 1
        self._last_id = packet_id
        self._messages[packet_id] = message
        self._unwritten.append(packet_id)
        self._empty.clear()
        return packet_id

    def next_to_write(self) -> tuple[int, Outgoing, bool] | None:
        """Return packet id, message and whether it was written before; None while the broker is full."""
        if not self._unwritten or self._at_broker >= self._limit:
            return None
        packet_id = self._unwritten.popleft()
        again = packet_id in self._written
        self._written.add(packet_id)
        self._at_broker += 1
        return packet_id, self._messages[packet_id], again

    def remove(self, packet_id: int) -> Outgoing | None:
        """Return the message that the broker has acknowledged, None for an id that is not with it."""
        if packet_id not in self._messages or packet_id not in self._written:
            return None
        self._at_broker -= 1
        return self._drop(packet_id)

    def start_over(self, receive_maximum: int) -> None:
        """Have every message written again, on a new connection whose broker takes so many at once."""
        self._limit = receive_maximum
        self._at_broker = 0
        self._unwritten = deque(self._messages)

    def give_up_answers(self) -> list[asyncio.Future[int]]:
        """Drop the messages that somebody waits for, and return who; only between connections."""
        dropped = [(number, message.answer) for number, message in self._messages.items() if message.answer]
        for packet_id, _ in dropped:
            self._drop(packet_id)
        return [answer for _, answer in dropped if answer is not None]

    async def empty(self) -> None:
        """Return when no message is kept."""
        await self._empty.wait()

    def _drop(self, packet_id: int) -> Outgoing:
        message = self._messages.pop(packet_id)
        self._written.discard(packet_id)
        self._free += 1
        self._hand_out()
        if not self._messages:
            self._empty.set()
        return message

    async def _place(self) -> None:
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if not place.cancelled():
                self._free += 1
                self._hand_out()
            raise

    def _hand_out(self) -> None:
        while self._free > 0 and self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                self._free -= 1
