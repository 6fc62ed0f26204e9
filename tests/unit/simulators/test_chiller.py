"""Chillers keep the energy they move, take turns, and show what is wrong with them."""

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantroom.domain.site import Asset, Site
from plantroom.simulators.chiller import ChillerMachine, build
from plantroom.simulators.chiller_cycle import (
    Ailments,
    Cycle,
    plates,
    saturation_pressure,
    saturation_temperature,
)
from plantroom.simulators.chiller_readings import ChillerState
from plantroom.simulators.machine import DEAD, Flows, Moment, Shared, Step, Supply
from plantroom_testing.simulation import asset_of, demo_site, moment

SIZE = plates(cooling_kw=560.0, power_kw=115.0)
RATED = {"supply_c": 7.0, "chilled_m3h": 96.3, "condenser_in_c": 32.0, "condenser_m3h": 116.0}
loads = st.floats(0.1, 1.0)


def cycle(load: float = 1.0, ailing: Ailments | None = None, **changes: float) -> Cycle:
    return SIZE.cycle(560 * load, **(RATED | changes), power_kw=115 * load, ailing=ailing or Ailments())


def shared(cooling_kw: float = 450.0, **changes: float) -> Shared:
    values: dict[str, Any] = {
        "chilled_c": 7.0,
        "cooling_share": cooling_kw / 1120,
        "chilled_m3h": cooling_kw / (1.163 * 5),
        "condenser_c": 30.0,
        "condenser_m3h": 137.0,
    } | changes
    return Shared(cooling_kw=cooling_kw, **values)


@cache
def machine(asset: str) -> ChillerMachine:
    return build(next(each for each in demo_site().assets if each.id == asset), demo_site())


def alone() -> ChillerMachine:
    return build(asset_of("chiller", id_="C", cooling_kw=560, power_kw=115), Site(id="s"))


def course(
    chiller: ChillerMachine, now: Moment, *, steps: int, state: ChillerState | None = None
) -> list[Step[ChillerState]]:
    state = state or chiller.initial(replace(now))
    found = []
    for _ in range(steps):
        step = chiller.step(state, now)
        state = step.state
        found.append(step)
    return found


def settled(faults: Mapping[str, float] | None = None, *, cooling_kw: float = 450.0) -> dict[str, float]:
    now = moment(dt=30.0, faults=faults, shared=shared(cooling_kw))
    return {k: v for k, v in course(alone(), now, steps=200)[-1].values.items() if not isinstance(v, str)}


@pytest.mark.parametrize(("celsius", "bar"), [(-10.0, 2.01), (0.0, 2.93), (40.0, 10.17), (60.0, 16.82)])
def test_the_refrigerants_pressure_is_that_of_the_tables(celsius: float, bar: float) -> None:
    assert saturation_pressure(celsius) == pytest.approx(bar, rel=0.02)
    assert saturation_temperature(saturation_pressure(celsius)) == pytest.approx(celsius)


def test_at_its_rating_a_chiller_takes_its_rated_power() -> None:
    rated = cycle()

    assert rated.power_kw == pytest.approx(115.0, rel=0.01)
    assert rated.evaporating_c == pytest.approx(5.0, abs=0.05)
    assert rated.condensing_c == pytest.approx(38.5, abs=0.1)


@given(loads, st.floats(18.0, 36.0))
def test_a_chiller_is_less_efficient_than_carnot_and_rejects_what_it_takes(
    load: float, entering: float
) -> None:
    found = cycle(load, condenser_in_c=entering)

    carnot = (found.evaporating_c + 273.15) / (found.condensing_c - found.evaporating_c)
    assert 2 < found.cooling_kw / found.power_kw < carnot
    assert found.rejected_kw == found.cooling_kw + found.power_kw
    warmed = 1.163 * RATED["condenser_m3h"] * (found.condenser_out_c - entering)
    assert warmed == pytest.approx(found.rejected_kw, rel=0.02)


