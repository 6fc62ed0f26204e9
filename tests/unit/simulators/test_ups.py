"""A UPS carries its load over an outage as long as its battery lasts."""

from collections.abc import Sequence

import pytest

from plantroom.simulators import ups
from plantroom.simulators.machine import DEAD, Flows, Step, Supply
from plantroom.simulators.ups import UpsState
from plantroom_testing.simulation import asset_of, demo_site, moment

MACHINE = ups.build(asset_of("ups", power_kw=40.0, load_kw=18.0), demo_site())
LIVE = Supply()
NONE = Supply(volts=DEAD, hz=0.0)


class Run:
    """A UPS, step by step."""

    def __init__(self) -> None:
        self.state: UpsState = MACHINE.initial(moment())
        self.steps: list[Step[UpsState]] = []

    def go(
        self,
        minutes: float,
        supply: Supply = LIVE,
        *,
        dt: float = 10.0,
        fed: Sequence[Flows] = (),
        **faults: float,
    ) -> dict[str, float]:
        for _ in range(round(minutes * 60 / dt)):
            step = MACHINE.step(self.state, moment(dt=dt, supply=supply, fed=fed, faults=faults))
            self.state = step.state
            self.steps.append(step)
        return self.read()

    def read(self) -> dict[str, float]:
        return {name: float(v) for name, v in self.steps[-1].values.items() if not isinstance(v, str)}

    def mode(self) -> object:
        return self.steps[-1].values["mode"]


def test_it_gives_all_points_of_its_class() -> None:
    run = Run()
    run.go(1)

    assert run.steps[-1].values.keys() == {point.name for point in asset_of("ups").points}


def test_on_its_mains_it_takes_what_it_gives_and_its_losses() -> None:
    run = Run()
    read = run.go(60, fed=[Flows(electric_kw=5.0)])

    given = read["load"] / 100 * 40
    assert run.mode() == "online"
    assert 0.88 < given / read["power"] < 0.95
    assert read["battery_charge"] == pytest.approx(100, abs=0.1)
    assert read["output_voltage"] == pytest.approx(230, abs=1)
    assert run.steps[-1].flows.electric_kw == read["power"]


def test_it_follows_its_inputs_frequency_but_no_voltage() -> None:
    read = Run().go(1, Supply(volts=(205.0, 208.0, 206.0), hz=50.15))

    assert read["output_frequency"] == 50.15
    assert read["output_voltage"] == pytest.approx(230, abs=1)
    assert read["input_voltage_l1"] == 205.0


def test_without_mains_the_battery_carries_and_sinks_and_takes_nothing_from_outside() -> None:
    run = Run()
    run.go(5)
    before = run.read()

    read = run.go(20, NONE)

    assert run.mode() == "battery"
    assert read["output_voltage"] == pytest.approx(before["output_voltage"])
    assert read["power"] == 0
    assert read["battery_current"] < -30
    assert read["battery_voltage"] < before["battery_voltage"] - 20
    assert read["battery_charge"] < before["battery_charge"] - 20
    assert read["transfers"] == before["transfers"] + 1
    assert read["output_frequency"] == 50.0


def test_it_lasts_as_long_as_it_says() -> None:
    run = Run()
    run.go(5)
    told = run.read()["battery_runtime"]

    minutes = 0
    while run.mode() != "off" and minutes < 300:
        run.go(1, NONE)
        minutes += 1

    assert minutes == pytest.approx(told, rel=0.05)
    assert run.read()["output_voltage"] == 0
    assert run.steps[-1].flows.supply is not None
    assert run.steps[-1].flows.supply.volts == DEAD


def test_a_heavier_load_shortens_the_runtime_more_than_in_proportion() -> None:
    light = Run().go(5)["battery_runtime"]

    heavy = Run().go(5, fed=[Flows(electric_kw=18.0)])["battery_runtime"]

    assert heavy < 0.52 * light


