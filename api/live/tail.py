"""The end of the event log, as it grows."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Final

from starlette.concurrency import run_in_threadpool

from plantroom.api.threads import to_its_end
from plantroom.domain.errors import RecordsUnavailable
from plantroom.storage.records import Records, history
from plantroom.storage.records.history import Event

KEPT: Final = 2_000
"""Events in memory; streams further behind read the records."""
PAGE: Final = 500
POLL_S: Final = 1.0
"""How often the records are asked for what another process wrote."""

log = logging.getLogger(__name__)


class EventTail:
    """Reads each new event once for all streams, and wakes them."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._events: deque[Event] = deque()
        self._complete_after = 0
        """Every event above this number, up to the newest seen, is in memory."""
        self._newest = 0
        self._bells: set[asyncio.Event] = set()
        self._grown = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self.closing = False
        """Whether streams are to end."""

    async def run(self) -> None:
        """Follow the event log until cancelled."""
        self._loop = asyncio.get_running_loop()
        stop_listening = self._records.after_commit(self.nudge)
        lost = False
        try:
            self._newest = self._complete_after = await to_its_end(self._read_newest)
            while True:
                try:
                    await self._follow()
                    lost = False
                except RecordsUnavailable as error:
                    if not lost:
                        log.warning("event log cannot be read", extra={"reason": str(error)})
                    lost = True
                    await asyncio.sleep(POLL_S)
        finally:
            stop_listening()

    def nudge(self) -> None:
        """Say that the event log may have grown; from any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._grown.set)

    def ring(self) -> None:
        """Wake the streams for another reason than an event; from any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._ring)

    def bell(self) -> tuple[asyncio.Event, Callable[[], None]]:
        """Return what is set when there may be something new, and what ends that."""
        bell = asyncio.Event()
        self._bells.add(bell)
        return bell, lambda: self._bells.discard(bell)

    @property
    def streams(self) -> int:
        """How many streams are open."""
        return len(self._bells)

    def close(self) -> None:
        """End all streams; to be called in the loop, before the server waits for its connections."""
        self.closing = True
        self._ring()

    async def after(self, number: int) -> list[Event]:
        """Return the oldest events after `number`, at most a page of them."""
        if number >= self._newest:
            return []
        if number >= self._complete_after:
            return [event for event in self._events if event.number > number][:PAGE]
        return await run_in_threadpool(self._read_after, number)

    async def _follow(self) -> None:
        self._grown.clear()
        events = await to_its_end(partial(self._read_after, self._newest))
        if events:
            self._append(events)
            self._ring()
        if len(events) == PAGE:
            return
        try:
            await asyncio.wait_for(self._grown.wait(), POLL_S)
        except TimeoutError:
            return

    def _append(self, events: list[Event]) -> None:
        self._events.extend(events)
        self._newest = events[-1].number
        while len(self._events) > KEPT:
            self._complete_after = self._events.popleft().number

    def _ring(self) -> None:
        for bell in self._bells:
            bell.set()

    def _read_newest(self) -> int:
        with self._records.read() as connection:
            return history.newest_event(connection)

    def _read_after(self, number: int) -> list[Event]:
        with self._records.read() as connection:
            return list(history.events_after(connection, number, limit=PAGE))
