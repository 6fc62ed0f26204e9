"""Scenario files, shipped ones and others."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from plantroom.cli.scenarios import SHIPPED, scenario_called, simulation_of
from plantroom.domain.errors import FilesInvalid
from plantroom.domain.scenario import PlannedFault
from plantroom.storage.files.scenarios import load_scenario, scenario_names
from plantroom_testing.simulation import demo_site

NAMES = scenario_names(SHIPPED)
POINTS = {(asset.id, point.name) for asset in demo_site().assets for point in asset.points}


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_scenario_is_read_with_all_that_it_says(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        """
title: {en: Wear, zh: 磨损}
start: 2026-07-15T06:00:00
duration: 12h
chart: [vibration, MDB-1.power]
faults:
  - {asset: P-101, class: pump, fault: bearing_wear, at: 2h, ramp: 30m, severity: 0.5, for: 3h}
  - {class: pump, fault: drift, point: flow}
""",
    )

    scenario = load_scenario(path)

    assert (scenario.name, scenario.title.zh) == ("mine", "磨损")
    assert (scenario.start, scenario.duration) == (
        datetime.fromisoformat("2026-07-15T06:00:00"),
        timedelta(hours=12),
    )
    assert scenario.faults == (
        PlannedFault(
            fault="bearing_wear",
            asset="P-101",
            asset_class="pump",
            at=timedelta(hours=2),
            ramp=timedelta(minutes=30),
            severity=0.5,
            lasts=timedelta(hours=3),
        ),
        PlannedFault(fault="drift", asset_class="pump", point="flow"),
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("- 1\n", "mine.yaml:1: expected a scenario, a mapping, got a list", id="no-mapping"),
        pytest.param("titel: x\n", "mine.yaml:1: unknown key 'titel'", id="unknown-key"),
        pytest.param("start: soon\n", "mine.yaml:1: start: expected a time of the site", id="time"),
        pytest.param("start: 2026-07-15T06:00:00Z\n", "expected a time of the site", id="zone"),
        pytest.param("duration: 0\n", "duration: expected a duration", id="no-time"),
        pytest.param("faults:\n  - {fault: rust}\n", "mine.yaml:2: expected asset or class", id="nowhere"),
        pytest.param("faults:\n  - {asset: P-1}\n", "mine.yaml:2: fault is missing", id="no-fault"),
        pytest.param(
            "faults:\n  - {asset: P-1, fault: rust, severity: 2}\n",
            "severity: expected 0 to 1, got 2",
            id="severity",
        ),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(FilesInvalid) as caught:
        load_scenario(written(tmp_path, text))

    assert said in str(caught.value)


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_scenario_fits_the_demo_building_and_speaks_both_languages(name: str) -> None:
    scenario = scenario_called(name)

    simulated = simulation_of(demo_site(), scenario)

    assert len(simulated.faults) == len(scenario.faults)
    for text in (scenario.title, scenario.expect):
        assert text.en
        assert text.zh
    assert all(fault.at < scenario.duration for fault in scenario.faults)


@pytest.mark.parametrize("name", [name for name in NAMES if scenario_called(name).faults])
def test_a_scenario_with_faults_says_when_it_begins_and_what_shows_it(name: str) -> None:
    scenario = scenario_called(name)

    first = scenario.faults[0].asset
    charted = [written.rpartition(".") for written in scenario.chart]
    assert charted
    assert {(asset or first, point) for asset, _, point in charted} <= POINTS
    assert scenario.start is not None or name == "demo"
