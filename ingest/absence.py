"""How long we were away, and whether what waited for us meanwhile is still coming (contract 4.6)."""

import time
from collections.abc import Callable
from typing import Final

import numpy as np

from plantroom.domain.samples import Quality, SampleBatch

LIVE_WITHIN: Final = 5 * 60 * 1000
"""A live sample is at most this much older than its arrival, ms, when we were not away."""
BROKER: Final = "broker"
SPOOL: Final = "spool"
_DRAINED_AFTER: Final = 2.0
"""The backlog is drained when for this long, s, most samples were younger than our return."""
_GRACE_AFTER: Final = 60.0
"""Those who had buffered while they could not send may come back so much later, s, than we did."""


class Absence:
    """Extends the five minutes by the length of an absence, and says when time may pass again.

    We are away while there is no connection to the broker, and while the spool is full.
    """

    def __init__(self, *, last_present: int, stopwatch: Callable[[], float] = time.monotonic) -> None:
        """Start away since `last_present`, ms since the epoch; 0 if there was no time before."""
        self._stopwatch = stopwatch  # the clock may be set while we wait
        self._reasons = {BROKER}
        self._away_since = last_present
        self._returned_at = 0
        self._waited_at = -_DRAINED_AFTER
        self._needed_at = 0.0
        self._grace = 0

    @property
    def grace(self) -> int:
        """By how much, ms, the five minutes are extended."""
        return self._grace

    @property
    def is_deaf(self) -> bool:
        """Whether older readings may be on their way: until they have come, no time passes for rules."""
        return bool(self._reasons) or self._stopwatch() - self._waited_at < _DRAINED_AFTER

    def left(self, why: str, now: int) -> None:
        """Note that since `now`, ms since the epoch, nothing can be taken."""
        if not self._reasons or not self._away_since:
            self._away_since = now
        self._reasons.add(why)

    def returned(self, why: str, now: int) -> None:
        """Note that `why` is over at `now`, ms since the epoch."""
        self._reasons.discard(why)
        if self._reasons or not self._away_since:
            return
        self._grace += max(0, now - self._away_since)
        self._away_since = 0
        self._returned_at = now
        self._waited_at = self._needed_at = self._stopwatch()

    def saw(self, batch: SampleBatch) -> None:
        """Look whether `batch` still held samples that waited for us."""
        if self._reasons or (not self._grace and not self.is_deaf):
            return
        good = batch.quality == Quality.GOOD
        waited = good & (batch.ts < self._returned_at)
        if 2 * np.count_nonzero(waited) > np.count_nonzero(good):
            self._waited_at = self._stopwatch()
        if np.any(waited & (batch.arrived - batch.ts > LIVE_WITHIN)):
            self._needed_at = self._stopwatch()
        elif self._stopwatch() - self._needed_at > _GRACE_AFTER:
            self._grace = 0
