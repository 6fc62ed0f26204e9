"""What an expression compares readings with, where that is a number."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from plantroom.domain.expression.tree import (
    Function,
    Given,
    Node,
    Number,
    Operation,
    Operator,
    PointValue,
    Window,
    within,
)

_SMOOTHED: Final = frozenset({Function.AVG, Function.MIN, Function.MAX, Function.PERCENTILE})
"""What is on the scale of the reading itself."""
_TURNED: Final = {
    Operator.LESS: Operator.GREATER,
    Operator.LESS_EQUAL: Operator.GREATER_EQUAL,
    Operator.GREATER: Operator.LESS,
    Operator.GREATER_EQUAL: Operator.LESS_EQUAL,
}
_NAMES: Final = ("params.limit", "params.low", "params.high")
_ABOVE: Final = frozenset({Operator.GREATER, Operator.GREATER_EQUAL})


@dataclass(frozen=True, slots=True)
class Comparison:
    """A reading beyond a number makes a condition true."""

    point: str
    value: float
    above: bool
    named: bool
    """Whether its number is one that the rule calls its limit."""
    chosen: bool
    """Whether its number is made of a parameter."""
    at_rest: bool = False


def compared(node: Node, given: Mapping[str, float]) -> Iterator[Comparison]:
    """Yield the comparisons of a point with a number that make `node` true, as far as readings decide."""
    match node:
        case Operation(Operator.OR, operands):
            for each in operands:
                yield from compared(each, given)
        case Operation(Operator.AND):
            yield from _compared_together(tuple(_conjuncts(node)), given)
        case Operation(operator, operands) if operator in _TURNED:
            yield from _limit(operator, operands, given)


def _compared_together(conjuncts: Sequence[Node], given: Mapping[str, float]) -> Iterator[Comparison]:
    """Yield what of conditions that must hold together is a limit, and not a guard for another to count.

    The limit is the number that the rule names so (`limit`, `low`, `high`), or its only one: guards have
    names of their own (`lost`, `loaded`, `full`).
    """
    truths = [_truth(each, given) for each in conjuncts]
    if False in truths:
        return
    left = [each for each, truth in zip(conjuncts, truths, strict=True) if truth is None]
    numeric = [each for each in left if _is_about_numbers(each)]
    at_rest = any(isinstance(each, Operation) and each.operator is Operator.NOT for each in left)
    alone = len(left) == 1 or (len(numeric) == 1 and not at_rest and not any(map(_is_choice, left)))
    for each in numeric:
        for found in compared(each, given):
            if found.named or (alone and (found.chosen or len(left) == 1)):
                yield replace(found, at_rest=found.at_rest or at_rest)


def _is_choice(node: Node) -> bool:
    return isinstance(node, Operation) and node.operator is Operator.OR


def _conjuncts(node: Node) -> Iterator[Node]:
    if isinstance(node, Operation) and node.operator is Operator.AND:
        for each in node.operands:
            yield from _conjuncts(each)
        return
    yield node


def _is_about_numbers(node: Node) -> bool:
    return isinstance(node, Operation) and (
        node.operator in _TURNED
        or (node.operator is Operator.OR and any(_is_about_numbers(each) for each in node.operands))
        or (node.operator is Operator.AND and any(_is_about_numbers(each) for each in node.operands))
    )


def _limit(
    operator: Operator, operands: tuple[Node, ...], given: Mapping[str, float]
) -> Iterator[Comparison]:
    left, right = operands
    constant = constant_of(right, given)
    if constant is None:
        left, right, operator = right, left, _TURNED[operator]
        constant = constant_of(right, given)
    reading = _line(left, given)
    if constant is None or reading is None or not reading.scale:
        return
    above = (operator in _ABOVE) == (reading.scale > 0)
    names = [each.name for each in within(right) if isinstance(each, Given)]
    named, chosen = (any(each.startswith(these) for each in names) for these in (_NAMES, "params."))
    value = (constant - reading.offset) / reading.scale
    yield Comparison(reading.point, value, above, named, chosen)
    if reading.absolute:
        yield Comparison(reading.point, -value, not above, named, chosen)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """A point times `scale` plus `offset`."""

    point: str
    scale: float = 1.0
    offset: float = 0.0
    absolute: bool = False


def _line(node: Node, given: Mapping[str, float]) -> _Reading | None:
    """Return the point of the asset itself that `node` is on the scale of; None: it is of something else."""
    match node:
        case PointValue(point) if "." not in point:
            return _Reading(point=point)
        case Window(function, operand) if function in _SMOOTHED:
            return _line(operand, given)
        case Operation(Operator.ABSOLUTE, (operand,)):
            inner = _line(operand, given)
            plain = inner is not None and not inner.offset and not inner.absolute
            return replace(inner, absolute=True) if inner is not None and plain else None
        case Operation(Operator.MULTIPLY | Operator.DIVIDE | Operator.ADD | Operator.SUBTRACT, (left, right)):
            return _moved(node.operator, left, right, given)
        case _:
            return None


def _moved(operator: Operator, left: Node, right: Node, given: Mapping[str, float]) -> _Reading | None:
    reading, constant = _line(left, given), constant_of(right, given)
    if reading is None and operator in (Operator.ADD, Operator.MULTIPLY):
        reading, constant = _line(right, given), constant_of(left, given)
    if reading is None and operator is Operator.SUBTRACT:
        reading, constant = _line(right, given), constant_of(left, given)
        if reading is not None:
            reading = replace(reading, scale=-reading.scale, offset=-reading.offset)
            operator = Operator.ADD
    if reading is None or constant is None or reading.absolute:
        return None
    match operator:
        case Operator.ADD:
            return replace(reading, offset=reading.offset + constant)
        case Operator.SUBTRACT:
            return replace(reading, offset=reading.offset - constant)
        case Operator.DIVIDE if not constant:
            return None
    factor = 1 / constant if operator is Operator.DIVIDE else constant
    return replace(reading, scale=reading.scale * factor, offset=reading.offset * factor)


def constant_of(node: Node, given: Mapping[str, float]) -> float | None:
    """Return the number that `node` is on a machine with `given` parameters and ratings; None: it varies."""
    match node:
        case Number(value):
            return value
        case Given(name):
            return given.get(name)
        case Operation(Operator.NEGATE, (operand,)):
            inner = constant_of(operand, given)
            return None if inner is None else -inner
        case Operation(operator, (left, right)):
            first, second = constant_of(left, given), constant_of(right, given)
            return None if first is None or second is None else _computed(operator, first, second)
        case _:
            return None


def _computed(operator: Operator, first: float, second: float) -> float | None:
    match operator:
        case Operator.ADD:
            return first + second
        case Operator.SUBTRACT:
            return first - second
        case Operator.MULTIPLY:
            return first * second
        case Operator.DIVIDE:
            return first / second if second else None
        case _:
            return None


def _truth(node: Node, given: Mapping[str, float]) -> bool | None:
    """Return whether a condition on parameters and ratings alone holds; None: it is about readings."""
    if not isinstance(node, Operation) or len(node.operands) != 2:
        return None
    first, second = (constant_of(each, given) for each in node.operands)
    if first is None or second is None:
        # A rating that the machine does not have makes the condition unknown, which never holds.
        return False if _unrated(node, given) else None
    match node.operator:
        case Operator.LESS:
            return first < second
        case Operator.LESS_EQUAL:
            return first <= second
        case Operator.GREATER:
            return first > second
        case Operator.GREATER_EQUAL:
            return first >= second
        case Operator.EQUAL:
            return first == second
        case Operator.NOT_EQUAL:
            return first != second
        case _:
            return None


def _unrated(node: Operation, given: Mapping[str, float]) -> bool:
    if node.operator not in (*_TURNED, Operator.EQUAL, Operator.NOT_EQUAL):
        return False
    return any(
        isinstance(each, Given) and each.name.startswith("rated.") and each.name not in given
        for each in node.operands
    )
