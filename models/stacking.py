"""Rows with those before them side by side, so that a linear model sees how values move."""

import numpy as np
import numpy.typing as npt

from plantroom.models.frame import Floats, Times

Positions = npt.NDArray[np.intp]


def run_starts(ts: Times, pause: float) -> Positions:
    """Return for each row the first of those that reach it without a pause of more than `pause` ms."""
    number = np.arange(len(ts))
    first = np.diff(ts, prepend=ts[:1]) > pause
    return np.maximum.accumulate(np.where(first, number, 0))


def stacked(rows: Floats, starts: Positions, chosen: slice | Positions, *, depth: int) -> Floats:
    """Return the `chosen` rows, each after the `depth` - 1 before it: shape (chosen, depth * columns).

    What would lie before the start of a run is taken to be as its first row.
    """
    number = np.arange(len(rows))[chosen]
    places = np.maximum(number[:, None] - np.arange(depth - 1, -1, -1), starts[chosen, None])
    stacks: Floats = rows[places].reshape(len(number), -1)
    return stacks
