"""Samples of many assets, as they come, to rows: one a minute and asset (see `Frame`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from plantroom.models.frame import Floats, Mask, Members, Times
from plantroom.models.gating import NEVER, Gating, settled
from plantroom.models.minutes import NONE, State, Work
from plantroom.models.outline import Outline

EVERY: Final = 60_000
"""Interval between rows, ms."""
HELD_ROWS: Final = 60
"""So many rows at most has an asset while it says nothing, if its values hold that long."""
_LIFT: Final = 40
"""More bits than the number of any minute has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Live samples, in the order in which they came, for the assets whose rows they make; shape (n,)."""

    slot: npt.NDArray[np.int32]
    """Which asset."""
    column: npt.NDArray[np.int16]
    ts: Times
    value: Floats
    """NaN where it is bad: the point is unknown from then on."""
    source: npt.NDArray[np.int32]
    """Number of the sample in its batch."""
    own: Mask | None = None
    """Whether it is a reading of the asset itself; None: all are."""

    def __len__(self) -> int:
        return len(self.slot)

    def take(self, rows: slice | npt.NDArray[np.generic]) -> "Told":
        """Return the samples at `rows`."""
        return Told(
            slot=self.slot[rows],
            column=self.column[rows],
            ts=self.ts[rows],
            value=self.value[rows],
            source=self.source[rows],
            own=None if self.own is None else self.own[rows],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Complete rows, ordered by asset and time; first axis the rows."""

    slot: Members
    ts: Times
    """End of the row's minute."""
    values: Floats
    live: Mask
    source: npt.NDArray[np.int32]
    """Number in its batch of the sample that said that the minute is over."""

    def __len__(self) -> int:
        return len(self.slot)


