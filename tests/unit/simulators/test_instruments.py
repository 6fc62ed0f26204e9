"""What sensors make of the truth, sound and failing."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantroom.domain.site import Point, PointKind, ValueType
from plantroom.simulators.faults import Fault, Values
from plantroom.simulators.instruments import INSTRUMENT_FAULTS, Instrument, instrument_faults_of

FLOW = Point(name="flow", unit="m3/h")
TEMPERATURE = Point(name="supply_temp", unit="degC")
VALVE = Point(name="valve", unit="%", kind=PointKind.COMMAND)
LEVEL = Point(name="charge", unit="%")
MODE = Point(name="mode", value_type=ValueType.STATE, kind=PointKind.STATUS, states=("off", "on", "fault"))
RUNNING = Point(name="running", value_type=ValueType.BOOLEAN, kind=PointKind.STATUS)
T = np.arange(0.0, 10_000.0, 10.0)


def read(point: Point, truth: Values, *faults: Fault, seed: int = 1) -> Values:
    return Instrument("X-1", point, seed=seed).read(truth, T[: len(truth)], faults)[0]


def fault(name: str, *, onset: float = 5000.0, **changes: float) -> Fault:
    return Fault(asset="X-1", point="flow", fault=name, onset=onset, **changes)


def test_a_reading_scatters_a_little_around_the_truth() -> None:
    shown = read(FLOW, np.full(1000, 60.0))

    assert shown.mean() == pytest.approx(60.0, abs=0.05)
    assert 0.1 < shown.std() < 0.6


def test_nothing_flows_where_nothing_flows() -> None:
    assert not read(FLOW, np.zeros(100)).any()


@pytest.mark.parametrize("point", [VALVE, MODE, RUNNING], ids=lambda point: point.name)
def test_what_is_commanded_or_a_state_is_shown_as_it_is(point: Point) -> None:
    truth = np.array([0.0, 1.0, 1.0])

    assert read(point, truth).tolist() == truth.tolist()


def test_a_percentage_ends_where_it_does() -> None:
    shown = read(LEVEL, np.array([0.0, 100.0] * 200))

    assert shown.min() == 0.0
    assert shown.max() == 100.0


@given(st.lists(st.integers(1, 300), min_size=1, max_size=8), st.sampled_from(sorted(INSTRUMENT_FAULTS)))
def test_any_split_into_blocks_gives_the_same_readings(parts: list[int], name: str) -> None:
    truth = 50 + 10 * np.sin(T / 500)
    whole, split = (Instrument("X-1", FLOW, seed=3) for _ in range(2))
    broken = [fault(name, ramp=1000.0)]

    expected, kept = whole.read(truth, T, broken)
    ends = [0, *(end for end in np.cumsum(parts).tolist() if end < len(T)), len(T)]
    blocks = [split.read(truth[start:end], T[start:end], broken) for start, end in pairwise(ends)]

    assert np.concatenate([block[0] for block in blocks]).tolist() == expected.tolist()
    if kept is not None:
        assert (
            np.concatenate([block[1] for block in blocks if block[1] is not None]).tolist() == kept.tolist()
        )


def test_each_point_and_each_seed_has_noise_of_its_own() -> None:
    truth = np.full(10, 60.0)
    courses = {
        tuple(read(point, truth, seed=seed))
        for point in (FLOW, replace(FLOW, name="other"))
        for seed in (1, 2)
    }

    assert len(courses) == 4


def test_before_its_onset_a_fault_changes_nothing() -> None:
    truth = np.full(1000, 60.0)
    sound = read(FLOW, truth)

    for name in ("stuck", "drift", "noise", "spikes", "wrong_unit"):
        assert read(FLOW, truth, fault(name))[:500].tolist() == sound[:500].tolist()


def test_a_stuck_sensor_shows_its_last_reading_until_it_is_repaired() -> None:
    truth = 60 + T / 100
    shown = read(FLOW, truth, fault("stuck", repaired=8000.0))

    assert set(shown[500:800].tolist()) == {shown[499]}
    assert shown[800] == pytest.approx(truth[800], rel=0.02)


def test_a_sensor_that_sticks_between_two_blocks_holds_the_last_reading_of_the_first() -> None:
    sensor, broken = Instrument("X-1", FLOW, seed=1), [fault("stuck")]

    before, _ = sensor.read(np.full(500, 60.0), T[:500], broken)
    after, _ = sensor.read(np.full(500, 90.0), T[500:], broken)

    assert set(after.tolist()) == {before[-1]}


def test_a_drifting_sensor_gets_ever_further_off() -> None:
    off = read(TEMPERATURE, np.full(1000, 7.0), fault("drift", ramp=4000.0)) - 7.0

    assert off[600] == pytest.approx(1.0, abs=0.3)
    assert off[-1] == pytest.approx(4.0, abs=0.3)


def test_noise_widens_the_scatter_and_keeps_the_mean() -> None:
    shown = read(FLOW, np.full(1000, 60.0), fault("noise"))

    assert shown[500:].std() > 8 * shown[:500].std()
    assert shown[500:].mean() == pytest.approx(60.0, abs=1.5)


def test_spikes_are_few_and_far_off() -> None:
    wild = np.abs(read(FLOW, np.full(1000, 60.0), fault("spikes", onset=0.0)) - 60.0) > 3.0

    assert 5 < np.count_nonzero(wild) < 40


def test_a_wrong_unit_shows_degrees_fahrenheit() -> None:
    shown = read(TEMPERATURE, np.full(1000, 10.0), fault("wrong_unit"))

    assert shown[-1] == pytest.approx(50.0, abs=0.5)


def test_gaps_lose_whole_spells_and_leave_the_rest_right() -> None:
    shown, kept = Instrument("X-1", FLOW, seed=1).read(np.full(1000, 60.0), T, [fault("gaps", severity=0.5)])

    assert kept is not None
    assert kept[:500].all()
    assert 0.3 < kept[500:].mean() < 0.8
    assert np.count_nonzero(np.diff(kept.astype(int))) < 40
    assert shown[kept].mean() == pytest.approx(60.0, abs=0.1)


def test_only_a_measured_number_can_be_off() -> None:
    assert instrument_faults_of(FLOW) == INSTRUMENT_FAULTS
    assert instrument_faults_of(RUNNING) == instrument_faults_of(VALVE) == {"stuck", "gaps"}


def test_states_and_booleans_come_out_as_they_went_in() -> None:
    mode, running = Instrument("X-1", MODE, seed=1), Instrument("X-1", RUNNING, seed=1)

    assert [mode.decode(number) for number in mode.encode(["on", "fault", "off"])] == ["on", "fault", "off"]
    assert [running.decode(number) for number in running.encode([True, False])] == [True, False]
