"""Meters count what passes; and what wrong wiring makes of it."""

from dataclasses import replace
from datetime import datetime

import pytest

from plantroom.simulators import electricity_meter
from plantroom.simulators.electricity_meter import MeterMachine, MeterState, currents
from plantroom.simulators.machine import LIVE, Flows, Phases, Step, Supply
from plantroom.simulators.plant import Plant
from plantroom_testing.simulation import asset_of, demo_site, moment

METER = MeterMachine(measured="DB", supplied="DB")
PHASES: Phases = (0.36, 0.33, 0.31)
FLOWS = {"DB": Flows(electric_kw=90.0, reactive_kvar=30.0, phases=PHASES, supply=Supply(), distorted_kva=5.0)}


def step(*, dt: float = 3600.0, **faults: float) -> Step[MeterState]:
    state = METER.initial(moment(flows=FLOWS))
    return METER.step(state, moment(dt=dt, flows=FLOWS, faults=faults))


def counted(done: Step[MeterState]) -> float:
    return done.state.energy_kwh - METER.initial(moment(flows=FLOWS)).energy_kwh


def number(done: Step[MeterState], point: str) -> float:
    return float(done.values[point])


def test_it_gives_all_points_of_its_class() -> None:
    assert step().values.keys() == {point.name for point in asset_of("electricity_meter").points}


def test_it_counts_active_and_reactive_energy() -> None:
    done = step()

    assert counted(done) == pytest.approx(90.0)
    assert number(done, "power") == 90.0
    assert number(done, "reactive_power") == 30.0
    assert number(done, "energy_export") == 0.0


def test_its_currents_belong_to_its_power() -> None:
    done = step()

    apparent = sum(number(done, f"current_l{n}") * number(done, f"voltage_l{n}") for n in (1, 2, 3)) / 1000
    assert apparent * number(done, "power_factor") == pytest.approx(90.0)
    assert 0.9 < number(done, "power_factor") < 0.95
    assert number(done, "current_l1") > number(done, "current_l3")


def test_nothing_drawn_is_nothing_measured() -> None:
    assert currents(Flows(), LIVE) == (0.0, 0.0, 0.0)


def test_without_a_parent_it_counts_nothing() -> None:
    alone = electricity_meter.build(asset_of("electricity_meter"), demo_site())

    done = alone.step(alone.initial(moment()), moment(dt=3600.0))

    assert done.values["power"] == 0
    assert done.values["power_factor"] == 1


def test_a_reversed_current_transformer_takes_its_phase_off_twice() -> None:
    done = step(reverse_phase=1.0)

    assert number(done, "power") == pytest.approx(90 * (1 - 2 * 0.36))
    assert counted(done) == pytest.approx(number(done, "power"))
    assert number(done, "power_factor") < 0.4
    assert number(done, "current_l1") == number(step(), "current_l1")


def test_what_runs_backwards_is_counted_as_exported() -> None:
    flows = {"DB": Flows(electric_kw=60.0, phases=(0.8, 0.1, 0.1), supply=Supply())}
    state = METER.initial(moment(flows=flows))

    done = METER.step(state, moment(dt=3600.0, flows=flows, faults={"reverse_phase": 1.0}))

    assert number(done, "power") < 0
    assert done.state.energy_kwh == state.energy_kwh
    assert done.state.exported_kwh == pytest.approx(36.0)
    assert number(done, "power_factor") < 0


def test_a_stopped_meter_shows_power_and_counts_none_of_it() -> None:
    done = step(meter_stopped=1.0)

    assert counted(done) == 0
    assert number(done, "power") == 90.0


def test_a_lost_voltage_tap_hides_a_phase() -> None:
    done = step(voltage_tap_lost=1.0)

    assert number(done, "voltage_l3") == 0
    assert number(done, "power") == pytest.approx(90 * 0.69)
    assert number(done, "current_l3") == number(step(), "current_l3")


def test_a_shorted_current_transformer_hides_its_current() -> None:
    done = step(ct_shorted=1.0)

    assert number(done, "current_l2") == 0
    assert number(done, "power") == pytest.approx(90 * 0.67)
    assert number(done, "voltage_l2") == 230


def test_a_meter_of_a_dead_panel_reads_nothing() -> None:
    flows = {"DB": Flows(supply=Supply(volts=(0.0, 0.0, 0.0), hz=0.0))}

    done = METER.step(METER.initial(moment(flows=flows)), moment(flows=flows))

    assert {number(done, f"voltage_l{n}") for n in (1, 2, 3)} == {0.0}
    assert done.values["frequency"] == 0


def test_a_meter_on_a_machine_sees_its_panels_voltage() -> None:
    site = demo_site()
    pumps = [each for each in site.assets if each.id == "P-101"]

    asset = replace(asset_of("electricity_meter"), parent=pumps[0].id)

    built = electricity_meter.build(asset, site)

    assert built == MeterMachine(measured="P-101", supplied="DB-HVAC")


def test_each_meter_of_the_building_counts_what_its_panel_counts() -> None:
    site = demo_site()
    plant = Plant(site, start=datetime(2026, 7, 15, 14, tzinfo=site.timezone))
    first: dict[str, float] = {}
    last: dict[str, float] = {}
    for count in range(181):
        for id_, values in plant.step(10.0 if count else 0.0).items():
            if "energy" in values:
                first.setdefault(id_, float(values["energy"]))
                last[id_] = float(values["energy"])

    meters = [each for each in site.assets if each.asset_class == "electricity_meter" and each.parent]
    assert len(meters) >= 5
    for meter in meters:
        assert meter.parent is not None
        passed = last[meter.parent] - first[meter.parent]
        assert last[meter.id] - first[meter.id] == pytest.approx(passed, rel=1e-6)
        assert passed > 0
