"""The rules' semantics once more, as plainly as possible: one asset, one sample, one event at a time."""

import operator
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

from plantroom.domain.alarm import Transition, TransitionKind
from plantroom.domain.expression.tree import Node, Number, Operation, Operator, PointValue, Window
from plantroom.domain.installation import Installation
from plantroom.domain.rule import Rule
from plantroom.domain.samples import FIRST_BAD, Quality
from plantroom.domain.site import Point
from plantroom_testing.rule_plant import Message
from plantroom_testing.window_oracle import Memory

Report = tuple[str, str, str, int, int, float | None]
"""Asset, rule, kind, at, activated at, value."""

COMPARE = {
    Operator.LESS: operator.lt,
    Operator.LESS_EQUAL: operator.le,
    Operator.GREATER: operator.gt,
    Operator.GREATER_EQUAL: operator.ge,
    Operator.EQUAL: operator.eq,
    Operator.NOT_EQUAL: operator.ne,
}
COMPUTE = {Operator.ADD: operator.add, Operator.SUBTRACT: operator.sub, Operator.MULTIPLY: operator.mul}


def report(transition: Transition) -> Report:
    return (
        transition.asset,
        transition.rule,
        transition.kind.value,
        transition.at,
        transition.activated_at,
        transition.value,
    )


UNARY: dict[Operator, Callable[[float], float]] = {
    Operator.NOT: lambda value: float(not value),
    Operator.NEGATE: operator.neg,
    Operator.ABSOLUTE: abs,
}

Values = dict[str | Window, float | None]


def evaluate(node: Node, held: Values) -> float | None:
    """Return the value of `node`, true as 1 and false as 0, None where it cannot be told."""
    if not isinstance(node, Operation):
        return leaf(node, held)
    operands: list[Any] = [evaluate(operand, held) for operand in node.operands]
    if node.operator is Operator.AND:
        return 0 if 0 in operands else None if None in operands else 1
    if node.operator is Operator.OR:
        return None if None in operands and not any(operands) else float(any(operands))
    if None in operands:
        return None
    if node.operator in UNARY:
        return UNARY[node.operator](operands[0])
    if node.operator is Operator.DIVIDE:
        return None if operands[1] == 0 else operands[0] / operands[1]
    if node.operator in COMPARE:
        return float(COMPARE[node.operator](*operands))
    return COMPUTE[node.operator](*operands)


def leaf(node: Node, held: Values) -> float | None:
    if isinstance(node, Number):
        return node.value
    if isinstance(node, PointValue):
        return held.get(node.point)
    assert isinstance(node, Window), node
    return held[node]


@dataclass
class Held:
    ts: int
    value: float | None


@dataclass
class Condition:
    """One rule on one asset."""

    rule: Rule
    active: bool = False
    dark: bool = False
    activated: int | None = None
    true_since: int | None = None
    gone_since: int | None = None

    def deadline(self) -> int | None:
        if not self.active and self.true_since is not None:
            due = self.true_since + round(self.rule.hold.total_seconds() * 1000)
            return due if self.activated is None else max(due, self.activated + 1)
        if self.active and self.gone_since is not None:
            return self.gone_since + round(self.rule.keep.total_seconds() * 1000)
        return None

    def finish(self, at: int) -> str:
        if self.active:
            self.active, self.gone_since = False, None
            return "cleared"
        self.active, self.activated, self.true_since = True, at, None
        return "activated"

    def judge(self, held: Values, at: int) -> Iterator[str]:
        """Take note of what can be told at `at`."""
        when = evaluate(self.rule.when.root, held)
        if not self.active:
            self.true_since = (at if self.true_since is None else self.true_since) if when else None
            return
        gone: float | None
        if self.rule.clear is None:
            gone = None if when is None else float(not when)
        else:
            gone = 0 if when else evaluate(self.rule.clear.root, held)
        if (gone is None) != self.dark:
            self.dark = gone is None
            yield "unknown" if self.dark else "known"
        self.gone_since = (at if self.gone_since is None else self.gone_since) if gone else None


