"""Which samples any store can hold, so that all stores refuse the same ones."""

import numpy as np
import numpy.typing as npt

from plantroom.domain.samples import SampleBatch
from plantroom.storage.series.port import EARLIEST, LATEST, Rejection


def split_admissible(
    batch: SampleBatch, *, points: int
) -> tuple[npt.NDArray[np.int64], tuple[Rejection, ...]]:
    """Return the rows of `batch` that can be kept, given how many points there are, and why others cannot."""
    unknown = (batch.point < 0) | (batch.point >= points)
    untimely = (batch.ts < EARLIEST) | (batch.ts >= LATEST)
    rejections = [
        Rejection(rows=np.flatnonzero(rows), reason=reason)
        for rows, reason in (
            (unknown, "point is not in the site files"),
            (untimely & ~unknown, f"time is outside {EARLIEST} <= ts < {LATEST} ms since the epoch"),
        )
        if rows.any()
    ]
    return np.flatnonzero(~(unknown | untimely)), tuple(rejections)


def finite_or_nan(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return `values` with NaN for each infinite one."""
    infinite = np.isinf(values)
    if not infinite.any():
        return values
    return np.where(infinite, np.nan, values)
