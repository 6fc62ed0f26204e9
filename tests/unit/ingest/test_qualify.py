import math

import numpy as np
import pytest

from plantroom.domain.points import PointTable
from plantroom.domain.samples import Quality
from plantroom.domain.site import Asset, Point, Site, ValueType
from plantroom.ingest.qualify import Measures
from plantroom_testing.telemetry import small_table


def measure(name, raw):
    table = small_table()
    measures = Measures(table)
    number = table.number["P-1", name]
    value, quality, form = measures.measure(np.array([number], np.int32), [raw])
    reason = measures.reason(number, quality[0], form[0]) if quality[0] else ""
    return value[0], Quality(quality[0]), reason


@pytest.mark.parametrize(
    ("name", "raw", "expected"),
    [
        pytest.param("flow", 12.5, 12.5, id="number"),
        pytest.param("flow", 0.0, 0.0, id="lower limit"),
        pytest.param("flow", 500.0, 500.0, id="upper limit"),
        pytest.param("running", True, 1.0, id="true"),
        pytest.param("running", False, 0.0, id="false"),
        pytest.param("running", 1.0, 1.0, id="one for true"),
        pytest.param("running", 0.0, 0.0, id="nought for false"),
        pytest.param("running", "true", 1.0, id="true as text"),
        pytest.param("running", "OFF", 0.0, id="off in capitals"),
        pytest.param("mode", "off", 0.0, id="first state"),
        pytest.param("mode", "hand", 2.0, id="last state"),
    ],
)
def test_a_value_of_the_points_type_and_range_is_good(name, raw, expected):
    assert measure(name, raw) == (expected, Quality.GOOD, "")


@pytest.mark.parametrize(
    ("name", "raw", "reason"),
    [
        pytest.param("flow", 500.1, "flow: outside 0..500 m3/h", id="above"),
        pytest.param("flow", -0.1, "flow: outside 0..500 m3/h", id="below"),
        pytest.param("pressure", -1.0, "pressure: below 0 bar", id="no upper limit"),
        pytest.param("level", 11.0, "level: above 10", id="no lower limit, no unit"),
    ],
)
def test_a_value_out_of_range_is_kept_as_it_is(name, raw, reason):
    assert measure(name, raw) == (raw, Quality.RANGE, reason)


@pytest.mark.parametrize("raw", [math.nan, math.inf, -math.inf], ids=str)
@pytest.mark.parametrize("name", ["flow", "pressure", "running"])
def test_what_is_not_a_number_has_no_value(name, raw):
    value, quality, reason = measure(name, raw)

    assert math.isnan(value)
    assert quality is Quality.NOT_A_NUMBER
    assert reason == f"{name}: not a number (NaN, infinite or too great)"


@pytest.mark.parametrize(
    ("name", "raw", "reason"),
    [
        pytest.param("flow", "12", "flow: expected a number, got text", id="text"),
        pytest.param("flow", True, "flow: expected a number, got boolean", id="boolean"),
        pytest.param("flow", None, "flow: expected a number, got null", id="null"),
        pytest.param("flow", [1], "flow: expected a number, got array", id="array"),
        pytest.param("flow", {"v": 1}, "flow: expected a number, got object", id="object"),
        pytest.param("running", 2.0, "running: expected true or false, got number", id="two"),
        pytest.param("running", 0.5, "running: expected true or false, got number", id="half"),
        pytest.param("running", "maybe", "running: expected true or false, got text", id="maybe"),
        pytest.param("running", None, "running: expected true or false, got null", id="no boolean"),
        pytest.param("mode", "Auto", "mode: expected one of off, auto, hand, got another text", id="case"),
        pytest.param("mode", 1.0, "mode: expected one of off, auto, hand, got number", id="state by number"),
        pytest.param(
            "mode", True, "mode: expected one of off, auto, hand, got boolean", id="state by boolean"
        ),
        pytest.param("mode", math.nan, "mode: expected one of off, auto, hand, got number", id="state NaN"),
    ],
)
def test_a_value_of_another_type_has_no_value_and_says_what_was_expected(name, raw, reason):
    value, quality, said = measure(name, raw)

    assert math.isnan(value)
    assert quality is Quality.TYPE
    assert said == reason


def test_each_value_of_a_column_is_judged_by_its_own_point():
    table = small_table()
    names = ["flow", "running", "mode", "flow", "mode", "level", "running"]
    numbers = np.array([table.number["P-2", name] for name in names], np.int32)

    value, quality, _ = Measures(table).measure(numbers, [999.0, "on", "hand", "hand", "on", None, True])

    good, wrong = Quality.GOOD, Quality.TYPE
    assert quality.tolist() == [Quality.RANGE, good, good, wrong, wrong, wrong, good]
    np.testing.assert_array_equal(value, [999.0, 1.0, 2.0, np.nan, np.nan, np.nan, 1.0])


def test_the_raw_values_are_left_as_they_were():
    raw = ["auto", 1.0]

    Measures(small_table()).measure(np.array([4, 0], np.int32), raw)

    assert raw == ["auto", 1.0]


def test_the_same_word_may_be_another_state_elsewhere():
    def valve(asset, *states):
        point = Point(name="position", value_type=ValueType.STATE, states=states)
        return Asset(id=asset, asset_class="valve", points=(point,))

    table = PointTable((Site(id="s", assets=(valve("A", "open", "shut"), valve("B", "shut", "open"))),))

    value, _, _ = Measures(table).measure(np.array([0, 1], np.int32), ["open", "open"])

    assert value.tolist() == [0.0, 1.0]


def test_no_values_are_no_trouble():
    value, quality, form = Measures(small_table()).measure(np.empty(0, np.int32), [])

    assert len(value) == len(quality) == len(form) == 0