@dataclass
class Machine:
    """One asset."""

    name: str
    points: dict[str, Point]
    conditions: list[Condition]
    held: dict[str, Held] = field(default_factory=dict)
    newest: int | None = None
    arrived: int = 0
    floor: int | None = None
    quiet: int = 0
    last_row: int | None = None

    def __post_init__(self) -> None:
        rules = [condition.rule for condition in self.conditions]
        self.needed = {point for rule in rules for point in rule.when.points}
        self.needed |= {point for rule in rules if rule.clear for point in rule.clear.points}
        roots = [each.root for rule in rules for each in (rule.when, rule.clear) if each]
        self.memory = Memory(roots, self.points)

    def message(self, message: Message) -> Iterator[Report]:
        ts, arrived = round(message.ts * 1000), round((message.arrived or message.ts) * 1000)
        samples = {
            name: value if isinstance(value, tuple) else (value, Quality.GOOD)
            for name, value in message.values.items()
        }
        samples = {
            name: (value, quality)
            for name, (value, quality) in samples.items()
            if quality == Quality.GOOD or quality >= FIRST_BAD
        }
        if not samples:
            return
        now = ts if self.floor is None else max(ts, self.floor)
        yield from self.run(deadlines=now, stale=now - 1, moves=now - 1)
        self.floor = self.quiet = now
        if self.newest is None or ts > self.newest:
            self.newest, self.arrived = ts, arrived
        came = set()
        for name, (value, quality) in samples.items():
            if name in self.needed and (name not in self.held or ts > self.held[name].ts):
                self.held[name] = Held(ts, value if quality == Quality.GOOD else None)
                came.add(name)
        for name, held in self.held.items():
            if self.ends(name) < now:
                held.value = None
        yield from self.judge(now, came)

    def tick(self, now: int) -> Iterator[Report]:
        if self.newest is not None:
            clock = self.newest + now - self.arrived
            yield from self.run(deadlines=clock, stale=clock - 1, moves=clock)

    def ends(self, name: str) -> int:
        return self.held[name].ts + round(self.points[name].stale_after.total_seconds() * 1000)

    def run(self, *, deadlines: int, stale: int, moves: int) -> Iterator[Report]:
        """Do all that happens of itself up to the times, in order of time, deadlines first."""
        while True:
            due = min((d for one in self.conditions if (d := one.deadline()) is not None), default=None)
            gone = min(
                (self.ends(n) for n, held in self.held.items() if held.value is not None), default=None
            )
            gone = gone if gone is not None and gone <= stale else None
            move = None if self.last_row is None else self.memory.next_move(self.last_row, self.quiet)
            move = move if move is not None and move <= moves else None
            row = min((at for at in (gone, move) if at is not None), default=None)
            if due is not None and due <= deadlines and (row is None or due <= row):
                self.floor = due
                yield from self.finish(due)
            elif row is not None:
                self.floor = row
                if row == gone:
                    self.quiet = row
                    for name, held in self.held.items():
                        held.value = None if self.ends(name) <= row else held.value
                yield from self.judge(row)
            else:
                return

    def judge(self, at: int, came: AbstractSet[str] = frozenset()) -> Iterator[Report]:
        self.last_row = at
        for node, course in self.memory.courses.items():
            operand = evaluate(node.operand, self.values())
            is_reading = isinstance(node.operand, PointValue) and node.operand.point in came
            course.row(at, operand, came=is_reading and operand is not None)
        for condition in self.conditions:
            for kind in condition.judge(self.values(), at):
                yield self.report(condition, kind, at)
            due = condition.deadline()
            if due is not None and due <= at:
                yield self.report(condition, condition.finish(due), at)

    def finish(self, at: int) -> Iterator[Report]:
        for condition in self.conditions:
            if condition.deadline() == at:
                yield self.report(condition, condition.finish(at), at)

    def values(self) -> Values:
        held: Values = {name: held.value for name, held in self.held.items()}
        return held | {node: course.value for node, course in self.memory.courses.items()}

    def report(self, condition: Condition, kind: str, at: int) -> Report:
        value = self.values().get(condition.rule.when.subject)
        assert condition.activated is not None
        assert TransitionKind(kind)
        return self.name, condition.rule.id, kind, at, condition.activated, value


class Oracle:
    def __init__(self, plant: Installation) -> None:
        self.machines = {
            asset.id: Machine(
                name=asset.id,
                points={point.name: point for point in asset.points},
                conditions=[Condition(r) for r in plant.rules[site.id] if r.asset_class == asset.asset_class],
            )
            for site, asset in zip(plant.table.site_of, plant.table.assets, strict=True)
        }

    def observe(self, messages: Sequence[Message]) -> list[Report]:
        return [one for message in messages for one in self.machines[message.asset].message(message)]

    def tick(self, now: int) -> list[Report]:
        return [one for machine in self.machines.values() for one in machine.tick(now)]
