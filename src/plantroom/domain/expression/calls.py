"""Functions of expressions: what each takes and what it means."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, NoReturn, Protocol

from plantroom.domain.errors import ExpressionInvalid
from plantroom.domain.expression.grammar import Syntax
from plantroom.domain.expression.meaning import Kind, Meaning, in_celsius, in_unit
from plantroom.domain.expression.tree import Function, Node, Number, Operation, Operator, PointValue, Window
from plantroom.domain.quantity import milliseconds
from plantroom.domain.site import PointKind
from plantroom.domain.suggestion import suggest
from plantroom.domain.units import difference_unit, unit_per_hour

SHORTEST: Final = 5_000
"""Shortest span, ms."""
LONGEST: Final = 35 * 86_400_000
"""Longest span, ms."""
HOUR: Final = 3_600_000
SPIKE: Final = 4.0
"""How many standard deviations from the average a spike is, unless told."""


class Part(Protocol):
    """What a function asks of the checker."""

    def check(self, syntax: Syntax, depth: int = 0) -> Meaning:
        """Return what an argument means."""

    def kind_of(self, name: str) -> PointKind:
        """Return what the point `name` tells."""

    def over_feeders(self, syntax: Syntax, depth: int) -> Meaning:
        """Return what an argument means in which points of `fed_by` may be named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A function with its arguments, not checked yet."""

    name: str
    arguments: tuple[Syntax, ...]
    said: str
    column: int
    depth: int
    part: Part

    def operand(self, *kinds: Kind) -> Meaning:
        """Return the meaning of the first argument, which must be of one of `kinds`."""
        meaning = self.part.check(self.arguments[0], self.depth + 1)
        return self._demand(meaning, *kinds)

    def condition_over_feeders(self) -> Meaning:
        """Return the meaning of the first argument, a condition on points of `fed_by`."""
        return self._demand(self.part.over_feeders(self.arguments[0], self.depth + 1), Kind.BOOLEAN)

    def _demand(self, meaning: Meaning, *kinds: Kind) -> Meaning:
        if meaning.kind not in kinds:
            wanted = " or ".join(kind.value for kind in kinds)
            self.refuse(f"takes {wanted}, but {meaning.said} is {meaning.kind.value}", meaning.column)
        return meaning

    def point(self, *kinds: Kind) -> Meaning:
        """Return the meaning of the first argument, which must be a point by itself."""
        meaning = self.operand(*kinds)
        if not isinstance(meaning.node, PointValue):
            self.refuse(f"takes a point, not {meaning.said}", meaning.column)
        return meaning

    def span(self, place: int = -1) -> int:
        """Return the span of time that an argument writes, ms."""
        syntax = self.arguments[place]
        written = "".join(str(child) for child in syntax.children) if syntax.data == "number" else ""
        span = milliseconds(written)
        if span is None:
            self.refuse("takes a span of time such as 30s, 10m, 2h or 7d here", syntax.meta.start_pos)
        if not SHORTEST <= span <= LONGEST:
            self.refuse(f"takes a span from 5s to 35d, got {written}", syntax.meta.start_pos)
        return span

    def number(self, place: int, unit: str | None) -> float:
        """Return the number that an argument writes, in `unit`."""
        meaning = self.part.check(self.arguments[place], self.depth + 1)
        if meaning.unit is not None and unit is not None:
            changed = in_unit(meaning, unit)
            if changed is None:
                self.refuse(f"takes a number in {unit or 'no unit'}, got {meaning.said}", meaning.column)
            meaning = changed
        if not isinstance(meaning.node, Number) or meaning.kind is not Kind.NUMBER:
            self.refuse(f"takes a plain number, got {meaning.said}", meaning.column)
        return meaning.node.value

    def means(self, node: Node, kind: Kind, unit: str | None = None) -> Meaning:
        """Return the meaning of the whole."""
        return Meaning(node=node, kind=kind, said=self.said, column=self.column, unit=unit)

    def refuse(self, why: str, column: int) -> NoReturn:
        """Say what is wrong."""
        raise ExpressionInvalid(f"{self.name} {why}", column=column)


def meaning_of(call: Call) -> Meaning:
    """Return what `call` means.

    Raises:
        ExpressionInvalid: there is no such function, or it does not take these arguments.
    """
    if call.name not in FUNCTIONS:
        raise ExpressionInvalid(
            f"unknown function {call.name!r}; {suggest(call.name, FUNCTIONS)}", column=call.column
        )
    usage, make = FUNCTIONS[call.name]
    least, most = _arity(usage)
    if not least <= len(call.arguments) <= most:
        call.refuse(f"is written {usage}", call.column)
    return make(call)


def _arity(usage: str) -> tuple[int, int]:
    most = usage.count(",") + 1
    return most - usage.count("["), most


def _statistic(function: Function, *, difference: bool = False) -> Callable[[Call], Meaning]:
    def make(call: Call) -> Meaning:
        operand = call.operand(Kind.NUMBER, *([Kind.BOOLEAN] if function is Function.AVG else []))
        if operand.kind is Kind.BOOLEAN:
            return call.means(Window(function, operand.node, call.span()), Kind.NUMBER, "")
        if difference:
            operand = in_celsius(operand)
        unit = difference_unit(operand.unit) if difference and operand.unit is not None else operand.unit
        return call.means(Window(function, operand.node, call.span()), Kind.NUMBER, unit)

    return make


def _sum(call: Call) -> Meaning:
    operand = call.point(Kind.NUMBER)
    return call.means(Window(Function.SUM, operand.node, call.span()), Kind.NUMBER, operand.unit)


def _count(call: Call) -> Meaning:
    operand = call.operand(*Kind)
    if operand.kind is not Kind.BOOLEAN:
        operand = call.point(*Kind)
    # The readings of a boolean point are not counted, but how often it became true.
    node = Window(Function.COUNT, operand.node, call.span(), float(operand.kind is Kind.BOOLEAN))
    return call.means(node, Kind.NUMBER, "")


def _percentile(call: Call) -> Meaning:
    operand = call.operand(Kind.NUMBER)
    share = call.number(1, None)
    if not 0 <= share <= 100:
        call.refuse(f"takes a percentile from 0 to 100, got {share:g}", call.column)
    node = Window(Function.PERCENTILE, operand.node, call.span(), share)
    return call.means(node, Kind.NUMBER, operand.unit)


def _change(call: Call) -> tuple[Meaning, Window]:
    operand = call.operand(Kind.NUMBER)
    if isinstance(operand.node, PointValue) and call.part.kind_of(operand.node.point) is PointKind.COUNTER:
        return operand, Window(Function.COUNTED, operand.node, call.span())
    operand = in_celsius(operand)
    return operand, Window(Function.DELTA, operand.node, call.span())


def _delta(call: Call) -> Meaning:
    operand, node = _change(call)
    return call.means(node, Kind.NUMBER, None if operand.unit is None else difference_unit(operand.unit))


def _rate(call: Call) -> Meaning:
    operand, window = _change(call)
    node = Operation(Operator.DIVIDE, (window, Number(window.span / HOUR)))
    return call.means(node, Kind.NUMBER, None if operand.unit is None else unit_per_hour(operand.unit))


def _ago(call: Call) -> Meaning:
    operand, span = call.operand(Kind.NUMBER), call.span()
    if span % HOUR:
        call.refuse("takes whole hours, such as 1h, 24h or 7d", call.column)
    return replace(operand, node=Window(Function.AGO, operand.node, span), said=call.said, column=call.column)


def _hunting(call: Call) -> Meaning:
    operand = in_celsius(call.operand(Kind.NUMBER))
    swing = call.number(1, None if operand.unit is None else difference_unit(operand.unit))
    if swing <= 0:
        call.refuse(f"takes a swing above 0, got {swing:g}", call.column)
    return call.means(Window(Function.HUNTING, operand.node, call.span(), swing), Kind.NUMBER, "")


def _travel(call: Call) -> Meaning:
    operand = in_celsius(call.operand(Kind.NUMBER))
    unit = None if operand.unit is None else difference_unit(operand.unit)
    return call.means(Window(Function.TRAVEL, operand.node, call.span()), Kind.NUMBER, unit)


def _spike(call: Call) -> Meaning:
    operand, span = in_celsius(call.operand(Kind.NUMBER)), call.span(1)
    times = call.number(2, None) if len(call.arguments) == 3 else SPIKE
    average, spread = (Window(each, operand.node, span) for each in (Function.AVG, Function.STDDEV))
    apart = Operation(Operator.ABSOLUTE, (Operation(Operator.SUBTRACT, (operand.node, average)),))
    limit = Operation(Operator.MULTIPLY, (Number(times), spread))
    return call.means(Operation(Operator.GREATER, (apart, limit)), Kind.BOOLEAN)


def _told(function: Function, *kinds: Kind, point: bool = False) -> Callable[[Call], Meaning]:
    def make(call: Call) -> Meaning:
        operand = call.point(*kinds) if point else call.operand(*kinds)
        return call.means(Window(function, operand.node, call.span()), Kind.BOOLEAN)

    return make


def _over_feeders(operator: Operator) -> Callable[[Call], Meaning]:
    def make(call: Call) -> Meaning:
        operand = call.condition_over_feeders()
        return call.means(Operation(operator, (operand.node,)), Kind.BOOLEAN)

    return make


def _absolute(call: Call) -> Meaning:
    operand = call.operand(Kind.NUMBER)
    node = Operation(Operator.ABSOLUTE, (operand.node,))
    return replace(operand, node=node, said=call.said, column=call.column)


FUNCTIONS: Final[Mapping[str, tuple[str, Callable[[Call], Meaning]]]] = {
    "abs": ("abs(x)", _absolute),
    "ago": ("ago(x, 7d)", _ago),
    "all": ("all(condition on fed_by)", _over_feeders(Operator.ALL)),
    "any": ("any(condition on fed_by)", _over_feeders(Operator.ANY)),
    "avg": ("avg(x, 10m)", _statistic(Function.AVG)),
    "changed": ("changed(x, 10m)", _told(Function.CHANGED, *Kind)),
    "count": ("count(x, 1h)", _count),
    "delta": ("delta(x, 10m)", _delta),
    "held": ("held(condition, 10m)", _told(Function.HELD, Kind.BOOLEAN)),
    "hunting": ("hunting(x, 5, 10m)", _hunting),
    "max": ("max(x, 10m)", _statistic(Function.MAX)),
    "min": ("min(x, 10m)", _statistic(Function.MIN)),
    "missing": ("missing(x, 2m)", _told(Function.MISSING, *Kind, point=True)),
    "percentile": ("percentile(x, 95, 10m)", _percentile),
    "range": ("range(x, 10m)", _statistic(Function.RANGE, difference=True)),
    "rate": ("rate(x, 10m)", _rate),
    "rising_for": ("rising_for(x, 10m)", _told(Function.RISING_FOR, Kind.NUMBER)),
    "spike": ("spike(x, 10m[, 4])", _spike),
    "stddev": ("stddev(x, 10m)", _statistic(Function.STDDEV, difference=True)),
    "stuck": ("stuck(x, 30m)", _told(Function.STUCK, *Kind)),
    "sum": ("sum(x, 1h)", _sum),
    "travel": ("travel(x, 1h)", _travel),
}
"""How each function is written, and what makes its meaning."""
