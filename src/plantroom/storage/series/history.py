"""What was, read point by point or in bulk, as the batches that rules are tried on."""

from typing import Protocol

import numpy as np
import numpy.typing as npt

from plantroom.domain.points import PointTable
from plantroom.domain.samples import FIRST_BAD, Quality, SampleBatch
from plantroom.storage.series.port import Series

_ALL = 2**31 - 1
_NOT_EVALUATED = (Quality.LATE, Quality.CLOCK)


class History(Protocol):
    """Samples of the past."""

    def span(self) -> tuple[int, int] | None:
        """Return the times of the first and of the last sample, ms since the epoch; None: not known."""

    def read(self, points: npt.NDArray[np.intp], *, start: int, end: int) -> SampleBatch:
        """Return the samples of the points of these numbers with `start <= ts < end` (ms).

        By time and asset, a message for each; evaluated as if live, but for those that live ones never were.
        """


class ReadsOnePoint(Protocol):
    """What is asked for one point at a time."""

    def read(self, *, asset: str, point: str, start: int, end: int, limit: int) -> Series:
        """See `TimeSeriesStore`."""


class PointByPoint:
    """The history of a store that gives one point at a time."""

    def __init__(self, store: ReadsOnePoint, table: PointTable) -> None:
        self._store = store
        self._table = table

    def span(self) -> tuple[int, int] | None:
        """See `History`."""
        return None

    def read(self, points: npt.NDArray[np.intp], *, start: int, end: int) -> SampleBatch:
        """See `History`."""
        keys = [self._table.keys[number] for number in points.tolist()]
        found = [
            self._store.read(asset=asset, point=point, start=start, end=end, limit=_ALL)
            for asset, point in keys
        ]
        return as_if_live(
            self._table,
            point=np.repeat(points, [len(each) for each in found]),
            ts=np.concatenate([np.empty(0, np.int64), *(each.ts for each in found)]),
            value=np.concatenate([np.empty(0), *(each.value for each in found)]),
            quality=np.concatenate([np.empty(0, np.uint8), *(each.quality for each in found)]),
        )


def as_if_live(
    table: PointTable,
    *,
    point: npt.NDArray[np.integer],
    ts: npt.NDArray[np.int64],
    value: npt.NDArray[np.float64],
    quality: npt.NDArray[np.uint8] | None = None,
) -> SampleBatch:
    """Return samples, columns of shape (n,) in any order, as they would have come in time.

    What was sent as history counts; what came late or with a wrong time does not, as it did not then.
    Without `quality` it is judged by the points' ranges.
    """
    if quality is not None and np.isin(quality, _NOT_EVALUATED).any():
        kept = ~np.isin(quality, _NOT_EVALUATED)
        point, ts, value, quality = point[kept], ts[kept], value[kept], quality[kept]
    asset = table.asset_of[point]
    place = ts * np.int64(len(table.assets)) + asset
    if (np.diff(place) < 0).any():
        order = np.argsort(place, kind="stable")
        point, ts, value, place = point[order], ts[order], value[order], place[order]
        quality = None if quality is None else quality[order]
    judged = _judged(table, point, value)
    if quality is not None:
        judged = np.where(quality >= FIRST_BAD, quality, judged)
    message = np.zeros(len(ts), np.int32)
    np.cumsum(np.diff(place) != 0, out=message[1:])
    return SampleBatch(
        point=point.astype(np.int32, copy=False),
        ts=ts,
        value=value,
        quality=judged.astype(np.uint8, copy=False),
        arrived=ts,
        message=message,
    )


def _judged(
    table: PointTable, point: npt.NDArray[np.integer], value: npt.NDArray[np.float64]
) -> npt.NDArray[np.uint8]:
    """Return the quality that values have by the ranges of their points, shape (n,)."""
    low = np.array([each.low for each in table.points])[point]
    high = np.array([each.high for each in table.points])[point]
    quality = np.zeros(len(value), np.uint8)
    quality[(value < low) | (value > high)] = Quality.RANGE
    quality[~np.isfinite(value)] = Quality.NOT_A_NUMBER
    return quality
