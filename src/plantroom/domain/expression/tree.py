"""The checked tree of a rule expression."""

from dataclasses import dataclass
from enum import Enum


class Operator(Enum):
    """What a node does with its operands."""

    ADD = "+"
    SUBTRACT = "-"
    MULTIPLY = "*"
    DIVIDE = "/"
    NEGATE = "neg"
    LESS = "<"
    LESS_EQUAL = "<="
    GREATER = ">"
    GREATER_EQUAL = ">="
    EQUAL = "=="
    NOT_EQUAL = "!="
    AND = "and"
    OR = "or"
    NOT = "not"


@dataclass(frozen=True, slots=True)
class Number:
    """A literal; true is 1, false is 0, a named state is its position."""

    value: float


@dataclass(frozen=True, slots=True)
class PointValue:
    """The value a point of the asset holds."""

    point: str


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator applied to one or two nodes."""

    operator: Operator
    operands: tuple["Node", ...]


Node = Number | PointValue | Operation


@dataclass(frozen=True, slots=True)
class Expression:
    """A condition that parsed and passed its checks: its root is boolean."""

    text: str
    """As the engineer wrote it."""
    root: Node
    points: tuple[str, ...]
    """Names of the points it needs, in the order of their first use."""

    @property
    def subject(self) -> str:
        """Name of the point that says how bad it is: the first one compared, else the first, else empty."""
        return _first_compared(self.root, compared=False) or next(iter(self.points), "")


_LOGIC = frozenset({Operator.AND, Operator.OR, Operator.NOT})


def _first_compared(node: Node, *, compared: bool) -> str:
    match node:
        case PointValue(point):
            return point if compared else ""
        case Operation(operator, operands):
            inside = operator not in _LOGIC
            found = (_first_compared(operand, compared=inside) for operand in operands)
            return next(filter(None, found), "")
        case _:
            return ""
