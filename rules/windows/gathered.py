"""Windows that gather in panes: averages, extremes, spreads, sums and counts."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from plantroom.domain.expression.tree import Function
from plantroom.rules.segments import Floats, Mask, Rows, Times
from plantroom.rules.windows.grid import Grid, pane_of
from plantroom.rules.windows.ring import reach, write
from plantroom.rules.windows.sheet import Sheet, keys, ragged

COVERAGE: Final = 0.75
"""A window is known if what it is about was known for at least this share of it."""
FIFTHS: Final = 5
"""Parts of the span of `rising_for` whose averages are compared."""
State = dict[str, npt.NDArray[Any]]

_AREA, _SQUARE, _LOW, _HIGH, _COUNT, _KNOWN = "area", "square", "low", "high", "count", "known"
_EMPTY: Final = {_LOW: np.inf, _HIGH: -np.inf}
_NEEDS: Final[Mapping[Function, tuple[str, ...]]] = {
    Function.AVG: (_AREA,),
    Function.RISING_FOR: (_AREA,),
    Function.STDDEV: (_AREA, _SQUARE),
    Function.MIN: (_LOW,),
    Function.MAX: (_HIGH,),
    Function.RANGE: (_LOW, _HIGH),
    Function.SUM: (_COUNT,),
    Function.COUNT: (_COUNT,),
    Function.COUNTED: (_COUNT,),
    Function.HUNTING: (_COUNT,),
    Function.TRAVEL: (_COUNT,),
}


class _Pieces(NamedTuple):
    """Parts of rows that each lie in one pane, by segment and time."""

    row: Rows
    number: Times
    """Of the pane."""
    lasting: Times
    """ms"""
    begins: Mask
    """Whether the row begins with this piece."""


class _Panes(NamedTuple):
    """The panes that a sheet adds to, by segment and time."""

    segment: Rows
    number: Times
    key: Times
    stats: Mapping[str, Floats]


class Gathered:
    """One window on each asset of a cohort."""

    def __init__(
        self, function: Function, span: int, *, assets: int, inner: int, all_time: bool = False
    ) -> None:
        """Remember `span` ms; what it is about can change until `inner` ms after the last event.

        `all_time` says that it covers the time watched, not the time for which its operand was known.
        """
        self._function = function
        self._all_time = all_time
        pane = span // FIFTHS if function is Function.RISING_FOR else pane_of(span)
        self._width = -(-span // pane)
        self.grid = Grid(pane, inner + (self._width + 2) * pane)
        self.state: State = {
            name: np.full((assets, self._width + 1), _EMPTY.get(name, 0.0)) for name in _NEEDS[function]
        }
        self.state[_KNOWN] = np.zeros((assets, self._width + 1), np.int32)
        self.state["shown"] = np.full(assets, np.nan)

    def fill(self, sheet: Sheet, base: Floats, amount: Floats | None = None) -> Floats:
        """Return the window in each row; `base` is what it is about, `amount` what is counted in each row."""
        number = sheet.start // self.grid.pane
        oldest = number[sheet.line.heads]
        panes = self._gather(sheet, base, amount, oldest)
        moved = rows_that_move(sheet, number)
        shown = self._evaluate(sheet, moved, number[moved], oldest, panes)
        newest = number[sheet.last]
        for name, new in panes.stats.items():
            write(
                self.state[name],
                member=sheet.member[panes.segment],
                number=panes.number,
                newest=newest[panes.segment],
                new=new,
            )
        return show(sheet, moved, shown, self.state["shown"])

    def _gather(self, sheet: Sheet, base: Floats, amount: Floats | None, oldest: Times) -> _Panes:
        pieces = _cut(sheet, self.grid.pane, self._width + 1)
        segment = sheet.segment[pieces.row]
        key = keys(segment, pieces.number)
        begins = np.concatenate(([True], key[1:] != key[:-1]))
        starts, group = np.flatnonzero(begins), np.cumsum(begins) - 1
        panes = _Panes(segment[starts], pieces.number[starts], key[starts], {})
        carried = np.flatnonzero(panes.number == oldest[panes.segment])
        stats = {}
        for name, weight in self._weights(pieces, base, amount).items():
            held = self.state[name][
                sheet.member[panes.segment[carried]], oldest[panes.segment[carried]] % (self._width + 1)
            ]
            if name in _EMPTY:
                extreme = np.minimum if name == _LOW else np.maximum
                stats[name] = extreme.reduceat(weight, starts)
                stats[name][carried] = extreme(stats[name][carried], held)
            else:
                # What was gathered before comes first, so that cuts between batches change no rounding.
                ids, weights = np.concatenate((carried, group)), np.concatenate((held, weight))
                stats[name] = np.bincount(ids, weights, len(starts))
        return panes._replace(stats=stats)

    def _weights(self, pieces: _Pieces, base: Floats, amount: Floats | None) -> dict[str, Floats]:
        value = base[pieces.row]
        known = ~np.isnan(value)
        watched = known | self._all_time
        weights: dict[str, Floats] = {_KNOWN: np.where(watched, pieces.lasting, 0).astype(np.float64)}
        for name in _NEEDS[self._function]:
            if name == _COUNT:
                assert amount is not None
                weights[name] = np.where(pieces.begins, amount[pieces.row], 0.0)
            elif name in _EMPTY:
                weights[name] = np.where(known & (pieces.lasting > 0), value, _EMPTY[name])
            else:
                weights[name] = np.where(known, value, 0.0) * pieces.lasting
                if name == _SQUARE:
                    weights[name] *= np.where(known, value, 0.0)
        return weights

    def _evaluate(self, sheet: Sheet, moved: Rows, number: Times, oldest: Times, panes: _Panes) -> Floats:
        segment = sheet.segment[moved]
        reached = reach(
            self._width + 1,
            member=sheet.member[segment],
            first=oldest[segment],
            low=number - self._width,
            width=self._width,
            segment=segment,
            new_keys=panes.key,
        )
        window = {
            name: reached.of(self.state[name], new, empty=_EMPTY.get(name, 0.0))
            for name, new in panes.stats.items()
        }
        if self._function is Function.RISING_FOR:
            return _rising(window[_AREA], window[_KNOWN], self.grid.pane)
        known = window[_KNOWN].sum(axis=1)
        enough = known >= COVERAGE * self._width * self.grid.pane
        return np.where(enough, _outcome(self._function, window, known), np.nan)


def _cut(sheet: Sheet, pane: int, most: int) -> _Pieces:
    """Cut the rows at the edges of panes; of a long row only the last `most` pieces matter."""
    row = sheet.rows
    start, end = sheet.start[row], sheet.end[row]
    first, last = start // pane, np.maximum(start // pane, (end - 1) // pane)
    if np.array_equal(first, last):
        return _Pieces(row, first, end - start, np.ones(len(row), np.bool_))
    count = np.minimum(last - first + 1, most)
    source = np.repeat(np.arange(len(row)), count)
    number = (last - count + 1)[source] + ragged(count)
    lasting = np.minimum(end[source], (number + 1) * pane) - np.maximum(start[source], number * pane)
    return _Pieces(row[source], number, lasting, number == first[source])


def rows_that_move(sheet: Sheet, number: Times) -> Rows:
    """Return the rows at which the number of the pane is another than in the row before."""
    moves = np.zeros(len(number), np.bool_)
    moves[1:] = number[1:] != number[:-1]
    moves[sheet.line.heads] = False
    if sheet.ticking:
        moves[sheet.line.ends - 1] = False
    moved: Rows = np.flatnonzero(moves)
    return moved


def show(sheet: Sheet, moved: Rows, value: Floats, shown: npt.NDArray[Any]) -> Floats:
    """Return what is shown in each row: the value of the last row that moved, before it what was `shown`.

    `shown`, shape (assets,), is brought up to date.
    """
    column = np.empty(len(sheet.line.time))
    column[sheet.line.heads] = shown[sheet.member]
    column[moved] = value
    chosen = np.zeros(len(column), np.bool_)
    chosen[moved] = True
    column = column.take(sheet.latest(chosen))
    shown[sheet.member] = column[sheet.last]
    return column


def _outcome(function: Function, window: Mapping[str, Floats], known: Floats) -> Floats:
    outcome: Floats
    if function is Function.MIN:
        outcome = window[_LOW].min(axis=1)
    elif function is Function.MAX:
        outcome = window[_HIGH].max(axis=1)
    elif function is Function.RANGE:
        outcome = window[_HIGH].max(axis=1) - window[_LOW].min(axis=1)
    elif function is Function.AVG:
        outcome = window[_AREA].sum(axis=1) / known
    elif function is Function.STDDEV:
        average = window[_AREA].sum(axis=1) / known
        outcome = np.sqrt(np.maximum(window[_SQUARE].sum(axis=1) / known - average * average, 0.0))
    else:
        outcome = window[_COUNT].sum(axis=1)
    return outcome


def _rising(area: Floats, known: Floats, pane: int) -> Floats:
    """Return 1 where each fifth's average is above the one before, 0 where one is not, NaN if none tells."""
    average = np.where(known >= COVERAGE * pane, area / known, np.nan)
    rises = average[:, 1:] > average[:, :-1]
    falls = average[:, 1:] <= average[:, :-1]
    return np.where(falls.any(axis=1), 0.0, np.where(rises.all(axis=1), 1.0, np.nan))
