"""What is counted in each row: readings, starts, what a counter counted, turns, the way gone."""

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np

from plantroom.domain.counter import steps
from plantroom.domain.expression.tree import Function, Window
from plantroom.rules.segments import Floats, Mask
from plantroom.rules.windows.gathered import State
from plantroom.rules.windows.sheet import Sheet
from plantroom.rules.windows.timed import last_known

COUNTING: Final = frozenset(
    {Function.SUM, Function.COUNT, Function.COUNTED, Function.HUNTING, Function.TRAVEL}
)
_RISING, _FALLING = 1.0, -1.0


class Amounts:
    """What one window counts on each asset of a cohort."""

    def __init__(self, node: Window, *, assets: int, wraps_at: Floats) -> None:
        """Count for `node`; `wraps_at`, shape (assets,), is where a counter's register is full, else NaN."""
        self._function = node.function
        self._wraps_at = wraps_at
        self._swing = node.extra
        self._starts = node.function is Function.COUNT and bool(node.extra)
        self.state: State = {}
        if self._starts or node.function in (Function.COUNTED, Function.TRAVEL):
            self.state["last"] = np.full(assets, np.nan)
        if node.function is Function.HUNTING:
            self.state |= {name: np.full(assets, np.nan) for name in ("heading", "high", "low")}

    @property
    def counts_readings(self) -> bool:
        """Whether each reading counts, whatever it says."""
        return self._function is Function.COUNT and not self._starts

    def of(self, sheet: Sheet, base: Floats, came: Callable[[], Mask]) -> Floats:
        """Return what is counted in each row; `came` tells the rows in which a good reading came."""
        if self._function is Function.HUNTING:
            return self._turns(sheet, base)
        if self.counts_readings:
            return np.where(came(), 1.0, 0.0)
        if self._function is Function.SUM:
            return np.where(came(), base, 0.0)
        value = last_known(sheet, base, self.state["last"])
        before = sheet.previous(value, value[sheet.line.heads])
        if self._starts:
            return np.where((before == 0.0) & (value != 0.0) & ~np.isnan(value), 1.0, 0.0)
        if self._function is Function.TRAVEL:
            way = np.abs(value - before)
            return np.where(np.isnan(way), 0.0, way)
        wraps_at = sheet.spread(self._wraps_at[sheet.member])
        return np.where(came() & ~np.isnan(before), steps(before, value, wraps_at=wraps_at), 0.0)

    def _turns(self, sheet: Sheet, base: Floats) -> Floats:
        """Return 1 where the operand turned round by the swing."""
        turned = np.zeros(len(base))
        before = sheet.previous(base, base[sheet.line.heads])
        changes = np.flatnonzero((base != before) & ~np.isnan(base) & ~sheet.is_head)
        if changes.size:
            by_segment = np.split(changes, np.flatnonzero(np.diff(sheet.segment[changes])) + 1)
            for rows in by_segment:
                member = int(sheet.member[sheet.segment[rows[0]]])
                turned[rows] = list(self._follow(member, base[rows].tolist()))
        return turned

    def _follow(self, member: int, values: list[float]) -> Iterator[float]:
        """Yield for each value whether it turned; `high` and `low` are the extremes since the last turn."""
        heading, high, low = (self._kept(name, member) for name in ("heading", "high", "low"))
        for value in values:
            high, low = max(value, high), min(value, low)
            turned = False
            if heading != _FALLING and high - value >= self._swing:
                turned, heading, low, high = heading == _RISING, _FALLING, value, value
            elif heading != _RISING and value - low >= self._swing:
                turned, heading, low, high = heading == _FALLING, _RISING, value, value
            yield float(turned)
        for name, kept in (("heading", heading), ("high", high), ("low", low)):
            self.state[name][member] = kept

    def _kept(self, name: str, member: int) -> float:
        return float(self.state[name][member])
