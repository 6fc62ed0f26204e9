"""Conditions on how long something has been so: held, stuck, changed, missing. They turn at exact times."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from plantroom.domain.expression.tree import Function
from plantroom.rules.segments import FOREVER, NEVER, Floats, Mask, Rows, Times
from plantroom.rules.windows.gathered import State
from plantroom.rules.windows.sheet import Sheet


class Timed:
    """One condition on each asset of a cohort.

    Of each row it knows `since` when it has been so, NEVER if it is not, and until when that is `refuted`:
    FOREVER while it is known not to be so, NEVER if it was never known not to be so.
    """

    def __init__(self, function: Function, span: int, *, assets: int) -> None:
        """Look back `span` ms."""
        self._function = function
        self._span = span
        self.state: State = {"since": np.full(assets, NEVER), "refuted": np.full(assets, NEVER)}
        if function in (Function.STUCK, Function.CHANGED):
            self.state["value"] = np.full(assets, np.nan)

    def fill(self, sheet: Sheet, base: Floats, came: Callable[[], Mask]) -> Floats:
        """Return 1, 0 or NaN for each row, having put in rows for the times at which it turns.

        `came` tells the rows in which a reading came.
        """
        if self._function is Function.MISSING:
            since, refuted = self._missing(sheet, came())
        else:
            since, refuted = (self._held if self._function is Function.HELD else self._stuck)(sheet, base)
        since, refuted = self._turn(sheet, since, refuted)
        self.state["since"][sheet.member] = since[sheet.last]
        self.state["refuted"][sheet.member] = refuted[sheet.last]
        return self._tell(sheet.line.time, since, refuted)

    def next_turn(self, member: Rows, done: Times) -> Times:
        """Return when the condition of each of `member` turns next of itself after `done`."""
        soonest = np.full(len(done), FOREVER)
        for name in ("since", "refuted"):
            at = self.state[name][member].astype(np.int64) + self._span
            soonest = np.where(at > done, np.minimum(soonest, at), soonest)
        return soonest

    def _held(self, sheet: Sheet, base: Floats) -> tuple[Times, Times]:
        fails = np.equal(base, 0.0)
        holds = np.less(base, 0.0) | np.greater(base, 0.0)
        heads = sheet.line.heads
        since, refuted = self._kept(sheet)
        begin = sheet.start.copy()
        begin[heads] = np.where(since == NEVER, sheet.begin, since)
        began = holds & ~_before(holds, heads)
        end = sheet.start.copy()
        end[heads] = np.where(refuted == FOREVER, sheet.begin, refuted)
        ended = ~fails & _before(fails, heads)
        return (
            np.where(holds, begin[sheet.latest(began)], NEVER),
            np.where(fails, FOREVER, end[sheet.latest(ended)]),
        )

    def _stuck(self, sheet: Sheet, base: Floats) -> tuple[Times, Times]:
        known = ~np.isnan(base)
        heads = sheet.line.heads
        since, refuted = self._kept(sheet)
        value = last_known(sheet, base, self.state["value"])
        before = sheet.previous(value, value[heads])
        changed = known & ~np.isnan(before) & (base != before)
        began = changed | (known & ~_before(known, heads))
        begin = sheet.start.copy()
        begin[heads] = np.where(since == NEVER, sheet.begin, since)
        change = sheet.start.copy()
        change[heads] = refuted
        return (
            np.where(known, begin[sheet.latest(began)], NEVER),
            change[sheet.latest(changed)],
        )

    def _missing(self, sheet: Sheet, came: Mask) -> tuple[Times, Times]:
        since, _ = self._kept(sheet)
        begin = sheet.start.copy()
        begin[sheet.line.heads] = np.where(since == NEVER, sheet.begin, since)
        return begin[sheet.latest(came)], np.full(len(begin), NEVER)

    def _kept(self, sheet: Sheet) -> tuple[Times, Times]:
        since, refuted = (self.state[name][sheet.member].astype(np.int64) for name in ("since", "refuted"))
        return since, refuted

    def _turn(self, sheet: Sheet, since: Times, refuted: Times) -> tuple[Times, Times]:
        """Put in a row for each time between two rows at which the condition turns."""
        row = np.flatnonzero(~sheet.is_head)
        before = row - 1
        until = sheet.line.time[row].copy()
        if sheet.ticking:
            until[row == (sheet.line.ends - 1)[sheet.segment[row]]] += 1
        at = np.sort(np.stack((since[before], refuted[before])) + self._span, axis=0)
        inside = (at > sheet.start[before]) & (at < until)
        inside[1] &= at[1] != at[0]
        if not inside.any():
            return since, refuted
        rows, times = np.stack((row, row))[inside], at[inside]
        order = np.lexsort((times, rows))
        source = sheet.put_in(rows[order], times[order])
        return since[source], refuted[source]

    def _tell(self, time: Times, since: Times, refuted: Times) -> Floats:
        lasted = (since != NEVER) & (time - since >= self._span)
        if self._function is Function.MISSING:
            return np.where(lasted, 1.0, 0.0)
        denied = (refuted == FOREVER) | ((refuted != NEVER) & (time - refuted < self._span))
        column: Floats = np.where(lasted, 1.0, np.where(denied, 0.0, np.nan))
        if self._function is Function.CHANGED:
            np.subtract(1.0, column, out=column)
        return column


def last_known(sheet: Sheet, base: Floats, kept: npt.NDArray[Any]) -> Floats:
    """Return the last known value so far in each row; `kept`, shape (assets,), is brought up to date."""
    heads = sheet.line.heads
    value = base.copy()
    value[heads] = np.where(np.isnan(base[heads]), kept[sheet.member], base[heads])
    known: Floats = value[sheet.latest(~np.isnan(base))]
    kept[sheet.member] = known[sheet.last]
    return known


def _before(mask: Mask, heads: Rows) -> Mask:
    """Return `mask` of the row before, at heads that of the head itself."""
    before = np.roll(mask, 1)
    before[heads] = mask[heads]
    return before
