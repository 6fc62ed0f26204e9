"""Expressions compiled to functions of columns, in three-valued logic.

An unknown number is NaN. A condition is a pair of masks, where it is true and where it is false; where
neither is set it is unknown. Comparisons with NaN are false both ways, so unknown needs no mask of its own.
"""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from plantroom.domain.errors import ExpressionInvalid
from plantroom.domain.expression.tree import Node, Number, Operation, Operator
from plantroom.rules.segments import Floats, Mask

Truth = tuple[Mask, Mask]
"""Where it is true, where it is false."""
Quantity = Callable[[Floats], Floats]
Condition = Callable[[Floats], Truth]
"""A function of held values, shape (points, rows), NaN where unknown; constants come out as scalars."""


def compile_condition(root: Node, columns: Mapping[Node, int]) -> Condition:
    """Return `root` as a function of held values, in which `columns` says where each leaf is.

    Raises:
        ExpressionInvalid: its tree is none that the parser makes.
    """
    try:
        return _condition(root, columns)
    except (KeyError, IndexError, ValueError, RecursionError) as error:
        raise ExpressionInvalid(f"cannot be compiled: {error!r}", column=0) from error


def compile_quantity(root: Node, columns: Mapping[Node, int]) -> Quantity:
    """Return `root` as a function of held values, a condition as 1, 0 or NaN.

    Raises:
        ExpressionInvalid: its tree is none that the parser makes.
    """
    try:
        return _quantity(root, columns)
    except (KeyError, IndexError, ValueError, RecursionError) as error:
        raise ExpressionInvalid(f"cannot be compiled: {error!r}", column=0) from error


def _condition(node: Node, columns: Mapping[Node, int]) -> Condition:
    if isinstance(node, Operation) and node.operator in _COMPARISONS:
        holds, fails = _COMPARISONS[node.operator]
        left, right = (_quantity(operand, columns) for operand in node.operands)
        return lambda held: _both(holds, fails, left(held), right(held))
    if isinstance(node, Operation) and node.operator is Operator.NOT:
        (operand,) = (_condition(operand, columns) for operand in node.operands)
        return lambda held: operand(held)[::-1]
    if isinstance(node, Operation) and node.operator in _CONNECTIVES:
        connect = _CONNECTIVES[node.operator]
        first, second = (_condition(operand, columns) for operand in node.operands)
        return lambda held: connect(first(held), second(held))
    number = _quantity(node, columns)
    return lambda held: _nonzero(number(held))


def _quantity(node: Node, columns: Mapping[Node, int]) -> Quantity:
    if isinstance(node, Number):
        value = np.asarray(node.value, np.float64)
        return lambda _: value
    if not isinstance(node, Operation):
        column = columns[node]
        return lambda held: held[column]
    if node.operator in _SIGNS:
        (operand,) = (_quantity(operand, columns) for operand in node.operands)
        sign = _SIGNS[node.operator]
        return lambda held: sign(operand(held))
    if node.operator in _ARITHMETIC:
        compute = _ARITHMETIC[node.operator]
        left, right = (_quantity(operand, columns) for operand in node.operands)
        return lambda held: compute(left(held), right(held))
    condition = _condition(node, columns)
    return lambda held: _as_number(condition(held))


def _both(
    holds: Callable[[Floats, Floats], Mask],
    fails: Callable[[Floats, Floats], Mask],
    left: Floats,
    right: Floats,
) -> Truth:
    return holds(left, right), fails(left, right)


def _nonzero(number: Floats) -> Truth:
    return _differ(number, np.asarray(0.0)), np.equal(number, 0.0)


def _as_number(truth: Truth) -> Floats:
    true, false = truth
    return np.where(true, 1.0, np.where(false, 0.0, np.nan))


def _differ(left: Floats, right: Floats) -> Mask:
    return np.less(left, right) | np.greater(left, right)


def _divide(left: Floats, right: Floats) -> Floats:
    return np.where(np.equal(right, 0.0), np.nan, np.divide(left, right))


def _and(first: Truth, second: Truth) -> Truth:
    return first[0] & second[0], first[1] | second[1]


def _or(first: Truth, second: Truth) -> Truth:
    return first[0] | second[0], first[1] & second[1]


_COMPARISONS: Final[Mapping[Operator, tuple[Callable[..., Mask], Callable[..., Mask]]]] = {
    Operator.LESS: (np.less, np.greater_equal),
    Operator.LESS_EQUAL: (np.less_equal, np.greater),
    Operator.GREATER: (np.greater, np.less_equal),
    Operator.GREATER_EQUAL: (np.greater_equal, np.less),
    Operator.EQUAL: (np.equal, _differ),
    Operator.NOT_EQUAL: (_differ, np.equal),
}
_CONNECTIVES: Final[Mapping[Operator, Callable[[Truth, Truth], Truth]]] = {
    Operator.AND: _and,
    Operator.OR: _or,
}
_SIGNS: Final[Mapping[Operator, Callable[[Floats], Floats]]] = {
    Operator.NEGATE: np.negative,
    Operator.ABSOLUTE: np.absolute,
}
_ARITHMETIC: Final[Mapping[Operator, Callable[[Floats, Floats], Floats]]] = {
    Operator.ADD: np.add,
    Operator.SUBTRACT: np.subtract,
    Operator.MULTIPLY: np.multiply,
    Operator.DIVIDE: _divide,
}
