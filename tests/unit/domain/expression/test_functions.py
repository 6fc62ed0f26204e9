"""Functions, ratings, parameters, related assets and the calendar in expressions."""

from datetime import timedelta

import pytest

from plantroom.domain.errors import ExpressionInvalid
from plantroom.domain.expression.parser import parse, words
from plantroom.domain.expression.surroundings import Surroundings
from plantroom.domain.expression.tree import Function, Given, Number, Operation, Operator, PointValue, Window
from plantroom.domain.quantity import Quantity, milliseconds
from plantroom.domain.site import Point, PointKind, ValueType

POINTS = {
    point.name: point
    for point in (
        Point(name="flow", unit="m3/h"),
        Point(name="pressure", unit="bar"),
        Point(name="level", unit="m"),
        Point(name="temp", unit="degC"),
        Point(name="energy", unit="kWh", kind=PointKind.COUNTER),
        Point(name="power", unit="kW"),
        Point(name="runtime", unit="min"),
        Point(name="running", value_type=ValueType.BOOLEAN),
        Point(name="mode", value_type=ValueType.STATE, states=("off", "heating")),
    )
}
AROUND = Surroundings(
    related={"parent": POINTS, "fed_by": POINTS},
    rated=("power_kw", "floors"),
    params={"limit": Quantity(4.0, "bar"), "share": Quantity(0.5)},
)


def root(text: str) -> object:
    return parse(text, points=POINTS, around=AROUND).root


def refusal(text: str) -> str:
    with pytest.raises(ExpressionInvalid) as caught:
        parse(text, points=POINTS, around=AROUND)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("pressure > 250 kPa", 2.5),
        ("flow < 500 l/min", 30.0),
        ("runtime > 2 h", 120.0),
        ("temp > 212 degF", pytest.approx(100)),
        ("level < 30 cm", 0.3),
    ],
)
def test_a_number_is_converted_to_the_unit_of_what_it_is_compared_with(text: str, number: float) -> None:
    comparison = root(text)

    assert isinstance(comparison, Operation)
    assert comparison.operands[1] == Number(number)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("flow > pressure", "cannot compare flow (in m3/h) and pressure (in bar)"),
        ("flow + pressure > 3", "cannot add flow (in m3/h) and pressure (in bar)"),
        ("avg(flow, 5m) > 2 bar", "cannot compare avg(flow, 5m) (in m3/h) and 2 bar"),
        ("rate(level, 10m) > 5 m", "cannot compare rate(level, 10m) (in m/h) and 5 m"),
        ("delta(temp, 10m) > 5 degC", "cannot compare delta(temp, 10m) (in K) and 5 degC"),
        ("power > rated.floors * 1 kW and temp > rated.power_kw", "cannot compare temp (in degC) and rated"),
        ("temp > limit", "cannot compare temp (in degC) and limit (in bar)"),
        ("temp > 280 K", "cannot compare temp (in degC) and 280 K"),
        ("parent.flow > pressure", "cannot compare parent.flow (in m3/h) and pressure (in bar)"),
        ("avg(mode, 5m) > 1", "avg takes a number or a condition, but mode is a state"),
        ("max(running, 5m) > 1", "max takes a number, but running is a condition"),
        ("held(flow, 5m)", "held takes a condition, but flow is a number"),
        ("sum(flow + 1, 5m) > 1", "sum takes a point, not flow + 1"),
        ("missing(flow > 1, 5m)", "missing takes a point, not flow > 1"),
        ("avg(flow) > 1", "avg is written avg(x, 10m)"),
        ("avg(flow, 5) > 1", "avg takes a span of time such as 30s, 10m, 2h or 7d here"),
        ("avg(flow, 1s) > 1", "avg takes a span from 5s to 35d, got 1s"),
        ("ago(flow, 90m) > 1", "ago takes whole hours, such as 1h, 24h or 7d"),
        ("percentile(flow, 195, 5m) > 1", "percentile takes a percentile from 0 to 100, got 195"),
        ("hunting(flow, 0, 5m) > 1", "hunting takes a swing above 0, got 0"),
        ("hunting(flow, 5 bar, 5m) > 1", "hunting takes a number in m3/h, got 5 bar"),
        ("travel(temp, 5m) > 5 degC", "cannot compare travel(temp, 5m) (in K) and 5 degC"),
        ("average(flow, 5m) > 1", "unknown function 'average'; did you mean "),
        ("fed_by.flow > 1", "several assets may feed this one: write any(...) or all(...)"),
        ("any(flow > 1)", "flow > 1 names no point of fed_by"),
        ("any(all(fed_by.flow > 1))", "any and all are not written within each other"),
        ("parent.flw > 1", "unknown point 'parent.flw'; did you mean flow"),
        ("mother.flow > 1", "unknown word 'mother'; "),
        ("power > rated.pwr", "unknown rated quantity 'pwr'; "),
        ("temp > peers(temp).mean", "peers has .median and .spread, not .mean"),
        ("temp > peers(running).median", "peers takes a point that is a number, not running"),
        ("workday", "names no point, so it would never change"),
        ("hour == workday and running", "cannot compare hour, a number, and workday, a condition"),
    ],
)
def test_what_makes_no_sense_is_told(text: str, told: str) -> None:
    assert refusal(text).startswith(told)


