"""Faults come, grow and go as they are told to."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantroom.domain.scenario import PlannedFault
from plantroom.domain.site import Site
from plantroom.simulators.faults import Fault, ScenarioInvalid, fault_on, label_of, repaired, severities
from plantroom_testing.simulation import START, asset_of

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
    values: dict[str, Any] = {"onset": 10.0} | changes
    with pytest.raises(ScenarioInvalid):
        Fault(asset="P-1", fault="bearing_wear", **values)


def test_labels_say_when_in_the_stamps_of_a_plant_that_lives_faster() -> None:
    label = label_of(WEAR, started=START, speed=10.0)

    assert (label.start, label.end, label.severity) == (START + 1_000, START + 10_000, 0.8)


@given(st.lists(st.floats(0, 200), min_size=1), st.sampled_from([0.0, 20.0]))
def test_a_column_of_severities_is_that_of_each_time(times: list[float], ramp: float) -> None:
    fault = Fault(asset="P-1", fault="bearing_wear", onset=10.0, ramp=ramp, severity=0.8, repaired=100.0)

    column = fault.severities_at(np.array(times))

    assert column == pytest.approx([fault.severity_at(t) for t in times])


def test_a_repair_ends_what_is_wrong_now_and_leaves_what_is_to_come() -> None:
    later = Fault(asset="P-1", fault="bearing_wear", onset=500.0)

    over, after = repaired([WEAR, later], "bearing_wear", t=50.0)

    assert [fault.repaired for fault in over] == [50.0]
    assert after == [*over, later]


PLANNED = PlannedFault(
    fault="bearing_wear",
    asset="P-101",
    asset_class="pump",
    at=timedelta(hours=1),
    ramp=timedelta(minutes=10),
    severity=0.5,
    lasts=timedelta(hours=2),
)


def test_a_planned_fault_befalls_the_asset_that_it_names() -> None:
    site = Site(id="s", assets=(asset_of("pump", id_="P-1"), asset_of("pump", id_="P-101")))

    fault = fault_on(site, PLANNED)

    assert fault == Fault(
        asset="P-101", fault="bearing_wear", onset=3600.0, ramp=600.0, severity=0.5, repaired=10_800.0
    )


def test_where_there_is_no_such_asset_it_befalls_the_first_of_its_class() -> None:
    site = Site(id="s", assets=(asset_of("elevator"), asset_of("pump", id_="P-1")))

    assert fault_on(site, PLANNED).asset == "P-1"


def test_where_there_is_none_of_its_class_either_it_is_refused() -> None:
    with pytest.raises(ScenarioInvalid, match="needs an asset of class pump, and site 's' has none"):
        fault_on(Site(id="s", assets=(asset_of("elevator"),)), PLANNED)
