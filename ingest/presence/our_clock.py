"""The time in which silence is measured: it stands still while we hear nothing (contract 4.6)."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

STEP: Final = 250
"""Silence is measured in steps of so many ms, so that little is to be judged at a time."""
LONG_AWAY: Final = 10_000
"""After hearing nothing for so long, ms, everybody gets the time to come back to the broker as well."""

Times = npt.NDArray[np.int64]


def step_after(times: Times) -> Times:
    """Return the first step that is not before each of `times`."""
    stepped: Times = -(-times // STEP) * STEP
    return stepped


class OurClock:
    """Goes on from record to record, in ms from 0, unless nothing could be heard at one of the two."""

    def __init__(self, *, rate: float = 1.0) -> None:
        """Take how many times as fast the product's own clock runs, which readings come no faster for."""
        self._rate = rate
        self.time = 0.0
        self._now = 0
        self._is_deaf = True
        self._left_at = 0

    def go_on(self, now: int, *, deaf: bool) -> bool:
        """Go on to a record of `now`, ms since the epoch; return whether a long absence ended with it."""
        began, ended = deaf and not self._is_deaf, self._is_deaf and not deaf
        if not deaf and not self._is_deaf:
            self.time += max(0, now - self._now) / self._rate
        if began:
            self._left_at = self._now
        self._now, self._is_deaf = now, deaf
        return ended and (now - self._left_at) / self._rate >= LONG_AWAY

    def step(self) -> int:
        """Return the step that has begun last."""
        return int(self.time // STEP) * STEP

    def steps_of(self, arrived: Times) -> Times:
        """Return the steps that had begun at these times, ms since the epoch, not after the record's."""
        if self._is_deaf:
            return np.full(len(arrived), self.step(), np.int64)
        time = np.minimum(self.time, self.time - (self._now - arrived) / self._rate)
        return (time // STEP).astype(np.int64) * STEP

    def wall(self, time: int) -> int:
        """Return which time, ms since the epoch, that was."""
        return round(self._now - (self.time - time) * self._rate)

    def snapshot(self) -> npt.NDArray[np.float64]:
        """Return what `restore` needs."""
        return np.array([self.time, self._now, self._is_deaf, self._left_at], np.float64)

    def restore(self, kept: npt.NDArray[Any]) -> None:
        """Take up where `snapshot` left off."""
        self.time = float(kept[0])
        self._now, self._is_deaf, self._left_at = int(kept[1]), bool(kept[2]), int(kept[3])
