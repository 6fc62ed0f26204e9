"""Properties of the parser: nothing but its own error, and what is printed parses to the same tree."""

from hypothesis import assume, given
from hypothesis import strategies as st

from plantroom.domain.errors import ExpressionInvalid
from plantroom.domain.expression.parser import parse
from plantroom.domain.expression.tree import Node, Number, Operation, Operator, PointValue
from plantroom.domain.site import Point, ValueType

NUMBERS = ("flow", "pressure", "t1")
BOOLEANS = ("running", "alarm", "and_so")
STATES = ("off", "heating", "Stand-by", "暂停")
POINTS = {
    **{name: Point(name=name) for name in NUMBERS},
    **{name: Point(name=name, value_type=ValueType.BOOLEAN) for name in BOOLEANS},
    "mode": Point(name="mode", value_type=ValueType.STATE, states=STATES),
}
_ARITHMETIC = (Operator.ADD, Operator.SUBTRACT, Operator.MULTIPLY, Operator.DIVIDE)
_COMPARISON = (
    Operator.LESS,
    Operator.LESS_EQUAL,
    Operator.GREATER,
    Operator.GREATER_EQUAL,
    Operator.EQUAL,
    Operator.NOT_EQUAL,
)


def binary(operators: tuple[Operator, ...], operands: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    return st.builds(
        lambda operator, first, second: Operation(operator, (first, second)),
        st.sampled_from(operators),
        operands,
        operands,
    )


def unary(operator: Operator, operands: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    return operands.map(lambda operand: Operation(operator, (operand,)))


numbers: st.SearchStrategy[Node] = st.recursive(
    st.sampled_from(NUMBERS).map(PointValue)
    | st.floats(min_value=0, allow_infinity=False, allow_nan=False).map(Number),
    lambda inner: binary(_ARITHMETIC, inner) | unary(Operator.NEGATE, inner),
    max_leaves=6,
)
states: st.SearchStrategy[Node] = st.builds(
    lambda operator, position: Operation(operator, (PointValue("mode"), Number(float(position)))),
    st.sampled_from((Operator.EQUAL, Operator.NOT_EQUAL)),
    st.integers(0, len(STATES) - 1),
)
conditions: st.SearchStrategy[Node] = st.recursive(
    st.sampled_from(BOOLEANS).map(PointValue) | binary(_COMPARISON, numbers) | states,
    lambda inner: binary((Operator.AND, Operator.OR), inner) | unary(Operator.NOT, inner),
    max_leaves=8,
)


def printed(node: Node) -> str:
    if isinstance(node, Number):
        return repr(node.value)
    if isinstance(node, PointValue):
        return node.point
    assert isinstance(node, Operation)
    if PointValue("mode") in node.operands:
        position = node.operands[1]
        assert isinstance(position, Number)
        return f'(mode {node.operator.value} "{STATES[int(position.value)]}")'
    if len(node.operands) == 1:
        sign = "-" if node.operator is Operator.NEGATE else "not "
        return f"({sign}{printed(node.operands[0])})"
    first, second = node.operands
    return f"({printed(first)} {node.operator.value} {printed(second)})"


def names(node: Node) -> list[str]:
    if isinstance(node, PointValue):
        return [node.point]
    return [name for each in node.operands for name in names(each)] if isinstance(node, Operation) else []


@given(conditions)
def test_a_printed_tree_parses_to_the_same_tree(root: Node) -> None:
    text = printed(root)
    assume(names(root))

    expression = parse(text, points=POINTS)

    assert expression.root == root
    assert expression.points == tuple(dict.fromkeys(names(root)))


@given(st.text() | st.text(alphabet="()<>=!+-*/%.0123456789eabdfilmnoprstuw_ \"'\n"))
def test_any_text_parses_or_is_refused_with_a_column_within_it(text: str) -> None:
    try:
        column = parse(text, points=POINTS).text.find(text)
    except ExpressionInvalid as error:
        column = error.column

    assert 0 <= column <= len(text)


WORDS = [
    "flow",
    "running",
    "mode",
    "heating",
    "and",
    "or",
    "not",
    "(",
    ")",
    "<",
    "==",
    "+",
    "-",
    "*",
    "/",
    "5",
    "bar",
    "%",
]


@given(st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join))
def test_any_order_of_words_parses_or_is_refused(text: str) -> None:
    try:
        expression = parse(text, points=POINTS)
    except ExpressionInvalid:
        return

    assert set(expression.points) <= set(POINTS)
    assert expression == parse(text, points=POINTS)
