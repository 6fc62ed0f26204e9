"""What the embedded time-series store holds, in bulk."""

import numpy as np
import numpy.typing as npt

from plantroom.domain.points import PointTable
from plantroom.domain.samples import SampleBatch
from plantroom.storage.series.duckdb_store import DuckDbStore
from plantroom.storage.series.history import as_if_live


class DuckDbHistory:
    """A `History` of all that a store holds."""

    def __init__(self, store: DuckDbStore, table: PointTable) -> None:
        self._store = store
        self._table = table

    def span(self) -> tuple[int, int] | None:
        """See `History`."""
        return self._store.span()

    def read(self, points: npt.NDArray[np.intp], *, start: int, end: int) -> SampleBatch:
        """See `History`."""
        keys = [self._table.keys[number] for number in points.tolist()]
        place, series = self._store.read_many(keys, start=start, end=end)
        return as_if_live(
            self._table, point=points[place], ts=series.ts, value=series.value, quality=series.quality
        )
