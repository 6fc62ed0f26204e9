"""Pumps of the demo building do what their circuit asks of them, sound and failing."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from plantroom.domain.site import Site
from plantroom.simulators.faults import Fault
from plantroom.simulators.machine import DEAD, Flows, Moment, Shared, Supply, Value
from plantroom.simulators.plant import Plant
from plantroom.simulators.pump import PumpMachine, build
from plantroom_testing.simulation import asset_of, demo_site, moment, world

SHANGHAI = ZoneInfo("Asia/Shanghai")
FULL = Shared(cooling_kw=1000.0, cooling_share=0.9, chilled_m3h=172.0)
BOTH = {"CHWS-1": Flows(demand=1.0), "CHWS-2": Flows(demand=1.0)}
ONE = {"CHWS-1": Flows(demand=1.0), "CHWS-2": Flows()}


@cache
def machine(asset: str) -> PumpMachine:
    return build(next(each for each in demo_site().assets if each.id == asset), demo_site())


def course(pump: PumpMachine, moments: Sequence[Moment]) -> tuple[Mapping[str, Value], Flows]:
    state, values, flows = pump.initial(moments[0]), {}, Flows()
    for now in moments:
        step = pump.step(state, now)
        state, values, flows = step.state, dict(step.values), step.flows
    return values, flows


def settled(
    asset: str, faults: Mapping[str, float] | None = None, *, flows: Mapping[str, Flows] = BOTH
) -> dict[str, float]:
    now = moment(dt=60.0, faults=faults, shared=FULL, flows=dict(flows))
    values, _ = course(machine(asset), [now] * 100)
    return {name: value for name, value in values.items() if not isinstance(value, str)}


def changed(sound: Mapping[str, float], faulty: Mapping[str, float]) -> set[str]:
    """Return what differs by more than two per cent, counters aside."""
    return {
        name
        for name, value in faulty.items()
        if name not in ("energy", "starts", "run_hours")
        and value != pytest.approx(sound[name], rel=0.02, abs=0.05)
    }


def test_a_sound_pump_gives_what_its_chiller_needs() -> None:
    values = settled("P-101")

    assert values["flow"] == pytest.approx(1000 / (1.163 * 5) / 2, rel=0.01)
    assert 60 < values["speed"] < 100
    assert values["vibration"] < 2.5
    assert values["bearing_temp"] < 60
    assert values["fault"] is False


def test_with_less_load_the_pump_runs_slower_and_takes_far_less_power() -> None:
    low = moment(dt=30.0, shared=Shared(cooling_kw=500.0, cooling_share=0.45), flows=BOTH)

    values, _ = course(machine("P-101"), [low] * 20)

    full = settled("P-101")
    assert float(values["flow"]) == pytest.approx(full["flow"] / 2, rel=0.02)
    assert float(values["power"]) < 0.5 * full["power"]


def test_as_many_pumps_run_as_chillers_and_the_last_stands_by() -> None:
    for flows, running in ((BOTH, ["P-101", "P-102"]), (ONE, ["P-101"]), ({"CHWS-1": Flows()}, [])):
        pumps = ("P-101", "P-102", "P-103")

        assert [pump for pump in pumps if settled(pump, flows=flows)["running"]] == running


def test_the_turn_to_stand_by_moves_on_each_week() -> None:
    start = datetime(2026, 7, 15, 12, tzinfo=SHANGHAI)
    pumps = ("P-101", "P-102", "P-103")
    states = {pump: machine(pump).initial(moment(world=world(local=start), flows=BOTH)) for pump in pumps}

    def running_in(weeks: int) -> list[str]:
        now = moment(world=world(local=start + timedelta(weeks=weeks)), flows=BOTH, dt=60.0)
        return [pump for pump in pumps if machine(pump).step(states[pump], now).values["running"]]

    assert [running_in(weeks) for weeks in range(4)] == [
        ["P-101", "P-102"],
        ["P-102", "P-103"],
        ["P-101", "P-103"],
        ["P-101", "P-102"],
    ]


def test_the_stand_by_takes_over_from_a_pump_that_has_tripped() -> None:
    tripped = BOTH | {"P-101": Flows(ready=False)}

    assert settled("P-103", flows=tripped)["running"] is True


def test_a_pump_that_stands_by_shows_no_flow_and_no_current() -> None:
    values = settled("P-103")

    assert values["running"] is False
    assert values["flow"] == values["current"] == values["power"] == values["speed"] == 0


def test_without_electricity_it_stops() -> None:
    pump = machine("P-201")
    state = pump.initial(moment(flows=BOTH))

    step = pump.step(state, moment(dt=60.0, flows=BOTH, supply=Supply(volts=DEAD)))

    assert step.values["running"] is False
    assert step.values["flow"] == step.values["current"] == 0
    assert step.flows.electric_kw == 0
    assert step.flows.ready is False


def test_a_condenser_pump_alone_gives_more_than_one_of_two() -> None:
    beside = BOTH | {"P-202": Flows(water_m3h=125.0)}

    assert settled("P-201", flows=beside)["flow"] == pytest.approx(125.0, rel=0.02)
    assert settled("P-201", flows=ONE)["flow"] > 130


def test_a_long_step_ends_where_many_short_ones_do() -> None:
    short = [moment(dt=5.0, shared=FULL, flows=BOTH)] * 121
    long = [moment(dt=0.0, shared=FULL, flows=BOTH), moment(dt=600.0, shared=FULL, flows=BOTH)]

    for asset in ("P-101", "P-201"):
        many, _ = course(machine(asset), [moment(dt=0.0, shared=FULL, flows=BOTH), *short[:-1]])
        few, _ = course(machine(asset), long)

        assert few == {
            name: pytest.approx(value) if isinstance(value, float) else value for name, value in many.items()
        }


def test_energy_is_power_over_time() -> None:
    pump = machine("P-201")
    first = pump.step(pump.initial(moment(flows=BOTH)), moment(dt=0.0, flows=BOTH))

    second = pump.step(first.state, moment(dt=600.0, flows=BOTH))

    used = float(second.values["energy"]) - float(first.values["energy"])
    assert used == pytest.approx(float(second.values["power"]) / 6)
    assert float(second.values["run_hours"]) - float(first.values["run_hours"]) == pytest.approx(1 / 6)


def test_the_heat_of_its_losses_is_what_it_takes_beyond_what_the_water_gets() -> None:
    values, flows = course(machine("P-201"), [moment(dt=10.0, flows=BOTH)] * 10)

    lift_bar = float(values["pressure"]) - float(values["suction_pressure"])
    hydraulic_kw = float(values["flow"]) / 3600 * lift_bar * 100
    assert 0.6 * flows.electric_kw < hydraulic_kw < 0.85 * flows.electric_kw


def test_a_worn_bearing_shakes_and_grows_hot_and_moves_as_much_water() -> None:
    sound, worn = settled("P-101"), settled("P-101", {"bearing_wear": 1.0})

    assert worn["vibration"] > 6.6
    assert 80 < worn["bearing_temp"] < 110
    assert changed(sound, worn) <= {"vibration", "bearing_temp", "current", "power", "motor_temp"}


def test_a_cavitating_pump_has_hardly_any_suction_and_gives_less() -> None:
    sound, bad = settled("P-201"), settled("P-201", {"cavitation": 1.0})

    assert bad["suction_pressure"] < -0.8
    assert bad["vibration"] > 4.0
    assert bad["flow"] < 0.95 * sound["flow"]
    assert bad["bearing_temp"] == pytest.approx(sound["bearing_temp"])


def test_a_pump_does_not_cavitate_while_its_inlet_has_pressure_to_spare() -> None:
    sound, early = settled("P-201"), settled("P-201", {"cavitation": 0.5})

    assert early["suction_pressure"] < sound["suction_pressure"] - 1
    assert early["vibration"] == pytest.approx(sound["vibration"], rel=0.05)


def test_a_clogged_strainer_drives_the_speed_up_before_it_takes_the_flow() -> None:
    sound, half, clogged = (settled("P-101", {"clogged_strainer": s}) for s in (0.0, 0.08, 1.0))

    assert half["flow"] == pytest.approx(sound["flow"], rel=0.01)
    assert half["speed"] > sound["speed"] + 5
    assert half["strainer_pressure"] > 3 * sound["strainer_pressure"]
    assert clogged["speed"] == pytest.approx(100.0)
    assert clogged["flow"] < 0.6 * sound["flow"]
    assert clogged["suction_pressure"] < sound["suction_pressure"] - 1


def test_a_dry_pump_delivers_nothing_and_draws_little() -> None:
    sound, dry = settled("P-201"), settled("P-201", {"dry_running": 1.0})

    assert dry["running"] is True
    assert dry["flow"] == 0
    assert dry["pressure"] < 0.5
    assert dry["current"] < 0.75 * sound["current"]
    assert dry["bearing_temp"] > sound["bearing_temp"] + 20


def test_an_empty_tank_lets_its_pump_run_dry() -> None:
    morning = world(local=datetime(2026, 7, 15, 9, tzinfo=SHANGHAI))
    moments = [moment(world=morning, dt=30.0, flows={"TANK-1": Flows(level=level)}) for level in (0.8, 0.0)]

    full, empty = (course(machine("P-301"), [now] * 20)[0] for now in moments)

    assert float(full["flow"]) > 1
    assert empty["flow"] == 0
    assert empty["running"] is True


def test_a_leaking_seal_wets_its_sensor_and_takes_a_little_pressure() -> None:
    sound, leaking = settled("P-101"), settled("P-101", {"leaking_seal": 1.0})

    assert leaking["seal_leakage"] is True
    assert sound["pressure"] - leaking["pressure"] == pytest.approx(0.4, abs=0.05)
    assert changed(sound, leaking) <= {"seal_leakage", "pressure", "suction_pressure", "bearing_temp"}


def test_a_worn_impeller_gives_less_head_and_flow_at_the_same_speed() -> None:
    sound, worn = settled("P-201"), settled("P-201", {"impeller_wear": 1.0})

    assert worn["speed"] == sound["speed"]
    assert worn["flow"] < 0.92 * sound["flow"]
    assert worn["pressure"] < sound["pressure"] - 0.3
    assert worn["bearing_temp"] == pytest.approx(sound["bearing_temp"])


def test_misalignment_shakes_and_warms_the_bearing_alone() -> None:
    sound, bent = settled("P-201"), settled("P-201", {"misalignment": 1.0})

    assert 4.0 < bent["vibration"] < 8
    assert bent["bearing_temp"] == pytest.approx(sound["bearing_temp"] + 16, abs=0.5)
    assert changed(sound, bent) <= {"vibration", "bearing_temp", "current", "power", "motor_temp"}


def test_an_overheated_motor_trips_and_stays_off() -> None:
    pump = machine("P-201")
    state, fault = pump.initial(moment(flows=BOTH)), {"motor_overheating": 1.0}

    hottest, values = 0.0, {}
    for _ in range(400):
        step = pump.step(state, moment(dt=60.0, faults=fault, flows=BOTH))
        state, values = step.state, dict(step.values)
        hottest = max(hottest, float(values["motor_temp"]))

    assert 150 < hottest < 160
    assert values["fault"] is True
    assert values["running"] is False
    assert step.flows.ready is False


def test_a_repaired_motor_can_run_again_once_it_has_cooled_down() -> None:
    pump = machine("P-201")
    tripped = replace(pump.initial(moment(flows=BOTH)), tripped=True, winding_c=149.0, speed=0.0)

    soon = pump.step(tripped, moment(dt=60.0, flows=BOTH))
    later = pump.step(soon.state, moment(dt=7200.0, flows=BOTH))

    assert soon.values["fault"] is True
    assert later.values["fault"] is False


def test_water_flows_back_through_the_check_valve_of_a_pump_at_rest() -> None:
    flows = BOTH | {"P-101": Flows(water_m3h=80.0)}

    back = settled("P-103", {"check_valve_leak": 1.0}, flows=flows)

    assert back["flow"] == pytest.approx(-30.0)
    assert back["running"] is False
    assert back["current"] == 0
    assert settled("P-103", {"check_valve_leak": 1.0}, flows=BOTH)["flow"] == 0


def test_the_pumps_at_work_make_up_for_what_flows_back() -> None:
    lost = BOTH | {"P-103": Flows(water_m3h=-30.0)}

    assert settled("P-101", flows=lost)["flow"] == pytest.approx(settled("P-101")["flow"] + 15, rel=0.01)


def test_a_pump_without_a_parent_circulates_with_the_load() -> None:
    pump = build(asset_of("pump", power_kw=22.0, flow_m3h=120.0), Site(id="s"))

    quiet, busy = (
        course(pump, [moment(dt=60.0, shared=Shared(cooling_share=share))] * 5)[0] for share in (0.0, 1.0)
    )

    assert quiet["speed"] == pytest.approx(75.0)
    assert float(busy["flow"]) == pytest.approx(120.0, rel=0.01)


def test_a_bearing_fails_in_the_plant_without_touching_the_water() -> None:
    start = datetime(2026, 7, 15, 9, tzinfo=SHANGHAI)
    plants = [
        Plant(demo_site(), start=start, faults=faults)
        for faults in ([], [Fault(asset="P-101", fault="bearing_wear", onset=10.0, ramp=50.0)])
    ]

    sound, worn = ([plant.step(10.0) for _ in range(30)][-1]["P-101"] for plant in plants)

    assert float(worn["vibration"]) > 6.6 > float(sound["vibration"])
    assert worn["flow"] == pytest.approx(sound["flow"], rel=0.01)
