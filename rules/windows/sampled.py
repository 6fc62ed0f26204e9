"""Windows that remember what was held at regular times: changes, percentiles, the past."""

from typing import Final

import numpy as np

from plantroom.domain.expression.tree import Function
from plantroom.rules.segments import Floats, Rows, Times
from plantroom.rules.windows.gathered import COVERAGE, State, rows_that_move, show
from plantroom.rules.windows.grid import Grid, pane_of
from plantroom.rules.windows.ring import reach, write
from plantroom.rules.windows.sheet import Sheet, keys, ragged

PER_PANE: Final = 5
"""How often a percentile looks in each pane."""
HOUR: Final = 3_600_000


class Sampled:
    """One window on each asset of a cohort."""

    def __init__(self, function: Function, span: int, *, assets: int, inner: int, extra: float = 0.0) -> None:
        """Remember `span` ms; what it is about can change until `inner` ms after the last event."""
        self._function = function
        self._share = extra / 100
        pane = HOUR if function is Function.AGO else pane_of(span)
        self._per_pane = PER_PANE if function is Function.PERCENTILE else 1
        self._every = pane // self._per_pane
        self._back = -(-span // pane) * self._per_pane
        """How many samples ago the window begins."""
        self.grid = Grid(pane, inner + self._back * self._every + 2 * pane)
        self.state: State = {
            "sample": np.full((assets, self._back + 1), np.nan),
            "shown": np.full(assets, np.nan),
        }

    def fill(self, sheet: Sheet, base: Floats) -> Floats:
        """Return the window in each row; `base` is what it is about."""
        row, index = self._samples(sheet)
        segment = sheet.segment[row]
        key, value = keys(segment, index), base[row]
        number = sheet.start // self.grid.pane
        moved = rows_that_move(sheet, number)
        width = self._back if self._function is Function.PERCENTILE else 1
        of_moved = sheet.segment[moved]
        past = reach(
            self._back + 1,
            member=sheet.member[of_moved],
            first=-(-sheet.begin // self._every)[of_moved],
            low=number[moved] * self._per_pane - self._back,
            width=width,
            segment=of_moved,
            new_keys=key,
        ).of(self.state["sample"], value, empty=np.nan)
        newest = -(-sheet.start[sheet.last] // self._every) - 1
        write(
            self.state["sample"],
            member=sheet.member[segment],
            number=index,
            newest=newest[segment],
            new=value,
        )
        return show(sheet, moved, self._outcome(sheet, moved, number, past, base), self.state["shown"])

    def _samples(self, sheet: Sheet) -> tuple[Rows, Times]:
        """Return the row and the number of each time at which a sample is taken, by segment and time."""
        row = sheet.rows
        first = -(-sheet.start[row] // self._every)
        end = -(-sheet.end[row] // self._every)
        count = np.minimum(np.maximum(end - first, 0), self._back + 1)
        return np.repeat(row, count), np.repeat(end - count, count) + ragged(count)

    def _outcome(self, sheet: Sheet, moved: Rows, number: Times, past: Floats, base: Floats) -> Floats:
        if self._function is Function.PERCENTILE:
            return _percentile(past, self._share)
        if self._function is Function.AGO:
            return past[:, 0]
        on_edge = sheet.line.time[moved] == number[moved] * self.grid.pane
        return base[np.where(on_edge, moved, moved - 1)] - past[:, 0]


def _percentile(samples: Floats, share: float) -> Floats:
    """Return the percentile of each row of samples, between the two nearest; NaN where too few are known."""
    ordered = np.sort(samples, axis=1)
    known = np.count_nonzero(~np.isnan(ordered), axis=1)
    place = share * np.maximum(known - 1, 0)
    below = np.floor(place).astype(np.intp)
    above = np.minimum(below + 1, np.maximum(known - 1, 0))
    every = np.arange(len(ordered))
    low, high = ordered[every, below], ordered[every, above]
    value = low + (high - low) * (place - below)
    return np.where(known >= COVERAGE * ordered.shape[1], value, np.nan)
