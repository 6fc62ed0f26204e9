"""An escalator carries people, rests at night, and fails as escalators do."""

from datetime import UTC, datetime
from typing import Any

import pytest

from plantroom.simulators.escalator import RESTART_S, EscalatorMachine, build
from plantroom.simulators.escalator_wear import FAULTS, SWITCHES
from plantroom.simulators.machine import DEAD, Shared, Step, Supply
from plantroom_testing.simulation import asset_of, demo_site, moment
from plantroom_testing.solo import column, course, gained

NOON = datetime(2026, 7, 15, 11, tzinfo=UTC)
MORNING = datetime(2026, 7, 15, 9, 45, tzinfo=UTC)
CLOSING = datetime(2026, 7, 15, 22, tzinfo=UTC)
NO_SUPPLY = Supply(volts=DEAD, hz=0.0)


def escalator(direction: float = 1.0) -> EscalatorMachine:
    return build(asset_of("escalator", direction=direction), demo_site())


UP, DOWN = escalator(), escalator(-1.0)
SOUND = course(UP, minutes=180, start=NOON)
FLAGS = ("fault", *SWITCHES, "chain_slack")


def failing(fault: str, severity: float = 1.0, *, minutes: float = 180) -> list[Step[Any]]:
    return course(UP, minutes=minutes, start=NOON, faults={fault: severity})


def last(steps: list[Step[Any]], point: str) -> float:
    return float(column(steps, point)[-1])


def highest(steps: list[Step[Any]], point: str) -> float:
    return float(max(column(steps, point)))


def assert_sound_but_for(steps: list[Step[Any]], *points: str) -> None:
    for point in ("vibration", "motor_temp", "gearbox_temp", "brake_distance", "handrail_speed_left"):
        if point not in points:
            assert highest(steps, point) == pytest.approx(highest(SOUND, point), rel=0.06), point
    assert last(steps, "chain_elongation") == pytest.approx(last(SOUND, "chain_elongation"), abs=0.1) or (
        "chain_elongation" in points
    )
    assert [flag for flag in FLAGS if any(column(steps, flag)) and flag not in points] == []


# What always holds.


@pytest.mark.parametrize("machine", [pytest.param(UP, id="up"), pytest.param(DOWN, id="down")])
def test_a_sound_escalator_keeps_its_laws(machine: EscalatorMachine) -> None:
    for step in course(machine, minutes=24 * 60, start=datetime(2026, 7, 15, tzinfo=UTC), dt=10.0):
        values: Any = step.values
        moves = values["speed"] > 0
        assert values["motion"] == (("up" if machine is UP else "down") if moves else "stopped")
        assert values["brake"] == ("released" if moves else "applied")
        assert 0 <= values["speed"] <= machine.speed_ms
        for side in ("left", "right"):
            assert values["speed"] <= values[f"handrail_speed_{side}"] <= 1.02 * values["speed"]
        assert values["safety_circuit"] is True
        assert not any(values[flag] for flag in FLAGS)
        assert values["power"] == step.flows.electric_kw
        assert 20 < values["gearbox_temp"] < 70
        assert 20 < values["motor_temp"] < 80
        assert (values["current"] > 0) == moves


def test_it_rests_at_night() -> None:
    steps = course(UP, minutes=120, start=datetime(2026, 7, 15, 1, tzinfo=UTC))

    assert set(column(steps, "mode")) == {"out_of_service"}
    assert set(column(steps, "motion")) == {"stopped"}
    assert gained(steps, "run_hours") == gained(steps, "passengers") == 0


def test_with_nobody_on_it_it_creeps() -> None:
    steps = course(UP, minutes=60, start=MORNING)

    standby = [step.values for step in steps if step.values["mode"] == "standby"]
    assert min(values["speed"] for values in standby) == pytest.approx(0.2)
    assert max(column(steps, "speed")) == 0.5
    assert min(values["power"] for values in standby) < 0.5 * max(column(steps, "power"))


def test_the_energy_counted_is_the_power_drawn() -> None:
    steps = course(UP, minutes=120, dt=1.0, start=NOON)

    drawn_kwh = sum(column(steps, "power")) / 3600
    assert gained(steps, "energy") == pytest.approx(drawn_kwh, rel=0.02)


def test_lifting_people_takes_at_least_their_gain_in_height() -> None:
    lifted_kj = 75 * 9.81 * UP.rise_m / 1000

    assert UP.person_kw * UP.ride_s == pytest.approx(lifted_kj / 0.8)


def test_people_going_down_save_power_and_never_more_than_their_weight() -> None:
    lowered_kj = 75 * 9.81 * DOWN.rise_m / 1000

    assert -lowered_kj < DOWN.person_kw * DOWN.ride_s < 0
    assert gained(course(DOWN, minutes=180, start=NOON), "energy") < 0.8 * gained(SOUND, "energy")


def test_a_crowd_going_down_gives_back_a_little() -> None:
    crowd = course(
        build(asset_of("escalator", direction=-1, people_h=6000), demo_site()), minutes=90, start=NOON
    )

    assert -8 < min(column(crowd, "power")) < -1


@pytest.mark.parametrize("dt", [60.0, 600.0])
def test_long_steps_carry_as_many_as_short_ones(dt: float) -> None:
    long = course(UP, minutes=180, dt=dt, start=NOON)

    for counter in ("passengers", "energy", "run_hours"):
        assert gained(long, counter) == pytest.approx(gained(SOUND, counter), rel=0.06)
    for point in ("motor_temp", "gearbox_temp"):
        assert last(long, point) == pytest.approx(last(SOUND, point), abs=2.0)


