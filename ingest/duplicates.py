"""The samples of the last while, to tell a repeated one from a late one."""

from typing import Final

import numpy as np
import numpy.typing as npt

WINDOW: Final = 500_000
"""How many samples are remembered: what a broker may send again after a restart of its own."""

Rows = npt.NDArray[np.bool_]


class Recent:
    """The last `size` samples in the order they were taken, without an index.

    Samples that come in order are only written here, which costs next to nothing; only those that are not
    newer than what is known of their point are looked for.
    """

    def __init__(self, points: int, size: int = WINDOW) -> None:
        self._points = points
        self._size = size
        self._point = np.empty(size, np.int32)
        self._ts = np.empty(size, np.int64)
        self._value = np.empty(size, np.float64)
        self._taken = 0

    def repeated(
        self,
        point: npt.NDArray[np.int32],
        ts: npt.NDArray[np.int64],
        value: npt.NDArray[np.float64],
        *,
        asked: Rows,
        kept: Rows,
    ) -> Rows:
        """Return which of the samples `asked` about say again what was last said of their point and time.

        The samples are in order; only those `kept` are remembered (by `add`, later) and so can be repeated by
        those behind them. Two NaN are the same value.
        """
        again = np.zeros(len(point), np.bool_)
        if not asked.any():
            return again
        oldest = np.full(self._points, np.iinfo(np.int64).max)
        np.minimum.at(oldest, point[asked], ts[asked])
        old = self._since(oldest)
        new = np.flatnonzero(ts >= oldest[point])
        taken = np.concatenate((self._number(old), (self._taken + np.cumsum(kept) - kept)[new]))
        points = np.concatenate((self._point[old], point[new]))
        times = np.concatenate((self._ts[old], ts[new]))
        values = np.concatenate((self._value[old], value[new]))
        order = np.lexsort((times, points))
        source = np.concatenate((np.ones(len(old), np.bool_), kept[new]))[order]
        before = _previous(source)
        row, earlier = order[before >= 0], order[before[before >= 0]]
        same = (points[row] == points[earlier]) & (times[row] == times[earlier])
        same &= (values[row] == values[earlier]) | (np.isnan(values[row]) & np.isnan(values[earlier]))
        same &= taken[row] - taken[earlier] <= self._size
        same &= row >= len(old)
        again[new[row[same] - len(old)]] = True
        return again & asked

    def add(
        self,
        point: npt.NDArray[np.int32],
        ts: npt.NDArray[np.int64],
        value: npt.NDArray[np.float64],
    ) -> None:
        """Remember these samples, in their order."""
        excess = max(0, len(point) - self._size)
        self._taken += excess
        start = self._taken % self._size
        for ring, column in ((self._point, point), (self._ts, ts), (self._value, value)):
            rows = column[excess:]
            room = self._size - start
            ring[start : start + len(rows)] = rows[:room]
            ring[: max(0, len(rows) - room)] = rows[room:]
        self._taken += len(point) - excess

    def columns(self) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """Return point, ts and value of what is remembered, oldest first."""
        rows = self._in_order(np.arange(self._filled))
        return self._point[rows], self._ts[rows], self._value[rows]

    @property
    def _filled(self) -> int:
        return min(self._taken, self._size)

    def _since(self, oldest: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the places of the samples not older than `oldest` says of their point, in order."""
        filled = self._filled
        places = np.flatnonzero(self._ts[:filled] >= oldest[self._point[:filled]])
        return self._in_order(places)

    def _in_order(self, places: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        head = self._taken % self._size if self._taken > self._size else 0
        return np.concatenate((places[places >= head], places[places < head]))

    def _number(self, places: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return how many samples had been taken before those at `places`."""
        last = (self._taken - 1) % self._size
        return self._taken - 1 - (last - places) % self._size


def _previous(source: Rows) -> npt.NDArray[np.int64]:
    """Return for each row the nearest `source` row before it, -1 where there is none."""
    latest = np.maximum.accumulate(np.where(source, np.arange(len(source)), -1))
    return np.concatenate((np.array([-1]), latest[:-1]))
