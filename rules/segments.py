"""Arrays of rows in which each asset has one run of consecutive rows: a segment."""

from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Times = npt.NDArray[np.int64]
"""Milliseconds since the epoch, or durations in milliseconds."""
Rows = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]

NEVER: Final = -(2**62)
"""A time before all others: what has not happened yet."""
FOREVER: Final = 2**62
"""A time after all others: what is not going to happen."""


def starts_of_runs(*columns: npt.NDArray[np.generic]) -> Rows:
    """Return the first row of each run of rows that are equal in all `columns`."""
    differs = np.zeros(len(columns[0]), np.bool_)
    differs[:1] = True
    for column in columns:
        differs[1:] |= column[1:] != column[:-1]
    return np.flatnonzero(differs)


def running_maximum(values: Times, starts: Rows) -> Times:
    """Return the greatest value so far in each segment (and column), for segments beginning at `starts`."""
    falls = np.less(values[1:], values[:-1]).reshape(len(values) - 1, -1).max(axis=1)
    falls[starts[1:] - 1] = False
    falling = np.flatnonzero(falls) + 1
    if not falling.size:
        return values
    greatest = values.copy()
    ends = np.append(starts[1:], len(values))
    for segment in np.unique(np.searchsorted(starts, falling, side="right") - 1):
        rows = slice(starts[segment], ends[segment])
        np.maximum.accumulate(values[rows], axis=0, out=greatest[rows])
    return greatest
