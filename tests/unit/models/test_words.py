"""What models found, in sentences."""

import math
from zoneinfo import ZoneInfo

import pytest

from plantroom.domain.text import Text
from plantroom.models.detector import Contribution
from plantroom.models.figures import Calendar, number
from plantroom.models.words import Finding, Named, deviation, normal, told

MINUTE = 60_000
DAY = 86_400_000
NOW = 1_763_706_800_000  # Friday 2025-11-21 14:33:20 in Shanghai
CALENDAR = Calendar(zone=ZoneInfo("Asia/Shanghai"), now=NOW)
TUESDAY = NOW - 3 * DAY - 13 * MINUTE - 20_000  # 14:20
LEARNT = (NOW - 18 * DAY, NOW - 4 * DAY)  # 3 to 17 November
NAMES = {
    "current": Named(label=Text(en="Motor current", zh="电机电流"), unit="A"),
    "flow": Named(label=Text(en="Flow", zh="流量"), unit="m3/h"),
    "speed": Named(label=Text(en="Speed", zh="转速"), unit="%"),
    "vibration": Named(label=Text(en="Vibration", zh="振动"), unit="mm/s"),
    "supply_temp": Named(label=Text(en="Supply temperature", zh="供水温度"), unit="degC"),
    "cop": Named(label=Text(en="COP", zh="能效比")),
    "running": Named(
        label=Text(en="Running", zh="运行"), states=(Text(en="off", zh="否"), Text(en="on", zh="是"))
    ),
}


def contribution(point: str, value: float, expected: float, share: float = 1.0) -> Contribution:
    return Contribution(point=point, share=share, value=value, expected=expected)


def test_an_expected_value_is_compared_under_its_conditions() -> None:
    finding = Finding(
        kind="expected",
        contributions=(contribution("current", 34.22, 29.0),),
        inputs=("flow", "speed"),
        since=TUESDAY,
        learnt=LEARNT,
    )

    text = told(finding, NAMES, CALENDAR)

    assert text.en == (
        "Motor current 18 % above expected for this flow and speed (34.2 A instead of 29.0 A) "
        "since Tuesday 14:20"
    )
    assert text.zh == "电机电流比当前流量、转速下的预期值高 18 %（34.2 A，预期 29.0 A），始于周二 14:20"


def test_points_together_say_which_contributed_how_much_and_what_was_learnt_when() -> None:
    finding = Finding(
        kind="pca",
        contributions=(
            contribution("current", 34.22, 29.0, share=0.71),
            contribution("vibration", 2.31, 2.74, share=0.2),
            contribution("flow", 100.0, 101.0, share=0.09),
        ),
        since=TUESDAY,
        learnt=LEARNT,
    )

    text = told(finding, NAMES, CALENDAR)

    assert text.en == (
        "Since Tuesday 14:20, compared with how the points moved together from 3 November to 17 November: "
        "motor current 18 % above expected (34.2 A instead of 29.0 A), 71 % of the deviation; "
        "vibration 16 % below expected (2.31 mm/s instead of 2.74 mm/s), 20 % of the deviation"
    )
    assert text.zh == (
        "周二 14:20起，与11月3日至11月17日各测点的共同变化规律相比："
        "电机电流比预期值高 18 %（34.2 A，预期 29.0 A），占偏差的 71 %；"
        "振动比预期值低 16 %（2.31 mm/s，预期 2.74 mm/s），占偏差的 20 %"
    )


