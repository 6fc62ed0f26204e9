"""What engineers may write in `when` and `clear`, and what they are told when they may not."""

import pytest

from plantroom.domain.errors import ExpressionInvalid
from plantroom.domain.expression.parser import assumed_units, parse
from plantroom.domain.expression.tree import Number, Operation, Operator, PointValue
from plantroom.domain.site import Point, ValueType

POINTS = {
    point.name: point
    for point in (
        Point(name="vibration", unit="mm/s"),
        Point(name="flow", unit="m3/h"),
        Point(name="flow_setpoint", unit="m3/h"),
        Point(name="supply_temp", unit="degC"),
        Point(name="return_temp", unit="degC"),
        Point(name="voltage", unit="V"),
        Point(name="current", unit="A"),
        Point(name="power", unit="kW"),
        Point(name="valve", unit="%"),
        Point(name="power_factor"),
        Point(name="running", value_type=ValueType.BOOLEAN),
        Point(name="cooling", value_type=ValueType.BOOLEAN),
        Point(name="mode", value_type=ValueType.STATE, states=("off", "heating", "cooling", "Stand-by")),
        Point(name="wanted", value_type=ValueType.STATE, states=("off", "heating", "cooling", "Stand-by")),
        Point(name="door", value_type=ValueType.STATE, states=("open", "closed")),
    )
}


def refusal(text: str) -> str:
    with pytest.raises(ExpressionInvalid) as caught:
        parse(text, points=POINTS)
    return str(caught.value)


def column(text: str) -> int:
    with pytest.raises(ExpressionInvalid) as caught:
        parse(text, points=POINTS)
    return caught.value.column


def greater(left: Number | PointValue, right: Number | PointValue) -> Operation:
    return Operation(Operator.GREATER, (left, right))


def test_a_point_is_compared_with_a_number() -> None:
    expression = parse("vibration > 4.0", points=POINTS)

    assert expression.root == greater(PointValue("vibration"), Number(4.0))


def test_the_text_is_kept_as_it_was_written() -> None:
    text = "running  and\n vibration>4"

    assert parse(text, points=POINTS).text == text


def test_points_are_listed_once_in_the_order_of_their_first_use() -> None:
    expression = parse("running and flow < 5 and vibration > 4 and flow > 1", points=POINTS)

    assert expression.points == ("running", "flow", "vibration")


@pytest.mark.parametrize(
    ("text", "same_as"),
    [
        pytest.param(
            "running or cooling and running", "running or (cooling and running)", id="and-before-or"
        ),
        pytest.param("not running and cooling", "(not running) and cooling", id="not-before-and"),
        pytest.param("not flow > 5", "not (flow > 5)", id="not-after-comparison"),
        pytest.param("flow > 1 + 2 * 3", "flow > (1 + (2 * 3))", id="product-before-sum"),
        pytest.param("flow - 1 - 2 > 0", "((flow - 1) - 2) > 0", id="difference-from-the-left"),
        pytest.param("flow / 2 / 2 > 1", "((flow / 2) / 2) > 1", id="quotient-from-the-left"),
        pytest.param("-flow * 2 < 1", "((-flow) * 2) < 1", id="sign-before-product"),
    ],
)
def test_operators_bind_as_in_arithmetic(text: str, same_as: str) -> None:
    assert parse(text, points=POINTS).root == parse(same_as, points=POINTS).root


@pytest.mark.parametrize("number", ["4", "4.", "4.0", ".4e1", "40e-1", "04"])
def test_numbers_may_be_written_in_many_ways(number: str) -> None:
    assert parse(f"vibration > {number}", points=POINTS).root == greater(PointValue("vibration"), Number(4.0))


@pytest.mark.parametrize("unit", ["mm/s", " mm/s", "   mm/s"])
def test_a_number_may_carry_the_unit_of_its_point(unit: str) -> None:
    assert parse(f"vibration > 7.1{unit}", points=POINTS).root == greater(
        PointValue("vibration"), Number(7.1)
    )


