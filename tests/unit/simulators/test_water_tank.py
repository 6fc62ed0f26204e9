"""A tank loses and gains what flows out and in, and its water ages."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plantroom.domain.site import Site
from plantroom.simulators import city_water, water_tank
from plantroom.simulators.machine import Flows
from plantroom.simulators.water_tank import TankMachine, build
from plantroom_testing.course import Course, part
from plantroom_testing.simulation import asset_of, moment, world

VOLUME = 40.0
HEIGHT = 2.5


def tank() -> Course:
    return Course(
        [part("water_tank", "T", volume_m3=VOLUME, height_m=HEIGHT)], {"water_tank": water_tank.build}
    )


def fire_tank() -> TankMachine:
    site = Site(
        id="s",
        assets=(
            part("water_tank", "T", volume_m3=324.0, height_m=3.5),
            part("fire_pump", "FP", parent="T"),
        ),
    )
    return build(site.assets[0], site)


def content(course: Course) -> float:
    return float(course.last("T", "level")) / HEIGHT * VOLUME


@settings(max_examples=40)
@given(
    st.floats(1.0, 600.0),
    st.floats(0.0, 40.0),
    st.sampled_from(["", "inlet_valve_stuck_open", "inlet_valve_stuck_closed"]),
)
def test_what_comes_in_less_what_goes_out_stays_in(dt: float, taken: float, fault: str) -> None:
    site = Site(id="s", assets=(part("water_tank", "T", volume_m3=VOLUME), part("pump", "P", parent="T")))
    machine = build(site.assets[0], site)
    state = machine.initial(moment(dt=0.0))

    for _ in range(20):
        before = state.m3
        step = machine.step(
            state,
            moment(dt=dt, flows={"P": Flows(water_m3h=taken)}, faults={fault: 1.0} if fault else {}),
        )
        state = step.state
        gained = (float(step.values["inlet_flow"]) - float(step.values["outlet_flow"])) * dt / 3600

        if not step.values["overflow"]:
            assert state.m3 - before == pytest.approx(gained, abs=1e-6)
        assert 0 <= state.m3 <= VOLUME
        assert 0 <= float(step.values["outlet_flow"]) <= taken + 1e-9


def test_the_motor_valve_keeps_the_level_in_its_band() -> None:
    course = tank().run(24, dt=30.0)

    levels = course.column("T", "level")[10:]

    assert min(levels) == pytest.approx(0.65 * HEIGHT, abs=0.02)
    assert max(levels) == pytest.approx(0.88 * HEIGHT, abs=0.02)
    assert not any(course.column("T", "overflow") + course.column("T", "low_level"))


def test_one_long_step_ends_where_many_short_ones_do() -> None:
    short, long = tank().run(6, dt=10.0), tank().run(6 + 590 / 3600, dt=600.0)

    assert content(long) == pytest.approx(content(short), abs=0.25)


def test_a_valve_stuck_open_overflows_though_it_is_told_to_shut() -> None:
    course = tank().run(8, faults={"T": {"inlet_valve_stuck_open": 1.0}})

    assert course.last("T", "overflow")
    assert course.last("T", "high_level")
    assert course.last("T", "inlet_valve") == 0
    assert course.last("T", "inlet_flow") > 10


def test_a_valve_stuck_closed_empties_the_tank_and_then_nothing_goes_out() -> None:
    course = tank().run(12, faults={"T": {"inlet_valve_stuck_closed": 1.0}})

    assert course.last("T", "inlet_valve") == 100
    assert course.last("T", "inlet_flow") == 0
    assert course.last("T", "low_level")
    assert course.last("T", "outlet_flow") == pytest.approx(0.0, abs=1e-6)
    assert content(course) == pytest.approx(0.01 * VOLUME, abs=1e-6)


def test_a_leak_takes_what_no_meter_shows() -> None:
    sound, leaking = tank().run(4), tank().run(4, faults={"T": {"leak": 1.0}})

    def unaccounted(course: Course) -> float:
        inlet, outlet = course.column("T", "inlet_flow"), course.column("T", "outlet_flow")
        came = sum(a - b for a, b in zip(inlet[1:], outlet[1:], strict=True)) * 10 / 3600
        return came - (content(course) - float(course.shown["T"][0]["level"]) / HEIGHT * VOLUME)

    assert unaccounted(sound) == pytest.approx(0.0, abs=1e-6)
    assert unaccounted(leaking) == pytest.approx(4 * 0.03 * VOLUME, rel=0.01)


def test_chlorine_decays_and_fresh_water_brings_it_back() -> None:
    machine = fire_tank()
    stale = tank().run(24, dt=60.0, faults={"T": {"inlet_valve_stuck_closed": 1.0}})

    assert stale.last("T", "residual_chlorine") < 0.5 * float(stale.shown["T"][0]["residual_chlorine"])
    assert tank().run(24, dt=60.0).last("T", "residual_chlorine") > 0.25
    assert machine.step(machine.initial(moment()), moment()).values["residual_chlorine"] == 0.3


def test_dirt_shows_in_the_waters_quality_alone() -> None:
    sound, dirty = tank().run(4), tank().run(4, faults={"T": {"contamination": 1.0}})

    assert dirty.last("T", "turbidity") > 1.0 > sound.last("T", "turbidity")
    assert dirty.last("T", "residual_chlorine") < 0.5 * sound.last("T", "residual_chlorine")
    assert dirty.last("T", "conductivity") > sound.last("T", "conductivity") + 20
    assert dirty.last("T", "ph") < sound.last("T", "ph")
    for point in ("level", "inlet_flow", "outlet_flow", "water_temp"):
        assert dirty.column("T", point) == sound.column("T", point)


def test_an_open_cover_lets_in_dust_and_light() -> None:
    sound, opened = tank().run(10), tank().run(10, faults={"T": {"cover_open": 1.0}})

    assert opened.last("T", "cover_open")
    assert opened.last("T", "turbidity") > sound.last("T", "turbidity")
    assert opened.last("T", "residual_chlorine") < sound.last("T", "residual_chlorine")


def test_a_fire_reserve_gives_water_to_fire_pumps_alone() -> None:
    machine = fire_tank()
    state = machine.initial(moment())
    idle = machine.step(state, moment(dt=600.0))

    used = machine.step(state, moment(dt=600.0, flows={"FP": Flows(water_m3h=108.0)}))

    assert idle.values["outlet_flow"] == 0
    assert idle.state.m3 == pytest.approx(state.m3)
    assert used.state.m3 == pytest.approx(state.m3 - 18.0, abs=0.2)
    assert used.flows.level == pytest.approx(used.state.m3 / 324)


def test_a_fire_reserve_is_refilled_within_two_days() -> None:
    assert fire_tank().inlet_m3h * 48 == pytest.approx(324.0)


def test_the_citys_pressure_is_high_at_night_and_within_its_limits() -> None:
    def bar(hour: float) -> float:
        return city_water.pressure_bar(world(hour=hour))

    assert all(2.5 < bar(quarter / 4) < 3.5 for quarter in range(96))
    assert bar(3) > bar(12) > bar(19)


def test_the_citys_water_is_warm_in_late_summer() -> None:
    summer = city_water.temperature_c(world(local=datetime(2026, 8, 14, tzinfo=UTC)))
    winter = city_water.temperature_c(world(local=datetime(2026, 2, 13, tzinfo=UTC)))

    assert summer == pytest.approx(25.0, abs=0.1)
    assert winter == pytest.approx(9.0, abs=0.1)


def test_every_point_of_its_class_is_given() -> None:
    machine = build(asset_of("water_tank"), Site(id="s"))
    points = {point.name for point in asset_of("water_tank").points}

    assert machine.step(machine.initial(moment()), moment()).values.keys() == points
