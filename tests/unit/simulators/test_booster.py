"""The booster pumps keep the pressure of the drinking water: by day themselves, by night from a vessel."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from plantroom.simulators.machine import Flows, Step, Value
from plantroom.simulators.pump import PumpMachine, build
from plantroom.simulators.pump_readings import PumpState
from plantroom.simulators.world import Climate
from plantroom_testing.simulation import demo_site, moment

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEDNESDAY = datetime(2026, 7, 15, tzinfo=SHANGHAI)


@cache
def pump(asset: str) -> PumpMachine:
    return build(next(each for each in demo_site().assets if each.id == asset), demo_site())


def course(
    start: datetime,
    *,
    hours: float,
    faults: Mapping[str, Mapping[str, float]] | None = None,
    dt: float = 10.0,
) -> list[dict[str, Step[PumpState]]]:
    """Return the steps of both pumps, each knowing what the other does."""
    climate, flows = Climate(0), {"TANK-1": Flows(level=0.8)}
    states: dict[str, PumpState] = {}
    found = []
    for number in range(int(hours * 3600 / dt)):
        air = climate.at(start + timedelta(seconds=number * dt))
        steps = {}
        for asset in ("P-301", "P-302"):
            now = moment(
                t=number * dt,
                dt=dt if number else 0.0,
                world=air,
                flows=dict(flows),
                faults=(faults or {}).get(asset),
                seed=number * 2 + int(asset[-1]),
            )
            if not number:
                states[asset] = pump(asset).initial(now)
            steps[asset] = pump(asset).step(states[asset], now)
            states[asset], flows[asset] = steps[asset].state, steps[asset].flows
        found.append(steps)
    return found


def values(found: list[dict[str, Step[PumpState]]], asset: str, point: str) -> list[Value]:
    return [steps[asset].values[point] for steps in found]


def test_by_day_the_first_pump_keeps_the_pressure_and_the_second_rests() -> None:
    found = course(WEDNESDAY + timedelta(hours=11, minutes=30), hours=1.5)

    pressures = [float(value) for value in values(found, "P-301", "pressure")]
    assert max(pressures) - min(pressures) < 0.8
    assert not any(values(found, "P-302", "running"))


def test_people_draw_most_at_lunch_and_hardly_anything_at_night() -> None:
    def used(hour: int) -> float:
        found = course(WEDNESDAY + timedelta(hours=hour), hours=1.0)
        return sum(float(value) for value in values(found, "P-301", "flow")) / len(found)

    night, morning, lunch = used(2), used(10), used(12)
    assert 0.2 < night < 1.2
    assert morning < lunch < 14
    assert night < 0.3 * morning


def test_at_night_the_vessel_serves_and_the_pump_fills_it_a_few_times_an_hour() -> None:
    found = course(WEDNESDAY + timedelta(hours=1), hours=2.0)

    starts = float(found[-1]["P-301"].values["starts"]) - float(found[0]["P-301"].values["starts"])
    running = values(found, "P-301", "running")
    pressures = [float(value) for value in values(found, "P-301", "pressure")]
    assert 4 <= starts <= 20
    assert 0.1 < sum(map(bool, running)) / len(running) < 0.6
    assert min(pressures) > 5.5
    assert max(pressures) < 7.2


def test_a_running_booster_always_moves_more_than_a_flow_meter_can_miss() -> None:
    found = course(WEDNESDAY + timedelta(hours=3), hours=4.0)

    for steps in found[1:]:
        step = steps["P-301"].values
        # A pump that has just been started has not come up to speed.
        assert not step["running"] or float(step["flow"]) > 0.5 or float(step["speed"]) < 70


def test_the_second_pump_shows_the_pressure_of_the_pipe_both_feed() -> None:
    found = course(WEDNESDAY + timedelta(hours=1), hours=1.0)

    for steps in found[1:]:
        assert steps["P-302"].values["pressure"] == pytest.approx(steps["P-301"].values["pressure"])


def test_the_second_pump_helps_one_that_gives_too_little() -> None:
    found = course(
        WEDNESDAY + timedelta(hours=12),
        hours=0.5,
        faults={"P-301": {"clogged_strainer": 1.0, "impeller_wear": 1.0}},
    )

    assert any(values(found, "P-302", "running"))


def test_the_second_pump_takes_over_from_one_that_runs_dry() -> None:
    found = course(WEDNESDAY + timedelta(hours=12), hours=0.5, faults={"P-301": {"dry_running": 1.0}})

    assert found[-1]["P-302"].values["running"] is True
    assert float(found[-1]["P-302"].values["flow"]) > 2
    assert float(found[-1]["P-302"].values["pressure"]) > 6


@pytest.mark.parametrize("dt", [5.0, 60.0, 600.0])
def test_any_length_of_step_moves_about_as_much_water_at_night(dt: float) -> None:
    found = course(WEDNESDAY, hours=4.0, dt=dt)

    stored = [steps["P-301"].state.memory.stored_m3 for steps in found]
    assert all(0 <= each <= 0.09 + 1e-9 for each in stored)
