"""A panel carries what it feeds; its faults show where an engineer would look."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import pytest

from plantroom.domain.site import Asset, Site
from plantroom.simulators import panel
from plantroom.simulators.machine import DEAD, Flows, Step, Supply, Value
from plantroom.simulators.panel import PanelMachine, PanelState
from plantroom.simulators.plant import Plant
from plantroom_testing.simulation import asset_of, demo_site, moment, world

SITE = demo_site()
PANEL = panel.build(asset_of("distribution_panel", current_a=400.0, lights_kw=40.0), SITE)
MOTORS = [Flows(electric_kw=60.0, reactive_kvar=42.0), Flows(electric_kw=40.0, reactive_kvar=30.0)]


def settled(
    machine: PanelMachine = PANEL,
    *,
    fed: Sequence[Flows] = MOTORS,
    hours: float = 3.0,
    supply: Supply | None = None,
    faults: Mapping[str, float] | None = None,
) -> Step[PanelState]:
    """Return the panel after hours with those faults."""
    state = machine.initial(moment(fed=fed, supply=supply))
    steps = round(hours * 60)
    for number in range(steps):
        step = machine.step(
            state, moment(t=60.0 * number, dt=60.0, fed=fed, supply=supply, faults=faults, seed=number)
        )
        state = step.state
    return step


def values(**faults: float) -> dict[str, float]:
    return {k: float(v) for k, v in settled(faults=faults).values.items() if not isinstance(v, str)}


SOUND = values()


def changed(spoilt: dict[str, float], *, by: float = 0.02) -> set[str]:
    """Return which points differ, by more than that share."""
    return {
        name for name, value in spoilt.items() if abs(value - SOUND[name]) > by * max(1.0, abs(SOUND[name]))
    }


def test_it_gives_all_points_of_its_class() -> None:
    asset = asset_of("distribution_panel")

    assert SOUND.keys() == {point.name for point in asset.points}


def test_its_power_is_that_of_its_loads_its_lights_and_a_small_loss() -> None:
    step = settled()

    lights = PANEL.small.power(world())
    loss = step.flows.electric_kw - 100.0 - lights
    assert 0 < loss < 0.01 * step.flows.electric_kw
    assert step.values["power"] == step.flows.electric_kw


def test_energy_is_the_sum_of_power_over_time() -> None:
    state = PANEL.initial(moment(fed=MOTORS))

    first = PANEL.step(state, moment(dt=360.0, fed=MOTORS))
    second = PANEL.step(first.state, moment(dt=360.0, fed=[]))

    counted = second.state.energy_kwh - state.energy_kwh
    assert counted == pytest.approx(0.1 * (first.flows.electric_kw + second.flows.electric_kw))


def test_a_panel_behind_a_panel_is_counted_once() -> None:
    pump = replace(asset_of("pump", id_="P-1"), fed_by=("SUB",))
    sub = replace(asset_of("distribution_panel", id_="SUB", lights_kw=0.0), fed_by=("MAIN",))
    main = asset_of("distribution_panel", id_="MAIN", lights_kw=0.0)
    start = datetime(2026, 7, 15, 14, tzinfo=SITE.timezone)
    plant = Plant(Site(id="s", assets=(main, sub, pump)), start=start)

    for number in range(10):
        plant.step(10.0 if number else 0.0)

    power, below, above = (plant.flows[id_].electric_kw for id_ in ("P-1", "SUB", "MAIN"))
    assert power > 0
    assert power <= below <= above < 1.02 * power + 0.1


def test_the_main_panel_draws_what_all_under_it_draw_and_the_loss() -> None:
    plant = Plant(SITE, start=datetime(2026, 7, 15, 14, tzinfo=SITE.timezone))
    before: dict[str, float] = {}
    after: dict[str, float] = {}
    for number in range(181):
        read = plant.step(10.0 if number else 0.0)
        for id_ in read:
            if "energy" in read[id_]:
                before.setdefault(id_, float(read[id_]["energy"]))
                after[id_] = float(read[id_]["energy"])

    counted = {id_: after[id_] - before[id_] for id_ in after}
    children = [each.id for each in SITE.assets if "MDB-1" in each.fed_by]
    below = sum(counted[id_] for id_ in children)
    assert below < counted["MDB-1"] < 1.01 * below
    assert counted["TR-1"] == pytest.approx(counted["MDB-1"], rel=1e-6)


def test_it_passes_on_what_it_gets_less_the_drop() -> None:
    supply = Supply(volts=(220.0, 225.0, 230.0), hz=49.95)

    given = settled(supply=supply).flows.supply

    assert given is not None
    assert given.hz == 49.95
    for got, left in zip(supply.volts, given.volts, strict=True):
        assert 0.97 * got < left < got


def test_without_supply_it_is_dead_and_carries_nothing() -> None:
    step = settled(supply=Supply(volts=DEAD, hz=0.0))

    assert step.flows.supply is not None
    assert step.flows.supply.volts == DEAD
    assert step.flows.electric_kw == 0
    assert {step.values[f"current_l{n}"] for n in (1, 2, 3)} == {0.0}
    assert step.values["frequency"] == 0
    assert step.values["breaker_closed"] is True


def test_long_steps_end_where_short_ones_do() -> None:
    asset = asset_of("distribution_panel", current_a=400.0)
    machine = panel.build(asset, SITE)
    ends = []
    for dt in (5.0, 60.0, 600.0):
        state = machine.initial(moment(fed=MOTORS))
        for number in range(round(3600 / dt)):
            step = machine.step(
                state, moment(t=dt * (number + 1), dt=dt, fed=MOTORS, faults={"overload": 0.4})
            )
            state = step.state
        ends.append(step.values)

    for name in ("joint_temp_l1", "room_temp", "energy", "demand", "power"):
        assert float(ends[1][name]) == pytest.approx(float(ends[0][name]), rel=0.01)
        assert float(ends[2][name]) == pytest.approx(float(ends[0][name]), rel=0.02)


def test_a_loose_joint_is_hot_while_its_neighbours_stay_cool() -> None:
    spoilt = values(loose_joint=1.0)

    assert changed(spoilt, by=0.2) == {"joint_temp", "joint_temp_l2"}
    assert spoilt["joint_temp_l2"] > spoilt["joint_temp_l1"] + 15
    assert spoilt["joint_temp"] == spoilt["joint_temp_l2"]


def test_a_loose_joint_grows_with_the_severity_and_with_the_load() -> None:
    temps = [values(loose_joint=severity)["joint_temp_l2"] for severity in (0.0, 0.3, 0.6, 1.0)]
    light = settled(fed=[Flows(electric_kw=5.0)], faults={"loose_joint": 1.0}).values["joint_temp_l2"]

    assert temps == sorted(temps)
    assert temps[-1] - temps[0] > 40
    assert float(light) < temps[1]


def test_an_unbalance_loads_one_phase_and_the_neutral_and_not_the_power() -> None:
    spoilt = values(unbalance=1.0)

    assert spoilt["current_unbalance"] > 25
    assert spoilt["current_l1"] > 1.5 * SOUND["current_l1"]
    assert spoilt["neutral_current"] > 2 * SOUND["neutral_current"]
    assert spoilt["voltage_l1"] < SOUND["voltage_l1"] < spoilt["voltage_l2"]
    assert spoilt["power"] == pytest.approx(SOUND["power"], rel=0.01)
    assert spoilt["residual_current"] == SOUND["residual_current"]


def test_an_overload_warms_all_joints_and_lowers_the_voltage() -> None:
    spoilt = values(overload=0.7)

    assert max(spoilt[f"current_l{n}"] for n in (1, 2, 3)) > 400
    assert all(spoilt[f"joint_temp_l{n}"] > SOUND[f"joint_temp_l{n}"] + 20 for n in (1, 2, 3))
    assert spoilt["voltage_l1"] < SOUND["voltage_l1"] - 0.4
    assert spoilt["breaker_tripped"] == 0


def test_a_breaker_does_not_carry_a_great_overload_for_long_and_is_closed_after_the_repair() -> None:
    heavy = [Flows(electric_kw=200.0, reactive_kvar=60.0)]
    state = PANEL.initial(moment(fed=heavy))
    tripped_at = None
    for number in range(240):
        step = PANEL.step(state, moment(dt=30.0, fed=heavy, faults={"overload": 1.0}))
        state = step.state
        if tripped_at is None and step.values["breaker_tripped"]:
            tripped_at = 30.0 * number
            assert step.flows.passes == DEAD
    repaired = PANEL.step(state, moment(dt=30.0, fed=heavy))

    assert tripped_at is not None
    assert 120 < tripped_at < 3600
    assert step.values["breaker_tripped"] is True
    assert repaired.values["breaker_closed"] is True


def test_a_lost_phase_is_dead_and_the_others_live() -> None:
    step = settled(faults={"phase_loss": 1.0})

    assert step.values["voltage_l1"] == 0
    assert step.values["current_l1"] == 0
    assert float(step.values["voltage_l2"]) > 220
    assert float(step.values["voltage_unbalance"]) > 40
    assert step.flows.supply is not None
    assert not step.flows.supply.is_live
    assert step.values["breaker_tripped"] is False


def test_a_tripped_breaker_is_dead_behind_and_closed_again_once_repaired() -> None:
    tripped = settled(faults={"breaker_trip": 1.0})
    repaired = PANEL.step(tripped.state, moment(fed=MOTORS))

    assert tripped.values["breaker_tripped"] is True
    assert tripped.values["breaker_closed"] is False
    assert tripped.flows.electric_kw == 0
    assert tripped.flows.passes == DEAD
    assert repaired.values["breaker_closed"] is True
    assert repaired.flows.electric_kw > 100


def test_earth_leakage_shows_in_the_residual_current_alone_here_and_upstream() -> None:
    step = settled(faults={"earth_leakage": 1.0})

    assert changed(values(earth_leakage=1.0)) == {"residual_current"}
    assert float(step.values["residual_current"]) > 500
    assert step.flows.leakage_ma == step.values["residual_current"]


def test_harmonics_distort_current_and_voltage_and_load_the_neutral() -> None:
    spoilt = values(harmonics=1.0)

    assert spoilt["thd_current"] > SOUND["thd_current"] + 20
    assert spoilt["thd_voltage"] > SOUND["thd_voltage"]
    assert spoilt["neutral_current"] > 2 * SOUND["neutral_current"]
    assert spoilt["power_factor"] < SOUND["power_factor"] - 0.02
    assert spoilt["power"] == pytest.approx(SOUND["power"], rel=0.01)


def test_failed_capacitors_cost_power_factor_and_nothing_else() -> None:
    spoilt = values(capacitor_failure=1.0)

    assert 0.94 < SOUND["power_factor"] < 0.98
    assert spoilt["power_factor"] < 0.91
    assert spoilt["reactive_power"] > 1.5 * SOUND["reactive_power"]
    assert spoilt["current_l1"] > SOUND["current_l1"]
    assert spoilt["power"] == pytest.approx(SOUND["power"], rel=0.01)
    assert spoilt["current_unbalance"] == pytest.approx(SOUND["current_unbalance"], abs=0.5)


def test_spent_surge_protection_shows_nowhere_else() -> None:
    assert changed(values(surge_protection_spent=1.0)) == {"surge_fault"}


def test_only_a_main_panel_has_capacitors_to_lose() -> None:
    sub = next(each for each in SITE.assets if each.id == "DB-LOW")
    main = next(each for each in SITE.assets if each.id == "MDB-1")

    assert "capacitor_failure" in panel.build(main, SITE).faults
    assert "capacitor_failure" not in panel.build(sub, SITE).faults


def test_the_same_moment_gives_the_same_step() -> None:
    assert settled() == settled()


@pytest.mark.parametrize("lights_kw", [0.0, 90.0])
def test_lights_come_from_the_ratings(lights_kw: float) -> None:
    asset: Asset = asset_of("distribution_panel", lights_kw=lights_kw, current_a=250.0)
    machine = panel.build(asset, SITE)

    read: Value = settled(machine, fed=[]).values["power"]

    assert machine.rated_a == 250.0
    assert float(read) == pytest.approx(0.8 * lights_kw, rel=0.2)