def test_a_window_remembers_its_operand_for_its_span() -> None:
    assert root("avg(flow - 1, 1h30m) > 2") == Operation(
        Operator.GREATER,
        (
            Window(
                Function.AVG,
                Operation(Operator.SUBTRACT, (PointValue("flow"), Number(1.0))),
                round(timedelta(minutes=90).total_seconds() * 1000),
            ),
            Number(2.0),
        ),
    )


def test_a_counter_is_counted_and_a_measurement_is_not() -> None:
    functions = [
        text_root.operands[0].function
        for text in ("delta(energy, 1h) > 1 kWh", "delta(power, 1h) > 1 kW")
        if isinstance(text_root := root(text), Operation) and isinstance(text_root.operands[0], Window)
    ]

    assert functions == [Function.COUNTED, Function.DELTA]


def test_the_rate_of_energy_is_power() -> None:
    assert parse("rate(energy, 1h) > 1.1 * rated.power_kw", points=POINTS, around=AROUND).points == (
        "energy",
    )


def test_parameters_and_ratings_are_given_and_no_points() -> None:
    expression = parse("pressure > limit and power > share * rated.power_kw", points=POINTS, around=AROUND)

    assert expression.points == ("pressure", "power")
    assert Given("params.limit") in expression.root.operands[0].operands  # type: ignore[union-attr]


def test_a_parameter_that_is_also_a_point_is_refused() -> None:
    around = Surroundings(params={"flow": Quantity(1.0)})

    with pytest.raises(ExpressionInvalid, match="flow is a parameter of the rule and also a point"):
        parse("flow > 1", points=POINTS, around=around)


def test_a_point_named_like_a_word_of_the_calendar_is_the_point() -> None:
    points = {"hour": Point(name="hour")}

    assert parse("hour > 1", points=points).points == ("hour",)


def test_words_tell_related_points_and_ratings() -> None:
    assert words("parent.flow > rated.flow_m3h and avg(temp, 5m) > 2") == {
        "parent.flow",
        "rated.flow_m3h",
        "temp",
    }


@pytest.mark.parametrize(
    ("text", "ms"),
    [("30s", 30_000), ("30 min", 1_800_000), ("1h30m", 5_400_000), ("7d", 604_800_000), ("5", None)],
)
def test_a_span_is_read(text: str, ms: int | None) -> None:
    assert milliseconds(text) == ms


@pytest.mark.parametrize("text", ["", "bar", "5 bar or so", "1_000"])
def test_what_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected a number such as 5"):
        Quantity.parse(text)
