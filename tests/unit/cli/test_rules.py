"""`plantroom rules`: cases, history and differences on the command line."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from plantroom.cli.door import door, door_of
from plantroom.cli.rules import rules
from plantroom.domain.points import PointTable
from plantroom.domain.samples import SampleBatch
from plantroom.storage.files import load_installation
from plantroom.storage.recordings import RecordedLabel, RecordingWriter, write_labels
from plantroom.storage.series.duckdb_store import DuckDbStore
from plantroom_testing.files import written

START = int(datetime(2026, 7, 15, tzinfo=UTC).timestamp() * 1000)
MINUTE = 60_000
SITE = "site: s\nassets: [{id: P-1, class: pump}, {id: P-2, class: pump}]\n"
RULE = "- {id: shaky, class: pump, when: vibration > 4, for: 30s, work_order: {priority: low}}\n"
CASE = """
- case: shaky
  asset: {class: pump}
  rules: [shaky]
  series: {vibration: {0s: 2, 1m: 5}}
  until: 5m
  expect: [{at: %s, rule: shaky, is: activated}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return where a site with two pumps and a rule are: P-1 shakes from 10 to 20 min, and from 40 to 50."""
    written(tmp_path, "site.yaml", SITE)
    written(tmp_path, "rules/shaky.yaml", RULE)
    return tmp_path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(rules, [str(each) for each in arguments])


def document(result: Result) -> Any:
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return json.loads(result.stdout)


def course(number: int) -> tuple[np.ndarray, np.ndarray]:
    ts = START + np.arange(0, 60 * MINUTE, 10_000)
    minute = (ts - START) // MINUTE
    shaking = (number == 0) & (((minute >= 10) & (minute < 20)) | ((minute >= 40) & (minute < 50)))
    return ts, np.where(shaking, 5.0, 2.0)


def table_of(folder: Path) -> PointTable:
    return load_installation(sites=[folder / "site.yaml"]).table


def recorded(folder: Path, suffix: str) -> Path:
    path = folder / f"hour{suffix}"
    series = [(a.id, p) for a in table_of(folder).assets for p in a.points if p.name == "vibration"]
    with RecordingWriter(path, series) as writer:
        (ts, first), (_, second) = course(0), course(1)
        writer.write(
            ts=np.repeat(ts, 2),
            series=np.tile(np.array([0, 1], np.int32), len(ts)),
            values=np.column_stack([first, second]).ravel(),
        )
        writer.finish()
    return path


def stored(folder: Path) -> Path:
    table = table_of(folder)
    store = DuckDbStore(folder / "data/samples.duckdb", table)
    for number, asset in enumerate(("P-1", "P-2")):
        ts, value = course(number)
        store.write(
            SampleBatch(
                point=np.full(len(ts), table.number[asset, "vibration"], np.int32),
                ts=ts,
                value=value,
                quality=np.zeros(len(ts), np.uint8),
                arrived=ts,
                message=np.arange(len(ts), dtype=np.int32),
            )
        )
    store.close()
    return folder / "data"


def backtest(folder: Path, *arguments: object) -> Any:
    given = ("--site", folder / "site.yaml", "--rules", folder / "rules", "--json")
    return document(run("backtest", *given, *arguments))


def labelled(fault: str, *, minute: int) -> RecordedLabel:
    start = f"2026-07-15T00:{minute}:00Z"
    return RecordedLabel(asset="P-1", fault=fault, point=None, start=start, end=None, severity=1.0)


def test_cases_that_hold_end_well(folder: Path) -> None:
    case = written(folder, "case.yaml", CASE % "1m30s")

    result = run("test", case, "--rules", folder / "rules")

    assert result.exit_code == 0
    assert "1 of 1 cases passed" in result.stdout


def test_a_case_that_does_not_hold_shows_both_with_its_line(folder: Path) -> None:
    case = written(folder, "case.yaml", CASE % "2m")

    result = run("test", case, "--rules", folder / "rules")

    assert result.exit_code == 1
    expected = next(line for line in result.stdout.splitlines() if "- 2m shaky activated" in line)
    assert expected.endswith(f" {case}:6")
    assert "+ 1m30s shaky activated at 5 mm/s" in result.stdout


def test_a_mistake_in_one_file_does_not_hide_the_cases_of_another(folder: Path) -> None:
    written(folder, "cases/bad.yaml", (CASE % "2m").replace("until", "untill"))
    written(folder, "cases/good.yaml", CASE % "1m30s")

    result = run("test", folder / "cases", "--rules", folder / "rules", "--json")

    found = document(result)
    assert (result.exit_code, found["cases"], found["failed"]) == (1, 1, 0)
    assert "unknown key 'untill'" in " ".join(each["message"] for each in found["problems"])


def test_no_case_is_no_success(folder: Path) -> None:
    case = written(folder, "case.yaml", CASE % "1m30s")

    assert run("test", case, "--rules", folder / "rules", "--rule", "other").exit_code == 1


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_a_recording_is_gone_through(folder: Path, suffix: str) -> None:
    found = backtest(folder, "--recording", recorded(folder, suffix))

    assert [(each["asset"], each["from"][11:19], each["to"][11:19]) for each in found["items"]] == [
        ("P-1", "00:10:30", "00:20:00"),
        ("P-1", "00:40:30", "00:50:00"),
    ]
    assert (found["samples"], found["work_orders"], found["orders"][0]["reopened"]) == (720, 1, 1)


def test_the_embedded_store_is_gone_through(folder: Path) -> None:
    found = backtest(folder, "--data", stored(folder), "--from", "2026-07-15", "--to", "2026-07-15T00:30Z")

    assert [each["from"][11:19] for each in found["items"]] == ["00:10:30"]


def test_only_what_is_asked_about_is_read(folder: Path) -> None:
    found = backtest(folder, "--recording", recorded(folder, ".parquet"), "--asset", "P-2")

    assert (found["alarms"], found["samples"]) == (0, 360)


def test_labels_say_what_was_found_missed_and_false(folder: Path) -> None:
    path = recorded(folder, ".parquet")
    write_labels(path.with_suffix(".labels.csv"), [labelled("wear", minute=30), labelled("leak", minute=55)])

    labels = backtest(folder, "--recording", path)["labels"]

    assert (labels["found"], labels["missed"], labels["false"]) == (1, 1, 1)
    assert labels["items"][0]["seconds_to_detection"] == 630


def test_alarms_are_written_as_csv(folder: Path) -> None:
    backtest(folder, "--recording", recorded(folder, ".csv"), "--csv", folder / "alarms.csv")

    head, first, *_ = (folder / "alarms.csv").read_text("utf-8").splitlines()
    assert head.startswith("from,to,site,asset,rule,severity,value")
    assert first.startswith("2026-07-15T00:10:30.000Z,2026-07-15T00:20:00.000Z,s,P-1,shaky,warning,5.0,mm/s")


def test_points_that_were_unknown_are_named(folder: Path) -> None:
    written(folder, "rules/hot.yaml", "- {id: hot, class: pump, when: bearing_temp > 80}\n")

    found = backtest(folder, "--recording", recorded(folder, ".parquet"))

    assert {(each["asset"], each["point"], each["share"]) for each in found["unknown"]} == {
        ("P-1", "bearing_temp", 1.0),
        ("P-2", "bearing_temp", 1.0),
    }


def test_the_tables_are_for_people(folder: Path) -> None:
    path = recorded(folder, ".parquet")

    result = run("backtest", "--site", folder / "site.yaml", "--rules", folder / "rules", "--recording", path)

    assert "2 alarms of 1 rules (0 rules raised none), 1 work orders" in result.stdout


def test_without_samples_it_says_so(folder: Path) -> None:
    result = run("backtest", "--site", folder / "site.yaml", "--data", folder / "nowhere")

    assert result.exit_code == 1
    assert "no samples in" in result.stderr


def test_other_rules_are_compared_in_text_and_on_the_past(folder: Path) -> None:
    new = written(folder, "new.yaml", RULE.replace("30s", "2m").replace("> 4", "> 4.5"))

    given = ("--site", folder / "site.yaml", "--recording", recorded(folder, ".parquet"), "--json")
    found = document(run("diff", folder / "rules", new, *given))

    assert [field["field"] for field in found["changed"][0]["fields"]] == ["when", "for"]
    assert found["past"]["alarms"] == {"old": 2, "new": 2}
    assert found["past"]["items"][0]["later_s"] == [90.0, 90.0]


def test_a_door_is_open_only_while_its_owner_runs(tmp_path: Path) -> None:
    with door(tmp_path, url="http://127.0.0.1:1", token="t"):
        found = door_of(tmp_path)
        mode = (tmp_path / "api.json").stat().st_mode & 0o777

    assert found is not None
    assert (found.url, found.token, mode) == ("http://127.0.0.1:1", "t", 0o600)
    assert door_of(tmp_path) is None
