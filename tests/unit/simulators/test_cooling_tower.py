"""Cooling towers come near to the wet bulb, lose water, and show what is wrong with them."""

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantroom.domain.site import Site
from plantroom.simulators.city_water import CONDUCTIVITY_US_CM
from plantroom.simulators.cooling_tower import TowerMachine, build, set_point_c
from plantroom.simulators.machine import DEAD, Flows, Moment, Shared, Step, Supply
from plantroom.simulators.moist_air import saturated_enthalpy
from plantroom.simulators.tower_basin import OVERFLOW_M, SHUT_M, Basin, BasinSize
from plantroom.simulators.tower_fill import evaporated_m3h, fill_of
from plantroom.simulators.tower_readings import TowerState
from plantroom_testing.simulation import asset_of, demo_site, moment, world

FILL = fill_of(cooling_kw=700.0)
BASIN = BasinSize(cooling_kw=700.0)
DESIGN_M3H = 700 / (1.163 * 5)
SOUND = {"stuck_open": 0.0, "shut_off": 0.0, "scaling": 0.0}


@cache
def alone() -> TowerMachine:
    return build(asset_of("cooling_tower", id_="T", cooling_kw=700, power_kw=7.5), Site(id="s"))


@cache
def first_of_two() -> TowerMachine:
    return build(next(each for each in demo_site().assets if each.id == "CT-1"), demo_site())


def course(tower: TowerMachine, now: Moment, *, steps: int) -> list[Step[TowerState]]:
    """Return its steps while what it cools is what comes back to it."""
    state, found = tower.initial(now), []
    for _ in range(steps):
        coupled = replace(now.shared, condenser_c=state.leaving_c)
        step = tower.step(state, replace(now, shared=coupled))
        state = step.state
        found.append(step)
    return found


def settled(
    faults: Mapping[str, float] | None = None,
    *,
    rejected_kw: float = 550.0,
    wet_bulb_c: float = 26.0,
    steps: int = 300,
) -> dict[str, float]:
    air = world(wet_bulb_c=wet_bulb_c, outdoor_c=wet_bulb_c + 5)
    now = moment(dt=20.0, faults=faults, world=air, shared=Shared(rejected_kw=rejected_kw))
    values = course(alone(), now, steps=steps)[-1].values
    return {name: value for name, value in values.items() if not isinstance(value, str)}


def test_saturated_air_has_the_enthalpy_of_the_tables() -> None:
    # ASHRAE Fundamentals, chapter 1, table 2: 76.5 kJ/kg at 25 °C.
    assert saturated_enthalpy(25.0) == pytest.approx(76.5, rel=0.01)


def test_at_its_design_point_it_rejects_its_rating() -> None:
    heat = FILL.rejected_kw(water_m3h=DESIGN_M3H, entering_c=36.3, wet_bulb_c=28.0, air=1.0, good=1.0)

    assert heat == pytest.approx(700.0, rel=0.001)


@given(
    wet_bulb=st.floats(-10.0, 29.0),
    above=st.floats(0.1, 15.0),
    air=st.floats(0.0, 1.0),
    good=st.floats(0.1, 1.0),
    flow=st.floats(20.0, 200.0),
)
def test_the_water_leaves_between_the_wet_bulb_and_what_it_was(
    wet_bulb: float, above: float, air: float, good: float, flow: float
) -> None:
    leaving = FILL.leaving_c(
        water_m3h=flow, entering_c=wet_bulb + above, wet_bulb_c=wet_bulb, air=air, good=good
    )

    assert wet_bulb - 1e-9 <= leaving <= wet_bulb + above


@given(st.floats(0.2, 0.95))
def test_more_air_cools_more(air: float) -> None:
    cold = {"water_m3h": 100.0, "entering_c": 35.0, "wet_bulb_c": 25.0, "good": 1.0}

    assert FILL.rejected_kw(air=air + 0.05, **cold) > FILL.rejected_kw(air=air, **cold)