def test_what_the_battery_gave_comes_back_within_a_day_and_costs_more() -> None:
    run = Run()
    run.go(5)
    stored_before = run.state.battery.charge
    run.go(30, NONE)
    low = run.read()["battery_charge"]
    idle_kw = Run().go(5)["power"]

    charging = run.go(1)
    run.go(24 * 60, dt=300.0)

    assert charging["battery_current"] > 5
    assert charging["power"] > idle_kw + 1
    assert low < 70
    assert run.state.battery.charge == pytest.approx(stored_before, abs=0.01)


@pytest.mark.parametrize("supply", [LIVE, NONE], ids=["charging", "discharging"])
def test_long_steps_end_where_short_ones_do(supply: Supply) -> None:
    charges = []
    for dt in (5.0, 60.0, 300.0):
        run = Run()
        run.go(20, NONE, dt=5.0)
        run.go(20, supply, dt=dt)
        charges.append(run.state.battery.charge)

    assert charges[1:] == pytest.approx([charges[0]] * 2, abs=0.005)


def test_a_failing_battery_shows_in_resistance_and_runtime_before_it_is_needed() -> None:
    sound = Run().go(60)

    weak = Run().go(60, failing_battery=1.0)

    assert weak["battery_resistance"] > 4 * sound["battery_resistance"]
    assert weak["battery_runtime"] < 0.25 * sound["battery_runtime"]
    assert weak["battery_temp"] > sound["battery_temp"] + 1
    assert weak["battery_fault"] == 1
    for name in ("output_voltage", "load", "power", "internal_temp"):
        assert weak[name] == pytest.approx(sound[name], rel=0.01)


def test_with_a_failing_battery_it_drops_early() -> None:
    sound, weak = Run(), Run()

    sound.go(20, NONE)
    weak.go(20, NONE, failing_battery=1.0)

    assert sound.mode() == "battery"
    assert weak.mode() == "off"


def test_the_resistance_grows_with_the_severity() -> None:
    grown = [Run().go(1, failing_battery=s)["battery_resistance"] for s in (0.0, 0.25, 0.5, 1.0)]

    assert grown == sorted(grown)
    assert grown[1] > 1.5 * grown[0]


def test_without_fans_it_becomes_hot_inside_and_hands_over_to_the_bypass() -> None:
    run = Run()
    sound = Run().go(60)["internal_temp"]

    mild = run.go(60, fan_failure=0.5)
    assert run.mode() == "online"
    hot = run.go(240, fan_failure=1.0, fed=[Flows(electric_kw=14.0)])

    assert sound + 8 < mild["internal_temp"]
    assert hot["internal_temp"] > 66
    assert hot["fan_fault"] == 1
    assert run.mode() == "bypass"
    assert hot["output_voltage"] == pytest.approx(230.0)


def test_an_overload_is_carried_for_minutes_then_by_the_bypass() -> None:
    run = Run()

    early = run.go(5, overload=1.0)
    assert run.mode() == "online"
    run.go(10, overload=1.0)

    assert early["load"] > 120
    assert early["fault"] == 1
    assert run.mode() == "bypass"


def test_on_bypass_the_load_has_the_mains_and_its_failures() -> None:
    run = Run()

    read = run.go(1, Supply(volts=(210.0, 212.0, 214.0), hz=49.9), on_bypass=1.0)
    assert run.mode() == "bypass"
    dropped = run.go(1, NONE, on_bypass=1.0)

    assert read["output_voltage"] == pytest.approx(212.0)
    assert read["fault"] == 1
    assert dropped["output_voltage"] == 0


def test_an_empty_one_comes_back_with_the_mains() -> None:
    run = Run()
    run.go(180, NONE, dt=60.0)
    assert run.mode() == "off"

    read = run.go(1)

    assert run.mode() == "online"
    assert read["output_voltage"] > 220


@pytest.mark.parametrize("supply", [LIVE, NONE], ids=["mains", "battery"])
def test_the_charge_stays_between_empty_and_full(supply: Supply) -> None:
    run = Run()

    run.go(600, supply, dt=600.0)

    assert all(0 <= step.state.battery.charge <= 1 for step in run.steps)
