"""A car's motion obeys the kinematics of lifts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantroom.simulators.elevator_travel import (
    ACCELERATION_MS2,
    BRAKING_MS2,
    JERK_MS3,
    Braking,
    Travel,
    travel,
)

DISTANCES = st.floats(0.01, 400.0)
SPEEDS = st.floats(0.2, 10.0)


def samples(way: Travel, count: int = 200) -> list[tuple[float, float, float]]:
    return [way.at(way.duration_s * number / count) for number in range(count + 1)]


@given(distance=DISTANCES, speed=SPEEDS)
def test_a_travel_ends_at_rest_where_it_should(distance: float, speed: float) -> None:
    way = travel(distance, speed_ms=speed)

    assert way.at(0.0) == (0.0, 0.0, 0.0)
    gone, end_ms, end_ms2 = way.at(way.duration_s)
    assert gone == pytest.approx(distance)
    assert end_ms == pytest.approx(0.0, abs=1e-9)
    assert end_ms2 == pytest.approx(0.0, abs=1e-9)


@given(distance=DISTANCES, speed=SPEEDS)
def test_a_travel_never_goes_back_and_never_breaks_its_limits(distance: float, speed: float) -> None:
    motions = samples(travel(distance, speed_ms=speed))

    gone = [motion[0] for motion in motions]
    assert gone == sorted(gone)
    assert max(motion[1] for motion in motions) <= speed * (1 + 1e-9)
    assert max(abs(motion[2]) for motion in motions) <= ACCELERATION_MS2 * (1 + 1e-9)


@given(distance=DISTANCES, speed=SPEEDS, share=st.floats(0.001, 0.999))
def test_speed_is_the_change_of_distance_and_acceleration_that_of_speed(
    distance: float, speed: float, share: float
) -> None:
    way = travel(distance, speed_ms=speed)
    h = 1e-4 * way.duration_s
    t = min(max(share * way.duration_s, h), way.duration_s - h)

    (before_m, before_ms, _), (_, now_ms, now_ms2), (after_m, after_ms, _) = map(way.at, (t - h, t, t + h))

    assert (after_m - before_m) / (2 * h) == pytest.approx(now_ms, rel=1e-3, abs=JERK_MS3 * h)
    assert (after_ms - before_ms) / (2 * h) == pytest.approx(now_ms2, rel=1e-3, abs=2 * JERK_MS3 * h)


@pytest.mark.parametrize(
    ("distance", "expected"),
    [
        # Peters (1996): d/v + v/a + a/j; a/j + sqrt(4d/a + (a/j)^2); (32 d/j)^(1/3)
        pytest.param(36.0, 36 / 1.75 + 1.75 / 0.8 + 0.8 / 1.2, id="reaches speed and acceleration"),
        pytest.param(3.6, 0.8 / 1.2 + (4 * 3.6 / 0.8 + (0.8 / 1.2) ** 2) ** 0.5, id="reaches acceleration"),
        pytest.param(0.3, (32 * 0.3 / 1.2) ** (1 / 3), id="reaches neither"),
    ],
)
def test_a_travel_takes_as_long_as_the_formulae_of_peters_say(distance: float, expected: float) -> None:
    assert travel(distance, speed_ms=1.75).duration_s == pytest.approx(expected)


def test_a_slow_travel_does_not_reach_its_acceleration() -> None:
    way = travel(2.0, speed_ms=0.25)

    assert way.peak_ms == pytest.approx(0.25)
    assert way.peak_ms2 < ACCELERATION_MS2
    assert way.duration_s == pytest.approx(2.0 / 0.25 + way.speeding_s)


@given(speed=SPEEDS)
def test_the_brake_brings_a_car_to_rest(speed: float) -> None:
    braking = Braking(speed_ms=speed)

    gone, end_ms, _ = braking.at(braking.duration_s)

    assert end_ms == pytest.approx(0.0, abs=1e-9)
    assert gone == pytest.approx(speed**2 / (2 * BRAKING_MS2))


@given(distance=DISTANCES, speed=SPEEDS, share=st.floats(0.0, 1.0))
def test_a_car_that_is_braked_never_passes_its_target(distance: float, speed: float, share: float) -> None:
    way = travel(distance, speed_ms=speed)
    gone, speed_ms, _ = way.at(share * way.duration_s)
    braking = Braking(speed_ms=speed_ms)

    assert gone + braking.at(braking.duration_s)[0] <= distance + 1e-9
