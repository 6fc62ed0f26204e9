"""`plantroom backup` and `plantroom restore` where no product runs."""

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from click.testing import CliRunner, Result

from plantroom.api.access.identity import Role
from plantroom.api.access.keys import create_token, list_tokens
from plantroom.cli.backup import backup
from plantroom.cli.lock import owned
from plantroom.cli.restore import restore
from plantroom.domain.errors import BackupInvalid, RecordsTooNew
from plantroom.storage.backup.archive import Source, write_archive
from plantroom.storage.backup.manifest import Manifest
from plantroom.storage.backup.records import look_at_file
from plantroom.storage.records import open_records
from plantroom.storage.records.database import Records, connect
from plantroom.storage.records.migrate import SCRIPTS
from plantroom_testing.series import T0, batch_of, good, opened_duckdb, read_all, table_of

PUMPS = table_of({"P-1": "pump"})


def make_token(data: Path, name: str) -> None:
    with closing(open_records(f"sqlite:///{data / 'records.sqlite'}")) as records:
        create_token(records, role=Role.VIEWER, name=name, by="test", now=1)


def names(data: Path) -> list[str]:
    with closing(open_records(f"sqlite:///{data / 'records.sqlite'}")) as records:
        return [token.name for token in list_tokens(records)]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with a token and a sample."""
    data = tmp_path / "data"
    data.mkdir()
    make_token(data, "before")
    with opened_duckdb(data / "samples.duckdb", PUMPS) as store:
        store.write(batch_of(PUMPS, [good("P-1", "flow", T0, 1.0)]))
    return data


@pytest.fixture
def archive(data: Path, tmp_path: Path) -> Path:
    archive = tmp_path / "plant.tar.gz"
    assert run(backup, archive, "--data", data).exit_code == 0
    return archive


def run(what: Any, *arguments: str | Path) -> Result:
    return CliRunner().invoke(what, [str(argument) for argument in arguments])


def snapshot(data: Path) -> dict[str, bytes]:
    return {str(path.relative_to(data)): path.read_bytes() for path in data.rglob("*") if path.is_file()}


def test_what_was_saved_is_in_another_directory(archive: Path, tmp_path: Path) -> None:
    result = run(restore, archive, "--data", tmp_path / "other")

    assert result.exit_code == 0
    assert "1 tokens, 1 samples" in result.stdout
    assert names(tmp_path / "other") == ["before"]
    with opened_duckdb(tmp_path / "other/samples.duckdb", PUMPS) as store:
        assert read_all(store, "P-1", "flow") == [(T0, 1.0, 0)]


def test_a_backup_changes_nothing(data: Path, archive: Path) -> None:
    before = snapshot(data)

    assert run(backup, archive, "--data", data, "--force").exit_code == 0

    assert snapshot(data) == before
    assert [path.name for path in archive.parent.iterdir() if path.name.startswith(".plantroom")] == []


def test_what_is_reported_is_one_document(data: Path, tmp_path: Path) -> None:
    saved = json.loads(run(backup, tmp_path / "plant.tar.gz", "--data", data, "--json").stdout)
    back = json.loads(run(restore, saved["file"], "--data", tmp_path / "other", "--json").stdout)

    assert saved["bytes"] == (tmp_path / "plant.tar.gz").stat().st_size
    assert (saved["records"], saved["samples"]) == ("sqlite", "duckdb")
    assert (saved["counts"]["tokens"], saved["counts"]["sample_rows"]) == (1, 1)
    assert back["counts"] == saved["counts"]
    assert (back["before"], back["too_old"]) == ([], 0)


def test_in_a_directory_the_file_is_named_by_its_time(data: Path, tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()

    assert run(backup, tmp_path / "backups", "--data", data).exit_code == 0

    (made,) = (tmp_path / "backups").iterdir()
    assert made.match("plantroom-????????T??????Z.tar.gz")


def test_a_file_that_exists_is_replaced_only_where_asked_for(data: Path, archive: Path) -> None:
    make_token(data, "after")

    refused = run(backup, archive, "--data", data)
    replaced = run(backup, archive, "--data", data, "--force")

    assert (refused.exit_code, replaced.exit_code) == (1, 0)
    assert "exists: choose another name, or give --force" in refused.stderr
    assert "2 tokens" in replaced.stdout


def test_what_is_not_in_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    make_token(tmp_path / "data", "before")

    result = run(backup, tmp_path / "plant.tar.gz", "--data", tmp_path / "data")

    assert result.stdout.endswith("1 tokens, no samples\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "nowhere"], "there is no nowhere: give --data, --database or --influx"),
        (["--database", "sqlite:///x"], "PostgreSQL only; SQLite is taken from --data"),
        (["--influx", "influx:8086"], "--influx: InfluxDB's URL must be like"),
    ],
    ids=["nothing there", "sqlite", "no url"],
)
def test_what_cannot_be_saved_is_said(tmp_path: Path, arguments: list[str], message: str) -> None:
    result = run(backup, tmp_path / "plant.tar.gz", *arguments)

    assert result.exit_code == 1
    assert message in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_stays_unless_force_is_given_and_then_goes_aside(data: Path, archive: Path) -> None:
    make_token(data, "after")

    refused = run(restore, archive, "--data", data)
    forced = run(restore, archive, "--data", data, "--force")

    assert (refused.exit_code, forced.exit_code) == (1, 0)
    assert "is not empty: give --force" in refused.stderr
    assert names(data) == ["before"]
    (aside,) = data.glob("replaced-*")
    assert f"what was there before: {aside}" in forced.stdout
    assert names(aside) == ["after", "before"]


def test_a_damaged_archive_touches_nothing(data: Path, archive: Path) -> None:
    make_token(data, "after")
    before = snapshot(data)
    content = archive.read_bytes()
    archive.write_bytes(content[: len(content) // 2])

    result = run(restore, archive, "--data", data, "--force")

    assert isinstance(result.exception, BackupInvalid)
    assert snapshot(data) == before


def test_a_directory_in_use_is_refused(data: Path, archive: Path) -> None:
    with owned(data / "ingest"):
        result = run(restore, archive, "--data", data, "--force")

    assert result.exit_code == 1
    assert "in use by process" in result.stderr


def test_two_backups_of_one_directory_do_not_meet(data: Path, tmp_path: Path) -> None:
    with owned(data / "backup"):
        result = run(backup, tmp_path / "plant.tar.gz", "--data", data)

    assert result.exit_code == 1
    assert "backup is in use by process" in result.stderr


def test_a_part_for_a_server_must_be_given_its_place(archive: Path, tmp_path: Path) -> None:
    other = ["--data", str(tmp_path / "other")]
    on_postgres = of_revision(tmp_path, "0004", records="postgresql", samples="influxdb")

    assert "nothing for --influx, but duckdb" in run(restore, archive, *other, "--influx", "http://x").stderr
    assert "nothing for --database, but sqlite" in run(restore, archive, *other, "--database", PG).stderr
    assert "has a part for --database: say where" in run(restore, on_postgres, *other).stderr
    assert "part for --influx" in run(restore, on_postgres, *other, "--database", PG).stderr


PG = "postgresql+psycopg://nobody@127.0.0.1:1/nowhere"


def of_revision(folder: Path, revision: str, *, records: str = "sqlite", samples: str = "") -> Path:
    """Write an archive whose records say that they are of `revision`, of the first version as they are."""
    path = folder / "old.sqlite"
    with closing(Records(connect(f"sqlite:///{path}"))) as old:
        config = Config()
        config.set_main_option("script_location", str(SCRIPTS))
        with old.write() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "0001")
            values = "('d', 'viewer', 'old', 'x', 1)"
            columns = "digest, role, name, created_by, created_at"
            connection.exec_driver_sql(f"INSERT INTO tokens ({columns}) VALUES {values}")
    source = Source.of(path)
    manifest = Manifest(
        product="0.0.1",
        created="2025-01-01T00:00:00Z",
        records=records,
        revision=revision,
        samples=samples,
        counts={"tokens": 1},
        members={"data/records.sqlite": source.member},
    )
    archive = folder / "old.tar.gz"
    write_archive(archive, manifest, {"data/records.sqlite": source}, told=lambda *_: None)
    return archive


def test_records_of_an_older_version_are_brought_up_to_date(tmp_path: Path) -> None:
    result = run(restore, of_revision(tmp_path, "0001"), "--data", tmp_path / "data")

    assert result.exit_code == 0
    assert look_at_file(tmp_path / "data/records.sqlite")[0] > "0001"
    assert names(tmp_path / "data") == ["old"]


def test_records_of_a_newer_version_are_refused(tmp_path: Path) -> None:
    result = run(restore, of_revision(tmp_path, "9999"), "--data", tmp_path / "data")

    assert isinstance(result.exception, RecordsTooNew)
    assert not (tmp_path / "data").exists()
