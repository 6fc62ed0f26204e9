"""Expressions made concrete for the assets of one cohort."""

from collections.abc import Iterable
from dataclasses import replace

from plantroom.domain.expression.tree import Given, Node, Operation, Operator, PointValue, Window, within
from plantroom.domain.rule import Rule

_FEEDER = "fed_by."
_PARAM = "params."


def feeder_point(number: int, point: str) -> str:
    """Return the name of a point of the asset's feeder with that number."""
    return f"fed_by[{number}].{point}"


def param_name(rule: str, name: str) -> str:
    """Return what a parameter of a rule is called among the parameters of all rules."""
    return f"{_PARAM}{rule}.{name}"


def expand(node: Node, rule: str, *, feeders: int) -> Node:
    """Return `node` with its parameters those of `rule`, and `any` and `all` written out for each feeder."""
    match node:
        case Given(name) if name.startswith(_PARAM):
            return Given(param_name(rule, name.removeprefix(_PARAM)))
        case Operation(Operator.ANY | Operator.ALL as quantifier, (operand,)):
            connective = Operator.OR if quantifier is Operator.ANY else Operator.AND
            inner = expand(operand, rule, feeders=feeders)
            whole = _of_feeder(inner, 0)
            for number in range(1, feeders):
                whole = Operation(connective, (whole, _of_feeder(inner, number)))
            return whole
        case Operation(operator, operands):
            return Operation(operator, tuple(expand(each, rule, feeders=feeders) for each in operands))
        case Window(_, operand):
            return replace(node, operand=expand(operand, rule, feeders=feeders))
        case _:
            return node


def _of_feeder(node: Node, number: int) -> Node:
    match node:
        case PointValue(point) if point.startswith(_FEEDER):
            return PointValue(feeder_point(number, point.removeprefix(_FEEDER)))
        case Operation(operator, operands):
            return Operation(operator, tuple(_of_feeder(each, number) for each in operands))
        case Window(_, operand):
            return replace(node, operand=_of_feeder(operand, number))
        case _:
            return node


def roots_of(rule: Rule, *, feeders: int) -> tuple[Node, ...]:
    """Return `when` and, if there is one, `clear`, made concrete."""
    written = [rule.when, *([rule.clear] if rule.clear else [])]
    return tuple(expand(each.root, rule.id, feeders=feeders) for each in written)


def points_in(roots: Iterable[Node]) -> tuple[str, ...]:
    """Return the names of the points in `roots`, each once, in the order of their first use."""
    return tuple(
        dict.fromkeys(node.point for root in roots for node in within(root) if isinstance(node, PointValue))
    )
