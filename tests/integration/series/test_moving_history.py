"""`plantroom import`, `export` and `influx migrate` on both stores."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from click.testing import CliRunner, Result

from plantroom.cli.exporting import export
from plantroom.cli.importing import import_
from plantroom.cli.influx import influx
from plantroom.cli.lock import owned_by_all
from plantroom.domain.errors import PlantroomError
from plantroom.domain.points import PointTable
from plantroom.domain.samples import SampleBatch
from plantroom.storage.files import load_installation
from plantroom.storage.series import copying
from plantroom.storage.series.down_sampling import DownSampling
from plantroom.storage.series.duckdb_store import DuckDbStore
from plantroom.storage.series.tiered_store import TieredStore
from plantroom.storage.series.tiers import Retention
from plantroom_testing.files import written
from plantroom_testing.influx import InfluxDatabase
from plantroom_testing.series import tiered_duckdb, tiered_influx

SITE = """
site: s
timezone: Asia/Shanghai
assets:
  - {id: P-1, class: pump}
  - {id: P-2, class: pump}
  - {id: E-1, class: elevator}
"""
HOUR = 3_600_000


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return written(tmp_path, "site.yaml", SITE)


def random_samples(site: Path, *, seed: int = 1, rows: int = 6_000) -> SampleBatch:
    """Return samples of all points within the last ten days: any value, some bad, some twice."""
    table = load_installation(sites=[site]).table
    chance = np.random.default_rng(seed)
    quality = chance.choice(np.array([0, 0, 0, 0, 1, 2, 3, 16, 17], np.uint8), rows)
    value = chance.normal(size=rows) * 10.0 ** chance.integers(-9, 9, rows)
    now = int(time.time() * 1000)
    return SampleBatch(
        point=chance.integers(0, len(table), rows).astype(np.int32),
        ts=now - chance.integers(0, 240 * HOUR, rows) // 60_000 * 60_000,
        value=np.where(quality == 17, np.nan, value),
        quality=quality,
        arrived=np.full(rows, now),
        message=np.arange(rows, dtype=np.int32),
    )


def filled(data: Path, site: Path, **chances: Any) -> Path:
    """Fill the embedded store of a data directory."""
    table = load_installation(sites=[site]).table
    with closing(DuckDbStore(data / "samples.duckdb", table)) as store:
        assert store.write(random_samples(site, **chances)) == ()
    return data


def run(command: Any, *arguments: object) -> Result:
    return CliRunner().invoke(command, [str(each) for each in arguments])


def done(command: Any, *arguments: object, status: int = 0) -> Any:
    """Run a command with `--json` and return its document."""
    result = run(command, *arguments, "--json")
    if isinstance(result.exception, PlantroomError):
        raise result.exception
    assert result.exit_code == status, result.output
    return json.loads(result.stdout)


Where = tuple[str, object]


@pytest.fixture(params=["duckdb", "influxdb"])
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> Where:
    """Options that name an empty store."""
    if request.param == "duckdb":
        return ("--data", tmp_path / "elsewhere")
    database: InfluxDatabase = request.getfixturevalue("influx_database")
    return ("--influx", database.url)


class TestRoundTrip:
    @pytest.mark.parametrize("suffix", [".csv", ".parquet"])
    def test_an_export_imported_elsewhere_gives_the_same_export(
        self, tmp_path: Path, site: Path, elsewhere: Where, suffix: str
    ) -> None:
        first, again = tmp_path / f"first{suffix}", tmp_path / f"again{suffix}"
        data = filled(tmp_path / "data", site)

        exported = done(export, first, "--data", data, "--site", site)
        imported = done(import_, first, *elsewhere, "--site", site)
        done(export, again, *elsewhere, "--site", site)

        (file,) = imported["files"]
        assert exported["samples"] == file["stored"] == file["samples"] > 5_000
        assert (imported["complete"], file["missing"], file["rejected"]) == (True, 0, 0)
        assert first.read_bytes() == again.read_bytes()

    def test_csv_and_parquet_say_the_same(self, tmp_path: Path, site: Path, elsewhere: Where) -> None:
        data = filled(tmp_path / "data", site)
        for name in ("a.csv", "a.parquet"):
            done(export, tmp_path / name, "--data", data, "--site", site)

        done(import_, tmp_path / "a.parquet", *elsewhere, "--site", site)
        done(export, tmp_path / "b.csv", *elsewhere, "--site", site)

        assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()

    def test_the_wide_form_comes_back_as_history(self, tmp_path: Path, site: Path) -> None:
        data, other = filled(tmp_path / "data", site), tmp_path / "other"
        wide = ("--wide", "--asset", "E-1", "--site", site)
        done(export, tmp_path / "a.csv", "--data", data, *wide)

        done(import_, tmp_path / "a.csv", "--asset", "E-1", "--data", other, "--site", site)
        done(export, tmp_path / "b.csv", "--data", other, *wide, "--point", "speed")

        (header, *rows) = (line.split(",") for line in (tmp_path / "a.csv").read_text().splitlines())
        at = header.index("speed")
        in_range = [
            f"{row[0]},{row[at]}" for row in rows if row[at] and 0 <= float(row[at]) <= _high(site, "speed")
        ]
        assert (tmp_path / "b.csv").read_text().splitlines()[1:] == in_range


def _high(site: Path, point: str) -> float:
    table = load_installation(sites=[site]).table
    return table.points[table.number["E-1", point]].high


class TestExport:
    def test_rows_are_by_asset_point_and_time(self, tmp_path: Path, site: Path) -> None:
        data = filled(tmp_path / "data", site)

        done(export, tmp_path / "a.csv", "--data", data, "--site", site)

        rows = [line.split(",") for line in (tmp_path / "a.csv").read_text().splitlines()[1:]]
        assert rows == sorted(rows, key=lambda row: (row[1], row[2], row[0]))

    def test_only_what_is_asked_for(self, tmp_path: Path, site: Path) -> None:
        data = filled(tmp_path / "data", site)
        only = ("--asset", "P-2", "--point", "flow", "--from", "-5d", "--to", "-2d")

        found = done(export, tmp_path / "a.csv", "--data", data, "--site", site, *only)

        rows = [line.split(",") for line in (tmp_path / "a.csv").read_text().splitlines()[1:]]
        ages = [time.time() - np.datetime64(row[0][:-1], "ms").astype(np.int64) / 1000 for row in rows]
        assert {(row[1], row[2]) for row in rows} == {("P-2", "flow")}
        assert found["samples"] == len(rows) > 5
        assert 2 * 86_400 <= min(ages) <= max(ages) <= 5 * 86_400 + 60

    @pytest.mark.parametrize("option", [("--asset", "P-9"), ("--point", "flux")])
    def test_what_no_site_file_has_is_named(
        self, tmp_path: Path, site: Path, option: tuple[str, str]
    ) -> None:
        result = run(
            export, tmp_path / "a.csv", "--data", filled(tmp_path / "d", site), "--site", site, *option
        )

        assert result.exit_code == 2
        assert f"no {option[0][2:]} '{option[1]}'" in result.output

    def test_without_samples_it_says_so(self, tmp_path: Path, site: Path) -> None:
        result = run(export, tmp_path / "a.csv", "--data", tmp_path / "none", "--site", site)

        assert (result.exit_code, "no samples in" in result.output) == (1, True)


class TestImport:
    @pytest.fixture
    def into(self, tmp_path: Path, site: Path) -> tuple[object, ...]:
        return ("--data", tmp_path / "data", "--site", site)

    def test_bad_rows_are_named_and_kept_beside_the_file(
        self, tmp_path: Path, into: tuple[object, ...]
    ) -> None:
        row = "2026-07-15T06:00:00Z,P-1,flow,12"
        file = written(tmp_path, "a.csv", f"ts,asset,point,value\n{row}\n{row.replace('P-1', 'P-9')}\n")

        result = run(import_, file, *into)
        strict = run(import_, file, *into, "--strict")

        assert (result.exit_code, strict.exit_code) == (0, 1)
        assert f"{file}:3: the site files have no point 'flow' of an asset 'P-9'" in result.stderr
        assert "1 samples of 1 points stored, all found in the store; 1 rows rejected" in result.stdout
        assert (tmp_path / "a.csv.rejects.csv").read_text().splitlines()[1].startswith(f"{file},3,")
        assert not (tmp_path / ".a.csv.import").exists()

    def test_a_column_for_each_point_needs_to_know_whose(
        self, tmp_path: Path, into: tuple[object, ...]
    ) -> None:
        file = written(tmp_path, "a.csv", "time,flow,running\n2026-07-15 14:00:00,12,true\n")

        unknown = run(import_, file, *into)
        known = done(import_, file, *into, "--asset", "P-1")
        done(export, tmp_path / "b.csv", *into)

        assert (unknown.exit_code, "say by --asset whose it is" in unknown.output) == (2, True)
        assert known["files"][0]["stored"] == 2
        assert (tmp_path / "b.csv").read_text().splitlines()[1:] == [
            "2026-07-15T06:00:00.000Z,P-1,flow,12.0,historical",
            "2026-07-15T06:00:00.000Z,P-1,running,1.0,historical",
        ]

    def test_a_bad_cell_of_a_wide_row_costs_only_its_value(
        self, tmp_path: Path, into: tuple[object, ...]
    ) -> None:
        file = written(tmp_path, "a.csv", "time,flow,running\n2026-07-15 14:00:00,much,true\n")

        report = done(import_, file, *into, "--asset", "P-1")

        assert (report["files"][0]["stored"], report["files"][0]["rejected"]) == (1, 1)
        assert '"2026-07-15 14:00:00,much,true"' in (tmp_path / "a.csv.rejects.csv").read_text()

    def test_units_are_converted_and_zones_are_said(self, tmp_path: Path, into: tuple[object, ...]) -> None:
        file = written(tmp_path, "a.csv", "ts,asset,point,value\n2026-07-15 06:00,P-1,flow,1000\n")

        done(import_, file, *into, "--unit", "P-1/flow=l/min", "--timezone", "Europe/Berlin")
        done(export, tmp_path / "b.csv", *into)

        (row,) = (tmp_path / "b.csv").read_text().splitlines()[1:]
        assert row == "2026-07-15T04:00:00.000Z,P-1,flow,60.0,historical"

    @pytest.mark.parametrize("unit", ["flow=kW", "flux=l/min", "flow"])
    def test_a_unit_that_cannot_be_is_refused(
        self, tmp_path: Path, into: tuple[object, ...], unit: str
    ) -> None:
        file = written(tmp_path, "a.csv", "ts,asset,point,value\n")

        assert run(import_, file, *into, "--unit", unit).exit_code == 2

    def test_killed_half_way_it_goes_on_where_it_was(self, tmp_path: Path, site: Path) -> None:
        data, into = filled(tmp_path / "data", site, rows=300_000), tmp_path / "into"
        first, again = tmp_path / "first.csv", tmp_path / "again.csv"
        samples = done(export, first, "--data", data, "--site", site)["samples"]

        killed_when(
            lambda: has_come_some_way(tmp_path / ".first.csv.import", seen=tmp_path / "seen"),
            ["import", first, "--data", into, "--site", site],
        )
        report = done(import_, first, "--data", into, "--site", site)
        done(export, again, "--data", into, "--site", site)

        (file,) = report["files"]
        assert (file["resumed"], file["complete"]) == (True, True)
        assert file["samples"] == file["stored"] == samples
        assert first.read_bytes() == again.read_bytes()


class TestMigrate:
    @pytest.fixture
    def into(self, site: Path, influx_database: InfluxDatabase) -> tuple[object, ...]:
        return ("--site", site, "--influx", influx_database.url)

    def migrate(self, *arguments: object, status: int = 0) -> Any:
        return done(influx, "migrate", *arguments, status=status)

    def test_all_that_the_file_holds_is_in_influxdb(
        self, tmp_path: Path, site: Path, into: tuple[object, ...], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(copying, "ROWS", 400)
        data = filled(tmp_path / "data", site)

        report = self.migrate("--data", data, *into)
        done(export, tmp_path / "file.csv", "--data", data, "--site", site)
        done(export, tmp_path / "server.csv", *into)

        assert (report["complete"], report["resumed"], report["left_out"]) == (True, False, [])
        assert report["samples"] == report["same"] == sum(each["samples"] for each in report["series"])
        assert (tmp_path / "file.csv").read_bytes() == (tmp_path / "server.csv").read_bytes()
        assert not (data / "migration.json").exists()

    def test_killed_half_way_it_goes_on_where_it_was(
        self, tmp_path: Path, site: Path, into: tuple[object, ...]
    ) -> None:
        data = filled(tmp_path / "data", site, rows=300_000)

        killed_when((data / "migration.json").exists, ["influx", "migrate", "--data", data, *into])
        report = self.migrate("--data", data, *into)

        assert (report["resumed"], report["complete"]) == (True, True)

    def test_samples_that_came_meanwhile_are_moved_too(
        self, tmp_path: Path, site: Path, into: tuple[object, ...]
    ) -> None:
        data = filled(tmp_path / "data", site)
        (data / "migration.json").write_text('{"identity": ["elsewhere", 1], "asset": "P-9", "until": 9}')

        assert self.migrate("--data", data, *into)["complete"]

    def test_minutes_and_hours_whose_samples_are_forgotten_come_too(
        self, tmp_path: Path, site: Path, into: tuple[object, ...], influx_database: InfluxDatabase
    ) -> None:
        data, table = filled(tmp_path / "data", site), load_installation(sites=[site]).table
        with closing(tiered_duckdb(data / "samples.duckdb", table)) as store:
            now = int(time.time() * 1000)
            down_sampled(store, table, to=now).forget(Retention(raw=96 * HOUR), now=now)
            span: dict[str, Any] = {
                "asset": "E-1",
                "point": "speed",
                "start": now - 240 * HOUR,
                "end": now,
                "limit": 9_999,
            }
            before = store.read_buckets(every=HOUR, **span)

        report = self.migrate("--data", data, *into)

        assert report["complete"]
        assert all(each["buckets"] == each["same"] > 100 for each in report["tiers"].values())
        with closing(tiered_influx(influx_database.url, table)) as store:
            down_sampled(store, table, to=now)
            after = store.read_buckets(every=HOUR, **span)
        assert len(before) > 20
        for name in ("ts", "min", "max", "last", "count"):
            assert getattr(after, name).tolist() == getattr(before, name).tolist()
        np.testing.assert_allclose(after.mean, before.mean)

    def test_what_the_server_refuses_is_named_and_counts(
        self, tmp_path: Path, site: Path, into: tuple[object, ...], influx_database: InfluxDatabase
    ) -> None:
        data = filled(tmp_path / "data", site)
        name = influx_database.name
        influx_database.server.query(f'CREATE DATABASE "{name}" WITH DURATION 72h NAME "raw"')

        report = self.migrate("--data", data, *into, status=1)

        assert not report["complete"]
        assert sum(report["refused"].values()) > 100
        assert "retention policy" in next(iter(report["refused"]))
        influx_database.server.query(f'ALTER RETENTION POLICY "raw" ON "{name}" DURATION INF')
        assert self.migrate("--data", data, *into)["complete"]

    def test_points_that_no_site_file_has_are_named_and_stay(
        self, tmp_path: Path, site: Path, into: tuple[object, ...]
    ) -> None:
        data = filled(tmp_path / "data", site)
        site.write_text(SITE.replace("  - {id: P-2, class: pump}\n", ""))

        report = self.migrate("--data", data, *into)

        assert report["complete"]
        assert {each.split("/")[0] for each in report["left_out"]} == {"P-2"}

    def test_a_file_in_use_is_refused(self, tmp_path: Path, site: Path, into: tuple[object, ...]) -> None:
        data = filled(tmp_path / "data", site)
        with owned_by_all(data):
            result = run(influx, "migrate", "--data", data, *into)

        assert result.exit_code == 1
        assert "is in use by process" in result.output

    def test_without_a_file_it_says_so(self, tmp_path: Path, into: tuple[object, ...]) -> None:
        result = run(influx, "migrate", "--data", tmp_path / "none", *into)

        assert (result.exit_code, "no samples in" in result.output) == (1, True)


def killed_when(reached: Callable[[], bool], arguments: Sequence[object]) -> None:
    """Run a command in a process of its own and kill it as soon as a point is reached."""
    process = subprocess.Popen(
        [sys.executable, "-m", "plantroom", *map(str, arguments)], stdout=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 120
    try:
        while not reached():
            assert process.poll() is None, "ended before it was killed"
            assert time.monotonic() < deadline
            time.sleep(0.005)
    finally:
        process.kill()
        process.wait(60)


def down_sampled(store: TieredStore, table: PointTable, *, to: int) -> DownSampling:
    """Make the minutes and hours of all that a store holds."""
    job = DownSampling(store, points=len(table))
    assert job.prepare(Retention(), now=to) == ()
    while job.advance(to):
        pass
    return job


def has_come_some_way(kept: Path, *, seen: Path) -> bool:
    """Look into a copy of an import's progress, which its process has open."""
    shutil.rmtree(seen, ignore_errors=True)
    seen.mkdir()
    try:
        for file in kept.parent.glob(f"{kept.name}*"):
            shutil.copy(file, seen)
        with duckdb.connect(seen / kept.name) as progress:
            return bool(progress.execute("SELECT count(*) FROM stored").fetchall()[0][0])
    except (duckdb.Error, FileNotFoundError):
        return False  # copied while it was written
