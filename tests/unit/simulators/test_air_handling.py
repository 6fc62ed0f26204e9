"""An air handling unit: balances, limits, control, Guideline 36, faults."""

from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

from plantroom.domain.site import Site
from plantroom.simulators import air_handling
from plantroom.simulators.air_control import (
    LEAST_DAMPER,
    Commands,
    Loop,
    Sensed,
    controlled,
    is_wanted,
    outdoor_share,
    supply_set_point,
)
from plantroom.simulators.air_handling_state import AirHandlingState
from plantroom.simulators.faults import Fault
from plantroom.simulators.machine import DEAD, Flows, Shared, Supply
from plantroom.simulators.moist_air import CP_AIR, M3H_PER_KG_S, enthalpy, moisture
from plantroom.simulators.rooms import Timetable
from plantroom_testing.air_side import MONDAYS, Column, course, plant_of, with_noise
from plantroom_testing.guideline36 import alarms, conditions
from plantroom_testing.simulation import asset_of, demo, moment, world

_ASSET = asset_of("ahu", flow_m3h=20_000.0, power_kw=9.0)
UNIT = air_handling.build(_ASSET, Site(id="s", assets=(_ASSET,)))
MIDNIGHT = world(local=datetime.fromisoformat("2026-07-15T02:00:00+00:00"), sun_w_m2=0.0)


def settled(**changes: object) -> tuple[AirHandlingState, dict[str, float], Flows]:
    """Return a unit after half an hour at that moment."""
    now = moment(dt=10.0, **changes)  # type: ignore[arg-type]
    state = UNIT.initial(now)
    for _ in range(180):
        step = UNIT.step(state, now)
        state = step.state
    return state, dict(step.values), step.flows  # type: ignore[arg-type]


def faulty(
    fault: str, *, unit: str, season: str, at: float, hours: float, severity: float = 1.0
) -> dict[str, Column]:
    plant = plant_of(
        unit,
        start=MONDAYS[season],
        faults=[Fault(asset=unit, fault=fault, onset=at * 3600, severity=severity)],
    )
    return with_noise(course(plant, unit, hours=hours), plant, unit)


def test_every_point_of_the_class_has_a_value() -> None:
    _, values, _ = settled()

    assert values.keys() == {point.name for point in demo().classes["ahu"].points}


def test_the_heat_the_water_takes_is_what_the_air_loses() -> None:
    state, values, flows = settled()

    kg_s = values["supply_flow"] / M3H_PER_KG_S
    before = enthalpy(state.air.heated_c, state.air.mixed_moisture)
    after = enthalpy(state.air.cooled_c, state.air.moisture)
    assert flows.cooling_kw > 50
    assert flows.cooling_kw == pytest.approx(kg_s * (before - after), rel=0.01)


def test_the_fans_power_becomes_warmth_of_the_air() -> None:
    state, values, _ = settled()

    rise = values["supply_temp"] - values["cooling_coil_leaving_temp"]
    kg_s = values["supply_flow"] / M3H_PER_KG_S
    assert rise * kg_s * CP_AIR == pytest.approx(state.drive.power_kw, rel=0.02)
    assert 0.4 < rise < 1.4


def test_mixed_air_lies_between_its_streams_by_the_share_of_outdoor_air() -> None:
    _, values, _ = settled()

    share = outdoor_share(LEAST_DAMPER)
    expected = share * values["outdoor_temp"] + (1 - share) * values["return_temp"]
    assert values["mixed_temp"] == pytest.approx(expected, abs=0.02)
    assert values["outdoor_fraction_min"] == pytest.approx(100 * share)


def test_the_supply_air_is_held_at_its_set_point() -> None:
    for outdoor_c in (-5.0, 5.0, 12.0, 16.5, 22.0, 35.0):
        _, values, _ = settled(world=world(outdoor_c=outdoor_c, humidity=50.0))

        assert values["supply_temp"] == pytest.approx(values["supply_setpoint"], abs=0.3)
        assert min(values["cooling_valve"], values["heating_valve"]) == 0


def test_cool_outdoor_air_saves_the_chilled_water_and_warm_air_is_kept_out() -> None:
    _, cool, free = settled(world=world(outdoor_c=12.0))
    _, warm, paid = settled(world=world(outdoor_c=19.0))

    assert cool["damper"] > 40
    assert free.cooling_kw == 0
    assert warm["damper"] == cool["damper_min"]
    assert paid.cooling_kw > 10


def test_the_duct_keeps_its_pressure_and_the_fans_stay_within_their_rating() -> None:
    _, values, flows = settled()

    assert values["duct_pressure"] == pytest.approx(values["duct_pressure_setpoint"], rel=0.01)
    assert 1 < flows.electric_kw < 9.0
    assert values["power"] == flows.electric_kw


def test_colder_water_needs_less_of_it() -> None:
    _, cold, _ = settled(shared=Shared(chilled_c=6.0))
    _, mild, _ = settled(shared=Shared(chilled_c=9.0))

    assert mild["cooling_valve"] > cold["cooling_valve"] + 2


