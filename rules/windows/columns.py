"""The columns of a cohort: its points, what is given of its assets, and its windows."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Final

import numpy as np

from plantroom.domain.errors import ExpressionInvalid
from plantroom.domain.expression.names import CALENDAR
from plantroom.domain.expression.tree import Function, Given, Node, PointValue, Window, within
from plantroom.domain.site import Site
from plantroom.rules.evaluation import Quantity, compile_quantity
from plantroom.rules.segments import FOREVER, NEVER, Floats, Mask, Rows, Times
from plantroom.rules.windows.almanac import Almanac
from plantroom.rules.windows.amounts import COUNTING, Amounts
from plantroom.rules.windows.gathered import Gathered, State
from plantroom.rules.windows.grid import Grid, next_edge
from plantroom.rules.windows.sampled import Sampled
from plantroom.rules.windows.sheet import Sheet
from plantroom.rules.windows.timed import Timed

_SAMPLED: Final = frozenset({Function.DELTA, Function.PERCENTILE, Function.AGO})
_TIMED: Final = frozenset({Function.HELD, Function.STUCK, Function.CHANGED, Function.MISSING})
Remembered = Gathered | Sampled | Timed


class Column:
    """A window with what it needs to be filled."""

    def __init__(
        self, node: Window, operand: Quantity, *, assets: int, inner: int, wraps_at: Floats, point: int
    ) -> None:
        """Remember `node`; `point` is the column of its operand, -1 if that is no point."""
        self.node = node
        self._operand = operand
        self._point = point
        self._done = np.full(assets, NEVER)
        """Until when it is filled: windows that come later may have put in further rows."""
        self.amounts: Amounts | None = None
        self.window: Remembered
        if node.function in _TIMED:
            self.window = Timed(node.function, node.span, assets=assets)
            self.horizon = inner + node.span
        elif node.function in _SAMPLED:
            self.window = Sampled(node.function, node.span, assets=assets, inner=inner, extra=node.extra)
            self.horizon = self.window.grid.horizon
        else:
            if node.function in COUNTING:
                self.amounts = Amounts(node, assets=assets, wraps_at=wraps_at)
            all_time = self.amounts is not None and self.amounts.counts_readings
            self.window = Gathered(node.function, node.span, assets=assets, inner=inner, all_time=all_time)
            self.horizon = self.window.grid.horizon

    @property
    def grid(self) -> Grid | None:
        """When it moves on; None: at times of its own."""
        return None if isinstance(self.window, Timed) else self.window.grid

    @property
    def needs_fresh(self) -> bool:
        """Whether it must know in which rows a reading came."""
        counts = self.amounts is not None and self.node.function not in (Function.HUNTING, Function.TRAVEL)
        return counts or self.node.function is Function.MISSING

    def states(self) -> dict[str, State]:
        """Return all it remembers, by part."""
        return {"": {"done": self._done}, "window": self.window.state} | (
            {"amounts": self.amounts.state} if self.amounts else {}
        )

    def fill(self, sheet: Sheet) -> Floats:
        """Return its value in each row of `sheet`, into which it may put rows."""
        sheet.begin_at(self._done[sheet.member])
        column = self._fill(sheet)
        self._done[sheet.member] = sheet.start[sheet.last]
        return column

    def _fill(self, sheet: Sheet) -> Floats:
        base = np.array(np.broadcast_to(self._operand(sheet.held), len(sheet.line.time)), np.float64)
        came = partial(self._came, sheet, base)
        if isinstance(self.window, Timed):
            return self.window.fill(sheet, base, came)
        if isinstance(self.window, Sampled):
            return self.window.fill(sheet, base)
        amount = self.amounts.of(sheet, base, came) if self.amounts else None
        return self.window.fill(sheet, base, amount)

    def _came(self, sheet: Sheet, base: Floats) -> Mask:
        return sheet.line.fresh[:, self._point] & ~np.isnan(base)


class Columns:
    """All columns that the rules of one cohort need."""

    def __init__(
        self,
        roots: Sequence[Node],
        points: Sequence[str],
        *,
        given: Mapping[str, Floats],
        wraps_at: Floats,
        sites: Callable[[], Sequence[Site]],
    ) -> None:
        """Make columns for `roots`.

        `given` are rated quantities and parameters, shape (assets,); `wraps_at` where counters' registers are
        full, shape (assets, points); `sites` those of the assets.
        """
        self.points = tuple(points)
        self._assets = len(wraps_at)
        nodes = list(dict.fromkeys(node for root in roots for node in within(root)))
        self._almanac = Almanac(sites()) if _calendar_grids(nodes) else None
        self._given = [node.name for node in nodes if isinstance(node, Given)]
        self._values = [given.get(name) for name in self._given]
        self.index: dict[Node, int] = {PointValue(name): column for column, name in enumerate(points)}
        self.index |= {Given(name): len(points) + place for place, name in enumerate(self._given)}
        self.windows: list[Column] = []
        self._horizon: dict[Node, int] = {}
        for node in nodes:
            if isinstance(node, Window):
                self._add(node, wraps_at)
        grids = {each.grid for each in self.windows if each.grid} | _calendar_grids(nodes)
        self.grids = _merged(grids)
        self.needs_fresh = any(each.needs_fresh for each in self.windows)
        self.remembers = bool(self.windows or self.grids)
        """Whether anything but the held values decides."""

    def _add(self, node: Window, wraps_at: Floats) -> None:
        try:
            operand = compile_quantity(node.operand, self.index)
        except ExpressionInvalid:
            return  # the rule that needs it says what is wrong
        point = self.index[node.operand] if isinstance(node.operand, PointValue) else -1
        none = np.full(self._assets, np.nan)
        column = Column(
            node,
            operand,
            assets=self._assets,
            inner=self._horizon_of(node.operand),
            wraps_at=wraps_at[:, point] if point >= 0 else none,
            point=point,
        )
        self.index[node] = len(self.points) + len(self._given) + len(self.windows)
        self.windows.append(column)
        self._horizon[node] = column.horizon

    def _horizon_of(self, node: Node) -> int:
        """Return for how long after the last event `node` can change, ms."""
        inner = [self._horizon.get(each, 0) for each in within(node)]
        calendar = [grid.horizon for grid in _calendar_grids(within(node))]
        return max(inner + calendar)

    @property
    def is_plain(self) -> bool:
        """Whether the points are all there is."""
        return not (self._given or self.windows)

    def held(self, member: Rows, value: Floats, time: Times, segment: Rows) -> Floats:
        """Return all columns but the windows', with room for those, shape (columns, rows)."""
        held = np.empty((len(self.points) + len(self._given) + len(self.windows), len(time)))
        held[: len(self.points)] = value.T
        for place, (name, values) in enumerate(zip(self._given, self._values, strict=True)):
            row = held[len(self.points) + place]
            if values is None:
                assert self._almanac is not None
                row[:] = self._almanac.column(name, member[segment], time)
            else:
                row[:] = values[member[segment]]
        return held

    def fill(self, sheet: Sheet) -> None:
        """Fill the windows' columns, inner ones first."""
        for column in self.windows:
            values = column.fill(sheet)
            sheet.held[self.index[column.node]] = values

    def next_move(self, member: Rows, *, done: Times, quiet: Times) -> Times:
        """Return when a window of each of `member` moves on of itself."""
        soonest = next_edge(self.grids, done=done, quiet=quiet)
        for column in self.windows:
            if isinstance(column.window, Timed):
                soonest = np.minimum(soonest, column.window.next_turn(member, done))
        return np.minimum(soonest, FOREVER)


def _calendar_grids(nodes: Iterable[Node]) -> set[Grid]:
    uses = any(isinstance(node, Given) and node.name in CALENDAR for node in nodes)
    return {Almanac.grid} if uses else set()


def _merged(grids: set[Grid]) -> list[Grid]:
    """Return one grid for each pane, with the longest horizon."""
    horizon: dict[int, int] = {}
    for pane, longest in grids:
        horizon[pane] = max(longest, horizon.get(pane, 0))
    return [Grid(pane, longest) for pane, longest in sorted(horizon.items())]
