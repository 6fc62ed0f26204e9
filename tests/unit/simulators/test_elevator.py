"""An elevator serves its people, keeps its laws, and fails as elevators do."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plantroom.simulators.elevator import FAULTS, ElevatorMachine, build
from plantroom.simulators.elevator_car import Phase
from plantroom.simulators.machine import DEAD, LIVE, Flows, Shared, Step, Supply
from plantroom_testing.simulation import asset_of, demo_site
from plantroom_testing.solo import column, course, gained

UP_PEAK = datetime(2026, 7, 15, 8, 30, tzinfo=UTC)
NIGHT = datetime(2026, 7, 15, 1, tzinfo=UTC)
NO_SUPPLY = Supply(volts=DEAD, hz=0.0)
CLOSED = "closed"


def lift(**rated: float) -> ElevatorMachine:
    return build(replace(asset_of("elevator"), rated={"floors": 12.0} | rated), demo_site())


LIFT = lift()


def lost(start: float, end: float = float("inf")) -> Any:
    return lambda t: NO_SUPPLY if start <= t < end else Supply(volts=LIVE)


def first(steps: list[Step[Any]], point: str, value: Any) -> int:
    return column(steps, point).index(value)


def moving_at(minutes: float, *, start: datetime = UP_PEAK) -> float:
    """Return a time after so many minutes at which the car runs at speed, with people."""
    steps = course(LIFT, minutes=minutes + 10, dt=1.0, start=start)
    for step in steps[round(60 * minutes) :]:
        if step.values["speed"] == LIFT.shaft.speed_ms and step.values["occupied"]:
            return float(step.state.t)
    raise AssertionError("it never ran")


# What always holds.


@settings(max_examples=8)
@given(seed=st.integers(0, 10_000), dt=st.sampled_from([0.7, 1.0, 5.0]))
def test_a_sound_car_keeps_the_laws_of_lifts(seed: int, dt: float) -> None:
    top_m = (LIFT.shaft.floors - 1) * LIFT.shaft.floor_m
    steps = course(LIFT, minutes=20, dt=dt, start=UP_PEAK, seed=seed)

    for step in steps:
        values: Any = step.values
        car = step.state.car
        moves = values["motion"] != "stopped"
        assert 0 <= car.height_m <= top_m
        assert 0 <= values["speed"] <= LIFT.shaft.speed_ms
        assert moves == (values["speed"] > 0)
        assert not moves or (values["door"] == CLOSED and values["landing_doors_closed"])
        assert (values["brake"] == "released") == moves
        assert values["safety_circuit"] == (values["door"] == CLOSED)
        assert 0 <= values["load"] <= 80
        assert step.flows.electric_kw == values["power"] > 0
        assert values["fault"] is values["entrapment"] is values["emergency_call"] is False
        assert -10 < values["levelling_error"] < 10


def test_the_car_is_always_where_its_speed_lets_it_be() -> None:
    steps = course(LIFT, minutes=60, dt=1.0, start=UP_PEAK)

    floors = column(steps, "floor")
    assert all(abs(after - before) <= 1 for before, after in pairwise(floors))
    assert {1.0, 12.0} <= set(floors) <= {float(number) for number in range(1, 13)}


def test_counters_only_grow() -> None:
    steps = course(LIFT, minutes=30, start=UP_PEAK)

    for counter in ("trips", "door_cycles", "door_reversals", "energy", "run_hours"):
        values = column(steps, counter)
        assert values == sorted(values)
        assert values[-1] > values[0] or counter == "door_reversals"


def test_the_energy_counted_is_the_power_drawn() -> None:
    steps = course(LIFT, minutes=60, dt=0.5, start=UP_PEAK)

    drawn_kwh = sum(column(steps, "power")) * 0.5 / 3600
    assert gained(steps, "energy") == pytest.approx(drawn_kwh, rel=0.03)


def test_the_hours_counted_are_those_of_travel() -> None:
    steps = course(LIFT, minutes=60, dt=0.5, start=UP_PEAK)

    moved_h = sum(motion != "stopped" for motion in column(steps, "motion")) * 0.5 / 3600
    assert gained(steps, "run_hours") == pytest.approx(moved_h, rel=0.03)


@pytest.mark.parametrize("dt", [30.0, 300.0, 600.0])
def test_long_steps_serve_as_many_as_short_ones(dt: float) -> None:
    start = datetime(2026, 7, 15, 10, tzinfo=UTC)
    short = course(LIFT, minutes=300, dt=5.0, start=start)
    long = course(LIFT, minutes=300, dt=dt, start=start)

    for counter in ("trips", "energy", "run_hours", "door_cycles"):
        assert gained(long, counter) == pytest.approx(gained(short, counter), rel=0.2)
    for point in ("motor_temp", "machine_room_temp", "brake_temp"):
        assert column(long, point)[-1] == pytest.approx(column(short, point)[-1], abs=5.0)


def test_the_same_seed_gives_the_same_rides() -> None:
    one, again, other = (course(LIFT, minutes=20, start=UP_PEAK, seed=seed) for seed in (1, 1, 2))

    assert [step.values for step in one] == [step.values for step in again]
    assert [step.values for step in one] != [step.values for step in other]


def test_a_state_is_never_changed_by_a_later_step() -> None:
    steps = course(LIFT, minutes=10, start=UP_PEAK)
    remembered = [(replace(step.state), vars(step.state.car).copy()) for step in steps[:20]]

    again = course(LIFT, minutes=10, start=UP_PEAK)[:20]

    for (state, car), step in zip(remembered, again, strict=True):
        assert state.t == step.state.t
        assert car == vars(step.state.car)


# A day.


def test_a_workday_has_as_many_trips_as_an_office_lift_makes() -> None:
    trips = gained(course(LIFT, minutes=24 * 60, start=datetime(2026, 7, 15, tzinfo=UTC)), "trips")

    assert 700 < trips < 2500


def test_nights_are_still_and_weekends_quiet() -> None:
    night = gained(course(LIFT, minutes=180, start=NIGHT), "trips")
    saturday = gained(course(LIFT, minutes=180, start=datetime(2026, 7, 18, 9, tzinfo=UTC)), "trips")
    workday = gained(course(LIFT, minutes=180, start=datetime(2026, 7, 15, 9, tzinfo=UTC)), "trips")

    assert night < 12
    assert 2 * saturday < workday


def test_idle_cars_wait_for_the_morning_at_the_main_floor() -> None:
    steps = course(LIFT, minutes=30, start=datetime(2026, 7, 15, 7, 30, tzinfo=UTC))

    idle = [step.values["floor"] for step in steps if step.state.car.phase is Phase.IDLE]
    assert idle.count(1.0) > 0.6 * len(idle)


def test_a_basement_is_called_minus_one() -> None:
    deep = lift(floors=14.0, basements=2.0)

    floors = set(column(course(deep, minutes=120), "floor"))

    assert {-2.0, -1.0, 1.0} <= floors
    assert 0.0 not in floors


def test_test_calls_are_daily() -> None:
    steps = course(LIFT, minutes=3 * 24 * 60, dt=300.0)

    ages = column(steps, "test_call_age")
    assert max(ages) < 24.2
    assert sum(after < before for before, after in pairwise(ages)) == 3
    assert not any(column(steps, "test_call_failed"))


def test_an_elevator_takes_its_size_from_the_assets_ratings() -> None:
    small = lift(floors=5.0, load_kg=630.0, speed_ms=1.0).shaft

    assert (small.floors, small.speed_ms, small.capacity) == (5, 1.0, 6)
    assert max(column(course(lift(floors=5.0, speed_ms=1.0), minutes=60), "floor")) == 5


# A group.


def test_the_elevators_of_a_place_are_a_group() -> None:
    site = demo_site()
    lifts = {asset.id: build(asset, site) for asset in site.assets if asset.asset_class == "elevator"}

    assert lifts["LIFT-1"].group == ("LIFT-2",)
    assert lifts["LIFT-4"].group == ("LIFT-3",)


def test_an_elevator_takes_the_people_of_one_that_is_out_of_order() -> None:
    both = replace(LIFT, group=("OTHER",))

    alone = course(both, minutes=90, flows={"OTHER": Flows(ready=False)})
    together = course(both, minutes=90, flows={"OTHER": Flows(ready=True)})

    assert gained(alone, "trips") > 1.25 * gained(together, "trips")


# Electricity and fire.


def test_a_lost_supply_stops_the_car_and_the_battery_takes_it_to_a_floor() -> None:
    at = moving_at(5)
    steps = course(LIFT, minutes=at / 60 + 3, dt=1.0, start=UP_PEAK, supply=lost(at))

    after = steps[round(at) + 1 :]
    assert after[0].state.car.phase is Phase.HALTED
    assert (after[0].values["speed"], after[0].values["brake"]) == (0.0, "applied")
    assert after[0].values["supply"] == "standby"
    end = after[-1].values
    assert (end["door"], end["supply"], end["mode"]) == ("open", "none", "out_of_service")
    assert end["occupied"] is end["entrapment"] is end["fault"] is False
    assert {step.flows.electric_kw for step in after} == {0.0}
    assert max(column(after[5:], "speed")) <= 0.25 + 1e-9


def test_without_a_rescue_battery_people_are_trapped_until_the_supply_returns() -> None:
    at = moving_at(5)
    steps = course(
        lift(automatic_rescue=0.0), minutes=at / 60 + 12, dt=1.0, start=UP_PEAK, supply=lost(at, at + 600)
    )

    during, after = steps[round(at) + 120 : round(at) + 590], steps[-20:]
    assert all(column(during, "entrapment"))
    assert all(column(during, "emergency_call"))
    assert set(column(during, "supply")) == {"none"}
    assert set(column(during, "speed")) == {0.0}
    assert not any(column(after, "entrapment"))
    assert set(column(after, "mode")) == {"normal"}


def test_a_dead_supply_leaves_an_idle_car_where_it_is() -> None:
    steps = course(LIFT, minutes=60, start=NIGHT, supply=lost(0))

    assert gained(steps, "trips") == 0
    assert gained(steps, "energy") == 0
    assert set(column(steps, "power")) == set(column(steps, "current")) == {0.0}
    assert not any(step.flows.ready for step in steps)


def test_service_goes_on_when_the_supply_is_back() -> None:
    steps = course(LIFT, minutes=60, start=UP_PEAK, supply=lost(600, 1200))

    back = steps[round(1260 / 5) :]
    assert gained(back, "trips") > 10
    assert set(column(back, "mode")) == {"normal"}


def test_behind_a_generator_that_carries_the_supply_is_standby() -> None:
    site = demo_site()
    goods = build(next(asset for asset in site.assets if asset.id == "LIFT-4"), site)
    running = {"GEN-1": Flows(supply=Supply(), holds=True)}
    resting = {"GEN-1": Flows(supply=NO_SUPPLY)}

    assert goods.generators == ("GEN-1",)
    assert set(column(course(goods, minutes=5, flows=running), "supply")) == {"standby"}
    assert set(column(course(goods, minutes=5, flows=resting), "supply")) == {"mains"}


def test_a_fire_calls_the_car_to_the_main_floor_where_it_stays_open() -> None:
    steps = course(LIFT, minutes=25, dt=1.0, start=UP_PEAK, shared=lambda t: Shared(fire=600 <= t < 1200))

    during, after = steps[720:1199], steps[1230:]
    assert set(column(steps[601:1199], "mode")) == {"fire"}
    assert set(column(during, "door")) == {"open"}
    assert set(column(during, "floor")) == {1.0}
    assert not any(column(during, "occupied"))
    assert set(column(after, "mode")) == {"normal"}
    assert gained(after, "trips") > 0


# What goes wrong.

HOURS = 3
SOUND = course(LIFT, minutes=60 * HOURS, start=UP_PEAK)


def failing(fault: str, severity: float = 1.0, *, minutes: float = 60 * HOURS) -> list[Step[Any]]:
    return course(LIFT, minutes=minutes, start=UP_PEAK, faults={fault: severity})


def mean(steps: list[Step[Any]], point: str) -> float:
    values = column(steps, point)
    return float(sum(values) / len(values))


def worst(steps: list[Step[Any]], point: str) -> float:
    return max(abs(value) for value in column(steps, point))


def assert_sound_but_for(steps: list[Step[Any]], *points: str) -> None:
    """Check that slow and worst readings are about those of a sound car."""
    kept = {
        "motor_temp": 8.0,
        "brake_temp": 8.0,
        "machine_room_temp": 2.0,
        "levelling_error": 3.0,
        "brake_distance": 1.5,
        "door_close_time": 0.3,
        "car_vibration": 0.03,
        "speed": 0.01,
        "test_call_age": 0.1,
    }
    for point, margin in kept.items():
        if point not in points:
            assert worst(steps, point) == pytest.approx(worst(SOUND, point), abs=margin), point
    for flag in ("fault", "entrapment", "overspeed", "safety_gear", "emergency_call", "test_call_failed"):
        if flag not in points:
            assert not any(column(steps, flag)), flag


def test_the_faults_are_those_of_lifts() -> None:
    assert LIFT.faults == FAULTS
    assert len(FAULTS) >= 10


def test_obstructed_doors_reverse_until_the_controller_gives_up() -> None:
    steps = failing("door_obstruction")

    assert gained(steps, "door_reversals") > 5 * gained(SOUND, "door_reversals")
    assert gained(steps, "trips") < 0.7 * gained(SOUND, "trips")
    assert any(column(steps, "fault"))
    assert mean(steps, "door_obstructed") > 0.3
    assert_sound_but_for(steps, "fault", "brake_temp", "motor_temp", "machine_room_temp", "levelling_error")


def test_a_slightly_obstructed_door_is_no_fault_yet() -> None:
    steps = failing("door_obstruction", 0.3)

    assert gained(steps, "door_reversals") > 3 * gained(SOUND, "door_reversals")
    assert not any(column(steps, "fault"))


def test_a_worn_door_operator_closes_slowly_and_reverses() -> None:
    steps = failing("door_operator_wear")

    assert column(steps, "door_close_time")[-1] > 5
    assert gained(steps, "door_reversals") > 3 * gained(SOUND, "door_reversals")
    assert mean(steps, "door_obstructed") < 0.05
    assert_sound_but_for(steps, "door_close_time")


def test_mislevelling_is_off_by_more_than_a_sound_car_ever_is() -> None:
    steps = failing("mislevelling")

    assert worst(steps, "levelling_error") > 20
    assert_sound_but_for(steps, "levelling_error")


def test_a_worn_brake_slips_drags_and_gets_hot() -> None:
    steps = failing("brake_wear")

    assert column(steps, "brake_distance")[-1] > 15
    assert worst(steps, "brake_temp") > worst(SOUND, "brake_temp") + 25
    assert_sound_but_for(steps, "brake_distance", "brake_temp", "levelling_error")


def test_an_overheating_motor_is_stopped_and_let_cool() -> None:
    steps = failing("motor_overheating", minutes=300)

    hot = column(steps, "motor_temp")
    assert 130 < max(hot) < 140
    stopped = [step for step in steps if step.values["fault"]]
    assert stopped
    assert not any(step.flows.ready for step in stopped)
    assert not any(column(steps, "entrapment"))


def test_half_an_overheating_motor_is_warm_and_runs() -> None:
    steps = failing("motor_overheating", 0.4)

    assert worst(SOUND, "motor_temp") + 15 < worst(steps, "motor_temp") < 130
    assert_sound_but_for(steps, "motor_temp")


def test_without_ventilation_the_machine_room_warms_up() -> None:
    steps = failing("machine_room_ventilation", minutes=8 * 60)

    assert worst(steps, "machine_room_temp") > worst(SOUND, "machine_room_temp") + 6
    assert not any(column(steps, "fault"))


def test_trapped_people_call_and_stay_until_the_fault_is_gone() -> None:
    steps = course(
        LIFT, minutes=60, start=UP_PEAK, faults=lambda t: {"entrapment": 1.0} if 300 < t < 2000 else {}
    )

    trapped = [step for step in steps if step.values["entrapment"]]
    assert 0.6 * 1700 < 5 * len(trapped) < 1800
    assert all(step.values["emergency_call"] and step.values["fault"] for step in trapped)
    assert all(step.values["door"] == CLOSED and step.values["motion"] == "stopped" for step in trapped)
    assert not any(step.values["safety_circuit"] for step in trapped)
    assert len({step.state.car.height_m for step in trapped}) == 1
    assert set(column(steps[-60:], "mode")) == {"normal"}
    assert not any(column(steps[-60:], "fault"))


def test_the_governor_stops_a_car_that_is_too_fast() -> None:
    steps = failing("overspeed")

    assert any(column(steps, "overspeed"))
    assert all(column(steps, "fault")[first(steps, "overspeed", True) :])
    assert set(column(steps, "safety_circuit")[first(steps, "overspeed", True) :]) == {False}
    fastest = max(column(course(LIFT, minutes=30, dt=0.5, start=UP_PEAK, faults={"overspeed": 1.0}), "speed"))
    assert 1.15 < fastest / LIFT.shaft.speed_ms <= 1.25 + 1e-9


def test_a_car_that_is_a_little_too_fast_is_only_that() -> None:
    steps = failing("overspeed", 0.4)

    assert max(column(steps, "speed")) == pytest.approx(1.1 * LIFT.shaft.speed_ms)
    assert_sound_but_for(steps, "speed", "car_vibration", "motor_temp")


def test_worn_guides_shake_the_car_and_cost_power() -> None:
    steps = failing("guide_wear")

    assert worst(steps, "car_vibration") > 0.4
    assert gained(steps, "energy") > gained(SOUND, "energy")
    assert_sound_but_for(steps, "car_vibration")


def test_a_failing_encoder_loses_the_position_and_finds_it_at_the_lowest_floor() -> None:
    steps = failing("position_encoder")

    lost_it = [step for step in steps if step.values["fault"]]
    assert lost_it
    assert 10 < worst(steps, "levelling_error") < 30
    recovered = [
        after.values["floor"]
        for before, after in pairwise(steps)
        if before.values["fault"] and not after.values["fault"]
    ]
    assert set(recovered) == {1.0}


def test_a_stuck_button_makes_many_trips_for_nobody() -> None:
    steps = course(LIFT, minutes=120, start=NIGHT, faults={"frequent_trips": 1.0})
    sound = course(LIFT, minutes=120, start=NIGHT)

    assert gained(steps, "trips") > 100 + gained(sound, "trips")
    assert mean(steps, "occupied") < 0.1
    assert not any(column(steps, "fault"))


def test_failed_test_calls_get_old() -> None:
    steps = course(LIFT, minutes=4 * 24 * 60, dt=300.0, faults={"test_call_failure": 1.0})

    assert column(steps, "test_call_age")[-1] > 90
    assert column(steps, "test_call_failed")[-1] is True
    assert not any(column(steps, "fault"))


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_repaired_car_is_as_good_as_before(fault: str) -> None:
    steps = course(LIFT, minutes=120, start=UP_PEAK, faults=lambda t: {fault: 1.0} if 600 < t < 1800 else {})

    after = steps[-360:]
    assert not any(column(after, "fault"))
    assert set(column(after, "mode")) == {"normal"}
    assert gained(after, "trips") > 10
    assert worst(after, "levelling_error") < 10
    assert worst(after, "speed") <= LIFT.shaft.speed_ms


@pytest.mark.parametrize("fault", sorted(FAULTS))
@pytest.mark.parametrize("severity", [0.3, 1.0])
def test_even_a_faulty_car_never_moves_with_open_doors_nor_out_of_its_shaft(
    fault: str, severity: float
) -> None:
    top_m = (LIFT.shaft.floors - 1) * LIFT.shaft.floor_m
    steps = course(LIFT, minutes=15, dt=1.0, start=UP_PEAK, faults={fault: severity})

    for step in steps:
        assert step.values["motion"] == "stopped" or step.values["door"] == CLOSED
        assert -1e-9 <= step.state.car.height_m <= top_m + 1e-9
        assert step.values["brake"] == "applied" or step.values["motion"] != "stopped"