def test_without_chilled_water_the_air_gets_warm() -> None:
    pumped = replace(UNIT, pumped_m3h=200.0)
    now = moment(dt=10.0, shared=Shared(chilled_m3h=0.0))

    state = pumped.initial(now)
    for _ in range(60):
        step = pumped.step(state, now)
        state = step.state

    assert step.flows.cooling_kw == 0
    assert step.values["cooling_valve"] == 100
    assert float(step.values["supply_temp"]) > 20


def test_at_night_it_rests() -> None:
    _, values, flows = settled(world=MIDNIGHT)

    assert values["running"] is False
    assert values["fan_command"] is False
    assert values["damper"] == values["cooling_valve"] == values["heating_valve"] == 0
    assert flows.cooling_kw == flows.air_m3h == 0
    assert flows.electric_kw < 0.1


def test_a_fire_stops_it() -> None:
    _, values, _ = settled(shared=Shared(fire=True))

    assert values["running"] is False
    assert values["fan_command"] is False


def test_a_dead_supply_stops_it_though_it_is_commanded() -> None:
    _, values, flows = settled(supply=Supply(volts=DEAD))

    assert values["running"] is False
    assert values["fan_command"] is True
    assert flows.electric_kw == 0


def test_low_voltage_takes_more_current_for_the_same_air() -> None:
    _, full, _ = settled()
    _, low, _ = settled(supply=Supply(volts=(207.0, 207.0, 207.0)))

    assert low["supply_flow"] == pytest.approx(full["supply_flow"], rel=0.01)
    assert low["current"] == pytest.approx(full["current"] / 0.9, rel=0.02)


def test_a_coil_near_freezing_trips_the_unit() -> None:
    frost = world(outdoor_c=-15.0)
    now = moment(dt=10.0, world=frost, faults={"damper_stuck_open": 1.0})
    state = replace(
        UNIT, path=replace(UNIT.path, heating_coil=replace(UNIT.path.heating_coil, water_kw_k=1e-3))
    )

    current, tripped = state.initial(now), False
    for _ in range(60):
        step = state.step(current, now)
        current, tripped = step.state, tripped or step.values["freeze_stat"] is True

    assert tripped
    assert step.values["running"] is False
    assert step.values["heating_valve"] == 100


def test_an_early_start_comes_earlier_the_further_the_rooms_are_off() -> None:
    at_five = world(local=datetime.fromisoformat("2026-07-15T05:00:00+00:00"))
    table = Timetable(opens_h=7.0)

    assert not is_wanted(table, at_five, off_c=1.0, running=False)
    assert is_wanted(table, at_five, off_c=4.0, running=False)
    assert is_wanted(table, at_five, off_c=0.0, running=True)


def test_the_set_point_is_reset_by_the_outdoor_air() -> None:
    assert [supply_set_point(c) for c in (-5.0, 16.0, 18.5, 21.0, 35.0)] == [18.0, 18.0, 15.5, 13.0, 13.0]


def test_the_cooling_valve_stays_where_it_is_as_the_economizer_is_locked_out() -> None:
    loop, before = Loop(1.4, economizer=True), Commands()
    for outdoor_c in (16.9, 17.1):
        loop, after = controlled(
            loop, Sensed(error_c=0.0, outdoor_c=outdoor_c, flow_share=0.5), dt=10.0, hunting=0.0
        )
        before, last = after, before

    assert last.cooling == pytest.approx(after.cooling)
    assert (last.damper, after.damper) == (1.0, LEAST_DAMPER)


def test_a_long_step_ends_where_many_short_ones_do() -> None:
    now = moment(dt=10.0)
    start, _, _ = settled()

    long = UNIT.step(start, moment(dt=600.0)).values
    state = start
    for _ in range(60):
        step = UNIT.step(state, now)
        state = step.state

    for name in ("supply_temp", "mixed_temp", "supply_flow", "power", "energy", "cooling_valve"):
        assert float(long[name]) == pytest.approx(float(step.values[name]), rel=0.03)


def test_outdoor_and_return_air_carry_water_and_carbon_dioxide() -> None:
    dry, damp = (settled(world=world(humidity=h))[0].air for h in (20.0, 80.0))

    share = outdoor_share(LEAST_DAMPER)
    difference = moisture(32.0, 80.0) - moisture(32.0, 20.0)
    assert damp.mixed_moisture - dry.mixed_moisture >= share * difference * 0.99
    assert damp.cooling_kw > dry.cooling_kw


@pytest.mark.parametrize("season", sorted(MONDAYS))
@pytest.mark.parametrize("unit", ["AHU-1", "AHU-2"])
def test_a_sound_unit_meets_no_condition_of_guideline_36_with_a_third_of_each_allowance_left(
    unit: str, season: str
) -> None:
    plant = plant_of(unit, start=MONDAYS[season])

    read = with_noise(course(plant, unit, hours=7 * 24), plant, unit)

    held = {name for name, flags in conditions(read, tolerance=0.67).items() if flags.any()}
    assert read["running"].sum() > 5 * 10 * 60
    assert held == set()


