"""A transformer's voltage, losses and heat, and what goes wrong before and in it."""

from collections.abc import Mapping, Sequence

import pytest

from plantroom.simulators import mains, transformer
from plantroom.simulators.machine import DEAD, Flows, Step
from plantroom.simulators.three_phase import drawn
from plantroom.simulators.transformer import ALARM_C, TRIP_C, TransformerState
from plantroom_testing.simulation import asset_of, demo_site, moment, world

MACHINE = transformer.build(asset_of("transformer", power_kva=1600.0), demo_site())
HALF = [Flows(electric_kw=760.0, reactive_kvar=230.0, distorted_kva=50.0, triplen_kva=20.0)]
FULL = [Flows(electric_kw=1520.0, reactive_kvar=500.0)]


def course(
    fed: Sequence[Flows] = HALF, hours: float = 12.0, faults: Mapping[str, float] | None = None
) -> list[Step[TransformerState]]:
    state = MACHINE.initial(moment(fed=fed))
    steps = []
    for number in range(round(hours * 60)):
        step = MACHINE.step(state, moment(t=60.0 * number, dt=60.0, fed=fed, faults=faults))
        state = step.state
        steps.append(step)
    return steps


def values(fed: Sequence[Flows] = HALF, *, hours: float = 12.0, **faults: float) -> dict[str, float]:
    last = course(fed, hours, faults)[-1]
    return {name: float(value) for name, value in last.values.items() if not isinstance(value, str)}


SOUND = values()


def hottest(read: dict[str, float]) -> float:
    return max(read[f"winding_temp_l{n}"] for n in (1, 2, 3))


def test_it_gives_all_points_of_its_class() -> None:
    assert SOUND.keys() == {point.name for point in asset_of("transformer").points}


def test_the_voltage_gives_way_under_load_by_some_percent() -> None:
    empty, half, full = (values(fed, hours=1)["voltage_l1"] for fed in ([], HALF, FULL))

    assert 0.005 < 1 - half / empty < 0.03
    assert 0.02 < 1 - full / empty < 0.05


def test_its_losses_are_those_of_its_plate() -> None:
    drawn_empty = course([], 0.1)[-1].flows.electric_kw
    at_rated = course([Flows(electric_kw=1600.0)], 0.1)[-1].flows.electric_kw - 1600.0

    assert drawn_empty == pytest.approx(2.2)
    assert at_rated == pytest.approx(2.2 + 11.7, rel=1e-3)


def test_half_loaded_it_stays_far_from_its_fans_and_fully_loaded_they_run() -> None:
    full = course(FULL)

    assert 50 < hottest(SOUND) < 80
    assert SOUND["fan_running"] == 0
    assert any(step.values["fan_running"] for step in full)
    assert max(step.state.hottest_c for step in full[-240:]) < ALARM_C


def test_the_core_is_warm_without_load() -> None:
    empty = values([])

    assert empty["core_temp"] > empty["room_temp"] + 35
    assert hottest(empty) < empty["room_temp"] + 5


def test_windings_follow_the_load_within_an_hour_or_two_and_not_at_once() -> None:
    state = MACHINE.initial(moment(fed=[]))
    rise = []
    for number in range(240):
        step = MACHINE.step(state, moment(t=60.0 * number, dt=60.0, fed=HALF))
        state = step.state
        rise.append(float(step.values["winding_temp_l1"]))

    assert rise[5] - rise[0] < 0.3 * (rise[-1] - rise[0])
    assert rise[120] - rise[0] > 0.85 * (rise[-1] - rise[0])


def test_one_long_step_is_like_many_short_ones() -> None:
    ends = []
    for dt in (10.0, 600.0):
        state = MACHINE.initial(moment(fed=[]))
        for number in range(round(7200 / dt)):
            step = MACHINE.step(state, moment(t=dt * (number + 1), dt=dt, fed=HALF))
            state = step.state
        ends.append(step.values)

    for name in ("winding_temp_l1", "core_temp", "room_temp", "energy", "joint_temp"):
        assert float(ends[1][name]) == pytest.approx(float(ends[0][name]), rel=0.02)


def test_without_mains_all_is_dead_and_cools() -> None:
    dead = course(faults={"mains_failure": 1.0})[-1]

    assert dead.flows.supply is not None
    assert dead.flows.supply.volts == DEAD
    assert dead.flows.electric_kw == 0
    assert dead.values["energized"] is False
    assert dead.values["frequency"] == 0
    assert float(dead.values["core_temp"]) < SOUND["core_temp"] - 25
    assert dead.values["temp_alarm"] is False


def test_blocked_cooling_leads_to_the_alarm_and_shows_in_no_voltage_or_current() -> None:
    spoilt = values(overheating=0.65)

    assert ALARM_C < hottest(spoilt) < TRIP_C
    assert spoilt["temp_alarm"] == 1
    assert spoilt["fan_fault"] == 1
    assert spoilt["fan_running"] == 0
    for name in ("voltage_l1", "current_l1", "power", "thd_current", "joint_temp"):
        assert spoilt[name] == pytest.approx(SOUND[name], rel=1e-6)