@given(loads, st.floats(18.0, 36.0))
def test_heat_flows_from_warm_to_cold_in_both_exchangers(load: float, entering: float) -> None:
    found = cycle(load, condenser_in_c=entering)

    assert found.evaporating_c < RATED["supply_c"]
    assert found.condensing_c > found.condenser_out_c > entering
    assert found.discharge_c > found.condensing_c


def test_warmer_condenser_water_costs_power() -> None:
    assert cycle(condenser_in_c=32.0).power_kw > 1.2 * cycle(condenser_in_c=22.0).power_kw


def test_what_the_chiller_cools_is_what_the_water_loses() -> None:
    values = settled()

    lost = 1.163 * values["chw_flow"] * (values["chw_return_temp"] - values["chw_supply_temp"])
    step = course(alone(), moment(dt=30.0, shared=shared()), steps=200)[-1]
    assert step.flows.cooling_kw == pytest.approx(lost)
    assert step.flows.rejected_kw == pytest.approx(step.flows.cooling_kw + values["power"])
    assert values["chw_supply_temp"] == pytest.approx(7.0, abs=0.1)


def test_at_noon_one_of_two_chillers_is_not_enough() -> None:
    busy = moment(
        dt=60.0, shared=shared(900.0), flows={"CHWS-1": Flows(demand=1.0), "P-101": Flows(water_m3h=90.0)}
    )
    idle = replace(machine("CHWS-2").initial(moment(shared=shared(300.0))), commanded_s=7200.0)

    steps = course(machine("CHWS-2"), busy, steps=30, state=idle)

    commanded = [bool(step.values["start_command"]) for step in steps]
    running = [bool(step.values["running"]) for step in steps]
    assert commanded.index(True) == 9  # after ten minutes
    assert running.index(True) == 10  # and its pump first
    assert steps[-1].state.starts == idle.starts + 1


def test_the_second_chiller_does_not_stop_before_it_has_run_for_half_an_hour() -> None:
    quiet = moment(dt=60.0, shared=shared(200.0), flows={"CHWS-1": Flows(demand=1.0)})
    just_started = replace(machine("CHWS-2").initial(moment(shared=shared(900.0))), commanded_s=0.0)

    steps = course(machine("CHWS-2"), quiet, steps=40, state=just_started)

    assert [bool(step.values["start_command"]) for step in steps].index(False) == 29


def test_between_its_marks_a_second_chiller_does_as_it_did() -> None:
    between = moment(dt=600.0, shared=shared(0.8 * 560), flows={"CHWS-1": Flows(demand=1.0)})
    chiller = machine("CHWS-2")
    running = chiller.initial(moment(shared=shared(900.0)))
    resting = chiller.initial(moment(shared=shared(300.0)))

    assert course(chiller, between, steps=20, state=running)[-1].values["start_command"] is True
    assert course(chiller, between, steps=20, state=resting)[-1].values["start_command"] is False


def test_a_second_chiller_helps_one_that_lets_the_water_warm_up() -> None:
    warm = moment(dt=60.0, shared=shared(300.0, chilled_c=9.0), flows={"CHWS-1": Flows(demand=1.0)})
    resting = replace(machine("CHWS-2").initial(moment(shared=shared(300.0))), commanded_s=7200.0)

    assert course(machine("CHWS-2"), warm, steps=20, state=resting)[-1].values["start_command"] is True


def test_the_other_chiller_leads_when_the_first_cannot_run() -> None:
    tripped = moment(dt=60.0, shared=shared(300.0), flows={"CHWS-1": Flows(ready=False)})
    resting = machine("CHWS-2").initial(moment(shared=shared(300.0)))

    assert course(machine("CHWS-2"), tripped, steps=5, state=resting)[-1].values["running"] is True


def test_without_any_load_no_chiller_runs() -> None:
    values = settled(cooling_kw=0.0)

    assert values["running"] is False
    assert values["start_command"] is False
    assert values["load"] == 0


