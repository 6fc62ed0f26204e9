"""Make minutes and hours of what is stored, beside everything else."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final

from plantroom.domain.errors import StoreRejected, StoreUnavailable
from plantroom.ingest.backoff import Backoff
from plantroom.ingest.health import Health
from plantroom.ingest.worker import Worker
from plantroom.storage.series.down_sampling import DownSampling
from plantroom.storage.series.tiers import MINUTE_MS, Retention

log = logging.getLogger(__name__)

SETTLED_AFTER_MS: Final = 5 * MINUTE_MS
"""How long a minute is left to fill: live samples are at most so late."""
_PAUSE: Final = 10.0
_PREPARE_EVERY: Final = 60.0
_FORGET_EVERY: Final = 3600.0
_LATE_AFTER_MS: Final = 30 * MINUTE_MS
"""From so much on that tiers are behind what has settled, `/health/ready` tells it."""
_LAST_STEP_WITHIN: Final = 0.5


class DownSampler:
    """Runs a `DownSampling` in a thread of its own, for at most half of the time."""

    def __init__(
        self,
        job: DownSampling,
        *,
        retention: Retention,
        is_behind: Callable[[], bool],
        health: Health,
        clock: Callable[[], int],
    ) -> None:
        """Make tiers, kept for `retention`; while the store `is_behind`, only what was made before."""
        self._job = job
        self._retention = retention
        self._is_behind = is_behind
        self._health = health
        self._clock = clock
        self._thread = Worker("down-sampling")
        self._backoff = Backoff()
        self._prepare_at: float | None = 0.0
        self._forget_at = 0.0
        self.remade = 0
        """Hours of assets made anew since the start."""

    @property
    def lag_ms(self) -> int | None:
        """How far the minutes are behind our clock, ms; None: not known yet."""
        return None if self._job.until is None else self._clock() - self._job.until

    async def run(self) -> None:
        """Work for ever."""
        try:
            while True:
                began = time.monotonic()
                has_more = await self.do_some()
                took = time.monotonic() - began
                await asyncio.sleep(took if has_more else self._pause())
        finally:
            self._thread.end(lambda: None, within=_LAST_STEP_WITHIN)

    async def do_some(self) -> bool:
        """Do a bounded piece of the work; return whether some is left."""
        try:
            has_more = await self._thread.run(self._do_some)
        except (StoreUnavailable, StoreRejected) as error:
            if not self._backoff.failures:
                log.warning("not down-sampled", extra={"error": str(error)})
            self._health.tiers = str(error)
            self._backoff.failed()
            return False
        if self._backoff.succeeded():
            log.info("down-sampled again")
        return has_more

    def _pause(self) -> float:
        return _PAUSE * (1 + min(self._backoff.failures, 5))

    def _do_some(self) -> bool:
        now = self._clock()
        if not self._is_prepared(now):
            return False
        has_more = False
        if not self._is_behind():
            has_more = self._job.advance(now - SETTLED_AFTER_MS)
        remade = self._job.mend()
        self.remade += remade
        self._tell_lag()
        if has_more or remade:
            return True
        if time.monotonic() >= self._forget_at and not self._is_behind():
            self._complain(self._job.forget(self._retention, now=now))
            self._forget_at = time.monotonic() + _FORGET_EVERY
        return False

    def _is_prepared(self, now: int) -> bool:
        """Make room for tiers, if there is none yet, and return whether there is."""
        if self._prepare_at is None:
            return True
        if time.monotonic() < self._prepare_at:
            return False
        self._prepare_at = time.monotonic() + _PREPARE_EVERY
        complaints = self._job.prepare(self._retention, now=now)
        self._complain(complaints)
        self._health.tiers = "; ".join(complaints)
        if complaints:
            return False
        self._prepare_at = None
        return True

    def _complain(self, complaints: tuple[str, ...]) -> None:
        for complaint in complaints:
            log.warning("tiers", extra={"complaint": complaint})

    def _tell_lag(self) -> None:
        lag = (self.lag_ms or 0) - SETTLED_AFTER_MS
        self._health.tiers = f"{lag // MINUTE_MS} min behind" if lag > _LATE_AFTER_MS else ""
