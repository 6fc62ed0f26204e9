"""Buckets made of finer buckets, or of the parts of one that several places hold."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from plantroom.storage.series.port import Buckets


def empty_buckets() -> Buckets:
    """Return no buckets."""
    floats, whole = np.empty(0, np.float64), np.empty(0, np.int64)
    return Buckets(ts=whole, min=floats, max=floats, mean=floats, last=floats, count=whole)


def joined(parts: Sequence[Buckets]) -> Buckets:
    """Return the buckets of all `parts`, one after the other."""
    if not parts:
        return empty_buckets()
    return Buckets(
        ts=np.concatenate([part.ts for part in parts]),
        min=np.concatenate([part.min for part in parts]),
        max=np.concatenate([part.max for part in parts]),
        mean=np.concatenate([part.mean for part in parts]),
        last=np.concatenate([part.last for part in parts]),
        count=np.concatenate([part.count for part in parts]),
    )


def folded(buckets: Buckets, *, every: int) -> Buckets:
    """Return `buckets`, which come oldest first, in buckets of `every` ms; means weigh by counts.

    Of several for the same time each holds other samples, and the later ones are in the later.
    """
    if len(buckets) == 0:
        return buckets
    bucket = buckets.ts - buckets.ts % every
    begins = np.flatnonzero(np.diff(bucket, prepend=bucket[0] - 1))
    ends = np.append(begins[1:], len(bucket)) - 1
    count = np.add.reduceat(buckets.count, begins)
    return Buckets(
        ts=bucket[begins],
        min=np.minimum.reduceat(buckets.min, begins),
        max=np.maximum.reduceat(buckets.max, begins),
        mean=weighted_means(buckets.mean, buckets.count, begins),
        last=buckets.last[ends],
        count=count,
    )


def weighted_means(
    mean: npt.NDArray[np.float64], count: npt.NDArray[np.int64], begins: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Return the means of the rows from each of `begins` on, by their counts, (n,) or (n, points)."""
    total = np.maximum(np.add.reduceat(count, begins), 1)
    with np.errstate(over="ignore", invalid="ignore"):
        means: npt.NDArray[np.float64] = np.add.reduceat(mean * count, begins) / total
    if np.isfinite(means).all():
        return means
    # What the sum is too great for, a sum of shares is not.
    share = count / np.repeat(total, np.diff(begins, append=len(mean)), axis=0)
    return np.where(np.isfinite(means), means, np.add.reduceat(mean * share, begins))


def first_of(buckets: Buckets, limit: int) -> Buckets:
    """Return the `limit` oldest of `buckets`."""
    if len(buckets) <= limit:
        return buckets
    return rows_of(buckets, np.arange(limit))


def rows_of(buckets: Buckets, rows: npt.NDArray[np.generic]) -> Buckets:
    """Return the buckets at `rows` (a boolean mask or row numbers)."""
    return Buckets(
        ts=buckets.ts[rows],
        min=buckets.min[rows],
        max=buckets.max[rows],
        mean=buckets.mean[rows],
        last=buckets.last[rows],
        count=buckets.count[rows],
    )
