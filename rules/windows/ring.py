"""Rings: for each asset, what was gathered in its last panes."""

from typing import Any

import numpy as np
import numpy.typing as npt

from plantroom.rules.segments import Floats, Rows, Times
from plantroom.rules.windows.sheet import keys, ragged


def around(
    ring: npt.NDArray[Any],
    *,
    member: Rows,
    first: Times,
    low: Times,
    width: int,
    segment: Rows,
    new_keys: Times,
    new: npt.NDArray[Any],
    empty: float,
) -> Floats:
    """Return what `width` panes from number `low` on hold, shape (windows, width), `empty` where nothing.

    Panes before number `first` are in `ring`, shape (assets, panes); the others are `new` at `new_keys`,
    ascending. `member` and `segment` are those of each window.
    """
    size = ring.shape[1]
    offset = np.arange(width)
    slot = (low % size)[:, None] + offset
    slot -= size * (slot >= size)
    slot += (member * size)[:, None]
    found: Floats = ring.ravel().take(slot).astype(np.float64)
    found[offset >= (first - low)[:, None]] = empty
    forgotten = first - size - low
    if forgotten.size and forgotten.max() > 0:
        found[offset < forgotten[:, None]] = empty
    start = np.searchsorted(new_keys, keys(segment, np.maximum(low, first)))
    end = np.searchsorted(new_keys, keys(segment, np.maximum(low + width, first)))
    count = end - start
    if count.any():
        source = np.repeat(start, count) + ragged(count)
        window = np.repeat(np.arange(len(low)), count)
        column = new_keys[source] - keys(segment, low)[window]
        found[window, column] = new[source]
    return found


def write(
    ring: npt.NDArray[Any],
    *,
    member: Rows,
    number: Times,
    newest: Times,
    new: npt.NDArray[Any],
) -> None:
    """Put `new` panes of each asset into its ring, those that are not older than it holds up to `newest`."""
    size = ring.shape[1]
    kept = number > newest - size
    ring[member[kept], number[kept] % size] = new[kept]
