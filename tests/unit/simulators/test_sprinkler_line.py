"""A sprinkler line holds its pressure, and tells when it cannot."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantroom.domain.site import Site
from plantroom.simulators import sprinkler_line
from plantroom.simulators.machine import Flows
from plantroom.simulators.sprinkler_line import (
    BAR_PER_M,
    SPRINKLER_K,
    build,
    floor_of,
    height_above,
    lets_through,
)
from plantroom_testing.course import Course, part
from plantroom_testing.simulation import moment

WINTER = datetime(2026, 1, 30, tzinfo=UTC)
MAIN_BAR = 11.5


def line(location: str = "3F", **weather: float) -> Course:
    return Course(
        [part("sprinkler_line", "L", location=location)],
        {"sprinkler_line": sprinkler_line.build},
        weather=weather,
    )


def test_the_pressure_at_a_line_is_that_of_the_pumps_less_its_height() -> None:
    pump = part("fire_pump", "FP", parent="T", location="B2/fire pump room")
    lines = [part("sprinkler_line", f"L{floor}", parent="FP", location=f"{floor}F") for floor in (3, 9)]
    site = Site(id="s", assets=(pump, *lines))
    flows = {"FP": Flows(pressure_bar=12.0)}

    low, high = (build(asset, site) for asset in lines)
    low_bar, high_bar = (
        float(each.step(each.initial(moment(flows=flows)), moment(flows=flows)).values["supply_pressure"])
        for each in (low, high)
    )

    assert low_bar == pytest.approx(12.0 - 16 * BAR_PER_M)
    assert low_bar - high_bar == pytest.approx(6 * 4 * BAR_PER_M)


@pytest.mark.parametrize(
    ("location", "floor"), [("B2/pump room", -2), ("1F", 1), ("12F/1101", 12), ("RF", None), ("", None)]
)
def test_a_storey_is_what_a_location_begins_with(location: str, floor: float | None) -> None:
    assert floor_of(location) == floor


def test_the_first_storey_lies_one_above_the_first_basement() -> None:
    pump = part("fire_pump", "FP", location="B1")

    assert height_above(part("sprinkler_line", "L", location="1F"), pump) == 4.0
    assert height_above(part("sprinkler_line", "L", location="1F", height_m=7.0), pump) == 7.0


def test_a_sound_line_stands_still_under_pressure() -> None:
    course = line().run(24, dt=60.0)

    assert course.given["L"][-1] == Flows()
    assert not any(course.column("L", "flow_alarm") + course.column("L", "alarm_valve"))
    assert all(course.column("L", "valve_open"))
    assert min(course.column("L", "pressure")) >= MAIN_BAR - 1e-9


@given(st.floats(0.01, 30.0), st.floats(0.0, 0.99))
def test_what_is_more_open_lets_more_through_and_never_more_than_the_opening(k: float, shut: float) -> None:
    through = lets_through(k, shut)

    assert 0 < through <= k
    assert lets_through(2 * k, shut) > through
    assert lets_through(k, min(1.0, shut + 0.005)) <= through


def test_an_open_sprinkler_moves_valve_and_switch_and_calls_a_fire_within_half_a_minute() -> None:
    course = line().run(0.01).run(30 / 3600, faults={"L": {"sprinkler_open": 0.25}})

    assert course.last("L", "alarm_valve")
    assert course.last("L", "flow_alarm")
    assert course.flows["L"].alarm
    assert course.flows["L"].water_m3h == pytest.approx(SPRINKLER_K * (MAIN_BAR - 0.3) ** 0.5, rel=0.05)


def test_the_more_sprinklers_open_the_less_pressure_is_left_at_the_end() -> None:
    ends = [
        line().run(0.1, faults={"L": {"sprinkler_open": share}}).last("L", "end_pressure")
        for share in (0.0, 0.25, 0.5, 1.0)
    ]

    assert all(more < less for less, more in pairwise(ends))
    assert ends[-1] > 5.0


def test_a_leak_is_too_little_for_the_switch() -> None:
    course = line().run(1, faults={"L": {"leak": 1.0}})

    assert 0.5 < course.flows["L"].water_m3h < 0.95
    assert not any(course.column("L", "flow_alarm") + course.column("L", "alarm_valve"))


def test_behind_a_closed_valve_the_pressure_seeps_away_and_the_panel_is_told() -> None:
    course = line().run(10, dt=60.0, faults={"L": {"valve_closed": 1.0}})

    assert not course.last("L", "valve_open")
    assert course.last("L", "tamper")
    assert course.flows["L"].supervisory == 1
    assert course.flows["L"].trouble == 0
    assert course.last("L", "pressure") == pytest.approx(MAIN_BAR / 2.718, rel=0.02)
    assert course.last("L", "supply_pressure") == pytest.approx(MAIN_BAR)


def test_a_sprinkler_behind_a_closed_valve_gets_no_water() -> None:
    course = line().run(0.2, faults={"L": {"valve_closed": 1.0, "sprinkler_open": 0.25}})

    assert course.flows["L"].water_m3h < 0.02
    assert course.last("L", "end_pressure") < 0.1
    assert not course.last("L", "flow_alarm")


def test_a_handled_valve_is_supervisory_and_nothing_else() -> None:
    sound, handled = line().run(0.1), line().run(0.1, faults={"L": {"tamper": 1.0}})

    changed = {name for name, value in handled.shown["L"][-1].items() if value != sound.last("L", name)}

    assert changed == {"tamper"}
    assert handled.flows["L"].supervisory == 1
    assert not handled.flows["L"].alarm


def test_a_broken_flow_switch_is_trouble_and_silent_but_the_alarm_valve_tells() -> None:
    course = line().run(0.1, faults={"L": {"flow_switch_failed": 1.0, "sprinkler_open": 0.25}})

    assert course.last("L", "trouble")
    assert not course.last("L", "flow_alarm")
    assert course.last("L", "alarm_valve")
    assert course.flows["L"].alarm


def test_a_switch_that_sticks_calls_a_fire_without_water() -> None:
    course = line().run(0.1, faults={"L": {"flow_switch_stuck": 1.0}})

    assert course.last("L", "flow_alarm")
    assert not course.last("L", "alarm_valve")
    assert course.flows["L"].water_m3h == 0
    assert course.flows["L"].alarm


def test_a_car_parks_pipe_is_cold_in_winter_but_does_not_freeze_by_itself() -> None:
    cold = line("B1", outdoor_c=-3.0).run(24, dt=60.0)
    indoors = line("3F", outdoor_c=-3.0).run(24, dt=60.0)

    assert 4 < cold.last("L", "pipe_temp") < 12 < indoors.last("L", "pipe_temp")


def test_a_pipe_that_freezes_builds_up_pressure_at_its_end_and_lets_no_water_through() -> None:
    frozen = line("B1", outdoor_c=-3.0).run(24, dt=60.0, faults={"L": {"freezing": 1.0}})

    assert frozen.last("L", "pipe_temp") == pytest.approx(-6.0, abs=0.1)
    assert frozen.last("L", "end_pressure") > 20
    assert frozen.last("L", "pressure") == pytest.approx(MAIN_BAR)
    frozen.run(0.1, faults={"L": {"freezing": 1.0, "sprinkler_open": 1.0}})
    assert frozen.flows["L"].water_m3h == 0


def test_ice_thaws() -> None:
    assert (
        line("B1", outdoor_c=-3.0)
        .run(24, dt=60.0, faults={"L": {"freezing": 1.0}})
        .run(24, dt=60.0)
        .last("L", "end_pressure")
        < MAIN_BAR
    )


def test_every_point_of_its_class_is_given() -> None:
    points = {point.name for point in part("sprinkler_line", "L").points}

    assert line().run(0.01).shown["L"][0].keys() == points
