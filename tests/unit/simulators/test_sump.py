"""Two pumps keep a sump from flooding."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plantroom.domain.site import Site
from plantroom.simulators import sump
from plantroom.simulators.machine import DEAD, Supply
from plantroom.simulators.sump import STARTS, STOPS, SumpMachine, build
from plantroom_testing.course import Course, part
from plantroom_testing.simulation import asset_of, moment, world

AREA, DEPTH = 2.0, 1.8
OFF = Supply(volts=DEAD, hz=0.0)
PUMPS = ("pump_1", "pump_2")


def pit(**weather: float) -> Course:
    assets = [part("sump", "S", area_m2=AREA, depth_m=DEPTH, inflow_m3h=0.8)]
    return Course(assets, {"sump": sump.build}, weather=weather)


def started(course: Course, pump: str) -> float:
    counts = course.column("S", f"{pump}_starts")
    return float(counts[-1] - counts[0])


def ran_h(course: Course, pump: str) -> float:
    hours = course.column("S", f"{pump}_run_hours")
    return float(hours[-1] - hours[0])


def machine() -> SumpMachine:
    return build(asset_of("sump", area_m2=AREA, depth_m=DEPTH, inflow_m3h=0.8), Site(id="s"))


def test_what_seeps_in_is_pumped_out_or_stays() -> None:
    course = pit().run(24)
    seeped = sum(
        machine().seepage(world(local=datetime(2026, 7, 15, 9, tzinfo=UTC) + timedelta(seconds=10 * n)))
        for n in range(1, 8640)
    )

    pumped = 15.0 * (ran_h(course, "pump_1") + ran_h(course, "pump_2"))
    stayed = (course.last("S", "level") - course.shown["S"][0]["level"]) * AREA

    assert seeped * 10 / 3600 == pytest.approx(pumped + stayed, rel=0.005)


def test_the_level_stays_between_stop_and_start_and_the_pumps_take_turns() -> None:
    course = pit().run(48)

    levels = course.column("S", "level")

    assert min(levels) > STOPS * DEPTH - 0.05
    assert max(levels) < STARTS * DEPTH + 0.01
    assert started(course, "pump_1") >= 5
    assert abs(started(course, "pump_1") - started(course, "pump_2")) <= 1
    assert not any(course.column("S", "high_level"))


@settings(max_examples=25)
@given(st.floats(5.0, 600.0), st.sampled_from(["", *sorted(machine().faults)]), st.floats(0.1, 1.0))
def test_no_level_is_negative_and_counters_only_grow(dt: float, fault: str, severity: float) -> None:
    course = pit().run(6, dt=dt, faults={"S": {fault: severity}} if fault else {})

    assert min(course.column("S", "level")) >= 0
    assert max(course.column("S", "level")) <= 1.05 * DEPTH
    for pump in PUMPS:
        assert course.column("S", f"{pump}_starts") == sorted(course.column("S", f"{pump}_starts"))
        assert course.column("S", f"{pump}_run_hours") == sorted(course.column("S", f"{pump}_run_hours"))


def test_long_steps_pump_as_much_as_short_ones() -> None:
    short, long = pit().run(24, dt=10.0), pit().run(24, dt=600.0)

    for pump in PUMPS:
        assert ran_h(long, pump) == pytest.approx(ran_h(short, pump), abs=0.1)


def test_without_a_supply_the_pumps_stand_and_the_level_rises() -> None:
    course = pit().run(6, supply=OFF)

    assert ran_h(course, "pump_1") == ran_h(course, "pump_2") == 0
    assert course.last("S", "high_level")
    assert course.last("S", "power") == 0


def test_a_standing_pump_draws_nothing_and_a_running_one_its_current() -> None:
    course = pit().run(24)

    for on, current in zip(
        course.column("S", "pump_1_running"), course.column("S", "pump_1_current"), strict=True
    ):
        assert 2.0 < current < 4.0 if on else current == 0


def test_when_one_pump_fails_the_other_takes_every_turn() -> None:
    sound, failed = pit().run(24), pit().run(24, faults={"S": {"pump_failing": 1.0}})

    assert failed.last("S", "pump_1_fault")
    assert not failed.last("S", "pump_2_fault")
    assert started(failed, "pump_1") == 0
    assert ran_h(failed, "pump_2") == pytest.approx(ran_h(sound, "pump_1") + ran_h(sound, "pump_2"), rel=0.1)
    assert max(failed.column("S", "level")) < STARTS * DEPTH + 0.01


def test_a_float_that_sticks_lets_the_level_over_the_high_switch() -> None:
    course = pit().run(24, faults={"S": {"stuck_float": 1.0}})

    assert any(course.column("S", "high_level"))
    assert not any(course.column("S", "overflow_level"))
    assert ran_h(course, "pump_1") + ran_h(course, "pump_2") > 0


def test_a_flood_runs_both_pumps_and_still_comes_over_the_flood_switch() -> None:
    course = pit().run(1, faults={"S": {"inflow_flood": 1.0}})

    assert course.last("S", "overflow_level")
    assert course.last("S", "pump_1_running")
    assert course.last("S", "pump_2_running")


def test_a_smaller_flood_is_held_by_two_pumps() -> None:
    course = pit().run(1, faults={"S": {"inflow_flood": 0.5}})

    assert any(course.column("S", "pump_2_running"))
    assert not any(course.column("S", "overflow_level"))


def test_a_leaking_check_valve_makes_longer_and_more_runs() -> None:
    sound, leaking = pit().run(48), pit().run(48, faults={"S": {"check_valve_leak": 1.0}})

    def starts(course: Course) -> float:
        return started(course, "pump_1") + started(course, "pump_2")

    assert ran_h(leaking, "pump_1") > 2 * ran_h(sound, "pump_1")
    assert starts(leaking) > 1.2 * starts(sound)
    assert max(leaking.column("S", "pump_1_current")) == max(sound.column("S", "pump_1_current"))


@pytest.mark.parametrize(
    ("fault", "current"), [("pump_wear", 0.65), ("pump_clogged", 1.8)], ids=["worn", "clogged"]
)
def test_a_bad_impeller_takes_longer_at_another_current(fault: str, current: float) -> None:
    sound, bad = pit().run(24), pit().run(24, faults={"S": {fault: 1.0}})

    assert ran_h(bad, "pump_1") > 2.2 * ran_h(sound, "pump_1")
    assert max(bad.column("S", "pump_1_current")) == pytest.approx(
        current * max(sound.column("S", "pump_1_current"))
    )
    assert max(bad.column("S", "pump_2_current")) == max(sound.column("S", "pump_2_current"))


def test_pumps_left_off_let_it_flood() -> None:
    course = pit().run(8, faults={"S": {"left_off": 1.0}})

    assert course.last("S", "mode") == "off"
    assert course.last("S", "overflow_level")
    assert ran_h(course, "pump_1") == 0


def test_more_seeps_in_when_it_is_wet_and_when_the_car_park_is_washed() -> None:
    plain = machine()
    car_park = build(part("sump", "S", location="B2/car park"), Site(id="s"))
    wednesday_evening = datetime(2026, 7, 15, 21, 30, tzinfo=UTC)

    assert plain.seepage(world(humidity=95.0)) > 1.5 * plain.seepage(world(humidity=60.0))
    assert car_park.seepage(world(local=wednesday_evening)) == pytest.approx(
        6 * car_park.seepage(world(local=wednesday_evening + timedelta(days=1)))
    )


def test_every_point_of_its_class_is_given() -> None:
    values = machine().step(machine().initial(moment()), moment()).values

    assert values.keys() == {point.name for point in asset_of("sump").points}
