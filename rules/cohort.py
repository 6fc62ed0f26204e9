"""The assets that are watched by the same rules, and what is held of them."""

import math
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from plantroom.domain.alarm import Transition, TransitionKind
from plantroom.domain.points import PointTable
from plantroom.domain.rule import Rule
from plantroom.rules.cell import MOVES, Cell, Happening, Phase, Verdict
from plantroom.rules.segments import FOREVER, NEVER, Floats, Rows, Times, starts_of_runs
from plantroom.rules.surroundings import feeders, given, point_numbers, registers
from plantroom.rules.timeline import Messages, Timeline, lay_out
from plantroom.rules.watch import Watch
from plantroom.rules.windows.columns import Columns
from plantroom.rules.windows.expand import points_in, roots_of
from plantroom.rules.windows.grid import with_edges
from plantroom.rules.windows.sheet import Sheet

_RUNNING: Final = 1  # the bit that PENDING and CLEARING have and the other phases have not


class Told(NamedTuple):
    """A transition and where it stands among the others of the same input."""

    order: int
    """Of the message that brought it about."""
    row: int
    at: int
    seen: int
    """Deadlines come before what the row itself brings about."""
    rule: int
    transition: Transition


class Cohort:
    """Held values, clocks and cells of the assets that are watched by the same rules.

    Arrays have one row for each asset; `value` and `expires` one column for each point that the rules need;
    `phase`, `since` and `activated` one for each rule.
    """

    def __init__(self, table: PointTable, rules: Sequence[Rule], members: Sequence[int]) -> None:
        """Watch the assets numbered `members` in `table`, of which nothing is known yet."""
        count = feeders(table, members)
        roots = [roots_of(rule, feeders=count) for rule in rules]
        every = [root for of_rule in roots for root in of_rule]
        self.points = points_in(every)
        self.members = np.array(members, np.int32)
        self._table = table
        self.point_number = point_numbers(table, members, self.points)
        """Number of each point in `table`, -1 where the asset, or the one related to it, has none."""
        self.columns = Columns(
            every,
            self.points,
            given=given(table, members, rules, every),
            wraps_at=registers(table, self.point_number),
            sites=lambda: [table.site_of[member] for member in members],
        )
        self.watches = tuple(
            Watch.of(rule, of_rule, self.columns.index) for rule, of_rule in zip(rules, roots, strict=True)
        )
        assets, points, count = len(members), len(self.points), len(rules)
        self.value = np.full((assets, points), np.nan)
        self.expires = np.full((assets, points), NEVER)
        self.phase = np.zeros((assets, count), np.uint8)
        self.since = np.full((assets, count), NEVER)
        self.activated = np.full((assets, count), NEVER)
        self.newest = np.full(assets, NEVER)
        """Time of the newest live sample of any point."""
        self.lead = np.zeros(assets, np.int64)
        """How far that sample was ahead of its arrival, ms."""
        self.floor = np.full(assets, NEVER)
        """Time of the last thing that happened; nothing happens before it any more."""
        self.quiet = np.full(assets, NEVER)
        """Time of the last event: a message, or values gone stale."""
        self._timer = np.full(assets, FOREVER)
        self._wake = np.full(assets, FOREVER)
        self._next_wake = FOREVER
        self._hold = np.array([watch.hold for watch in self.watches])
        self._keep = np.array([watch.keep for watch in self.watches])

    def observe(self, messages: Messages) -> list[Told]:
        """Apply messages with samples."""
        sheet = self._lay_out(messages)
        told = self._follow(sheet)
        line = sheet.line
        self.floor[line.member] = line.time[line.ends - 1]
        self._meet(messages)
        self._set_wake(line.member)
        return told

    def tick(self, now: int, *, base: int) -> list[Told]:
        """Let time pass until `now`, ms since the epoch on our clock; `base` orders this cohort's members."""
        if now < self._next_wake:
            return []
        due = np.flatnonzero(self._wake <= now)
        told = self._pass_time(due, now + self.lead[due], base=base)
        self._next_wake = int(self._wake.min())
        return told

    def reconsider(self, *, base: int) -> list[Told]:
        """Evaluate everything once more, at the time of each asset's last happening."""
        self._set_timer(np.arange(len(self.members)))
        known = np.flatnonzero(self.floor != NEVER)
        told = self._pass_time(known, self.floor[known], base=base)
        self._next_wake = int(self._wake.min())
        return told

    def active(self) -> Iterable[Transition]:
        """Return the activation of each alarm that is active."""
        for member, rule in np.argwhere(self.phase >= Phase.ACTIVE).tolist():
            at = int(self.activated[member, rule])
            happening = Happening(0, at, TransitionKind.ACTIVATED, at, 0)
            yield self._word(happening, member, rule, self.value[member])

    def _pass_time(self, due: Rows, until: Times, *, base: int) -> list[Told]:
        if not due.size:
            return []
        sheet = self._lay_out(Messages.clock(due, until, due + base), ticking=True)
        told = self._follow(sheet)
        line = sheet.line
        # The clock is not an event: a sample that is older than it still counts from its own time.
        floor = line.time[line.ends - 2]
        for one in told:
            segment = np.searchsorted(line.member, one.order - base)
            floor[segment] = max(floor[segment], one.at)
        self.floor[line.member] = floor
        self._set_wake(line.member)
        return told

    def _lay_out(self, messages: Messages, *, ticking: bool = False) -> Sheet:
        """Return all columns for `messages`, which are a clock if `ticking`."""
        columns = self.columns
        line = lay_out(
            messages,
            value=self.value,
            expires=self.expires,
            floor=self.floor,
            tell_fresh=columns.needs_fresh,
        )
        if columns.remembers:
            quiet = self.quiet[line.member]
            self._note_events(line, ticking=ticking)
            if columns.grids:
                line = with_edges(line, columns.grids, quiet=quiet, ticking=ticking)
        if columns.is_plain:
            return Sheet(line, np.ascontiguousarray(line.value.T), ticking=ticking)
        segment = np.repeat(np.arange(len(line.heads)), line.ends - line.heads)
        held = columns.held(line.member, line.value, line.time, segment)
        sheet = Sheet(line, held, ticking=ticking)
        if columns.windows:
            with np.errstate(all="ignore"):
                columns.fill(sheet)
        return sheet

    def _note_events(self, line: Timeline, *, ticking: bool) -> None:
        """Remember the last event of each asset: a clock is none, values gone stale before it are."""
        last = line.ends - (2 if ticking else 1)
        happened = last > line.heads
        self.quiet[line.member[happened]] = line.time[last[happened]]

    def _follow(self, sheet: Sheet) -> list[Told]:
        """Move all cells along `sheet`, and hold its last values."""
        line = sheet.line
        verdicts = self._judge(sheet.held)
        segments, rules = self._cells_that_move(line, verdicts)
        told: list[Told] = []
        if segments.size:
            cells = self._cells(line, segments, rules)
            for segment, rule, cell in zip(segments.tolist(), rules.tolist(), cells, strict=True):
                first = int(line.heads[segment]) + 1
                cell.follow(_steps(verdicts[rule, first : first + len(cell.times)]))
                told += self._tell(sheet, segment, rule, cell.happenings)
            self._set_cells(line.member[segments], rules, cells)
        last = line.ends - 1
        self.value[line.member] = line.value[last]
        self.expires[line.member] = line.expires[last]
        return told

    def _judge(self, held: Floats) -> npt.NDArray[np.uint8]:
        """Return the verdict of each rule on each row."""
        verdicts = np.empty((len(self.watches), held.shape[1]), np.uint8)
        with np.errstate(all="ignore"):
            for watch, row in zip(self.watches, verdicts, strict=True):
                watch.judge(held, row)
        return verdicts

    def _cells_that_move(self, line: Timeline, verdicts: npt.NDArray[np.uint8]) -> tuple[Rows, Rows]:
        """Return segment and rule of each cell whose phase may change, ascending."""
        phase = self.phase[line.member]
        at = np.repeat(phase.T * np.uint8(len(Verdict)), line.ends - line.heads, axis=1)
        at += verdicts
        moves = MOVES.take(at)
        moves[:, line.heads] = False
        found = np.logical_or.reduceat(moves, line.heads, axis=1).T
        due = self._timer[line.member] <= line.time[line.ends - 1]
        found |= due[:, None] & (phase & _RUNNING).astype(np.bool_)
        segments, rules = np.nonzero(found)
        return segments, rules

    def _cells(self, line: Timeline, segments: Rows, rules: Rows) -> list[Cell]:
        member = line.member[segments]
        times = line.time.tolist()
        columns = (
            rules,
            line.heads[segments] + 1,
            line.ends[segments],
            self.phase[member, rules],
            self.since[member, rules],
            self.activated[member, rules],
        )
        return [
            Cell(
                times[first:end],
                phase=phase,
                since=since,
                activated=activated,
                hold=self.watches[rule].hold,
                keep=self.watches[rule].keep,
            )
            for rule, first, end, phase, since, activated in zip(*(c.tolist() for c in columns), strict=True)
        ]

    def _set_cells(self, member: Rows, rules: Rows, cells: Sequence[Cell]) -> None:
        self.phase[member, rules] = [cell.phase for cell in cells]
        self.since[member, rules] = [cell.since for cell in cells]
        self.activated[member, rules] = [cell.activated for cell in cells]
        self._set_timer(member[starts_of_runs(member)])

    def _tell(self, sheet: Sheet, segment: int, rule: int, happenings: Sequence[Happening]) -> Iterable[Told]:
        line = sheet.line
        first = int(line.heads[segment]) + 1
        member = int(line.member[segment])
        for happening in happenings:
            held = line.value[first + happening.seen]
            reason = ""
            if happening.kind is TransitionKind.UNKNOWN:
                reason = self._why_unknown(sheet, first + happening.row, rule)
            transition = self._word(happening, member, rule, held, reason=reason)
            row = first + happening.row
            yield Told(int(line.order[row]), row, happening.at, first + happening.seen, rule, transition)

    def _word(
        self, happening: Happening, member: int, rule: int, held: npt.NDArray[np.float64], *, reason: str = ""
    ) -> Transition:
        watch, number = self.watches[rule], self.members[member]
        asset = self._table.assets[number]
        point = watch.subject
        value = float(held[watch.subject_column]) if watch.subject_column >= 0 else math.nan
        return Transition(
            site=self._table.site_of[number].id,
            asset=asset.id,
            rule=watch.rule.id,
            kind=happening.kind,
            at=happening.at,
            activated_at=happening.activated_at,
            text=watch.text,
            value=None if math.isnan(value) else value,
            point=point,
            unit=self._unit(member, rule),
            reason=reason,
        )

    def _unit(self, member: int, rule: int) -> str:
        watch = self.watches[rule]
        column = watch.subject_column
        number = int(self.point_number[member, column]) if column >= 0 else -1
        return self._table.points[number].unit if number >= 0 else ""

    def _why_unknown(self, sheet: Sheet, row: int, rule: int) -> str:
        """Return what keeps the rule from being told in `row` of `sheet`."""
        watch, line = self.watches[rule], sheet.line
        if watch.fault:
            return watch.fault
        reasons = []
        for column, point in watch.columns:
            if np.isnan(line.value[row, column]):
                until = line.expires[row, column]
                stale = until < line.time[row] or (until == line.time[row] and line.message[row] < 0)
                word = "missing" if until == NEVER else "stale" if stale else "bad"
                reasons.append(f"{point} is {word}")
        reasons = reasons or [why for column, why in watch.inner if np.isnan(sheet.held[column, row])]
        return ", ".join(reasons) or "division by zero"

    def _meet(self, messages: Messages) -> None:
        """Set the clocks of the assets by the newest messages of their own."""
        if messages.own is not None:
            messages = messages.only(messages.own)
            if not len(messages.ts):
                return
        firsts = starts_of_runs(messages.member)
        newest = np.maximum.reduceat(messages.ts, firsts)
        lengths = np.diff(np.append(firsts, len(messages.ts)))
        row = np.flatnonzero(messages.ts == np.repeat(newest, lengths))
        row = row[starts_of_runs(messages.member[row])]
        member = messages.member[row]
        newer = newest > self.newest[member]
        row, member = row[newer], member[newer]
        self.newest[member] = messages.ts[row]
        self.lead[member] = messages.ts[row] - messages.arrived[row]

    def _set_timer(self, member: Rows) -> None:
        """Find the earliest deadline of each of `member`."""
        phase, since = self.phase[member], self.since[member]
        raised = np.maximum(since + self._hold, self.activated[member] + 1)
        deadline = np.where(phase == Phase.PENDING, raised, since + self._keep)
        self._timer[member] = np.where(phase & _RUNNING, deadline, FOREVER).min(axis=1)

    def _set_wake(self, member: Rows) -> None:
        """Find when on our clock something happens next of itself to each of `member`."""
        held = ~np.isnan(self.value[member])
        stale = np.where(held, self.expires[member] + 1, FOREVER).min(axis=1, initial=FOREVER)
        soonest = np.minimum(stale, self._timer[member])
        if self.columns.remembers:
            moves = self.columns.next_move(member, done=self.floor[member], quiet=self.quiet[member])
            soonest = np.minimum(soonest, moves)
        wake = soonest - self.lead[member]
        self._wake[member] = wake
        self._next_wake = min(self._next_wake, int(wake.min()))


def _steps(verdicts: npt.NDArray[np.uint8]) -> list[tuple[int, int]]:
    """Return the rows at which the verdict changes, with the verdict."""
    if len(verdicts) == 1:
        return [(0, int(verdicts[0]))]
    rows = starts_of_runs(verdicts)
    return list(zip(rows.tolist(), verdicts[rows].tolist(), strict=True))
