"""What a pump's bearing and motor go through."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantroom.simulators.pump_condition import Motor, bearing_c, bearing_target, room_c, vibration
from plantroom_testing.simulation import moment, world

MOTOR = Motor(power_kw=22.0, on_drive=False)


def test_a_motor_at_rated_load_draws_its_rated_current() -> None:
    # 22 kW, 400 V, efficiency 0.92: 34.5 A of active current, cos phi 0.89.
    assert MOTOR.current(MOTOR.electric_kw(22.0), 1.0) == pytest.approx(34.5 / 0.894, rel=0.01)


@given(st.floats(0.0, 25.0))
def test_a_motor_takes_more_than_its_shaft_gives(shaft_kw: float) -> None:
    assert MOTOR.electric_kw(shaft_kw) > shaft_kw


def test_at_low_voltage_a_loaded_motor_draws_more() -> None:
    assert MOTOR.current(22.0, 0.9) > MOTOR.current(22.0, 1.0)


def test_the_bearing_warms_with_the_time_constant_of_ten_minutes() -> None:
    now = moment(dt=600.0, world=world(outdoor_c=17.0))

    assert bearing_c(26.0, now, speed=1.0, dry=0.0) == pytest.approx(26 + 22 * (1 - 0.3679), abs=0.1)


@given(st.floats(0.3, 1.0))
def test_a_sound_pump_stays_in_zone_a(speed: float) -> None:
    assert vibration(moment(), speed=speed, x=1.0, dry=0.0, cavitating=0.0) < 2.5
    assert bearing_target(moment(), speed=speed, dry=0.0) < 60


@given(st.floats(0.55, 1.0), st.floats(0.3, 1.2))
def test_a_worn_bearing_is_in_zone_d_at_any_speed_in_use(speed: float, x: float) -> None:
    worn = moment(faults={"bearing_wear": 1.0})

    assert vibration(worn, speed=speed, x=x, dry=0.0, cavitating=0.0) > 6.6
    assert bearing_target(worn, speed=speed, dry=0.0) > 80


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_the_worse_the_bearing_the_more_it_shakes(one: float, other: float) -> None:
    better, worse = sorted((one, other))

    levels = [
        vibration(moment(faults={"bearing_wear": wear}), speed=0.8, x=1.0, dry=0.0, cavitating=0.0)
        for wear in (better, worse)
    ]

    assert levels == sorted(levels)


def test_flow_away_from_the_best_point_shakes_the_pump() -> None:
    best, off = (vibration(moment(), speed=1.0, x=x, dry=0.0, cavitating=0.0) for x in (1.0, 0.3))

    assert off > 1.2 * best


def test_a_motor_with_blocked_cooling_reaches_its_protection_within_hours_at_full_load() -> None:
    blocked = moment(dt=4 * 3600.0, faults={"motor_overheating": 1.0})

    assert MOTOR.winding_c(90.0, blocked, speed=1.0, shaft_kw=19.0) > 150
    assert MOTOR.winding_c(90.0, moment(dt=4 * 3600.0), speed=1.0, shaft_kw=19.0) < 105


def test_a_motor_at_rest_takes_the_temperature_of_its_room() -> None:
    now = moment(dt=86400.0)

    assert MOTOR.winding_c(90.0, now, speed=0.0, shaft_kw=0.0) == pytest.approx(room_c(now))
