"""Work on columns of samples that a store cannot, or need not, do itself."""

from typing import Final

import numpy as np
import numpy.typing as npt

from plantroom.domain.samples import FIRST_BAD
from plantroom.storage.series.port import Buckets, Series

_TOO_FAR: Final = 2**63
"""One more than the greatest number in a column of 64 bits."""


def latest_rows(*keys: npt.NDArray[np.integer]) -> npt.NDArray[np.int64]:
    """Return the rows ordered by `keys`, the first the most significant, and of equal ones the last."""
    order = np.lexsort(keys[::-1])
    if len(order) == 0:
        return order
    replaced = np.zeros(len(order), np.bool_)
    replaced[:-1] = np.logical_and.reduce([key[order[:-1]] == key[order[1:]] for key in keys])
    return order[~replaced]


def latest_samples(
    ts: npt.NDArray[np.int64], point: npt.NDArray[np.int32], *, points: int
) -> npt.NDArray[np.int64]:
    """Return what `latest_rows` of both does, given the number of points; fast on rows mostly in order."""
    if len(ts) == 0 or (int(ts.max()) - int(ts.min()) + 1) * points >= _TOO_FAR:
        return latest_rows(ts, point)
    key = (ts - ts.min()) * points + point
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    is_last = np.append(ordered[1:] != ordered[:-1], np.True_)
    latest: npt.NDArray[np.int64] = order[is_last]
    return latest


def bucketed(series: Series, *, every: int, limit: int) -> Buckets:
    """Return the good values of `series` in buckets of `every` ms, the `limit` oldest."""
    usable = (series.quality < FIRST_BAD) & ~np.isnan(series.value)
    ts, value = series.ts[usable], series.value[usable]
    bucket = ts - ts % every
    begins = np.flatnonzero(np.diff(bucket, prepend=bucket[:1] - 1))
    count = np.diff(begins, append=len(ts))
    if len(ts) == 0:
        return Buckets(ts=ts, min=value, max=value, mean=value, last=value, count=count)
    return Buckets(
        ts=bucket[begins][:limit],
        min=np.minimum.reduceat(value, begins)[:limit],
        max=np.maximum.reduceat(value, begins)[:limit],
        mean=(np.add.reduceat(value, begins) / count)[:limit],
        last=value[begins + count - 1][:limit],
        count=count[:limit],
    )
