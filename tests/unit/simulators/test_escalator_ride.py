"""People step on one by one, and the steps run at speed while there is somebody to carry."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantroom.simulators.escalator_ride import IDLE_AFTER_S, Ride, carry, is_open, speed, visitors
from plantroom.simulators.machine import Chance
from plantroom_testing.simulation import world

RIDE_S = 25.0


def at(hour: int, minute: int = 0, *, day: int = 15, direction: int = 1) -> float:
    return visitors(world(local=datetime(2026, 7, day, hour, minute, tzinfo=UTC)), direction=direction)


def test_it_runs_by_day_only() -> None:
    assert is_open(world(local=datetime(2026, 7, 15, 12, tzinfo=UTC)))
    assert not is_open(world(local=datetime(2026, 7, 15, 3, tzinfo=UTC)))


def test_nobody_comes_when_it_is_closed_or_about_to_close() -> None:
    assert at(3) == at(22, 20) == at(23) == 0.0


def test_most_come_at_noon_and_at_the_weekend() -> None:
    assert at(12, 30) > 2 * at(10, 30)
    assert at(15, day=18) > at(15, day=15)
    assert at(8, day=18) < at(8, day=15)


def test_more_go_up_in_the_morning_and_down_in_the_evening() -> None:
    assert at(11, direction=1) > at(11, direction=-1)
    assert at(20, direction=1) < at(20, direction=-1)


@given(seed=st.integers(0, 1000), cuts=st.lists(st.floats(1.0, 599.0), max_size=30))
def test_the_same_people_come_however_the_time_is_cut(seed: int, cuts: list[float]) -> None:
    whole, all_at_once = carry(Ride(), Chance(seed), start=0.0, end=600.0, per_second=0.05, ride_s=RIDE_S)
    ride, chance, came, ridden_s, busy_s = Ride(), Chance(seed), 0, 0.0, 0.0
    edges = [0.0, *sorted(cuts), 600.0]
    for start, end in pairwise(edges):
        ride, passed = carry(ride, chance, start=start, end=end, per_second=0.05, ride_s=RIDE_S)
        came, ridden_s, busy_s = came + passed.came, ridden_s + passed.ridden_s, busy_s + passed.busy_s

    assert came == all_at_once.came
    assert ride.boarded == pytest.approx(whole.boarded)
    assert ridden_s == pytest.approx(all_at_once.ridden_s)
    assert busy_s == pytest.approx(all_at_once.busy_s)


@given(seed=st.integers(0, 1000), rate=st.floats(0.0, 0.5))
def test_times_stay_within_the_step(seed: int, rate: float) -> None:
    ride, passed = carry(Ride(), Chance(seed), start=0.0, end=300.0, per_second=rate, ride_s=RIDE_S)

    assert 0 <= passed.busy_s <= 300 + 1e-9
    assert 0 <= passed.ridden_s <= passed.came * RIDE_S + 1e-9
    assert len(ride.boarded) <= passed.came


def test_nobody_leaves_anything_behind() -> None:
    ride, passed = carry(Ride(), Chance(1), start=0.0, end=60.0, per_second=0.2, ride_s=RIDE_S)
    after, rest = carry(ride, Chance(1), start=60.0, end=120.0, per_second=0.0, ride_s=RIDE_S)

    assert after.boarded == ()
    assert passed.ridden_s + rest.ridden_s == pytest.approx(passed.came * RIDE_S)


def test_it_speeds_up_for_people_and_creeps_without() -> None:
    ride = Ride(busy_from=10.0, busy_until=10.0 + RIDE_S + IDLE_AFTER_S)

    assert speed(ride, t=10.0, rated_ms=0.5) == pytest.approx(0.2)
    assert speed(ride, t=11.0, rated_ms=0.5) == pytest.approx(0.35)
    assert speed(ride, t=20.0, rated_ms=0.5) == 0.5
    assert speed(ride, t=45.5, rated_ms=0.5) == pytest.approx(0.425)
    assert speed(ride, t=100.0, rated_ms=0.5) == pytest.approx(0.2)