def test_the_same_seed_carries_the_same_people() -> None:
    one, again, other = (course(UP, minutes=20, start=NOON, seed=seed) for seed in (1, 1, 2))

    assert [step.values for step in one] == [step.values for step in again]
    assert [step.values for step in one] != [step.values for step in other]


def test_it_is_stopped_once_a_day_and_started_once() -> None:
    steps = course(UP, minutes=3 * 24 * 60, dt=60.0, start=NOON)

    assert gained(steps, "starts") == 3
    assert len(set(column(steps, "brake_distance"))) == 4
    assert all(200 <= stop <= 1000 for stop in column(steps, "brake_distance"))


# What stops it.


@pytest.mark.parametrize("stops", ["supply", "fire"])
def test_what_stops_it_keeps_it_stopped_until_somebody_has_come(stops: str) -> None:
    def is_wrong(t: float) -> bool:
        return 600 <= t < 1200

    steps = course(
        UP,
        minutes=60,
        start=NOON,
        supply=lambda t: NO_SUPPLY if stops == "supply" and is_wrong(t) else Supply(),
        shared=lambda t: Shared(fire=stops == "fire" and is_wrong(t)),
    )

    stopped = [step.state.t for step in steps if step.values["motion"] == "stopped"]
    assert stopped[0] == 600
    assert stopped[-1] == pytest.approx(1200 + RESTART_S, abs=10)
    assert not any(column(steps, "fault"))
    assert gained(steps, "starts") == 1


def test_a_dead_supply_draws_nothing() -> None:
    steps = course(UP, minutes=10, start=NOON, supply=lambda _: NO_SUPPLY)

    assert {step.flows.electric_kw for step in steps} == {0.0}
    assert gained(steps, "energy") == 0


def test_low_voltage_takes_more_current() -> None:
    state = UP.initial(moment())

    full, low = (
        UP.step(state, moment(dt=5.0, supply=Supply(volts=(230.0 * share,) * 3))).values
        for share in (1.0, 0.85)
    )

    assert float(low["current"]) > float(full["current"])


@pytest.mark.parametrize("switch", SWITCHES)
def test_a_safety_device_stops_it_and_says_so(switch: str) -> None:
    steps = course(UP, minutes=60, start=NOON, faults=lambda t: {switch: 1.0} if t >= 600 else {})

    before, after = steps[:119], steps[120:]
    assert not any(column(before, switch))
    assert not any(column(before, "fault"))
    assert all(column(after, switch))
    assert all(column(after, "fault"))
    assert set(column(after, "motion")) == {"stopped"}
    assert set(column(after, "safety_circuit")) == {False}
    assert [other for other in SWITCHES if any(column(after, other))] == [switch]
    assert gained(after, "passengers") == 0


# What wears.


def test_the_faults_are_those_of_escalators() -> None:
    assert UP.faults == FAULTS
    assert len(FAULTS) >= 8


def test_a_slipping_handrail_falls_behind_until_it_is_stopped() -> None:
    steps = failing("handrail_slip", 0.5)
    assert highest(steps, "handrail_speed_left") < 0.9 * highest(steps, "handrail_speed_right")
    assert_sound_but_for(steps, "handrail_speed_left")

    assert all(column(failing("handrail_slip", minutes=10), "fault"))


def test_a_worn_chain_is_longer_rougher_and_in_the_end_slack() -> None:
    steps = failing("chain_wear", 0.6)
    assert last(steps, "chain_elongation") > last(SOUND, "chain_elongation") + 25
    assert_sound_but_for(steps, "chain_elongation", "vibration")

    assert all(column(failing("chain_wear", minutes=10), "chain_slack"))


def test_a_worn_brake_shows_at_the_daily_stop() -> None:
    worn = course(UP, minutes=60, start=CLOSING, faults={"brake_wear": 1.0})
    sound = course(UP, minutes=60, start=CLOSING)

    assert last(worn, "brake_distance") > 1000
    assert last(sound, "brake_distance") < 400
    assert column(worn, "brake_distance")[0] == column(sound, "brake_distance")[0]


def test_a_worn_bearing_shakes_and_warms_the_motor() -> None:
    steps = failing("bearing_wear")

    assert highest(steps, "vibration") > 5
    assert highest(steps, "motor_temp") > highest(SOUND, "motor_temp") + 6
    assert_sound_but_for(steps, "vibration", "motor_temp")


def test_a_worn_gearbox_warms_up_and_takes_more_power() -> None:
    steps = failing("gearbox_wear")

    assert highest(steps, "gearbox_temp") > highest(SOUND, "gearbox_temp") + 15
    assert gained(steps, "energy") > 1.05 * gained(SOUND, "energy")
    assert_sound_but_for(steps, "vibration", "gearbox_temp", "motor_temp")


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_repaired_escalator_is_as_good_as_before(fault: str) -> None:
    steps = course(UP, minutes=180, start=NOON, faults=lambda t: {fault: 1.0} if 600 < t < 1200 else {})

    after = steps[-300:]
    assert set(column(after, "mode")) <= {"normal", "standby"}
    assert gained(after, "passengers") > 10
    assert_sound_but_for(after, "brake_distance")
