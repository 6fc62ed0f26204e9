"""The checked tree of a rule expression."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum


class Operator(Enum):
    """What a node does with its operands."""

    ADD = "+"
    SUBTRACT = "-"
    MULTIPLY = "*"
    DIVIDE = "/"
    NEGATE = "neg"
    ABSOLUTE = "abs"
    LESS = "<"
    LESS_EQUAL = "<="
    GREATER = ">"
    GREATER_EQUAL = ">="
    EQUAL = "=="
    NOT_EQUAL = "!="
    AND = "and"
    OR = "or"
    NOT = "not"
    ANY = "any"
    """True of at least one of the assets that feed this one."""
    ALL = "all"
    """True of each of the assets that feed this one."""


class Function(Enum):
    """What is remembered of an operand over a span of time."""

    AVG = "avg"
    MIN = "min"
    MAX = "max"
    SUM = "sum"
    COUNT = "count"
    STDDEV = "stddev"
    RANGE = "range"
    PERCENTILE = "percentile"
    DELTA = "delta"
    COUNTED = "counted"
    """What a counter counted."""
    AGO = "ago"
    HUNTING = "hunting"
    TRAVEL = "travel"
    """How far it went, up and down."""
    RISING_FOR = "rising_for"
    CHANGED = "changed"
    STUCK = "stuck"
    MISSING = "missing"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Number:
    """A literal; true is 1, false is 0, a named state is its position."""

    value: float


@dataclass(frozen=True, slots=True)
class PointValue:
    """The value a point holds: of the asset, or as `parent.name`, `fed_by.name`, `peers.name.median`."""

    point: str


@dataclass(frozen=True, slots=True)
class Given:
    """What is no point: `rated.name`, `params.name`, or `hour`, `weekday`, `workday`, `holiday`."""

    name: str


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator applied to one or two nodes."""

    operator: Operator
    operands: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Window:
    """A function of what a node was over the last while."""

    function: Function
    operand: "Node"
    span: int
    """ms"""
    extra: float = 0.0
    """The percentile, or the swing."""


Node = Number | PointValue | Given | Operation | Window


def within(node: Node) -> Iterator[Node]:
    """Yield `node` and all nodes in it, inner ones first."""
    match node:
        case Operation(_, operands):
            for operand in operands:
                yield from within(operand)
        case Window(_, operand):
            yield from within(operand)
    yield node


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


_LOGIC = frozenset({Operator.AND, Operator.OR, Operator.NOT, Operator.ANY, Operator.ALL})


def _first_compared(node: Node, *, compared: bool) -> str:
    match node:
        case PointValue(point):
            return point if compared else ""
        case Window(function, operand):
            return _first_compared(operand, compared=function is not Function.HELD)
        case Operation(operator, operands):
            inside = operator not in _LOGIC
            found = (_first_compared(operand, compared=inside) for operand in operands)
            return next(filter(None, found), "")
        case _:
            return ""