def test_without_water_it_stops_and_says_so() -> None:
    chiller = machine("CHWS-1")
    flowing = moment(dt=30.0, shared=shared(), flows={"P-101": Flows(water_m3h=77.0)})
    dry = moment(dt=30.0, shared=shared(chilled_m3h=0.0), flows={"P-101": Flows()})
    running = course(chiller, flowing, steps=10)[-1]

    stopped = course(chiller, dry, steps=5, state=running.state)[-1]

    assert running.values["running"] is True
    assert stopped.values["running"] is False
    assert stopped.values["fault"] is True
    assert stopped.flows.cooling_kw == stopped.flows.rejected_kw == 0


def test_without_electricity_it_stops_without_a_fault() -> None:
    running = course(alone(), moment(dt=30.0, shared=shared()), steps=10)[-1]
    dead = moment(dt=30.0, shared=shared(), supply=Supply(volts=DEAD))

    stopped = course(alone(), dead, steps=5, state=running.state)[-1]

    assert stopped.values["running"] is False
    assert stopped.values["fault"] is False
    assert stopped.flows.electric_kw == 0


def test_hot_condenser_water_trips_it_and_it_is_reset_after_an_hour() -> None:
    running = course(alone(), moment(dt=30.0, shared=shared()), steps=50)[-1]
    hot = moment(dt=30.0, shared=shared(condenser_c=55.0))

    tripped = course(alone(), hot, steps=60, state=running.state)[-1]
    later = course(alone(), moment(dt=30.0, shared=shared()), steps=130, state=tripped.state)[-1]

    assert tripped.values["fault"] is True
    assert tripped.values["running"] is False
    assert tripped.flows.ready is False
    assert later.values["fault"] is False
    assert later.values["running"] is True


def test_asked_for_too_much_it_lets_the_water_warm_up_and_stays_within_its_power() -> None:
    values = settled(cooling_kw=800.0)

    assert values["chw_supply_temp"] > 8.0
    assert 90 < values["load"] < 115


@pytest.mark.parametrize("seconds", [5.0, 60.0])
def test_a_long_step_ends_where_many_short_ones_do(seconds: float) -> None:
    start = course(alone(), moment(dt=30.0, shared=shared(300.0)), steps=100)[-1].state
    now = shared(450.0)

    many = course(alone(), moment(dt=seconds, shared=now), steps=int(600 / seconds), state=start)[-1].values
    few = course(alone(), moment(dt=600.0, shared=now), steps=1, state=start)[-1].values

    for name in (
        "chw_supply_temp",
        "power",
        "condenser_temp",
        "evaporator_temp",
        "oil_temp",
        "cooling_energy",
    ):
        assert float(few[name]) == pytest.approx(float(many[name]), rel=0.02)


def test_energy_and_cold_are_counted() -> None:
    first, second = course(alone(), moment(dt=600.0, shared=shared()), steps=2)

    assert float(second.values["energy"]) - float(first.values["energy"]) == pytest.approx(
        second.flows.electric_kw / 6
    )
    assert second.state.cooling_kwh - first.state.cooling_kwh == pytest.approx(second.flows.cooling_kw / 6)
    assert second.state.run_h - first.state.run_h == pytest.approx(1 / 6)


def test_too_little_refrigerant_boils_colder_and_leaves_nothing_to_subcool() -> None:
    sound, low = settled(), settled({"low_charge": 0.6})

    assert low["evaporator_temp"] < sound["evaporator_temp"] - 3
    assert low["evaporator_pressure"] < sound["evaporator_pressure"] - 0.2
    assert low["suction_temp"] - low["evaporator_temp"] > sound["suction_temp"] - sound["evaporator_temp"] + 4
    assert low["subcooling"] < 0.5 * sound["subcooling"]
    assert low["chw_supply_temp"] == pytest.approx(sound["chw_supply_temp"], abs=0.1)


def test_a_chiller_that_has_lost_its_refrigerant_trips() -> None:
    steps = course(alone(), moment(dt=30.0, shared=shared(), faults={"low_charge": 1.0}), steps=100)

    assert any(step.values["fault"] for step in steps)