class Grid:
    """Makes rows of samples, in the samples' own time.

    A minute is over for an asset when a live sample of its own says so by its time; what comes for it later
    is ignored. How samples are split into batches makes no difference to the rows.
    """

    def __init__(self, outlines: Sequence[Outline]) -> None:
        self.outlines = tuple(outlines)
        self.width = max([1, *(len(outline.columns) for outline in outlines)])
        shape = len(outlines), self.width
        self._gating = Gating(outlines, width=self.width)
        self._holds = np.zeros(shape, np.int64)
        self._averaged = np.zeros(shape, np.bool_)
        for slot, outline in enumerate(outlines):
            for number, column in enumerate(outline.columns):
                self._holds[slot, number] = column.holds
                self._averaged[slot, number] = column.averaged
        self.state = State.fresh(shape)
        """What is remembered of the assets."""

    def take(self, told: Told) -> Rows:
        """Return the rows that `told` completes."""
        order = np.argsort(told.slot, kind="stable")
        told = told.take(order)
        told, minute = self._in_time(told)
        if not len(told):
            return _no_rows(self.width)
        work = self._opened(told, minute)
        self._fill_in(work, told)
        rows = self._completed(work, told)
        self._remember(work)
        return rows

    def _in_time(self, told: Told) -> tuple[Told, Times]:
        """Return what is not too late, by asset, and for which minute it counts."""
        if not len(told):
            return told, told.ts
        minute = told.ts // EVERY
        first = np.concatenate(([True], told.slot[1:] != told.slot[:-1]))
        clock = minute if told.own is None else np.where(told.own, minute, NONE)
        clock = np.where(first, np.maximum(clock, self.state.minute[told.slot]), clock)
        lift = np.cumsum(first) << _LIFT
        reached = np.maximum.accumulate(clock + lift) - lift
        in_time = (
            minute >= reached if told.own is None else np.where(told.own, minute >= reached, reached >= 0)
        )
        if in_time.all():
            return told, reached
        return told.take(in_time), reached[in_time]

    def _opened(self, told: Told, minute: Times) -> Work:
        """Return a row for each minute that `told` concerns, after the open one of each asset."""
        new = np.ones(len(told), np.bool_)
        new[1:] = (told.slot[1:] != told.slot[:-1]) | (minute[1:] != minute[:-1])
        head = np.flatnonzero(new)
        return Work.of(told.slot[head], minute[head], head=head, run=np.cumsum(new) - 1, state=self.state)

    def _fill_in(self, work: Work, told: Told) -> None:
        """Put the samples into their rows."""
        shape = work.shape
        flat = work.sample_row * self.width + told.column
        place = told.slot, told.column
        good = ~np.isnan(told.value)
        # One after the other, the open minute's sum first: any split into batches gives the same sum.
        np.add.at(work.total.reshape(-1), flat[good], told.value[good])
        work.count += np.bincount(flat[good], minlength=shape[0] * shape[1]).reshape(shape).astype(np.int32)
        work.last.reshape(-1)[flat] = told.value
        work.expires.reshape(-1)[flat] = np.where(good, told.ts + self._holds[place], NEVER)
        work.told.reshape(-1)[flat] = True
        row = np.maximum.accumulate(np.where(work.told, np.arange(shape[0])[:, None], 0), axis=0)
        columns = np.arange(shape[1])
        work.last, work.expires = work.last[row, columns], work.expires[row, columns]
        work.shut.reshape(-1)[flat[~self._gating.let_through(told.value, place)]] = True
        self._shut_from_before(work)

    def _shut_from_before(self, work: Work) -> None:
        """Shut the gates of new minutes that were not open when they began, as far as anybody knows."""
        fresh = np.flatnonzero(~work.carried)
        before = work.expires[fresh - 1] >= (work.minute[fresh] * EVERY)[:, None]
        known = np.where(before, work.last[fresh - 1], np.nan)
        work.shut[fresh] |= ~self._gating.let_through(known, work.slot[fresh])
        unknown = np.flatnonzero(~work.carried & work.first)
        work.shut[unknown] |= self._gating.gated[work.slot[unknown]]

    def _completed(self, work: Work, told: Told) -> Rows:
        """Return the rows of all minutes but the last of each asset, held values in those between them."""
        done = np.flatnonzero(~work.final)
        if not len(done):
            return _no_rows(self.width)
        gap = work.minute[done + 1] - work.minute[done] - 1
        held = work.expires[done].max(axis=1) // EVERY - work.minute[done] - 1
        fill = np.clip(np.minimum(gap, held), 0, HELD_ROWS)
        row = np.repeat(done, fill + 1)
        step = np.arange(len(row)) - np.repeat(np.cumsum(fill + 1) - fill - 1, fill + 1)
        end = (work.minute[row] + 1 + step) * EVERY
        known = np.where(work.expires[row] >= end[:, None], work.last[row], np.nan)
        slot = work.slot[row]
        averaged = self._averaged[slot] & (work.count[row] > 0) & (step == 0)[:, None]
        mean = work.total[row] / np.maximum(work.count[row], 1)
        opened = self._gating.let_through(known, slot).all(axis=1) & ~self._gating.shut[slot]
        opened &= ~(work.shut[row].any(axis=1) & (step == 0))
        live = self._settle(slot, end, opened)
        return Rows(
            slot=slot.astype(np.intp),
            ts=end,
            values=np.where(averaged, mean, known),
            live=live,
            source=told.source[work.head[row + 1]],
        )

    def _settle(self, slot: npt.NDArray[np.int32], end: Times, opened: Mask) -> Mask:
        first = np.concatenate(([True], slot[1:] != slot[:-1]))
        live, closed = settled(
            end=end,
            opened=opened,
            first=first,
            closed_before=self.state.closed[slot],
            settle=self._gating.settle[slot],
            every=EVERY,
        )
        last = np.append(first[1:], True)
        self.state.closed[slot[last]] = closed[last]
        return live

    def _remember(self, work: Work) -> None:
        final, state = np.flatnonzero(work.final), self.state
        slot = work.slot[final]
        for name in ("minute", "total", "count", "last", "expires", "shut"):
            getattr(state, name)[slot] = getattr(work, name)[final]


def _no_rows(width: int) -> Rows:
    return Rows(
        slot=np.empty(0, np.intp),
        ts=np.empty(0, np.int64),
        values=np.empty((0, width)),
        live=np.empty(0, np.bool_),
        source=np.empty(0, np.int32),
    )