@given(
    level=st.floats(0.05, 0.39),
    evaporated=st.floats(0.0, 1.2),
    dt=st.floats(1.0, 600.0),
    stuck=st.floats(0.0, 1.0),
    scaling=st.floats(0.0, 1.0),
)
def test_water_that_comes_is_water_that_goes_and_water_that_stays(
    level: float, evaporated: float, dt: float, stuck: float, scaling: float
) -> None:
    faults = SOUND | {"stuck_open": stuck, "scaling": scaling}
    before = Basin(level_m=level, is_blowing_down=False, conductivity=1000.0)

    after = BASIN.after(before, dt=dt, water_m3h=100.0, evaporated_m3h=evaporated, **faults)

    came = after.makeup_m3 - before.makeup_m3
    went = (evaporated + 2e-5 * 100) * dt / 3600
    stays = (after.level_m - level) * 700 / 175
    spilt = came - went - stays
    assert came >= 0
    assert spilt == pytest.approx(0.0, abs=1e-9) or (spilt > 0 and after.level_m == OVERFLOW_M)


def test_the_salt_that_came_is_still_there_when_only_water_evaporates() -> None:
    basin = Basin(conductivity=1000.0, is_blowing_down=False)

    after = BASIN.after(basin, dt=600.0, water_m3h=0.0, evaporated_m3h=0.8, **SOUND)

    came = after.makeup_m3 * CONDUCTIVITY_US_CM
    before_m3 = 700 / 115
    after_m3 = before_m3 + (after.level_m - SHUT_M) * 4
    assert after.conductivity * after_m3 == pytest.approx(1000 * before_m3 + came)


def test_one_long_step_of_the_basin_is_many_short_ones() -> None:
    many = few = Basin(level_m=0.25, conductivity=1200.0, is_blowing_down=False)

    few = BASIN.after(few, dt=600.0, water_m3h=120.0, evaporated_m3h=0.9, **SOUND)
    for _ in range(120):
        many = BASIN.after(many, dt=5.0, water_m3h=120.0, evaporated_m3h=0.9, **SOUND)

    assert few.level_m == pytest.approx(many.level_m)
    assert few.makeup_m3 == pytest.approx(many.makeup_m3)
    assert few.conductivity == pytest.approx(many.conductivity, rel=1e-3)