@pytest.mark.parametrize(
    ("fault", "unit", "season", "at", "expected"),
    [
        pytest.param("stuck_damper", "AHU-1", "spring", 57.7, {"FC6"}, id="stuck damper"),
        pytest.param("damper_stuck_open", "AHU-1", "summer", 30, {"FC6"}, id="damper open"),
        pytest.param("damper_stuck_closed", "AHU-1", "winter", 33, {"FC10", "FC11"}, id="damper closed"),
        pytest.param("leaking_cooling_valve", "AHU-1", "winter", 30, {"FC14"}, id="cooling valve leaks"),
        pytest.param("leaking_heating_valve", "AHU-1", "summer", 30, {"FC15"}, id="heating valve leaks"),
        pytest.param("stuck_cooling_valve", "AHU-1", "summer", 7.5, {"FC13"}, id="cooling valve sticks"),
        pytest.param("fouled_filter", "AHU-2", "summer", 33, {"FC1"}, id="filter"),
        pytest.param("slipped_belt", "AHU-2", "summer", 33, {"FC1"}, id="belt"),
        pytest.param("fouled_coil", "AHU-2", "summer", 33, {"FC13"}, id="coil"),
        pytest.param("hunting_loop", "AHU-1", "spring", 33, {"FC4"}, id="hunting"),
        pytest.param("drifting_supply_sensor", "AHU-1", "winter", 30, {"FC8"}, id="supply sensor"),
        pytest.param("drifting_mixed_sensor", "AHU-1", "summer", 30, {"FC3", "FC6"}, id="mixed sensor"),
        pytest.param("drifting_outdoor_sensor", "AHU-1", "spring", 30, {"FC10", "FC11"}, id="outdoor sensor"),
    ],
)
def test_a_damaged_unit_meets_the_condition_of_its_fault(
    fault: str, unit: str, season: str, at: float, expected: set[str]
) -> None:
    read = faulty(fault, unit=unit, season=season, at=at, hours=72)

    assert expected <= alarms(read)


def test_a_failed_fan_stands_though_commanded() -> None:
    read = faulty("fan_failure", unit="AHU-1", season="summer", at=33, hours=35)

    assert read["running"][-1] == 0
    assert read["fan_command"][-1] == read["fan_fault"][-1] == 1
    assert abs(read["duct_pressure"][-1]) < 5
    assert read["fan_speed_command"][-1] > 90
    assert read["supply_temp"][-1] > 20


def test_a_broken_schedule_runs_all_night_and_the_more_the_worse() -> None:
    nights = [
        faulty("broken_schedule", unit="AHU-1", season="summer", at=12, hours=31, severity=severity)
        for severity in (0.2, 1.0)
    ]

    hours = [((read["running"] > 0) & (read["occupied"] < 1)).sum() / 60 for read in nights]
    assert hours[0] == pytest.approx(4.8, abs=0.5)
    assert hours[1] > 6


def test_a_blocked_drain_fills_the_pan_and_changes_nothing_else() -> None:
    sound = faulty("blocked_condensate", unit="AHU-2", season="summer", at=30, hours=36, severity=0.0)
    read = faulty("blocked_condensate", unit="AHU-2", season="summer", at=30, hours=36)

    assert read["condensate_high"][-1] == 1
    assert sound["condensate_high"].max() == 0
    for name in read.keys() - {"condensate_high"}:
        assert np.array_equal(read[name], sound[name])


def test_a_drifting_mixed_sensor_changes_only_what_it_shows() -> None:
    sound = faulty("drifting_mixed_sensor", unit="AHU-1", season="summer", at=30, hours=36, severity=0.0)
    read = faulty("drifting_mixed_sensor", unit="AHU-1", season="summer", at=30, hours=36)

    assert read["mixed_temp"][-1] == pytest.approx(sound["mixed_temp"][-1] + 7, abs=0.05)
    for name in read.keys() - {"mixed_temp"}:
        assert np.array_equal(read[name], sound[name])


def test_a_drifting_supply_sensor_makes_the_air_colder_than_it_shows() -> None:
    read = faulty("drifting_supply_sensor", unit="AHU-1", season="winter", at=33, hours=38)

    assert read["supply_temp"][-1] == pytest.approx(read["supply_setpoint"][-1], abs=0.3)
    assert read["cooling_coil_leaving_temp"][-1] == pytest.approx(read["supply_temp"][-1] - 5.6, abs=0.6)


@pytest.mark.parametrize("fault", ["fouled_filter", "slipped_belt", "fouled_coil"])
def test_a_fault_of_half_the_severity_lies_in_between(fault: str) -> None:
    point = {"fouled_filter": "filter_pressure", "slipped_belt": "fan_speed", "fouled_coil": "cooling_valve"}[
        fault
    ]

    none, half, full = (
        faulty(fault, unit="AHU-2", season="summer", at=30, hours=36, severity=severity)[point][-1]
        for severity in (0.0, 0.5, 1.0)
    )

    assert none + 1 < half < full
