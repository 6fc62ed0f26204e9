"""How long we were away: what waited for us meanwhile is late by that much and still live (contract 4.6)."""

from typing import Final

import numpy as np

from plantroom.domain.samples import Quality, SampleBatch

LIVE_WITHIN: Final = 5 * 60 * 1000
"""A live sample is at most this much older than its arrival, ms, when we were not away."""
_DRAINED_AFTER: Final = 5_000
"""The backlog is drained when for this long, ms, no sample needed the extension."""


class Absence:
    """Extends the five minutes by the length of an absence, until the backlog is drained."""

    def __init__(self, *, last_present: int) -> None:
        """Start away since `last_present`, ms since the epoch; 0 if there was no time before."""
        self._away_since = last_present
        self._grace = 0
        self._needed_at = 0

    @property
    def grace(self) -> int:
        """By how much, ms, the five minutes are extended."""
        return self._grace

    def left(self, now: int) -> None:
        """Note that the connection to the broker was lost at `now`, ms since the epoch."""
        if not self._away_since:
            self._away_since = now

    def returned(self, now: int) -> None:
        """Note that the connection to the broker is there since `now`, ms since the epoch."""
        if self._away_since:
            self._grace += max(0, now - self._away_since)
        self._away_since = 0
        self._needed_at = now

    def saw(self, batch: SampleBatch, now: int) -> None:
        """Look whether `batch`, accepted at `now`, still held samples that waited for us."""
        if not self._grace or self._away_since:
            return
        waited = (batch.quality == Quality.GOOD) & (batch.arrived - batch.ts > LIVE_WITHIN)
        if np.any(waited):
            self._needed_at = now
        elif now - self._needed_at > _DRAINED_AFTER:
            self._grace = 0
