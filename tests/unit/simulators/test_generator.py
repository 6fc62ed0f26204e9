"""A generator starts when it is wanted, carries, cools down; and how that goes wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from plantroom.domain.site import Site
from plantroom.simulators import generator
from plantroom.simulators.generator import GeneratorState, since_test_h
from plantroom.simulators.machine import DEAD, Flows, Step, Supply
from plantroom_testing.simulation import asset_of, demo_site, moment

MACHINE = generator.build(next(each for each in demo_site().assets if each.id == "GEN-1"), demo_site())
ALIVE = {"MDB-1": Flows(supply=Supply())}
FAILED = {"MDB-1": Flows(supply=Supply(volts=DEAD, hz=0.0))}
LOAD = [Flows(electric_kw=120.0, reactive_kvar=50.0)]


class Run:
    """A generator, step by step; its panel is on it while it gives and holds."""

    def __init__(self) -> None:
        self.state: GeneratorState = MACHINE.initial(moment())
        self.steps: list[Step[GeneratorState]] = []
        self.given = False

    def go(
        self,
        seconds: float,
        *,
        mains: bool,
        dt: float = 10.0,
        load: Sequence[Flows] = LOAD,
        faults: Mapping[str, float] | None = None,
    ) -> Step[GeneratorState]:
        for _ in range(round(seconds / dt)):
            now = moment(
                dt=dt, flows=ALIVE if mains else FAILED, fed=load if self.given else (), faults=faults
            )
            step = MACHINE.step(self.state, now)
            supply = step.flows.supply
            assert supply is not None
            self.state = step.state
            self.given = supply.is_live and (step.flows.holds or not mains)
            self.steps.append(step)
        return self.steps[-1]


def test_it_gives_all_points_of_its_class() -> None:
    step = Run().go(10, mains=True)

    assert step.values.keys() == {point.name for point in asset_of("generator").points}


def test_it_stands_by_for_the_panel_that_names_it() -> None:
    assert MACHINE.preferred == (("MDB-1",),)
    assert MACHINE.rated_kw == 320.0


def test_while_the_mains_lives_it_waits_warm_and_charged() -> None:
    step = Run().go(3600, mains=True)

    assert step.values["running"] is False
    assert step.flows.supply is not None
    assert step.flows.supply.volts == DEAD
    assert float(step.values["coolant_temp"]) == pytest.approx(42.0)
    assert float(step.values["battery_voltage"]) == pytest.approx(27.2)
    assert step.values["oil_pressure"] == 0


def test_it_gives_ten_seconds_after_the_mains_has_failed() -> None:
    run = Run()
    run.go(30, mains=True, dt=1.0)

    run.go(30, mains=False, dt=1.0)

    running = [bool(step.values["running"]) for step in run.steps[30:]]
    assert running.index(True) + 1 == 10
    assert float(run.steps[-1].values["starts"]) == float(run.steps[0].values["starts"]) + 1


def test_a_short_dip_does_not_start_it() -> None:
    run = Run()
    run.go(2, mains=False, dt=1.0)

    run.go(60, mains=True, dt=1.0)

    assert not any(step.values["running"] for step in run.steps)


@pytest.mark.parametrize("dt", [1.0, 5.0, 10.0, 60.0, 300.0])
def test_it_takes_over_whatever_the_step(dt: float) -> None:
    run = Run()

    step = run.go(600, mains=False, dt=dt)

    assert step.values["running"] is True
    assert step.flows.holds


def test_it_carries_the_load_and_burns_fuel_for_it() -> None:
    run = Run()
    before = run.state.engine.fuel_share

    step = run.go(3600, mains=False)

    assert step.values["power"] == 120.0
    assert step.values["supplies"] is True
    burnt_l = (before - run.state.engine.fuel_share) * 2.2 * 320
    assert 0.22 < burnt_l / 120 < 0.36
    assert run.state.energy_kwh - MACHINE.initial(moment()).energy_kwh == pytest.approx(120, rel=0.02)
    assert 80 < float(step.values["coolant_temp"]) < 95
    assert 3 < float(step.values["oil_pressure"]) < 5
    assert 49.7 < float(step.values["frequency"]) < 50.2
    assert float(step.values["current_l1"]) == pytest.approx(130_000 / 3 / 231, rel=0.02)


def test_it_keeps_the_load_for_a_while_then_cools_down_and_stops() -> None:
    run = Run()
    run.go(600, mains=False)
    first = len(run.steps)

    run.go(900, mains=True)

    held = [step.flows.holds for step in run.steps[first:]].count(True)
    running = [bool(step.values["running"]) for step in run.steps[first:]].count(True)
    assert held * 10 == pytest.approx(300, abs=20)
    assert (running - held) * 10 == pytest.approx(180, abs=20)
    assert run.steps[-1].values["running"] is False


def test_it_carries_again_if_the_mains_fails_while_it_cools_down() -> None:
    run = Run()
    run.go(600, mains=False)
    run.go(400, mains=True)

    step = run.go(10, mains=False)

    assert step.values["running"] is True
    assert step.flows.holds
    assert float(step.values["starts"]) == float(run.steps[0].values["starts"])


def test_it_is_tested_once_a_week_without_load_and_without_taking_it() -> None:
    run = Run()
    run.state = replace(run.state, test_age_h=167.9)

    run.go(3600, mains=True)

    tested = [step for step in run.steps if step.values["mode"] == "test" and step.values["running"]]
    assert (len(tested)) * 10 == pytest.approx(900 + 180, abs=30)
    assert not any(step.flows.holds for step in run.steps)
    assert all(step.values["power"] == 0 for step in run.steps)
    assert float(run.steps[-1].values["test_age"]) < 1.5


def test_the_last_test_was_on_wednesday_at_ten() -> None:
    zone = ZoneInfo("Asia/Shanghai")

    assert since_test_h(datetime(2026, 7, 15, 14, tzinfo=zone)) == pytest.approx(4.0)
    assert since_test_h(datetime(2026, 7, 15, 9, tzinfo=zone)) == pytest.approx(167.0)
    assert since_test_h(datetime(2026, 7, 20, 10, tzinfo=zone)) == pytest.approx(120.0)


def test_one_that_does_not_start_gives_up_after_three_attempts() -> None:
    run = Run()

    step = run.go(120, mains=False, dt=1.0, faults={"fails_to_start": 1.0})

    assert step.values["start_failed"] is True
    assert step.values["fault"] is True
    assert not any(each.values["running"] for each in run.steps)
    assert float(step.values["starts"]) == float(run.steps[0].values["starts"])
    tells = next(n for n, each in enumerate(run.steps) if each.values["start_failed"])
    assert tells == pytest.approx(3 + 10 + 10 + 10 + 10 + 10, abs=3)


def test_nothing_tells_of_it_before_it_is_wanted() -> None:
    sound, spoilt = Run().go(600, mains=True), Run().go(600, mains=True, faults={"fails_to_start": 1.0})

    assert sound.values == spoilt.values


def test_once_repaired_and_reset_it_starts() -> None:
    run = Run()
    run.go(120, mains=False, faults={"fails_to_start": 1.0})

    step = run.go(900, mains=False)

    assert step.values["running"] is True
    assert step.values["start_failed"] is False


def test_a_weak_battery_shows_at_rest_and_does_not_crank() -> None:
    run = Run()
    at_rest = run.go(60, mains=True, faults={"weak_starting_battery": 1.0})

    step = run.go(120, mains=False, dt=1.0, faults={"weak_starting_battery": 1.0})

    assert float(at_rest.values["battery_voltage"]) < 24.5
    assert min(float(each.values["battery_voltage"]) for each in run.steps) < 15
    assert step.values["start_failed"] is True


def test_a_half_weak_battery_still_cranks() -> None:
    run = Run()

    step = run.go(60, mains=False, faults={"weak_starting_battery": 0.3})

    assert step.values["running"] is True


def test_without_fuel_it_runs_out() -> None:
    run = Run()

    early = run.go(60, mains=False, faults={"low_fuel": 1.0})
    late = run.go(3600, mains=False, faults={"low_fuel": 1.0})

    assert 0 < float(early.values["fuel_level"]) < 3
    assert early.values["running"] is True
    assert late.values["running"] is False
    assert late.values["fuel_level"] == 0


@pytest.mark.parametrize("fault", ["coolant_leak", "clogged_radiator"])
def test_without_cooling_it_overheats_and_stops(fault: str) -> None:
    run = Run()
    heavy = [Flows(electric_kw=290.0)]

    step = run.go(3600, mains=False, load=heavy, faults={fault: 1.0})

    assert max(float(each.values["coolant_temp"]) for each in run.steps) > 100
    assert step.values["fault"] is True
    assert step.values["start_failed"] is False


def test_a_coolant_leak_shows_at_rest_because_the_heater_is_dry() -> None:
    step = Run().go(36_000, mains=True, dt=300.0, faults={"coolant_leak": 1.0})

    assert float(step.values["coolant_temp"]) < 36


def test_low_oil_pressure_stops_it() -> None:
    run = Run()

    step = run.go(1200, mains=False, faults={"low_oil_pressure": 1.0})

    assert step.values["fault"] is True
    assert step.values["running"] is False


@pytest.mark.parametrize(("fault", "mode"), [("left_off", "off"), ("emergency_stop", "auto")])
def test_switched_off_it_does_not_start(fault: str, mode: str) -> None:
    step = Run().go(120, mains=False, faults={fault: 1.0})

    assert step.values["mode"] == mode
    assert step.values["running"] is False
    assert step.values["start_failed"] is False


def test_more_than_it_can_carry_stops_it() -> None:
    step = Run().go(120, mains=False, load=[Flows(electric_kw=500.0)])

    assert step.values["fault"] is True
    assert step.values["power"] == 0


def test_one_that_nobody_names_never_starts() -> None:
    alone = generator.build(asset_of("generator"), Site(id="s"))

    assert not alone.is_wanted(FAILED)
