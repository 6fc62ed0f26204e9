"""What a drive takes is what it lifts, speeds up and rubs away."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantroom.simulators.elevator_drive import EFFICIENCY, Drive, Warmth, Work, warmed
from plantroom.simulators.elevator_travel import travel
from plantroom.simulators.nature import GRAVITY
from plantroom_testing.simulation import world

DRIVE = Drive(rated_kg=1000.0, power_kw=15.0, speed_ms=1.75)
WAY = travel(36.0, speed_ms=1.75)
LOADS = st.floats(0.0, 1000.0)
COLD = Warmth(room_c=25.0, motor_c=25.0, brake_c=25.0)


def lifted_kj(load_kg: float, *, up: bool) -> float:
    force = DRIVE.force(load_kg, up=up)
    return DRIVE.work(WAY, 0.0, WAY.duration_s, force_n=force, load_kg=load_kg).kilojoules


def test_a_balanced_car_costs_only_friction() -> None:
    assert DRIVE.force(500.0, up=True) == DRIVE.force(500.0, up=False) == pytest.approx(600.0)


def test_a_full_car_going_up_takes_the_power_of_its_weight() -> None:
    # 500 kg out of balance and 600 N of friction at 1.75 m/s
    force = DRIVE.force(1000.0, up=True)

    assert DRIVE.power(force, speed_ms=1.75) == pytest.approx(5505 * 1.75 / EFFICIENCY / 1000)
    assert DRIVE.power(force, speed_ms=1.75) < DRIVE.power_kw


def test_a_full_car_going_down_takes_nothing_and_gives_nothing_back() -> None:
    assert DRIVE.power(DRIVE.force(1000.0, up=False), speed_ms=1.75) == 0.0
    assert lifted_kj(1000.0, up=False) == pytest.approx(0.0, abs=1.0)


@given(load=LOADS)
def test_there_and_back_costs_more_than_friction(load: float) -> None:
    friction_kj = 2 * 600.0 * WAY.distance_m / EFFICIENCY / 1000

    assert lifted_kj(load, up=True) + lifted_kj(load, up=False) >= friction_kj


def test_lifting_takes_at_least_the_gain_in_height() -> None:
    gained_kj = 500.0 * GRAVITY * WAY.distance_m / 1000

    assert gained_kj / EFFICIENCY < lifted_kj(1000.0, up=True) < 1.5 * gained_kj / EFFICIENCY


@given(load=LOADS, shares=st.lists(st.floats(0.0, 1.0), min_size=1, max_size=20))
def test_work_in_parts_is_about_the_work_as_a_whole(load: float, shares: list[float]) -> None:
    force = DRIVE.force(load, up=True)
    cuts = [0.0, *sorted(share * WAY.duration_s for share in shares), WAY.duration_s]

    parts = Work()
    for start, end in pairwise(cuts):
        parts = parts + DRIVE.work(WAY, start, end, force_n=force, load_kg=load)
    whole = DRIVE.work(WAY, 0.0, WAY.duration_s, force_n=force, load_kg=load)

    # What the masses give back at the end is burnt, so that parts may cost a little more.
    kinetic_kj = DRIVE.inertia(load) * 1.75**2 / 2 / EFFICIENCY / 1000
    assert whole.kilojoules - 1e-6 <= parts.kilojoules <= whole.kilojoules + kinetic_kj
    assert parts.heating_s == pytest.approx(whole.heating_s)
    assert parts.driven_s == pytest.approx(WAY.duration_s)


def test_the_work_of_a_ride_is_the_integral_of_its_power() -> None:
    force, mass = DRIVE.force(900.0, up=True), DRIVE.inertia(900.0)
    dt = WAY.duration_s / 5000
    integral = 0.0
    for number in range(5000):
        _, speed, acceleration = WAY.at((number + 0.5) * dt)
        integral += DRIVE.power(force + mass * acceleration, speed_ms=speed) * dt

    assert lifted_kj(900.0, up=True) == pytest.approx(integral, rel=0.02)


def test_the_current_follows_the_force_whichever_way_the_energy_goes() -> None:
    assert DRIVE.current(-4000.0) == DRIVE.current(4000.0)
    assert DRIVE.current(DRIVE.rated_n) == pytest.approx(DRIVE.rated_a)


def warmed_for(hours: float, *, work_share: float = 0.0, **changes: float) -> Warmth:
    outdoor_c = changes.pop("outdoor_c", 35.0)
    warmth = COLD
    for _ in range(round(hours * 60)):
        warmth = warmed(
            warmth,
            Work(kilojoules=60 * 2.0 * work_share, heating_s=6 * work_share, driven_s=20 * work_share),
            standby_kw=0.4,
            world=world(outdoor_c=outdoor_c, sun_w_m2=800.0),
            faults=changes,
            dt=60.0,
        )
    return warmth


def test_a_ventilated_machine_room_stays_below_40_degrees_on_the_hottest_day() -> None:
    assert warmed_for(12, work_share=1.0, outdoor_c=39.0).room_c < 36


def test_without_ventilation_the_machine_room_gets_too_hot_and_so_does_all_in_it() -> None:
    sound = warmed_for(8, work_share=1.0)
    failed = warmed_for(8, work_share=1.0, machine_room_ventilation=1.0)

    assert failed.room_c > 42
    assert failed.motor_c - failed.room_c == pytest.approx(sound.motor_c - sound.room_c, abs=1.5)


def test_a_machine_room_does_not_freeze() -> None:
    assert 8 < warmed_for(48, outdoor_c=-5.0).room_c < 20


def test_a_long_step_ends_where_many_short_ones_do() -> None:
    short = COLD
    work = Work(kilojoules=10.0, heating_s=1.0, driven_s=3.0)
    ten = Work(kilojoules=100.0, heating_s=10.0, driven_s=30.0)
    for _ in range(10):
        short = warmed(short, work, standby_kw=0.4, world=world(), faults={}, dt=60.0)
    long = warmed(COLD, ten, standby_kw=0.4, world=world(), faults={}, dt=600.0)

    assert long.motor_c == pytest.approx(short.motor_c, abs=0.5)
    assert long.brake_c == pytest.approx(short.brake_c, abs=0.5)
    assert long.room_c == pytest.approx(short.room_c, abs=0.5)
