"""Expressions over columns, in three-valued logic."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantroom.domain.errors import ExpressionInvalid
from plantroom.domain.expression.tree import Expression, Node, Number, Operation, Operator, PointValue, Window
from plantroom.rules.evaluation import compile_condition
from plantroom_testing.rule_oracle import evaluate
from plantroom_testing.rule_plant import POINTS, parsed

NAMES = ("temp", "supply", "running")
COLUMNS: dict[Node, int] = {PointValue(name): column for column, name in enumerate(NAMES)}
TRUE, FALSE, UNKNOWN = True, False, None


def outcome(expression: Expression, **held: float) -> bool | None:
    columns = np.array([[held.get(point, math.nan)] for point in NAMES])
    with np.errstate(all="ignore"):
        true, false = compile_condition(expression.root, COLUMNS)(columns)
    assert not np.any(true & false)
    return True if np.all(true) else False if np.all(false) else None


@pytest.mark.parametrize(
    ("text", "held", "expected"),
    [
        pytest.param("temp > 1", {"temp": 2}, TRUE, id="greater"),
        pytest.param("temp > 1", {"temp": 1}, FALSE, id="not-greater"),
        pytest.param("temp >= 1", {"temp": 1}, TRUE, id="greater-or-equal"),
        pytest.param("temp < 1", {"temp": 1}, FALSE, id="not-less"),
        pytest.param("temp <= 1", {"temp": 1}, TRUE, id="less-or-equal"),
        pytest.param("temp == 1", {"temp": 1}, TRUE, id="equal"),
        pytest.param("temp != 1", {"temp": 1}, FALSE, id="not-different"),
        pytest.param("temp != 1", {"temp": 2}, TRUE, id="different"),
        pytest.param("temp != 1", {}, UNKNOWN, id="unknown-is-not-different"),
        pytest.param("temp == 1", {}, UNKNOWN, id="unknown-is-not-equal"),
        pytest.param("not temp > 1", {}, UNKNOWN, id="not-unknown"),
        pytest.param("not temp > 1", {"temp": 2}, FALSE, id="not-true"),
        pytest.param("running", {"running": 1}, TRUE, id="a-state-is-a-condition"),
        pytest.param("not running", {"running": 0}, TRUE, id="a-state-that-is-false"),
        pytest.param("running", {}, UNKNOWN, id="a-state-that-is-unknown"),
        pytest.param("temp > 1 and running", {"running": 0}, FALSE, id="unknown-and-false"),
        pytest.param("temp > 1 and running", {"running": 1}, UNKNOWN, id="unknown-and-true"),
        pytest.param("temp > 1 or running", {"running": 1}, TRUE, id="unknown-or-true"),
        pytest.param("temp > 1 or running", {"running": 0}, UNKNOWN, id="unknown-or-false"),
        pytest.param("temp - supply > 1", {"temp": 3, "supply": 1}, TRUE, id="difference"),
        pytest.param("temp - supply > 1", {"temp": 3}, UNKNOWN, id="difference-from-unknown"),
        pytest.param("temp + supply > 3", {"temp": 3, "supply": 1}, TRUE, id="sum"),
        pytest.param("-temp > 1", {"temp": -2}, TRUE, id="negated"),
        pytest.param("temp * 2 > 3", {"temp": 2}, TRUE, id="product"),
        pytest.param("temp / supply > 1", {"temp": 3, "supply": 2}, TRUE, id="quotient"),
        pytest.param("temp / supply > 1", {"temp": 3, "supply": 0}, UNKNOWN, id="division-by-zero"),
        pytest.param(
            "temp / supply > 1 or running", {"temp": 3, "supply": 0, "running": 1}, TRUE, id="masked"
        ),
    ],
)
def test_an_expression_is_true_false_or_unknown(
    text: str, held: dict[str, float], expected: bool | None
) -> None:
    assert outcome(parsed(text, POINTS), **held) is expected


def test_a_condition_without_points_holds_for_every_row() -> None:
    always = Expression("1 < 2", Operation(Operator.LESS, (Number(1.0), Number(2.0))), ())

    assert outcome(always) is True


def test_a_comparison_can_be_counted_on_as_a_number() -> None:
    both = Operation(
        Operator.ADD,
        (
            Operation(Operator.GREATER, (PointValue("temp"), Number(1.0))),
            Operation(Operator.GREATER, (PointValue("supply"), Number(1.0))),
        ),
    )
    tree = Expression("", Operation(Operator.EQUAL, (both, Number(2.0))), ("temp", "supply"))

    assert outcome(tree, temp=2, supply=2) is True
    assert outcome(tree, temp=2, supply=0) is False
    assert outcome(tree, temp=2) is None


@pytest.mark.parametrize(
    "root",
    [
        pytest.param(Operation(Operator.LESS, (Number(1.0),)), id="comparison-of-one"),
        pytest.param(Operation(Operator.NOT, (PointValue("temp"), PointValue("temp"))), id="not-of-two"),
        pytest.param(Operation(Operator.GREATER, (PointValue("nowhere"), Number(1.0))), id="unknown-point"),
    ],
)
def test_a_tree_that_no_parser_makes_is_refused(root: Node) -> None:
    with pytest.raises(ExpressionInvalid, match="cannot be compiled"):
        compile_condition(root, COLUMNS)


def numbers() -> st.SearchStrategy[Node]:
    leaves = st.one_of(
        st.sampled_from([0.0, 1.0, 2.0]).map(Number), st.sampled_from(["temp", "supply"]).map(PointValue)
    )
    binary = [Operator.ADD, Operator.SUBTRACT, Operator.MULTIPLY, Operator.DIVIDE]
    return st.recursive(
        leaves,
        lambda inner: (
            st.builds(Operation, st.sampled_from(binary), st.tuples(inner, inner))
            | st.builds(Operation, st.just(Operator.NEGATE), st.tuples(inner))
        ),
        max_leaves=4,
    )


def conditions() -> st.SearchStrategy[Node]:
    comparisons = [
        Operator.LESS,
        Operator.LESS_EQUAL,
        Operator.GREATER,
        Operator.GREATER_EQUAL,
        Operator.EQUAL,
        Operator.NOT_EQUAL,
    ]
    leaves = st.just(PointValue("running")) | st.builds(
        Operation, st.sampled_from(comparisons), st.tuples(numbers(), numbers())
    )
    return st.recursive(
        leaves,
        lambda inner: (
            st.builds(Operation, st.sampled_from([Operator.AND, Operator.OR]), st.tuples(inner, inner))
            | st.builds(Operation, st.just(Operator.NOT), st.tuples(inner))
        ),
        max_leaves=5,
    )


@given(
    conditions(),
    st.fixed_dictionaries({}, optional={name: st.sampled_from([0.0, 1.0, 2.0]) for name in NAMES}),
)
def test_columns_give_what_the_plain_model_gives(root: Node, held: dict[str, float]) -> None:
    expected = evaluate(root, dict[str | Window, float | None](held.items()))

    assert outcome(Expression("", root, NAMES), **held) is (None if expected is None else bool(expected))
