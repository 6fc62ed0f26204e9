"""When a row says anything about a machine's health: its gates open throughout, and the machine settled."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from plantroom.models.frame import Floats, Mask, Times
from plantroom.models.outline import Outline

NEVER: Final = -(2**62)
"""A time before all others."""


class Gating:
    """The gates of many assets; arrays have shape (assets, columns)."""

    def __init__(self, outlines: Sequence[Outline], *, width: int) -> None:
        shape = len(outlines), width
        self.gated = np.zeros(shape, np.bool_)
        """Which columns there is a gate on."""
        self.low, self.high = np.full(shape, -np.inf), np.full(shape, np.inf)
        self.settle = np.array([outline.settle for outline in outlines], np.int64)
        self.shut = np.array([outline.shut for outline in outlines], np.bool_)
        for slot, outline in enumerate(outlines):
            for number, column in enumerate(outline.columns):
                if column.gate is not None:
                    self.gated[slot, number] = True
                    self.low[slot, number], self.high[slot, number] = column.gate

    def let_through(self, value: Floats, where: Any) -> Mask:
        """Return whether the gates at `where` let each value through; what is unknown is held up."""
        passes: Mask = ((value >= self.low[where]) & (value <= self.high[where])) | ~self.gated[where]
        return passes


def settled(
    *, end: Times, opened: Mask, first: Mask, closed_before: Times, settle: Times, every: int
) -> tuple[Mask, Times]:
    """Return which rows may be judged, and until when each row's asset was last closed.

    Rows are ordered by asset and time; `first` are the first of their assets, which were last closed until
    `closed_before`. An asset is settled that has been open for `settle` when a row's interval begins.
    """
    if not len(end):
        return opened, closed_before
    told = first | ~opened
    since = np.where(opened, closed_before, end)
    row = np.maximum.accumulate(np.where(told, np.arange(len(end)), 0))
    closed = since[row]
    return opened & (end - every >= closed + settle), closed
