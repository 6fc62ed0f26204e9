"""What windows are, once more and as plainly as possible: all that ever was, looked at anew each time."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from plantroom.domain.expression.tree import Function, Node, PointValue, Window, within
from plantroom.domain.site import Point
from plantroom.rules.windows.grid import pane_of

COVERAGE = 0.75
HOUR = 3_600_000
SAMPLED = {Function.DELTA, Function.PERCENTILE, Function.AGO}
TIMED = {Function.HELD, Function.STUCK, Function.CHANGED, Function.MISSING}


@dataclass
class Course:
    """One window on one machine."""

    node: Window
    horizon: int
    wraps_at: float | None = None
    course: list[tuple[int, float | None]] = field(default_factory=list)
    """What its operand was from when on."""
    amounts: list[tuple[int, float]] = field(default_factory=list)
    value: float | None = None
    born: int | None = None
    heading: int = 0
    high: float = -math.inf
    low: float = math.inf
    known: float | None = None
    last: int = 0

    @property
    def pane(self) -> int:
        if self.node.function is Function.RISING_FOR:
            return self.node.span // 5
        return HOUR if self.node.function is Function.AGO else pane_of(self.node.span)

    @property
    def span(self) -> int:
        return -(-self.node.span // self.pane) * self.pane

    def row(self, at: int, operand: float | None, *, came: bool) -> None:
        """Take note of a row; `came` says whether a good reading of the operand came in it."""
        first = self.born is None
        self.born = at if self.born is None else self.born
        timed = self.node.function in TIMED
        if not timed and not first and at // self.pane != self.last // self.pane:
            self.value = self.look(at // self.pane * self.pane, at, operand)
        self.count(at, operand, came=came)
        self.course.append((at, operand))
        self.last = at
        if timed:
            self.value = self.so_far(at)

    def held(self, at: int) -> float | None:
        return next((value for when, value in reversed(self.course) if when <= at), None)

    def parts(self, start: int, end: int) -> list[tuple[float, int]]:
        """Return the known values between two times, with how long each was held."""
        ends = [when for when, _ in self.course[1:]] + [end]
        lasting = [
            (value, min(until, end) - max(when, start))
            for (when, value), until in zip(self.course, ends, strict=True)
        ]
        return [(value, ms) for value, ms in lasting if value is not None and ms > 0]

    def look(self, edge: int, at: int, operand: float | None) -> float | None:
        function, start = self.node.function, edge - self.span
        if function is Function.AGO:
            return self.held(start)
        if function is Function.DELTA:
            now, then = operand if at == edge else self.held(edge), self.held(start)
            return None if now is None or then is None else now - then
        if function is Function.PERCENTILE:
            every = self.pane // 5
            return self.percentile([self.held(when) for when in range(start, edge, every)])
        if function is Function.RISING_FOR:
            return self.rising(start)
        parts = self.parts(start, edge)
        known = sum(ms for _, ms in parts)
        if function is Function.COUNT and not self.node.extra:
            assert self.born is not None
            known = edge - max(start, self.born)
        if known < COVERAGE * self.span:
            return None
        return self.outcome(parts, known, [a for when, a in self.amounts if start <= when < edge])

    def outcome(self, parts: list[tuple[float, int]], known: int, amounts: list[float]) -> float:
        values = [value for value, _ in parts]
        mean = sum(value * ms for value, ms in parts) / known if parts else 0.0
        match self.node.function:
            case Function.AVG:
                return mean
            case Function.MIN:
                return min(values)
            case Function.MAX:
                return max(values)
            case Function.RANGE:
                return max(values) - min(values)
            case Function.STDDEV:
                return math.sqrt(max(sum(v * ms * v for v, ms in parts) / known - mean * mean, 0))
            case _:
                return sum(amounts)

    def percentile(self, samples: list[float | None]) -> float | None:
        known = sorted(value for value in samples if value is not None)
        if len(known) < COVERAGE * len(samples):
            return None
        place = self.node.extra / 100 * (len(known) - 1)
        low, high = known[math.floor(place)], known[math.ceil(place)]
        return low + (high - low) * (place - math.floor(place))

    def rising(self, start: int) -> float | None:
        means = []
        for fifth in range(5):
            parts = self.parts(start + fifth * self.pane, start + (fifth + 1) * self.pane)
            known = sum(ms for _, ms in parts)
            means.append(sum(v * ms for v, ms in parts) / known if known >= COVERAGE * self.pane else None)
        pairs = [(a, b) for a, b in pairwise(means) if a is not None and b is not None]
        if any(b <= a for a, b in pairs):
            return 0.0
        return 1.0 if len(pairs) == 4 else None

    def count(self, at: int, operand: float | None, *, came: bool) -> None:
        match self.node.function:
            case Function.COUNT if self.node.extra:
                if operand == 1 and self.known == 0:
                    self.amounts.append((at, 1.0))
            case Function.COUNT | Function.MISSING:
                self.amounts.append((at, float(came)))
            case Function.SUM if came and operand is not None:
                self.amounts.append((at, operand))
            case Function.COUNTED if came and operand is not None and self.known is not None:
                self.amounts.append((at, self.counted(self.known, operand)))
            case Function.TRAVEL if operand is not None and self.known is not None:
                self.amounts.append((at, abs(operand - self.known)))
            case Function.HUNTING if operand is not None:
                self.amounts.append((at, self.turn(operand)))
        self.known = operand if operand is not None else self.known

    def counted(self, before: float, after: float) -> float:
        if after >= before:
            return after - before
        if self.wraps_at is not None and 0 <= after - before + self.wraps_at < self.wraps_at / 2:
            return after - before + self.wraps_at
        return max(after, 0.0) if after <= before / 10 else 0.0

    def turn(self, value: float) -> float:
        self.high, self.low = max(self.high, value), min(self.low, value)
        was = self.heading
        if was >= 0 and self.high - value >= self.node.extra:
            self.heading = -1
        elif was <= 0 and value - self.low >= self.node.extra:
            self.heading = 1
        if self.heading != was:
            self.high = self.low = value
        return float(was * self.heading == -1)

    def runs(self) -> tuple[int | None, int | None, bool]:
        """Return since when it has been so, when it was last refuted, and whether it is refuted now."""
        since: int | None = None
        refuted: int | None = None
        last: float | None = None
        now = False
        for at, value in self.course:
            if self.node.function is Function.HELD:
                now, was = value == 0, now
                refuted = at if was and not now else refuted
                since = (at if since is None else since) if value else None
                continue
            changed = value is not None and last is not None and value != last
            refuted = at if changed else refuted
            since = None if value is None else at if changed or since is None else since
            last = value if value is not None else last
        return since, refuted, now

    def so_far(self, at: int) -> float | None:
        if self.node.function is Function.MISSING:
            return float(at - self.last_came(at) >= self.node.span)
        since, refuted, now = self.runs()
        lasted = since is not None and at - since >= self.node.span
        denied = now or (refuted is not None and at - refuted < self.node.span)
        told = 1.0 if lasted else 0.0 if denied else None
        return told if told is None or self.node.function is not Function.CHANGED else 1 - told

    def last_came(self, at: int) -> int:
        assert self.born is not None
        return max([when for when, came in self.amounts if came], default=self.born)

    def turns(self) -> list[int]:
        """Return when it turns of itself."""
        if self.node.function is Function.MISSING:
            return [self.last_came(0) + self.node.span] if self.born is not None else []
        since, refuted, _ = self.runs()
        return [when + self.node.span for when in (since, refuted) if when is not None]


class Memory:
    """All windows on one machine."""

    def __init__(self, roots: Iterable[Node], points: dict[str, Point]) -> None:
        self.courses: dict[Window, Course] = {}
        for node in dict.fromkeys(node for root in roots for node in within(root)):
            if isinstance(node, Window):
                inner = max(
                    (self.courses[each].horizon for each in within(node.operand) if isinstance(each, Window)),
                    default=0,
                )
                course = Course(node, 0)
                timed = node.function in TIMED
                course.horizon = inner + (node.span if timed else course.span + 2 * course.pane)
                if isinstance(node.operand, PointValue):
                    course.wraps_at = points[node.operand.point].wraps_at
                self.courses[node] = course

    def next_move(self, after: int, quiet: int) -> int | None:
        """Return when the next row comes of itself."""
        horizons: dict[int, int] = {}
        moves = []
        for course in self.courses.values():
            if course.node.function in TIMED:
                moves += [when for when in course.turns() if when > after]
            else:
                horizons[course.pane] = max(horizons.get(course.pane, 0), course.horizon)
        for pane, horizon in horizons.items():
            edge = (after // pane + 1) * pane
            moves += [edge] if edge <= quiet + horizon else []
        return min(moves, default=None)
