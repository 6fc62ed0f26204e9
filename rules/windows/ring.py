"""Rings: for each asset, what was gathered in its last panes."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from plantroom.rules.segments import Floats, Rows, Times
from plantroom.rules.windows.sheet import keys, ragged


class Reach(NamedTuple):
    """Where each of `width` panes of each window is kept; the same for all that is gathered in them."""

    shape: tuple[int, int]
    """Windows and panes."""
    old: Rows
    """Places in the flat grid of windows and panes of what is in the ring."""
    slot: Rows
    """Where in the flat ring that is."""
    place: Rows
    """Places of what is new."""
    source: Rows
    """Which of the new panes that is."""

    def of(self, ring: npt.NDArray[Any], new: npt.NDArray[Any], *, empty: float) -> Floats:
        """Return what the panes hold, shape (windows, panes), `empty` where nothing was gathered."""
        found = np.full(self.shape[0] * self.shape[1], empty)
        found[self.old] = ring.ravel().take(self.slot)
        found[self.place] = new.take(self.source)
        return found.reshape(self.shape)


def reach(
    size: int, *, member: Rows, first: Times, low: Times, width: int, segment: Rows, new_keys: Times
) -> Reach:
    """Return where `width` panes from number `low` on are kept.

    Panes before number `first` are in a ring of `size` panes for each asset; the others are new, at
    `new_keys`, ascending. `member` and `segment` are those of each window.
    """
    begin = np.maximum(low, first - size)
    count = np.maximum(np.minimum(low + width, first) - begin, 0)
    window, step = np.repeat(np.arange(len(low)), count), ragged(count)
    skipped = begin - low
    old = window * width + skipped[window] + step
    slot = begin[window] % size + step
    slot -= size * (slot >= size)
    slot += member[window] * size
    start = np.searchsorted(new_keys, keys(segment, np.maximum(low, first)))
    end = np.searchsorted(new_keys, keys(segment, np.maximum(low + width, first)))
    count = end - start
    window, source = np.repeat(np.arange(len(low)), count), np.repeat(start, count) + ragged(count)
    place = window * width + new_keys[source] - keys(segment, low)[window]
    return Reach((len(low), width), old, slot, place, source)


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
