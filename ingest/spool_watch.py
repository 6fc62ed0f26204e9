"""What happens while the spool is full: nothing is read or acknowledged, and an alarm goes past the disk."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

from plantroom.domain.alarm import Transition
from plantroom.domain.errors import SpoolBroken, SpoolFull
from plantroom.ingest.absence import SPOOL, Absence
from plantroom.ingest.conditions import SPOOL_FULL
from plantroom.ingest.delivery import Delivery
from plantroom.ingest.health import Health
from plantroom.ingest.patience import happens
from plantroom.ingest.source import Source
from plantroom.ingest.stream import Stream
from plantroom.ingest.worker import Worker

log = logging.getLogger(__name__)

T = TypeVar("T")

RETRY: Final = 1.0
"""Seconds until it is tried again whether something can be kept."""


class Stopped(Exception):
    """We are to stop, and there is still no room."""


class SpoolWatch:
    """Does what needs room as soon as there is some."""

    def __init__(
        self,
        *,
        stream: Stream,
        worker: Worker,
        delivery: Delivery,
        health: Health,
        absence: Absence,
        clock: Callable[[], int],
        tell: Callable[[Sequence[Transition]], None],
        stopped: asyncio.Event,
    ) -> None:
        self._stream = stream
        self._worker = worker
        self._delivery = delivery
        self._health = health
        self._absence = absence
        self._clock = clock
        self._tell = tell
        self._stopped = stopped

    async def do(
        self, action: Callable[[], T], *, source: Source, meanwhile: Callable[[], Awaitable[None]]
    ) -> T:
        """Return what `action` returns once there was room for it; do `meanwhile`, which may make room.

        While there is none, nothing is acknowledged: the broker keeps the messages and sends them again.

        Raises:
            Stopped: we are to stop before that.
        """
        while True:
            try:
                done = await self._worker.run(action)
            except (SpoolFull, SpoolBroken) as error:
                await self._say_full(error, source)
                await meanwhile()
                if await happens(self._stopped, within=RETRY):
                    raise Stopped from error
            else:
                self._say_room(source)
                return done

    async def alarm(self) -> None:
        """While it is full, tell the API so, past the outbox: that is on the same disk."""
        if not self._health.spool:
            return
        active = await self._worker.run(self._stream.conditions.active)
        await self._delivery.send_now([one for one in active if one.rule == SPOOL_FULL])

    async def _say_full(self, error: Exception, source: Source) -> None:
        now = self._clock()
        if not self._health.spool:
            log.error("nothing can be kept", extra={"error": str(error)})
            source.pause()
            self._absence.left(SPOOL, now)
        self._health.spool = str(error)
        self._tell(await self._worker.run(lambda: self._stream.mark_full(now, error)))

    def _say_room(self, source: Source) -> None:
        if self._health.spool:
            log.info("there is room again")
            self._health.spool = ""
            self._absence.returned(SPOOL, self._clock())
            source.resume()
