"""Which rows each point goes into: its asset's, and those of assets that look at it."""

from collections.abc import Sequence

import numpy as np

from plantroom.domain.samples import FIRST_BAD, Quality, SampleBatch
from plantroom.models.grid import Told
from plantroom.models.outline import Outline


class Audience:
    """To which columns of which assets each point is told."""

    def __init__(self, outlines: Sequence[Outline], *, points: int) -> None:
        told = [
            (column.number, slot, number, column.own)
            for slot, outline in enumerate(outlines)
            for number, column in enumerate(outline.columns)
        ]
        rows = np.array(sorted(told), np.int64).reshape(-1, 4)
        self._slot, self._column = rows[:, 1].astype(np.int32), rows[:, 2].astype(np.int16)
        self._own = rows[:, 3].astype(np.bool_)
        self._count = np.bincount(rows[:, 0], minlength=points)
        self._first = np.cumsum(self._count) - self._count
        self._is_simple = bool((self._count <= 1).all() and self._own.all())

    def told(self, batch: SampleBatch) -> Told | None:
        """Return the live samples of `batch` for all whom they concern, None if there are none."""
        live = (batch.quality == Quality.GOOD) | (batch.quality >= FIRST_BAD)
        source = np.flatnonzero(live & (self._count[batch.point] > 0))
        if not len(source):
            return None
        if not self._is_simple:
            count = self._count[batch.point[source]]
            within = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
            source = np.repeat(source, count)
            place = self._first[batch.point[source]] + within
        else:
            place = self._first[batch.point[source]]
        good = batch.quality[source] == Quality.GOOD
        value = np.where(good & np.isfinite(batch.value[source]), batch.value[source], np.nan)
        return Told(
            slot=self._slot[place],
            column=self._column[place],
            ts=batch.ts[source],
            value=value,
            source=source.astype(np.int32),
            own=None if self._is_simple else self._own[place],
        )
