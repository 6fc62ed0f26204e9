"""What `plantroom simulate` says and does without a broker."""

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from plantroom.cli.scenarios import SHIPPED
from plantroom.cli.simulate import simulate
from plantroom.domain.errors import FilesInvalid
from plantroom.storage.files.scenarios import scenario_names

LONE_PUMP = """
site: mine
timezone: Asia/Shanghai
assets:
  - {id: P-1, class: pump}
"""
SCENARIO = """
start: 2026-07-15T06:00:00
duration: 10m
faults:
  - {asset: P-101, class: pump, fault: bearing_wear, at: 2m, for: 3m}
  - {class: pump, point: flow, fault: stuck, at: 4m}
"""


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(simulate, arguments)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    path = tmp_path / "site.yaml"
    path.write_text(LONE_PUMP, encoding="utf-8")
    return path


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    path = tmp_path / "scenario.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    return path


def record(site: Path, scenario: Path, name: str, *more: str) -> tuple[Path, dict[str, object]]:
    path = site.parent / name
    result = invoke("--site", str(site), "--scenario", str(scenario), "--record", str(path), "--json", *more)
    assert result.exit_code == 0, result.output
    return path, json.loads(result.stdout)


def test_a_recording_is_written_with_the_truth_beside_it(site: Path, scenario: Path) -> None:
    path, figures = record(site, scenario, "run.csv")

    with path.open() as file:
        rows = list(csv.DictReader(file))
    with (site.parent / "run.labels.csv").open() as file:
        labels = list(csv.DictReader(file))
    assert len(rows) == figures["readings"]
    assert {row["asset"] for row in rows} == {"P-1"}
    assert [(label["fault"], label["point"], label["from"], label["to"]) for label in labels] == [
        ("bearing_wear", "", "2026-07-14T22:02:00.000Z", "2026-07-14T22:05:00.000Z"),
        ("stuck", "flow", "2026-07-14T22:04:00.000Z", ""),
    ]
    assert figures["faults"] == 2
    assert figures["from"] == "2026-07-14T22:00:00.000Z"


def test_the_same_seed_records_the_same_bytes_and_another_one_others(site: Path, scenario: Path) -> None:
    first, again, other = (
        record(site, scenario, f"{number}.parquet", "--seed", seed)[0].read_bytes()
        for number, seed in enumerate(("7", "7", "8"))
    )

    assert first == again
    assert first != other


def test_a_recording_begins_and_lasts_as_told(site: Path, scenario: Path) -> None:
    _, figures = record(site, scenario, "run.csv", "--start", "2026-01-01T12:00", "--duration", "2m")

    assert (figures["from"], figures["to"]) == ("2026-01-01T04:00:00.000Z", "2026-01-01T04:02:00.000Z")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["--scenario", "chaos"], "no scenario 'chaos'", id="scenario"),
        pytest.param(["--scenario", "pump-bearing-weer"], "did you mean pump-bearing-wear", id="mistyped"),
        pytest.param(["--record", "x.csv", "--speed", "2"], "--record needs no broker", id="record-speed"),
        pytest.param(["--json"], "--json is for --record", id="json"),
        pytest.param(["--pace", "0"], "expected a number over 0, or max", id="pace"),
        pytest.param(["--pace", "2", "--speed", "2"], "leave out --speed", id="pace-speed"),
        pytest.param(["--start", "yesterday"], "expected a time such as", id="start"),
        pytest.param(["--duration", "2 weeks"], "a bare number is seconds", id="duration"),
        pytest.param(["faults", "unicorn"], "neither a simulated class nor an asset: 'unicorn'", id="faults"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(arguments: list[str], said: str) -> None:
    result = invoke(*arguments)

    assert result.exit_code == 2
    assert said in " ".join(result.output.split())


def test_a_scenario_file_with_a_mistake_is_named_with_the_line(site: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("faults: 3\n", encoding="utf-8")

    result = invoke("--site", str(site), "--scenario", str(bad))

    assert isinstance(result.exception, FilesInvalid)
    assert "bad.yaml:1" in str(result.exception)


def test_all_scenarios_are_listed_in_both_languages() -> None:
    document = json.loads(invoke("scenarios", "--json").stdout)

    assert {item["name"] for item in document["items"]} == set(scenario_names(SHIPPED))
    assert all(item["title"]["zh"] for item in document["items"])
    assert "夏季正常一周" in invoke("scenarios").stdout


@pytest.mark.parametrize("what", ["pump", "P-101"])
def test_the_faults_of_a_class_or_asset_are_listed(what: str) -> None:
    document = json.loads(invoke("faults", what, "--json").stdout)

    assert list(document["machines"]) == ["pump"]
    assert "bearing_wear" in document["machines"]["pump"]
    assert {"stuck", "drift", "gaps"} <= set(document["instruments"])
    assert "dead_gateway" in document["connections"]
