"""Faults come, grow and go as they are told to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantroom.domain.site import Site
from plantroom.simulators.faults import Fault, ScenarioInvalid, labels, severities
from plantroom.simulators.scenarios import faults_of
from plantroom_testing.simulation import START, asset_of, demo_site

WEAR = Fault(asset="P-1", fault="bearing_wear", onset=10.0, ramp=20.0, severity=0.8, repaired=100.0)


@pytest.mark.parametrize(
    ("t", "severity"),
    [
        pytest.param(9.9, 0.0, id="before"),
        pytest.param(20.0, 0.4, id="half-way"),
        pytest.param(30.0, 0.8, id="grown"),
        pytest.param(99.0, 0.8, id="stays"),
        pytest.param(100.0, 0.0, id="repaired"),
    ],
)
def test_severity_grows_evenly_until_it_is_repaired(t: float, severity: float) -> None:
    assert WEAR.severity_at(t) == pytest.approx(severity)


@given(st.floats(0, 200))
def test_severity_is_never_more_than_said(t: float) -> None:
    assert 0 <= WEAR.severity_at(t) <= WEAR.severity


def test_without_a_ramp_it_is_there_at_once() -> None:
    assert Fault(asset="P-1", fault="dry_running", onset=5.0).severity_at(5.0) == 1.0


def test_the_worst_of_two_of_a_kind_counts_and_what_has_not_begun_is_left_out() -> None:
    worse = Fault(asset="P-1", fault="bearing_wear", onset=0.0)
    later = Fault(asset="P-1", fault="dry_running", onset=500.0)

    assert severities([WEAR, worse, later], t=50.0) == {"bearing_wear": 1.0}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"severity": 1.1}, id="too-severe"),
        pytest.param({"onset": -1.0}, id="before-the-start"),
        pytest.param({"ramp": -1.0}, id="negative-ramp"),
        pytest.param({"repaired": 10.0}, id="repaired-before-it-began"),
    ],
)
def test_an_impossible_fault_cannot_be_made(changes: dict[str, float]) -> None:
    values: dict[str, float] = {"onset": 10.0} | changes
    with pytest.raises(ScenarioInvalid):
        Fault(asset="P-1", fault="bearing_wear", **values)


def test_labels_say_when_in_the_stamps_of_a_plant_that_lives_faster() -> None:
    (label,) = labels([WEAR], started=START, speed=10.0)

    assert (label.start, label.end, label.severity) == (START + 1_000, START + 10_000, 0.8)


def test_the_demo_lets_the_first_pump_fail() -> None:
    (fault,) = faults_of("demo", demo_site())

    assert (fault.asset, fault.fault) == ("P-101", "bearing_wear")
    assert fault.onset < 30


def test_the_normal_scenario_has_no_faults() -> None:
    assert faults_of("normal", demo_site()) == ()


def test_the_demo_scenario_needs_a_pump() -> None:
    with pytest.raises(ScenarioInvalid, match="needs a pump"):
        faults_of("demo", Site(id="s", assets=(asset_of("elevator"),)))


def test_an_unknown_scenario_is_named_with_the_known_ones() -> None:
    with pytest.raises(ScenarioInvalid, match=r"\['demo', 'normal'\]: 'chaos'"):
        faults_of("chaos", demo_site())