def test_heat_grows_with_the_severity() -> None:
    temps = [hottest(values(overheating=severity)) for severity in (0.0, 0.2, 0.4, 0.6)]

    assert temps == sorted(temps)
    assert temps[3] - temps[2] > 5


def test_too_hot_it_trips_and_comes_back_only_when_cool_and_repaired() -> None:
    steps = course(FULL, faults={"overheating": 1.0})
    tripped = next(number for number, step in enumerate(steps) if step.values["temp_trip"])
    state = steps[tripped].state
    back_after = None
    for number in range(600):
        step = MACHINE.step(state, moment(dt=60.0, fed=[]))
        state = step.state
        if back_after is None and not step.values["temp_trip"]:
            back_after = number

    assert steps[tripped].values["energized"] is False
    assert steps[tripped].flows.electric_kw == 0
    assert steps[-1].values["temp_trip"] is True
    assert back_after is not None
    assert back_after > 20


def test_an_overload_is_seen_in_load_current_and_heat() -> None:
    spoilt = values(overload=1.0)

    assert spoilt["load"] > SOUND["load"] + 60
    assert spoilt["current_l2"] > 2 * SOUND["current_l2"]
    assert hottest(spoilt) > hottest(SOUND) + 20
    assert spoilt["voltage_l1"] < SOUND["voltage_l1"]
    assert spoilt["voltage_unbalance"] == pytest.approx(SOUND["voltage_unbalance"], abs=0.1)


def test_a_loose_joint_is_hot_alone() -> None:
    spoilt = values(loose_joint=1.0)

    assert spoilt["joint_temp"] > SOUND["joint_temp"] + 30
    assert {name for name in SOUND if spoilt[name] != pytest.approx(SOUND[name])} == {"joint_temp"}


def test_a_lost_fuse_halves_two_phases() -> None:
    spoilt = course(HALF, 1.0, {"phase_loss": 1.0})[-1]

    assert float(spoilt.values["voltage_l1"]) > 220
    assert float(spoilt.values["voltage_l2"]) == pytest.approx(115, abs=5)
    assert float(spoilt.values["voltage_l3"]) == pytest.approx(115, abs=5)
    assert spoilt.flows.supply is not None
    assert not spoilt.flows.supply.is_live


@pytest.mark.parametrize(
    ("fault", "low", "high", "is_live"),
    [
        pytest.param("undervoltage", 180.0, 198.0, True, id="under every limit, machines run"),
        pytest.param("voltage_sag", 115.0, 150.0, False, id="contactors drop out"),
        pytest.param("overvoltage", 253.0, 275.0, True, id="over every limit"),
    ],
)
def test_the_grids_voltage_goes_wrong_on_all_phases(
    fault: str, low: float, high: float, is_live: bool
) -> None:
    step = course(HALF, 1.0, {fault: 1.0})[-1]

    assert all(low < float(step.values[f"voltage_l{n}"]) < high for n in (1, 2, 3))
    assert float(step.values["voltage_unbalance"]) < 0.5
    assert step.flows.supply is not None
    assert step.flows.supply.is_live is is_live


def test_shorted_turns_heat_one_winding() -> None:
    spoilt = values(winding_short=1.0)

    assert spoilt["winding_temp_l3"] > spoilt["winding_temp_l1"] + 60
    assert spoilt["fan_running"] == 1
    assert spoilt["winding_temp_l1"] < SOUND["winding_temp_l1"] + 2
    assert spoilt["voltage_l3"] < 0.97 * SOUND["voltage_l3"]
    assert spoilt["voltage_unbalance"] > 1


def test_failed_fans_show_only_when_they_are_called() -> None:
    cool, warm = values(fan_failure=1.0), values(FULL, fan_failure=1.0)

    assert cool["fan_fault"] == 0
    assert warm["fan_fault"] == 1
    assert warm["fan_running"] == 0
    assert hottest(warm) > hottest(values(FULL)) + 10


def test_the_grid_is_sound() -> None:
    volts = [mains.volts(world(), t=600.0 * n) for n in range(1000)]
    hertz = [mains.frequency(17.0 * n) for n in range(10_000)]

    assert all(0.97 * 230 < phase < 1.03 * 230 for each in volts for phase in each)
    assert 49.95 < min(hertz) < 49.98
    assert 50.02 < max(hertz) < 50.05


def test_the_transformer_blocks_third_harmonics() -> None:
    given = course(hours=0.1)[-1].flows

    assert given.triplen_kva == 0
    assert given.distorted_kva == drawn(HALF).distorted_kva


def test_smaller_ones_lose_less() -> None:
    small = transformer.build(asset_of("transformer", power_kva=400.0), demo_site())

    assert small.no_load_kw == pytest.approx(2.2 * 0.25**0.75)
    assert small.rated_a == pytest.approx(580, abs=1)