def test_a_fouled_condenser_condenses_warmer_and_costs_power() -> None:
    sound, fouled = settled(), settled({"fouled_condenser": 1.0})

    assert fouled["condenser_temp"] > sound["condenser_temp"] + 3
    assert fouled["condenser_pressure"] > sound["condenser_pressure"] + 0.5
    assert fouled["power"] > 1.07 * sound["power"]
    assert fouled["evaporator_temp"] == pytest.approx(sound["evaporator_temp"])
    assert fouled["chw_supply_temp"] == pytest.approx(sound["chw_supply_temp"])


def test_a_fouled_evaporator_boils_colder() -> None:
    sound, fouled = settled(), settled({"fouled_evaporator": 1.0})

    assert fouled["evaporator_temp"] < sound["evaporator_temp"] - 1.5
    assert fouled["power"] > sound["power"]
    assert fouled["fault"] is False
    assert fouled["chw_supply_temp"] == pytest.approx(sound["chw_supply_temp"])


def test_air_raises_the_pressure_above_that_of_the_condensing_temperature() -> None:
    sound, air = settled(), settled({"non_condensables": 1.0})

    def excess(values: Mapping[str, float]) -> float:
        return values["condenser_pressure"] + 1.013 - saturation_pressure(values["condenser_temp"])

    assert excess(sound) == pytest.approx(0.0, abs=1e-6)
    assert excess(air) == pytest.approx(2.2)
    assert air["power"] > 1.1 * sound["power"]


def test_bad_oil_loses_its_pressure_and_gets_hot() -> None:
    sound, bad = settled(), settled({"oil_degraded": 1.0})

    assert bad["oil_pressure"] == pytest.approx(sound["oil_pressure"] - 1.0)
    assert bad["oil_temp"] > sound["oil_temp"] + 10
    assert bad["condenser_pressure"] == pytest.approx(sound["condenser_pressure"], rel=0.02)


def test_a_worn_compressor_cannot_keep_the_water_cold() -> None:
    sound, worn = settled(), settled({"compressor_wear": 1.0})

    assert worn["chw_supply_temp"] > sound["chw_supply_temp"] + 1
    assert worn["discharge_temp"] > sound["discharge_temp"] + 10


def test_an_open_bypass_asks_the_pumps_for_more_water() -> None:
    chiller = alone()

    sound, open_ = (
        course(chiller, moment(shared=shared(), faults=faults), steps=2)[-1].flows
        for faults in ({}, {"low_delta_t": 1.0})
    )

    assert sound.bypassed_m3h == 0
    assert open_.bypassed_m3h == pytest.approx(1.1 * 96.3, rel=0.01)


@given(
    fault=st.sampled_from(sorted(alone().faults)),
    severity=st.floats(0.0, 1.0),
    cooling_kw=st.floats(0.0, 1500.0),
    chilled_c=st.floats(3.0, 25.0),
    condenser_c=st.floats(10.0, 45.0),
    dt=st.floats(0.0, 600.0),
)
def test_whatever_comes_its_readings_are_finite_and_its_flows_not_negative(
    fault: str, severity: float, cooling_kw: float, chilled_c: float, condenser_c: float, dt: float
) -> None:
    now = moment(
        dt=dt,
        faults={fault: severity},
        shared=shared(cooling_kw, chilled_c=chilled_c, condenser_c=condenser_c),
    )

    step = course(alone(), now, steps=4)[-1]

    assert all(math.isfinite(value) for value in step.values.values() if isinstance(value, float))
    assert min(step.flows.cooling_kw, step.flows.rejected_kw, step.flows.electric_kw) >= 0


def test_a_chiller_takes_its_size_from_its_ratings() -> None:
    asset: Asset = asset_of("chiller", cooling_kw=900.0)

    assert build(asset, demo_site()).size.cooling_kw == 900.0
