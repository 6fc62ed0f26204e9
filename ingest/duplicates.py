"""The samples of the last while, to tell a repeated one from a late one."""

from collections import deque
from typing import Final

import numpy as np
import numpy.typing as npt

from plantroom.ingest.timeline import BITS

WINDOW: Final = 500_000
"""How many samples are remembered: what a broker may send again after a restart of its own."""

_BLOCK: Final = 8192
"""So many samples are sorted together, if ever they are looked at."""

Rows = npt.NDArray[np.bool_]
Keys = npt.NDArray[np.int64]
"""Point number and time of a sample as one number."""
Values = npt.NDArray[np.float64]


class Recent:
    """The last `size` samples in the order they were taken.

    Samples that come in order are only put aside, which costs next to nothing; they are sorted when a
    sample comes that is not newer than what is known of its point, and must be looked for.
    """

    def __init__(self, size: int = WINDOW) -> None:
        self._size = size
        self._blocks: deque[_Block] = deque()
        self._tail: list[tuple[Keys, Values]] = []
        self._sealed = 0
        self._taken = 0

    def repeated(
        self,
        point: npt.NDArray[np.int32],
        ts: npt.NDArray[np.int64],
        value: Values,
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
        keys = _keys(point, ts)
        wanted = np.unique(keys[asked])
        old_keys, old_values, old_taken = self._last_said(wanted)
        new = np.flatnonzero(np.isin(keys, wanted))
        key = np.concatenate((old_keys, keys[new]))
        said = np.concatenate((old_values, value[new]))
        taken = np.concatenate((old_taken, self._taken + (np.cumsum(kept) - kept)[new]))
        order = np.argsort(key, kind="stable")
        before = _previous(np.concatenate((np.ones(len(old_keys), np.bool_), kept[new]))[order])
        row, earlier = order[before >= 0], order[before[before >= 0]]
        same = key[row] == key[earlier]
        same &= (said[row] == said[earlier]) | (np.isnan(said[row]) & np.isnan(said[earlier]))
        same &= taken[row] - taken[earlier] <= self._size
        same &= row >= len(old_keys)
        again[new[row[same] - len(old_keys)]] = True
        return again & asked

    def add(self, point: npt.NDArray[np.int32], ts: npt.NDArray[np.int64], value: Values) -> None:
        """Remember these samples, in their order."""
        if not len(point):
            return
        self._tail.append((_keys(point, ts), value))
        self._taken += len(point)
        if self._taken - self._sealed < _BLOCK:
            return
        self._blocks.append(self._open_block())
        self._tail = []
        self._sealed = self._taken
        while self._blocks[0].end <= self._taken - self._size:
            self._blocks.popleft()

    def columns(self) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64], Values]:
        """Return point, ts and value of what is remembered, oldest first."""
        parts = [block.in_order() for block in (*self._blocks, self._open_block())]
        keys = np.concatenate([keys for keys, _ in parts])[-self._size :]
        values = np.concatenate([values for _, values in parts])[-self._size :]
        return (keys >> BITS).astype(np.int32), keys & ((1 << BITS) - 1), values

    def _last_said(self, wanted: Keys) -> tuple[Keys, Values, npt.NDArray[np.int64]]:
        """Return those of the sorted `wanted` keys that are remembered, with their last value and number."""
        value, taken = np.empty(len(wanted)), np.full(len(wanted), -1)
        for block in (self._open_block(), *reversed(self._blocks)):
            missing = np.flatnonzero(taken < 0)
            if not len(missing):
                break
            block.look_up(wanted, missing, value, taken)
        found = taken >= 0
        return wanted[found], value[found], taken[found]

    def _open_block(self) -> "_Block":
        if not self._tail:
            return _Block(np.empty(0, np.int64), np.empty(0), self._sealed)
        if len(self._tail) > 1:
            keys = np.concatenate([keys for keys, _ in self._tail])
            self._tail = [(keys, np.concatenate([values for _, values in self._tail]))]
        return _Block(*self._tail[0], self._sealed)


class _Block:
    """Some samples in order, sorted by key once one of them is looked for."""

    def __init__(self, keys: Keys, values: Values, start: int) -> None:
        self._keys = keys
        self._values = values
        self._start = start
        self._order: npt.NDArray[np.intp] | None = None

    @property
    def end(self) -> int:
        """How many samples had been taken when this block was full."""
        return self._start + len(self._keys)

    def in_order(self) -> tuple[Keys, Values]:
        """Return keys and values in the order they were taken."""
        if self._order is None:
            return self._keys, self._values
        places = np.argsort(self._order)
        return self._keys[places], self._values[places]

    def look_up(
        self, wanted: Keys, rows: npt.NDArray[np.intp], value: Values, taken: npt.NDArray[np.int64]
    ) -> None:
        """Set `value` and `taken` for those `rows` of `wanted` that are here, to the last of that key."""
        if not len(self._keys):
            return
        if self._order is None:
            self._order = np.argsort(self._keys, kind="stable")
            self._keys, self._values = self._keys[self._order], self._values[self._order]
        places = np.searchsorted(self._keys, wanted[rows], side="right") - 1
        here = (places >= 0) & (self._keys[places] == wanted[rows])
        rows, places = rows[here], places[here]
        value[rows] = self._values[places]
        taken[rows] = self._start + self._order[places]


def _keys(point: npt.NDArray[np.int32], ts: npt.NDArray[np.int64]) -> Keys:
    return (point.astype(np.int64) << BITS) | ts


def _previous(source: Rows) -> npt.NDArray[np.int64]:
    """Return for each row the nearest `source` row before it, -1 where there is none."""
    latest = np.maximum.accumulate(np.where(source, np.arange(len(source)), -1))
    return np.concatenate((np.array([-1]), latest[:-1]))