@pytest.mark.parametrize(
    "text",
    [
        "flow < 5 m³/h",
        "supply_temp > 5 °C",
        "supply_temp > 5 ℃",
        "valve > 95%",
        "valve > 95 % and running",
        "5 m3/h > flow",
        "-5 m3/h < flow",
        "flow + 2 m3/h > 5 m3/h",
        "flow * 2 > 5 m3/h",
        "2 * flow > 5 m3/h",
        "flow / 2 > 5 m3/h",
        "flow < 5 m3/h / 2",
        "flow < flow_setpoint",
        "flow / flow_setpoint < 0.5",
        "voltage * current / 1000 > power",
        "voltage * power_factor > 200 V",
        "return_temp - supply_temp < 2.2 K",
        "supply_temp + 2 K > 9 degC",
        "2 K + supply_temp > 9 degC",
        "supply_temp - 2 K > 9 degC",
        "(supply_temp + return_temp) / 2 > 9 degC",
        "power_factor < 0.9",
    ],
)
def test_units_that_go_together_are_taken(text: str) -> None:
    assert parse(text, points=POINTS).points


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        pytest.param("vibration > 7 bar", "mm/s", "7 bar", id="literal"),
        pytest.param("7 bar < vibration", "7 bar", "mm/s", id="literal-first"),
        pytest.param("vibration > -7 bar", "mm/s", "-7 bar", id="negated-literal"),
        pytest.param("flow > vibration", "m3/h", "mm/s", id="points"),
        pytest.param("flow + vibration > 3", "m3/h", "mm/s", id="sum"),
        pytest.param("flow * 2 > 7 mm/s", "m3/h", "7 mm/s", id="scaled"),
        pytest.param("return_temp - supply_temp < 2 degC", "K", "2 degC", id="kelvins"),
        pytest.param("power_factor < 90 %", "without a unit", "90 %", id="no-unit"),
        pytest.param("flow == 7 bar", "m3/h", "7 bar", id="equality"),
    ],
)
def test_units_that_differ_are_both_named(text: str, first: str, second: str) -> None:
    told = refusal(text)

    assert first in told
    assert second in told


def test_a_unit_that_cannot_be_checked_is_not_taken_on_trust() -> None:
    assert refusal("voltage * current > 5 kW") == (
        "the unit of voltage * current cannot be told: leave out kW"
    )


def test_units_of_bare_numbers_are_known() -> None:
    text = "flow < 5 and vibration > 4 mm/s and 3 > supply_temp + 1"

    assert assumed_units(text, points=POINTS) == {"m3/h", "degC"}


@pytest.mark.parametrize(
    "text",
    ['mode == "heating"', "mode == 'heating'", "mode == heating", "heating == mode", '"heating" == mode'],
)
def test_a_named_state_is_its_position(text: str) -> None:
    root = parse(text, points=POINTS).root

    assert isinstance(root, Operation)
    assert set(root.operands) == {PointValue("mode"), Number(1.0)}


def test_a_state_that_is_no_word_is_quoted() -> None:
    root = parse('mode != "Stand-by"', points=POINTS).root

    assert root == Operation(Operator.NOT_EQUAL, (PointValue("mode"), Number(3.0)))


def test_two_points_with_the_same_states_may_be_compared() -> None:
    root = parse("mode != wanted", points=POINTS).root

    assert root == Operation(Operator.NOT_EQUAL, (PointValue("mode"), PointValue("wanted")))


def test_a_word_that_is_a_state_and_a_point_must_be_quoted() -> None:
    assert refusal("mode == cooling") == (
        'cooling is a state of mode and also a point: write "cooling" for the state'
    )
    assert parse('mode == "cooling"', points=POINTS).points == ("mode",)


