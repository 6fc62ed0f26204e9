"""Checks a syntax tree against the points it is about."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from lark import Token

from plantroom.domain.errors import ExpressionInvalid
from plantroom.domain.expression.calls import Call, meaning_of
from plantroom.domain.expression.grammar import Syntax
from plantroom.domain.expression.meaning import Kind, Meaning, in_one_unit, sum_of, unit_of_product
from plantroom.domain.expression.names import Names, point_meaning
from plantroom.domain.expression.surroundings import NOTHING, Surroundings
from plantroom.domain.expression.tree import Node, Number, Operation, Operator
from plantroom.domain.site import Point, PointKind, ValueType
from plantroom.domain.suggestion import suggest

MAX_DEPTH: Final = 100
"""Deepest expression, in operators within operators: whatever walks the tree may recurse."""

_LOGIC: Final = {Operator.AND, Operator.OR, Operator.NOT}
_ORDER: Final = {Operator.LESS, Operator.LESS_EQUAL, Operator.GREATER, Operator.GREATER_EQUAL}
_EQUALITY: Final = {Operator.EQUAL, Operator.NOT_EQUAL}
_SUM: Final = {Operator.ADD, Operator.SUBTRACT}


class Checker:
    """Gives every part of one expression its meaning."""

    def __init__(self, text: str, points: Mapping[str, Point], around: Surroundings = NOTHING) -> None:
        self._text = text
        self._points = points
        self._names = Names(points, around)
        self._over_feeders = False
        self.used: dict[str, Point] = {}
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
            "name": self._name,
            "member": self._member,
            "call": self._call,
            "call_member": self._call_member,
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

    def _name(self, syntax: Syntax, _depth: int) -> Meaning:
        name = str(syntax.children[0])
        given = self._names.given(name, said=self._said(syntax), column=_column(syntax))
        return given or self._point(syntax, name, self._names.point(name, column=_column(syntax)))

    def _member(self, syntax: Syntax, _depth: int) -> Meaning:
        of, name = (str(child) for child in syntax.children)
        said, column = self._said(syntax), _column(syntax)
        if of == "rated":
            return self._names.rated(name, said=said, column=column)
        point = self._names.related(of, name, column=column)
        if of == "fed_by" and not self._over_feeders:
            raise ExpressionInvalid(
                f"several assets may feed this one: write any(...) or all(...) around what {said} must be",
                column=column,
            )
        return self._point(syntax, f"{of}.{name}", point)

    def _point(self, syntax: Syntax, name: str, point: Point) -> Meaning:
        self.used[name] = point
        return point_meaning(name, point, said=self._said(syntax), column=_column(syntax))

    def _call(self, syntax: Syntax, depth: int) -> Meaning:
        name, *arguments = _parts(syntax)
        call = Call(
            name=str(name),
            arguments=tuple(arguments),
            said=self._said(syntax),
            column=_column(syntax),
            depth=depth,
            part=self,
        )
        return meaning_of(call)

    def _call_member(self, syntax: Syntax, _depth: int) -> Meaning:
        call, member = _parts(syntax)
        name, *arguments = _parts(call)
        column = _column(syntax)
        if name != "peers" or len(arguments) != 1 or arguments[0].data != "name":
            raise ExpressionInvalid("only peers(point) has parts: .median and .spread", column=column)
        if member not in ("median", "spread"):
            raise ExpressionInvalid(f"peers has .median and .spread, not .{member}", column=column)
        point = self._names.of_peers(str(arguments[0].children[0]), str(member), column=column)
        return self._point(syntax, f"peers.{arguments[0].children[0]}.{member}", point)

    def kind_of(self, name: str) -> PointKind:
        """Return what the point `name`, met already, tells."""
        return self.used[name].kind

    def over_feeders(self, syntax: Syntax, depth: int) -> Meaning:
        """Return what `syntax` means, in which points of `fed_by` may be named."""
        if self._over_feeders:
            raise ExpressionInvalid("any and all are not written within each other", column=_column(syntax))
        self._over_feeders = True
        meaning = self.check(syntax, depth)
        self._over_feeders = False
        if not any(tree.children[0] == "fed_by" for tree in syntax.find_data("member")):
            raise ExpressionInvalid(f"{self._said(syntax)} names no point of fed_by", column=_column(syntax))
        return meaning

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
        if operator in _LOGIC:
            return self._meaning(syntax, Operation(operator, (first.node, second.node)), Kind.BOOLEAN)
        if operator in _ORDER:
            return self._meaning(syntax, self._comparison(operator, first, second), Kind.BOOLEAN)
        constant = first.constant and second.constant
        node: Node
        if operator in _SUM:
            self._assume(first, second)
            node, unit = sum_of(first, second, operator)
        else:
            node = Operation(operator, (first.node, second.node))
            unit = unit_of_product(first, second, operator)
        return self._meaning(syntax, node, Kind.NUMBER, unit=unit, constant=constant)

    def _comparison(self, operator: Operator, first: Meaning, second: Meaning) -> Operation:
        self._assume(first, second)
        first, second = in_one_unit(first, second, verb="compare")
        return Operation(operator, (first.node, second.node))

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
            return self._meaning(syntax, self._comparison(operator, first, second), Kind.BOOLEAN)
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
