"""The minutes of many assets that samples concern: the open one of each, and those that they open."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from plantroom.models.frame import Floats, Mask, Members, Times
from plantroom.models.gating import NEVER

NONE: Final = -1
"""Minute of an asset that nothing was heard of."""


@dataclass(slots=True, kw_only=True)
class State:
    """What is known of assets between batches; shape (assets, columns) unless said otherwise."""

    minute: Times
    """The open one, minutes since the epoch; shape (assets,)."""
    closed: Times
    """Until when a gate was closed, ms; shape (assets,)."""
    total: Floats
    """Sum of the open minute's good values."""
    count: npt.NDArray[np.int32]
    last: Floats
    """NaN: unknown."""
    expires: Times
    """Until when the last value holds, ms."""
    shut: Mask
    """Whether the column's gate was closed at some time in the open minute."""

    @classmethod
    def fresh(cls, shape: tuple[int, int]) -> Self:
        return cls(
            minute=np.full(shape[0], NONE, np.int64),
            closed=np.full(shape[0], NEVER, np.int64),
            total=np.zeros(shape),
            count=np.zeros(shape, np.int32),
            last=np.full(shape, np.nan),
            expires=np.full(shape, NEVER, np.int64),
            shut=np.zeros(shape, np.bool_),
        )


@dataclass(slots=True, kw_only=True)
class Work:
    """Minutes ordered by asset and time; shape (minutes,), or (minutes, columns) as in `State`."""

    slot: npt.NDArray[np.int32]
    minute: Times
    head: Members
    """Place of the minute's first sample; means nothing where there is none."""
    first: Mask
    """Whether it is the first here of its asset."""
    final: Mask
    """Whether it is the last here of its asset, which stays open."""
    carried: Mask
    """Whether it was open before."""
    sample_row: Members
    """In which minute each sample is; shape (samples,)."""
    total: Floats
    count: npt.NDArray[np.int32]
    last: Floats
    expires: Times
    shut: Mask
    told: Mask
    """Whether something is known of the column's value from this minute, or nothing from before it."""

    @property
    def shape(self) -> tuple[int, int]:
        """How many minutes and columns."""
        return self.total.shape[0], self.total.shape[1]

    @classmethod
    def of(
        cls, slot: npt.NDArray[np.int32], minute: Times, *, head: Members, run: Members, state: State
    ) -> Self:
        """Return the minutes that samples begin at `head`, after the open one of each asset.

        `slot` and `minute` are those of the samples at `head`; `run` is the number of each sample's.
        """
        first = np.concatenate(([True], slot[1:] != slot[:-1]))
        known = first & (state.minute[slot] != NONE)
        before = known & (state.minute[slot] < minute)
        place = np.arange(len(slot)) + np.cumsum(before)
        open_row, open_slot = (place - before)[known], slot[known]
        rows = len(slot) + int(np.count_nonzero(before))
        work = cls._empty(rows, state.total.shape[1])
        for column, given in ((work.slot, slot), (work.minute, minute), (work.head, head)):
            column[place] = given
        work.slot[open_row], work.minute[open_row] = open_slot, state.minute[open_slot]
        work.first[place[first] - before[first]] = True
        work.final[:-1], work.final[-1] = work.first[1:], True
        work.carried[open_row] = True
        work.told[work.first] = True
        work.sample_row = place[run]
        for name in ("total", "count", "last", "expires", "shut"):
            getattr(work, name)[open_row] = getattr(state, name)[open_slot]
        return work

    @classmethod
    def _empty(cls, rows: int, width: int) -> Self:
        shape = rows, width
        return cls(
            slot=np.zeros(rows, np.int32),
            minute=np.zeros(rows, np.int64),
            head=np.zeros(rows, np.intp),
            first=np.zeros(rows, np.bool_),
            final=np.zeros(rows, np.bool_),
            carried=np.zeros(rows, np.bool_),
            sample_row=np.zeros(0, np.intp),
            total=np.zeros(shape),
            count=np.zeros(shape, np.int32),
            last=np.full(shape, np.nan),
            expires=np.full(shape, NEVER, np.int64),
            shut=np.zeros(shape, np.bool_),
            told=np.zeros(shape, np.bool_),
        )
