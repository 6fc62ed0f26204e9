from dataclasses import replace

import numpy as np
import pytest

from plantroom.models.air_handling import UNKNOWN, Component, Habits, lasting, mean_of_last
from plantroom.models.air_handling_findings import component, findings
from plantroom.models.air_handling_habits import habits_of
from plantroom_testing.air_handling_days import RISE, Broken, readings_of

WEATHER = (30.0, 24.0, 16.0, 8.0)


@pytest.fixture(scope="module")
def habits() -> Habits:
    return habits_of([readings_of(seed=seed, warmest=warmest) for seed, warmest in enumerate(WEATHER)])


@pytest.mark.parametrize("warmest", [33.0, 20.0, 12.0, 4.0])
def test_nothing_is_found_in_a_healthy_unit(habits: Habits, warmest: float) -> None:
    day = readings_of(seed=9, warmest=warmest)

    assert findings(day) == ()
    assert findings(day, habits) == ()


FAULTS = {
    "cooling valve stuck shut": (Broken(cooling=0), 30, Component.COOLING_VALVE),
    "cooling valve stuck half open": (Broken(cooling=0.5), 8, Component.COOLING_VALVE),
    "heating valve leaks": (Broken(leak=3), 8, Component.HEATING_VALVE),
    "damper stuck shut": (Broken(damper=0), 16, Component.OUTDOOR_DAMPER),
    "damper stuck open": (Broken(damper=1), 30, Component.OUTDOOR_DAMPER),
    "mixed air sensor high": (Broken(mixed=4), 30, Component.MIXED_SENSOR),
    "mixed air sensor low": (Broken(mixed=-4), 8, Component.MIXED_SENSOR),
    "outdoor air sensor high": (Broken(outdoor=5), 16, Component.OUTDOOR_SENSOR),
}


@pytest.mark.parametrize(("broken", "warmest", "wrong"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_found_in_the_component_that_has_it(
    habits: Habits, broken: Broken, warmest: float, wrong: Component
) -> None:
    found = findings(readings_of(broken, seed=9, warmest=warmest), habits)

    assert component(found) is wrong


def test_what_a_healthy_unit_shows_is_learnt(habits: Habits) -> None:
    fan = habits.gains[-1]

    assert fan.usual * 0.7 == pytest.approx(RISE, abs=0.05)
    assert fan.limit < UNKNOWN.gains[-1].limit
    assert habits.shares[-1].usual == pytest.approx(0, abs=0.02)
    assert habits.speed == pytest.approx(0.7)


def test_what_healthy_days_do_not_show_stays_unknown() -> None:
    learnt = habits_of([readings_of(warmest=30)])

    assert learnt.heated == UNKNOWN.heated
    assert learnt.gains[0].limit == UNKNOWN.gains[0].limit


def test_without_healthy_days_limits_are_wide() -> None:
    assert habits_of([]) == UNKNOWN


def test_a_unit_that_is_odd_in_health_is_not_found_odd() -> None:
    odd = [readings_of(Broken(mixed=2.5), seed=seed, warmest=warmest) for seed, warmest in enumerate(WEATHER)]

    found = [findings(day, habits_of([other for other in odd if other is not day])) for day in odd]

    assert [each for each in found if each] == []


def test_a_leak_that_lasts_less_than_half_an_hour_is_not_found(habits: Habits) -> None:
    day = readings_of(seed=9, warmest=8)
    supply = day.supply.copy()
    supply[600:625] += 5

    assert findings(replace(day, supply=supply), habits) == ()


def test_heat_that_rises_while_the_fan_stands_is_the_heating_valve(habits: Habits) -> None:
    day = readings_of(seed=9)
    supply = np.where(day.running > 0, day.supply, day.supply + 25)

    found = findings(replace(day, supply=supply), habits)

    assert component(found) is Component.HEATING_VALVE
    assert found[0].symptom == "warms while its fan stands"


@pytest.mark.parametrize(
    "name", ["outdoor", "mixed", "returned", "supply", "speed", "cool_to", "return_damper"]
)
def test_a_unit_without_a_sensor_is_judged_by_the_others(habits: Habits, name: str) -> None:
    day = readings_of(seed=9, warmest=8)

    found = findings(replace(day, **{name: np.full(1440, np.nan)}), habits)

    assert found == ()


def test_a_unit_that_never_runs_tells_nothing(habits: Habits) -> None:
    day = readings_of(seed=9)
    nothing = {name: np.full(1440, np.nan) for name in ("mixed", "supply", "outdoor", "returned")}

    assert findings(replace(day, running=np.zeros(1440), **nothing), habits) == ()


def test_means_want_half_of_the_readings() -> None:
    values = np.array([1.0, np.nan, np.nan, np.nan, np.nan, 2.0, 2.0, 2.0])

    said = mean_of_last(values, 5)

    assert np.isnan(said[[0, 3, 5, 6]]).all()
    assert said[7] == pytest.approx(2)


def test_lasting_is_all_of_the_last_rows() -> None:
    holds = np.array([True, True, True, False, True, True, True, True])

    assert lasting(holds, 3).tolist() == [False, False, True, False, False, False, True, True]
