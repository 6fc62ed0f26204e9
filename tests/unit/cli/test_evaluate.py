"""`plantroom evaluate scenarios`: one short scenario for each thing that it must tell apart."""

from pathlib import Path

import pytest

from plantroom.cli.detection import markdown_of
from plantroom.cli.evaluating import Outcome, evaluate_scenario
from plantroom_testing.files import written

TRIP = """
title: A breaker trips
start: 2026-07-15T10:00:00
duration: 12m
faults: [{asset: P-101, class: pump, fault: %s, at: 3m%s}]
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    folder = tmp_path_factory.mktemp("scenarios")
    files = {
        "dry": TRIP % ("dry_running", ""),
        "slight": TRIP % ("bearing_wear", ", severity: 0.01"),
        "said": TRIP % ("bearing_wear", ", severity: 0.01, only_models: too slight for a limit"),
        "silent": TRIP % ("dead_gateway", ""),
    }
    return {
        name: evaluate_scenario(str(written(folder, f"{name}.yaml", text))) for name, text in files.items()
    }


def test_a_fault_is_found_by_a_rule_on_its_asset(outcomes: dict[str, Outcome]) -> None:
    (fault,) = outcomes["dry"].faults

    assert outcomes["dry"].as_said
    assert fault.judgement.findings[0].asset == "P-101"
    assert 0 < (fault.judgement.after or 0) < 540_000


def test_a_fault_that_is_not_found_must_be_said_to_be_for_models(outcomes: dict[str, Outcome]) -> None:
    assert not outcomes["slight"].as_said
    assert outcomes["said"].as_said


def test_a_silent_asset_is_found_by_the_pipeline(outcomes: dict[str, Outcome]) -> None:
    (fault,) = outcomes["silent"].faults

    assert "asset-offline" in [each.rule for each in fault.judgement.findings]


def test_the_page_tells_found_from_not_found_and_from_what_is_for_models(
    outcomes: dict[str, Outcome],
) -> None:
    rows = {
        row.split(" | ")[1]: row for row in markdown_of(list(outcomes.values())).splitlines() if " | " in row
    }

    assert "**not found**" in rows["slight"]
    assert "only a model" in rows["said"]
    assert "`asset-offline`" in rows["silent"]


def test_a_recording_that_is_kept_gives_the_same(outcomes: dict[str, Outcome], tmp_path: Path) -> None:
    text = TRIP % ("dry_running", "")
    name = str(written(tmp_path, "dry.yaml", text))

    first, second = (evaluate_scenario(name, tmp_path / "kept") for _ in range(2))

    assert first == second == outcomes["dry"]
