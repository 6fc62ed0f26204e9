"""Samples of one asset that rules on others need: of their parent, and of what feeds them."""

from collections.abc import Iterable

import numpy as np

from plantroom.rules.arrivals import Arrivals
from plantroom.rules.segments import Rows


class Relations:
    """To which columns of which assets each point is told beside its own."""

    def __init__(self, told: Iterable[tuple[int, int, int]], *, points: int) -> None:
        """Know `told`, triples of point, slot and column."""
        rows = np.array(sorted(told), np.int64).reshape(-1, 3)
        self._slot, self._column = rows[:, 1].astype(np.int32), rows[:, 2].astype(np.int16)
        self._count = np.bincount(rows[:, 0], minlength=points)
        self._first = np.cumsum(self._count) - self._count
        self.are_none = not len(rows)

    def told(self, own: Arrivals) -> Arrivals | None:
        """Return the samples of `own` as others are told of them, None if nobody is."""
        count = self._count[own.point]
        total = int(count.sum())
        if not total:
            return None
        source: Rows = np.repeat(np.arange(len(own)), count)
        within = np.arange(total) - np.repeat(np.cumsum(count) - count, count)
        place = np.repeat(self._first[own.point], count) + within
        return own.for_other(source, slot=self._slot[place], column=self._column[place])