def test_booleans_may_be_compared_with_each_other() -> None:
    assert parse("running != cooling", points=POINTS).points == ("running", "cooling")
    assert parse("running == false", points=POINTS).root == Operation(
        Operator.EQUAL, (PointValue("running"), Number(0.0))
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("flow", "expected a condition that is true or false, got flow, a number"),
        ("flow + 1", "expected a condition that is true or false, got flow + 1, a number"),
        ("mode", "expected a condition that is true or false, got mode, a state"),
        ("true", "names no point, so it would never change"),
        ("1 < 2", "names no point, so it would never change"),
        ("flow and running", "and takes conditions, but flow is a number"),
        ("not flow", "not takes conditions, but flow is a number"),
        ("running > 3", "> takes numbers, but running is a condition"),
        ("running + 1 > 3", "+ takes numbers, but running is a condition"),
        ("-running", "- takes numbers, but running is a condition"),
        ("mode > 2", "> takes numbers, but mode is a state"),
        ("running == 1", "cannot compare running, a condition, and 1, a number"),
        ("mode == 1", "cannot compare mode, a state, and 1, a number"),
        ("mode == running", "cannot compare mode, a state, and running, a condition"),
        ("mode == door", "mode and door do not have the same states"),
        ("mode == heatin", "mode has no state 'heatin'; did you mean heating? "),
        ('"heating" == "heating"', '"heating" may only be compared, by == or !=, with a point'),
        ("flow == heating", "unknown point 'heating'"),
        ("flow > 1e999", "number is too large: 1e999"),
        ("", "empty; expected a condition"),
        ("  \n ", "empty; expected a condition"),
        ("flow >", "ends too early; expected a point, a number or ("),
        ("(flow > 5", "ends too early"),
        ("flow > 5)", "unexpected ')'"),
        ("1 < flow < 5", "unexpected '<': comparisons cannot be chained, join two with and"),
        ("flow > 1 == running", "unexpected '==': comparisons cannot be chained, join two with and"),
        ("flow = 5", "unexpected '=': write == to compare"),
        ("flow > 5 && running", "unexpected '&': write and"),
        ("flow > 5 || running", "unexpected '|': write or"),
        ("!running", "unexpected '!': write not"),
        ("running AND cooling", "unexpected 'AND': write and"),
        ("Flow > 5", "unexpected 'Flow': names of points are in lower case"),
        ("flow > 1.2.3", "unexpected '1'"),
        ("flow > 5; running", "unexpected ';'"),
        ("__import__('os')", "unexpected '_'"),
    ],
)
def test_what_makes_no_sense_is_told(text: str, told: str) -> None:
    assert refusal(text).startswith(told)


def test_an_unknown_point_is_told_with_the_nearest_and_the_known_names() -> None:
    told = refusal("vibraton > 4")

    assert told.startswith("unknown point 'vibraton'; did you mean vibration? known: cooling, current, door")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("flow > 5 and vibraton > 4", 13),
        ("flow > 5 and running > 4", 13),
        ("flow > 7 bar", 7),
        ("flow > 5 & running", 9),
        ("flow > ", 6),
        ("mode == heatin", 8),
    ],
)
def test_the_column_points_at_the_mistake(text: str, where: int) -> None:
    assert column(text) == where


def test_words_that_begin_like_operators_are_points() -> None:
    points = {name: Point(name=name) for name in ("android", "order", "note", "truest")}

    expression = parse("android > 1 and order > 1 or not note > truest", points=points)

    assert expression.points == ("android", "order", "note", "truest")


def test_an_operator_does_not_run_into_a_name() -> None:
    assert refusal("(running)andcooling") == "unexpected 'andcooling'"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(" or ".join(["running"] * 200), id="chain"),
        pytest.param("not " * 200 + "running", id="negations"),
        pytest.param("-" * 200 + "flow > 1", id="signs"),
    ],
)
def test_what_nests_deeper_than_a_hundred_operators_is_refused(text: str) -> None:
    assert refusal(text) == "more than 100 operators within each other"


def test_brackets_do_not_count_as_nesting() -> None:
    assert parse("(" * 1500 + "running" + ")" * 1500, points=POINTS).root == PointValue("running")


def test_an_endless_expression_is_refused() -> None:
    assert refusal("running or " * 1000 + "running").startswith("longer than 4000 characters")


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("vibration > 4.0", "vibration"),
        ("running and vibration > 4.0", "vibration"),
        ("running and not (cooling or supply_temp - return_temp > 3 K)", "supply_temp"),
        ("4 < flow", "flow"),
        ("mode == heating and door == open", "mode"),
        ("running and not cooling", "running"),
    ],
)
def test_the_subject_is_what_says_how_bad_it_is(text: str, subject: str) -> None:
    assert parse(text, points=POINTS).subject == subject