def test_blow_down_keeps_the_conductivity_between_its_marks() -> None:
    basin, seen = Basin(conductivity=1300.0, is_blowing_down=False), []

    for _ in range(7 * 24 * 12):
        basin = BASIN.after(basin, dt=300.0, water_m3h=120.0, evaporated_m3h=0.6, **SOUND)
        seen.append(basin.conductivity)

    late = seen[len(seen) // 2 :]
    assert 3.1 * CONDUCTIVITY_US_CM < min(late) < 3.3 * CONDUCTIVITY_US_CM
    assert 3.5 * CONDUCTIVITY_US_CM < max(late) < 3.7 * CONDUCTIVITY_US_CM


def test_most_of_the_heat_leaves_as_vapour_more_in_summer_than_in_winter() -> None:
    summer, winter = evaporated_m3h(700.0, 26.0), evaporated_m3h(700.0, 0.0)

    assert winter < summer < 700 / 2430 * 3.6
    assert evaporated_m3h(-5.0, 20.0) == 0


def test_the_fan_finds_the_speed_that_keeps_the_set_point() -> None:
    values = settled()

    assert values["leaving_temp"] == pytest.approx(values["leaving_setpoint"], abs=0.2)
    assert 40 < values["fan_speed"] < 95
    assert values["entering_temp"] - values["leaving_temp"] == pytest.approx(
        550 / (1.163 * DESIGN_M3H), abs=0.1
    )


@pytest.mark.parametrize("wet_bulb_c", [10.0, 16.0, 22.0, 26.0, 28.0])
@pytest.mark.parametrize("rejected_kw", [150.0, 450.0, 680.0])
def test_a_sound_tower_at_full_speed_is_within_4_4_k_of_the_wet_bulb(
    wet_bulb_c: float, rejected_kw: float
) -> None:
    values = settled(wet_bulb_c=wet_bulb_c, rejected_kw=rejected_kw)

    assert values["fan_speed"] < 95 or values["leaving_temp"] - wet_bulb_c < 4.4
    assert values["leaving_temp"] < set_point_c(wet_bulb_c) + 1.2


def test_the_fans_power_follows_the_cube_of_its_speed() -> None:
    slow, quick = settled(rejected_kw=450.0), settled(rejected_kw=650.0)

    cubes = (quick["fan_speed"] / slow["fan_speed"]) ** 3
    assert quick["power"] / slow["power"] == pytest.approx(cubes, rel=0.12)


def test_in_winter_the_fan_rests_and_the_water_is_kept_from_getting_too_cold() -> None:
    values = settled(wet_bulb_c=-3.0, rejected_kw=130.0)

    assert values["running"] is False
    assert values["power"] == 0
    assert 18 < values["leaving_temp"] < 21


def test_a_tower_at_rest_is_kept_from_freezing() -> None:
    cold = world(
        wet_bulb_c=-6.0, outdoor_c=-4.0, local=datetime(2026, 1, 20, 3, tzinfo=ZoneInfo("Asia/Shanghai"))
    )
    now = moment(dt=3600.0, world=cold, flows={"CHWS-1": Flows(), "CHWS-2": Flows()})

    step = course(first_of_two(), now, steps=48)[-1]

    assert step.values["flow"] == 0
    assert step.values["basin_temp"] == pytest.approx(5.0, abs=0.1)
    assert step.flows.electric_kw > 0  # its heater


def test_as_many_towers_work_as_chillers() -> None:
    towers = [build(each, demo_site()) for each in demo_site().assets if each.asset_class == "cooling_tower"]
    for count in (0, 1, 2):
        flows = {f"CHWS-{n}": Flows(demand=float(n <= count)) for n in (1, 2)} | {
            "P-201": Flows(water_m3h=130.0)
        }
        now = moment(dt=20.0, flows=flows, shared=Shared(rejected_kw=300.0))

        assert sum(float(course(tower, now, steps=3)[-1].values["flow"]) > 0 for tower in towers) == count


def test_without_electricity_its_fan_stops() -> None:
    running = course(alone(), moment(dt=20.0, shared=Shared(rejected_kw=550.0)), steps=50)[-1]

    dead = alone().step(running.state, moment(dt=300.0, supply=Supply(volts=DEAD)))

    assert running.values["running"] is True
    assert dead.values["running"] is False
    assert dead.flows.electric_kw == 0


def test_energy_hours_and_water_are_counted() -> None:
    first, second = course(alone(), moment(dt=600.0, shared=Shared(rejected_kw=550.0)), steps=20)[-2:]

    assert second.state.energy_kwh - first.state.energy_kwh == pytest.approx(second.flows.electric_kw / 6)
    assert second.state.run_h - first.state.run_h == pytest.approx(1 / 6)
    came = float(second.values["makeup_volume"]) - float(first.values["makeup_volume"])
    assert came == pytest.approx(second.flows.makeup_m3h / 6)
    assert second.flows.makeup_m3h >= evaporated_m3h(550.0, 25.6) * 0.9


@pytest.mark.parametrize(
    ("fault", "least_k"), [("fouled_fill", 1.0), ("blocked_nozzles", 0.4), ("fan_belt_slip", 0.4)]
)
def test_a_tower_that_cools_badly_turns_its_fan_up_and_at_its_limit_stays_warmer(
    fault: str, least_k: float
) -> None:
    sound, slightly, badly = (settled({fault: s}, rejected_kw=600.0) for s in (0.0, 0.15, 1.0))

    assert slightly["fan_speed"] > sound["fan_speed"] + 1.5
    assert slightly["leaving_temp"] == pytest.approx(sound["leaving_temp"], abs=0.2)
    assert badly["fan_speed"] == pytest.approx(100.0, abs=0.5)
    assert badly["leaving_temp"] > sound["leaving_temp"] + least_k
    assert badly["basin_level"] == pytest.approx(sound["basin_level"], abs=0.05)


def test_a_slipping_belt_shakes_the_fan() -> None:
    assert settled({"fan_belt_slip": 1.0})["vibration"] > settled()["vibration"] + 1.5


def test_a_worn_gearbox_shakes_and_grows_hot_and_the_water_is_none_the_worse() -> None:
    sound, worn = settled(), settled({"gearbox_wear": 1.0})

    assert worn["vibration"] > sound["vibration"] + 2
    assert worn["gearbox_temp"] > sound["gearbox_temp"] + 12
    assert worn["current"] > sound["current"]
    assert worn["leaving_temp"] == pytest.approx(sound["leaving_temp"], abs=0.1)
    assert worn["fan_speed"] == pytest.approx(sound["fan_speed"], abs=0.5)


def test_a_tripped_fan_lets_the_water_warm_up() -> None:
    sound, tripped = settled(), settled({"fan_trip": 1.0})

    assert tripped["fault"] is True
    assert tripped["fan_speed"] == tripped["current"] == 0
    assert tripped["leaving_temp"] > sound["leaving_temp"] + 4


def test_a_float_valve_that_sticks_open_floods_the_basin_with_fresh_water() -> None:
    sound, stuck = settled(steps=2000), settled({"stuck_makeup_valve": 1.0}, steps=2000)

    assert stuck["basin_level"] == pytest.approx(OVERFLOW_M)
    assert stuck["conductivity"] < 1.3 * CONDUCTIVITY_US_CM < sound["conductivity"]
    assert stuck["makeup_volume"] > sound["makeup_volume"] + 30
    assert stuck["leaving_temp"] == pytest.approx(sound["leaving_temp"], abs=0.1)


def test_without_make_up_the_basin_runs_empty_and_its_water_saltier() -> None:
    sound, dry = settled(steps=400), settled({"makeup_shut_off": 1.0}, steps=400)

    assert dry["basin_level"] < 0.12
    assert dry["conductivity"] > sound["conductivity"]
    assert dry["makeup_volume"] < sound["makeup_volume"]


def test_without_blow_down_salt_builds_up() -> None:
    sound, scaling = settled(steps=8000), settled({"scaling": 1.0}, steps=8000)

    assert scaling["conductivity"] > 1.5 * sound["conductivity"]
    assert scaling["makeup_volume"] < sound["makeup_volume"]
    assert scaling["leaving_temp"] == pytest.approx(sound["leaving_temp"], abs=0.1)


@given(
    fault=st.sampled_from(sorted(alone().faults)),
    severity=st.floats(0.0, 1.0),
    rejected_kw=st.floats(0.0, 1500.0),
    wet_bulb_c=st.floats(-15.0, 30.0),
    dt=st.floats(0.0, 600.0),
)
def test_whatever_comes_its_readings_are_finite_and_its_flows_not_negative(
    fault: str, severity: float, rejected_kw: float, wet_bulb_c: float, dt: float
) -> None:
    air = world(wet_bulb_c=wet_bulb_c, outdoor_c=wet_bulb_c + 4)
    now = moment(dt=dt, faults={fault: severity}, world=air, shared=Shared(rejected_kw=rejected_kw))

    step = course(alone(), now, steps=6)[-1]

    assert all(math.isfinite(value) for value in step.values.values() if isinstance(value, float))
    assert min(step.flows.electric_kw, step.flows.rejected_kw, step.flows.makeup_m3h) >= 0
    assert 0 < float(step.values["basin_level"]) <= OVERFLOW_M