@pytest.mark.parametrize(
    ("point", "value", "expected", "english"),
    [
        pytest.param(
            "supply_temp",
            18.2,
            14.8,
            "supply temperature 3.4 K above expected (18.2 °C instead of 14.8 °C)",
            id="temperatures-have-no-ratio",
        ),
        pytest.param(
            "speed",
            40.0,
            52.0,
            "speed 12 percentage points below expected (40 % instead of 52 %)",
            id="percentages-neither",
        ),
        pytest.param(
            "flow",
            3.1,
            0.0,
            "flow 3.1 m³/h above expected (3.1 m³/h instead of 0.0 m³/h)",
            id="none-expected",
        ),
        pytest.param(
            "flow", -3.1, 40.0, "flow 43 m³/h below expected (-3 m³/h instead of 40 m³/h)", id="negative"
        ),
        pytest.param(
            "flow",
            40.0,
            -3.0,
            "flow 43 m³/h above expected (40 m³/h instead of -3 m³/h)",
            id="negative-expected",
        ),
        pytest.param(
            "current", 30.0, 0.2, "motor current 30 A above expected (30 A instead of 0 A)", id="many-times"
        ),
        pytest.param("cop", 4.2, 5.1, "COP 18 % below expected (4.20 instead of 5.10)", id="abbreviation"),
        pytest.param("vibration", 3.4, math.nan, "vibration unusual (3.40 mm/s)", id="nothing-expected"),
        pytest.param("vibration", 3.4, 3.4, "vibration unusual (3.40 mm/s)", id="as-expected-by-itself"),
        pytest.param("vibration", math.nan, math.nan, "vibration unusual", id="unknown"),
        pytest.param("running", 1.0, 0.0, "running on instead of off", id="state"),
        pytest.param("running", 1.0, math.nan, "running unusual (on)", id="state-alone"),
        pytest.param("running", 7.0, 0.0, "running unusual", id="state-of-no-name"),
    ],
)
def test_a_deviation_is_said_in_what_can_be_compared(
    point: str, value: float, expected: float, english: str
) -> None:
    found = deviation(contribution(point, value, expected), NAMES[point])

    assert found.text.en == english
    assert found.text.zh


def test_many_inputs_are_not_all_named() -> None:
    finding = Finding(
        kind="expected",
        contributions=(contribution("current", 34.2, 29.0),),
        inputs=("flow", "speed", "vibration", "supply_temp", "cop"),
        learnt=LEARNT,
    )

    text = told(finding, NAMES, CALENDAR)

    assert "for this flow, speed, vibration and 2 more (" in text.en
    assert "当前流量、转速、振动等下的预期值" in text.zh


def test_nothing_is_said_where_nothing_contributed() -> None:
    assert told(Finding(kind="pca", contributions=(), learnt=LEARNT), NAMES, CALENDAR) == Text()


def test_a_normal_asset_says_how_far_it_is_from_its_limit() -> None:
    assert normal(0.42).en == "As usual: the greatest deviation is 42 % of its limit"
    assert normal(None).en == "The models say nothing of now"


@pytest.mark.parametrize(
    ("at", "en", "zh"),
    [
        pytest.param(NOW - MINUTE, "14:32", "今天 14:32", id="today"),
        pytest.param(NOW - DAY, "Thursday 14:33", "周四 14:33", id="lately"),
        pytest.param(NOW - 9 * DAY, "12 November 14:33", "11月12日 14:33", id="earlier"),
        pytest.param(NOW - 365 * DAY, "21 November 2024 14:33", "2024年11月21日 14:33", id="another-year"),
        pytest.param(NOW + DAY, "22 November 14:33", "11月22日 14:33", id="to-come"),
    ],
)
def test_a_time_is_said_as_people_would(at: int, en: str, zh: str) -> None:
    assert CALENDAR.moment(at) == Text(en=en, zh=zh)


def test_a_span_within_a_day_names_it_once() -> None:
    assert CALENDAR.span(NOW - MINUTE, NOW) == Text(en="on 21 November", zh="11月21日")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0.00"),
        (-0.00001, "0.0000"),
        (1234.5, "1234"),
        (12.34, "12.3"),
        (-3.456, "-3.46"),
        (math.inf, "–"),
    ],
)
def test_a_number_has_three_significant_digits(value: float, shown: str) -> None:
    assert number(value) == shown
