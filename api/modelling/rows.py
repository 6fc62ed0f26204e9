"""Rows of an asset, and how long it has been abnormal, from the time-series store."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from plantroom.domain.model import ANOMALY
from plantroom.domain.points import PointTable
from plantroom.models.bundle import Bundle
from plantroom.models.frame import Frame
from plantroom.models.history import Readings, frame_of
from plantroom.models.outline import Column, outline_of
from plantroom.storage.series.port import TimeSeriesStore

MINUTE_MS: Final = 60_000
CALM: Final = 0.8
"""Ratio below which an asset is as usual again, as in the rules."""
_TEN_MINUTES_MS: Final = 10 * MINUTE_MS
_MONTH_MS: Final = 30 * 86_400_000


def rows_of(
    store: TimeSeriesStore,
    table: PointTable,
    bundle: Bundle,
    points: Sequence[str],
    *,
    start: int,
    end: int,
) -> Frame:
    """Return the rows between two times (ms), of minutes as the store down-samples them.

    Raises:
        StoreUnavailable: the store does not answer.
    """
    asset = table.assets[table.asset_number[bundle.asset]]
    gates, settle = bundle.gates, bundle.settle
    columns = outline_of(table, asset, points=points, gates=gates, settle=settle).columns
    start, end = start // MINUTE_MS * MINUTE_MS, end // MINUTE_MS * MINUTE_MS + MINUTE_MS
    readings = {
        table.keys[column.number]: _minutes(store, table, column, start=start, end=end) for column in columns
    }
    return frame_of(table, bundle.asset, points=points, gates=gates, settle=settle, readings=readings)


def abnormal_since(store: TimeSeriesStore, asset: str, *, at: int) -> int | None:
    """Return when the asset became abnormal (ms) and has not been as usual since; None: it is as usual.

    Raises:
        StoreUnavailable: the store does not answer.
    """
    start = (at - _MONTH_MS) // _TEN_MINUTES_MS * _TEN_MINUTES_MS
    found = store.read_buckets(
        asset=asset, point=ANOMALY, start=start, end=at + 1, every=_TEN_MINUTES_MS, limit=5_000
    )
    calm = np.flatnonzero(found.mean < CALM)
    begin = int(calm[-1]) + 1 if len(calm) else 0
    above = np.flatnonzero(found.mean[begin:] > 1)
    return int(found.ts[begin + above[0]]) if len(above) else None


def _minutes(store: TimeSeriesStore, table: PointTable, column: Column, *, start: int, end: int) -> Readings:
    asset, point = table.keys[column.number]
    found = store.read_buckets(
        asset=asset, point=point, start=start, end=end, every=MINUTE_MS, limit=(end - start) // MINUTE_MS
    )
    value = found.mean if column.averaged else found.last
    return Readings(ts=found.ts + MINUTE_MS - 1, value=value, quality=np.zeros(len(found), np.uint8))
