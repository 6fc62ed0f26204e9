"""Checks a syntax tree against the points it is about."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final, TypeAlias

from lark import Token, Tree

from plantroom.domain.errors import ExpressionInvalid
from plantroom.domain.expression.meaning import Kind, Meaning, unit_of_pair, unit_of_product, unit_of_sum
from plantroom.domain.expression.tree import Node, Number, Operation, Operator, PointValue
from plantroom.domain.site import Point, ValueType
from plantroom.domain.suggestion import suggest

Syntax: TypeAlias = "Tree[Any]"

MAX_DEPTH: Final = 100
"""Deepest expression, in operators within operators: whatever walks the tree may recurse."""

_KINDS: Final = {
    ValueType.NUMBER: Kind.NUMBER,
    ValueType.BOOLEAN: Kind.BOOLEAN,
    ValueType.STATE: Kind.STATE,
}
_LOGIC: Final = {Operator.AND, Operator.OR, Operator.NOT}
_ORDER: Final = {Operator.LESS, Operator.LESS_EQUAL, Operator.GREATER, Operator.GREATER_EQUAL}
_EQUALITY: Final = {Operator.EQUAL, Operator.NOT_EQUAL}
_SUM: Final = {Operator.ADD, Operator.SUBTRACT}


class Checker:
    """Gives every part of one expression its meaning."""

    def __init__(self, text: str, points: Mapping[str, Point]) -> None:
        self._text = text
        self._points = points
        self.used: dict[str, None] = {}
        """The points met so far, in the order of their first use."""
        self.assumed: set[str] = set()
        """The units that numbers written without one were taken to be in."""

    def check(self, syntax: Syntax, depth: int = 0) -> Meaning:
        """Return what `syntax` means.

        Raises:
            ExpressionInvalid: it names what is not there, or makes no sense.
        """
        if depth > MAX_DEPTH:
            raise ExpressionInvalid(
                f"more than {MAX_DEPTH} operators within each other", column=_column(syntax)
            )
        checks: Mapping[str, Callable[[Syntax, int], Meaning]] = {
            "number": self._number,
            "boolean": self._boolean,
            "name": self._point,
            "string": self._string,
            "unary": self._unary,
            "binary": self._binary,
        }
        return checks[syntax.data](syntax, depth)

    def _number(self, syntax: Syntax, _depth: int) -> Meaning:
        digits, *units = (str(child) for child in syntax.children)
        value = float(digits)
        if not math.isfinite(value):
            raise ExpressionInvalid(f"number is too large: {digits[:40]}", column=_column(syntax))
        unit = units[0] if units else None
        return self._meaning(syntax, Number(value), Kind.NUMBER, unit=unit, constant=True)

    def _boolean(self, syntax: Syntax, _depth: int) -> Meaning:
        value = 1.0 if syntax.children[0] == "true" else 0.0
        return self._meaning(syntax, Number(value), Kind.BOOLEAN, constant=True)

    def _point(self, syntax: Syntax, _depth: int) -> Meaning:
        name = str(syntax.children[0])
        point = self._points.get(name)
        if point is None:
            hint = suggest(name, self._points)
            raise ExpressionInvalid(f"unknown point {name!r}; {hint}", column=_column(syntax))
        self.used[name] = None
        kind = _KINDS[point.value_type]
        unit = point.unit if kind is Kind.NUMBER else None
        return self._meaning(syntax, PointValue(name), kind, unit=unit, states=point.states)

    def _string(self, syntax: Syntax, _depth: int) -> Meaning:
        raise ExpressionInvalid(
            f"{syntax.children[0]} may only be compared, by == or !=, with a point that has named states",
            column=_column(syntax),
        )

    def _unary(self, syntax: Syntax, depth: int) -> Meaning:
        sign, inner = _parts(syntax)
        operand = self.check(inner, depth + 1)
        if sign.type == "NOT":
            _demand(Kind.BOOLEAN, operand, sign)
            return self._meaning(syntax, Operation(Operator.NOT, (operand.node,)), Kind.BOOLEAN)
        _demand(Kind.NUMBER, operand, sign)
        node = Operation(Operator.NEGATE, (operand.node,))
        return replace(operand, node=node, said=self._said(syntax), column=_column(syntax))

    def _binary(self, syntax: Syntax, depth: int) -> Meaning:
        left, sign, right = _parts(syntax)
        operator = Operator(str(sign))
        if operator in _EQUALITY:
            first, second = self._state_pair(left, right, depth) or self._pair(left, right, depth)
            return self._equality(syntax, operator, first, second)
        first, second = self._pair(left, right, depth)
        demanded = Kind.BOOLEAN if operator in _LOGIC else Kind.NUMBER
        _demand(demanded, first, sign)
        _demand(demanded, second, sign)
        node = Operation(operator, (first.node, second.node))
        if operator in _LOGIC:
            return self._meaning(syntax, node, Kind.BOOLEAN)
        if operator in _ORDER:
            self._assume(first, second)
            unit_of_pair(first, second, verb="compare")
            return self._meaning(syntax, node, Kind.BOOLEAN)
        if operator in _SUM:
            self._assume(first, second)
        unit = (unit_of_sum if operator in _SUM else unit_of_product)(first, second, operator)
        constant = first.constant and second.constant
        return self._meaning(syntax, node, Kind.NUMBER, unit=unit, constant=constant)

    def _assume(self, first: Meaning, second: Meaning) -> None:
        for bare, other in ((first, second), (second, first)):
            if bare.goes_with_any_unit and other.unit is not None:
                self.assumed.add(other.unit)

    def _pair(self, left: Syntax, right: Syntax, depth: int) -> tuple[Meaning, Meaning]:
        return self.check(left, depth + 1), self.check(right, depth + 1)

    def _state_pair(self, left: Syntax, right: Syntax, depth: int) -> tuple[Meaning, Meaning] | None:
        """Return the meaning of a point with named states and the name of one, in either order."""
        if self._names_state(right, of=left):
            point = self.check(left, depth + 1)
            return point, self._state(right, of=point)
        if self._names_state(left, of=right):
            point = self.check(right, depth + 1)
            return self._state(left, of=point), point
        return None

    def _names_state(self, syntax: Syntax, *, of: Syntax) -> bool:
        if of.data != "name":
            return False
        point = self._points.get(str(of.children[0]))
        if point is None or point.value_type is not ValueType.STATE:
            return False
        if syntax.data == "name":
            name = str(syntax.children[0])
            return name in point.states or name not in self._points
        return bool(syntax.data == "string")

    def _state(self, syntax: Syntax, *, of: Meaning) -> Meaning:
        word = str(syntax.children[0])
        name = word[1:-1] if syntax.data == "string" else word
        column = _column(syntax)
        if name not in of.states:
            raise ExpressionInvalid(
                f"{of.said} has no state {name!r}; {suggest(name, of.states)}", column=column
            )
        if syntax.data == "name" and name in self._points:
            raise ExpressionInvalid(
                f'{name} is a state of {of.said} and also a point: write "{name}" for the state',
                column=column,
            )
        node = Number(float(of.states.index(name)))
        return self._meaning(syntax, node, Kind.STATE, constant=True, states=of.states)

    def _equality(self, syntax: Syntax, operator: Operator, first: Meaning, second: Meaning) -> Meaning:
        if first.kind is not second.kind:
            raise ExpressionInvalid(
                f"cannot compare {first.said}, {first.kind.value}, and {second.said}, {second.kind.value}",
                column=second.column,
            )
        if first.kind is Kind.NUMBER:
            self._assume(first, second)
            unit_of_pair(first, second, verb="compare")
        if first.states != second.states:
            raise ExpressionInvalid(
                f"{first.said} and {second.said} do not have the same states", column=second.column
            )
        return self._meaning(syntax, Operation(operator, (first.node, second.node)), Kind.BOOLEAN)

    def _meaning(
        self,
        syntax: Syntax,
        node: Node,
        kind: Kind,
        *,
        unit: str | None = None,
        constant: bool = False,
        states: tuple[str, ...] = (),
    ) -> Meaning:
        return Meaning(
            node=node,
            kind=kind,
            said=self._said(syntax),
            column=_column(syntax),
            unit=unit,
            constant=constant,
            states=states,
        )

    def _said(self, syntax: Syntax) -> str:
        return " ".join(self._text[syntax.meta.start_pos : syntax.meta.end_pos].split())


def _parts(syntax: Syntax) -> list[Any]:
    """Return the tokens and trees right within `syntax`."""
    return syntax.children


def _column(syntax: Syntax) -> int:
    return int(syntax.meta.start_pos)


def _demand(kind: Kind, operand: Meaning, sign: Token) -> None:
    if operand.kind is not kind:
        wanted = "conditions" if kind is Kind.BOOLEAN else "numbers"
        raise ExpressionInvalid(
            f"{sign} takes {wanted}, but {operand.said} is {operand.kind.value}", column=operand.column
        )
