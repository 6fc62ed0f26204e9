"""A fan-coil unit and its room."""

from datetime import datetime

import pytest

from plantroom.simulators import fan_coil
from plantroom.simulators.faults import Fault
from plantroom.simulators.machine import DEAD, Supply
from plantroom_testing.air_side import MONDAYS, Column, course, plant_of
from plantroom_testing.simulation import asset_of, demo, demo_site, moment, world

UNIT = fan_coil.build(asset_of("fan_coil_unit", cooling_kw=7.0), demo_site())
NAME = "FCU-1101"


def faulty(
    fault: str, *, severity: float = 1.0, season: str = "summer", at: float = 33, hours: float = 38
) -> dict[str, Column]:
    faults = [Fault(asset=NAME, fault=fault, onset=at * 3600, severity=severity)]
    return course(plant_of(NAME, start=MONDAYS[season], faults=faults), NAME, hours=hours)


def test_every_point_of_the_class_has_a_value() -> None:
    now = moment()

    step = UNIT.step(UNIT.initial(now), now)

    assert step.values.keys() == {point.name for point in demo().classes["fan_coil_unit"].points}


@pytest.mark.parametrize("season", sorted(MONDAYS))
def test_the_room_is_kept_by_day_and_left_alone_by_night(season: str) -> None:
    read = course(plant_of(NAME, start=MONDAYS[season]), NAME, hours=48)

    day = slice((24 + 11) * 60, (24 + 17) * 60)
    night = slice((24 + 1) * 60, (24 + 5) * 60)
    assert 20 < read["room_temp"][day].min() <= read["room_temp"][day].max() < 26
    assert set(read["mode"][night]) == {"off"}
    assert read["power"][night].max() < 0.01
    assert not ((read["cooling_valve"] > 0) & (read["heating_valve"] > 0)).any()


def test_a_control_room_is_cooled_in_winter_too() -> None:
    read = course(plant_of("FCU-101", start=MONDAYS["winter"]), "FCU-101", hours=48)

    assert (read["mode"][1440:] == "cooling").mean() > 0.3
    assert 23 < read["room_temp"][1440:].min() <= read["room_temp"][1440:].max() < 26


def test_it_takes_no_more_cooling_than_it_is_made_for() -> None:
    now = moment(dt=60.0)
    state, most = UNIT.initial(now), 0.0
    for _ in range(240):
        step = UNIT.step(state, now)
        state, most = step.state, max(most, step.flows.cooling_kw)

    assert 2 < most < 1.6 * 7.0


def test_a_dead_supply_stops_it() -> None:
    now = moment(dt=60.0, supply=Supply(volts=DEAD))

    step = UNIT.step(UNIT.initial(now), now)

    assert step.values["running"] is False
    assert step.flows.electric_kw == step.flows.cooling_kw == 0


def test_a_long_step_ends_where_many_short_ones_do() -> None:
    hot = world(local=datetime.fromisoformat("2026-07-15T12:00:00+00:00"), outdoor_c=36.0)
    state = start = UNIT.initial(moment(world=hot))

    long = UNIT.step(start, moment(dt=600.0, world=hot))
    for _ in range(10):
        step = UNIT.step(state, moment(dt=60.0, world=hot))
        state = step.state

    assert long.state.room.air_c == pytest.approx(state.room.air_c, abs=0.01)
    assert long.state.run_h == pytest.approx(state.run_h)


def test_a_clogged_filter_lets_the_room_get_warm_with_cold_air() -> None:
    sound, read = faulty("clogged_filter", severity=0.0), faulty("clogged_filter")

    assert read["room_temp"][-1] > sound["room_temp"][-1] + 1
    assert read["supply_temp"][-1] < sound["supply_temp"][-1]
    assert read["fan"][-1] == "high"


def test_a_blocked_drain_fills_the_pan_and_closes_the_valve() -> None:
    read = faulty("blocked_condensate")

    assert read["condensate_high"][-1] == 1
    assert read["cooling_valve"][-1] == 0
    assert read["room_temp"][-1] > 26


def test_a_leaking_valve_cools_while_it_is_told_to_be_closed() -> None:
    sound, read = (faulty("leaking_valve", severity=s, season="winter", at=32, hours=33) for s in (0.0, 1.0))

    assert read["cooling_valve"][-1] == 0
    assert read["supply_temp"][-30:].mean() < sound["supply_temp"][-30:].mean() - 2


def test_a_failed_fan_stands_though_a_step_is_commanded() -> None:
    read = faulty("fan_failure")

    assert read["running"][-1] == 0
    assert read["fan"][-1] == "high"
    assert read["fault"][-1] == 1
    assert read["power"][-1] < 0.01
    assert read["room_temp"][-1] > 27


def test_a_fouled_coil_gives_warmer_air() -> None:
    sound, half, full = (faulty("fouled_coil", severity=s) for s in (0.0, 0.5, 1.0))

    supply = [read["supply_temp"][-60:].min() for read in (sound, half, full)]
    assert supply[0] < supply[1] < supply[2]
    assert full["room_temp"][-1] > sound["room_temp"][-1] - 0.5


def test_a_drifting_thermostat_cools_too_far() -> None:
    sound, read = faulty("thermostat_drift", severity=0.0), faulty("thermostat_drift")

    assert read["room_temp"][-1] - 3 < sound["room_temp"][-1] - 0.5
