"""How unlike its own past a single series is: the distance of its latest window to the nearest earlier ones.

Source: Burnaev, Ishimtsev (2016), Conformalized density- and distance-based anomaly detection in time-series
data (distances to nearest windows); Yeh et al. (2016), Matrix profile I (windows that have no like).
"""

from typing import Final

import numpy as np

from plantroom.models.frame import Floats

WINDOW: Final = 16
PAST: Final = 1500
"""Windows that the latest is compared with; those that share rows with it are none of them."""
NEAREST: Final = 3
MEMORY: Final = 3000
"""Rows over which the usual distance and its spread are forgotten."""
ENOUGH: Final = 20
"""Distances before which nothing is usual yet."""
MOST: Final = 100.0
KEPT: Final = PAST + 2 * WINDOW
_HUGE = 1e100
_RESOLUTION = 1e-6
_TINY = 1e-200


class Series:
    """One series as it comes, a value at a time."""

    def __init__(self) -> None:
        self._kept = np.full(2 * KEPT, np.nan)
        self._end = KEPT
        self.seen = 0.0
        """Distances so far."""
        self.mean = 0.0
        self.variance = 0.0
        self.expected = np.nan
        """What the nearest earlier windows ended with."""

    def push(self, value: float) -> float:
        """Return how many standard deviations the latest window is farther than usual from its like, from 0.

        NaN: a gap, or too little past. A gap counts as one row, however long it is.
        """
        if not np.isfinite(value) and np.isnan(self._kept[self._end - 1]):
            return np.nan
        self._append(float(np.clip(value, -_HUGE, _HUGE)) if np.isfinite(value) else np.nan)
        distance = self._distance()
        if np.isnan(distance):
            return np.nan
        floor = _RESOLUTION * float(np.abs(self._kept[self._end - WINDOW : self._end]).max())
        spread = max(self.variance**0.5, floor, _TINY)
        far = (distance - self.mean) / spread if distance > self.mean else 0.0
        self._learn(distance)
        return min(far, MOST) if self.seen > ENOUGH else np.nan

    def _append(self, value: float) -> None:
        if self._end == len(self._kept):
            self._kept[:KEPT] = self._kept[-KEPT:]
            self._end = KEPT
        self._kept[self._end] = value
        self._end += 1

    def _distance(self) -> float:
        latest = self._kept[self._end - WINDOW : self._end]
        if np.isnan(latest).any():
            return np.nan
        past = self._kept[self._end - KEPT : self._end - WINDOW]
        windows = np.lib.stride_tricks.sliding_window_view(past, WINDOW)
        off = windows - latest
        squares = np.einsum("ij,ij->i", off, off)
        # An unknown distance is sorted last.
        nearest = np.argpartition(squares, NEAREST)[:NEAREST]
        self.expected = float(windows[nearest, -1].mean())
        return float(np.sqrt(squares[nearest].mean() / WINDOW))

    def _learn(self, distance: float) -> None:
        self.seen += 1
        if self.seen == 1:
            self.mean = distance
            return
        share = max(1 / self.seen, 1 / MEMORY)
        off = distance - self.mean
        self.mean += share * off
        self.variance += share * (off * (distance - self.mean) - self.variance)

    def to_array(self) -> Floats:
        """Return what is remembered, shape (4 + KEPT,)."""
        recent = self._kept[self._end - KEPT : self._end]
        return np.concatenate(([self.seen, self.mean, self.variance, self.expected], recent))

    @classmethod
    def from_array(cls, array: Floats) -> "Series":
        """Return the series that `to_array` kept.

        Raises:
            ValueError: it is none.
        """
        if array.shape != (4 + KEPT,):
            raise ValueError(f"no series: an array of shape {array.shape}")
        made = cls()
        made.seen, made.mean, made.variance, made.expected = (float(each) for each in array[:4])
        made._kept[:KEPT] = array[4:]
        return made
