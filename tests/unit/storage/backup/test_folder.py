"""The files of a data directory: which belong into a backup, and how they stay consistent."""

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from plantroom.domain.errors import BackupFailed
from plantroom.storage.backup import ASIDE, folder

KEPT = [
    "clock-began",
    "ingest/checkpoint.npz",
    "ingest/id",
    "ingest/journal/00000000000000000001.journal",
    "ingest/outbox.sqlite",
    "ingest/stored",
    "records.sqlite",
    "samples.duckdb",
]
LEFT_OUT = [
    "api.json",
    "api/lock",
    "backup/samples.duckdb",
    "ingest/checkpoint.new",
    "ingest/lock",
    "lock",
    "replaced-20261122T070000Z/records.sqlite",
    "restoring/data/records.sqlite",
    "samples.duckdb.tmp/duckdb_temp_1_0_owner",
    "samples.duckdb.wal",
]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for name in KEPT + LEFT_OUT:
        path = tmp_path / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".sqlite":
            with closing(sqlite3.connect(path)) as database, database:
                database.execute("CREATE TABLE t (x)")
        else:
            path.write_text(name)
    return tmp_path / "data"


def test_all_that_is_kept_belongs_into_a_backup_and_nothing_else(data: Path) -> None:
    assert [str(path) for path in folder.kept_in(data)] == KEPT


def test_the_records_are_copied_last_for_the_outbox_may_then_know_more(data: Path, tmp_path: Path) -> None:
    members = list(folder.copy_state(data, tmp_path / "parts"))

    assert members == [
        "data/clock-began",
        "data/ingest/checkpoint.npz",
        "data/ingest/id",
        "data/ingest/stored",
        "data/ingest/outbox.sqlite",
        "data/records.sqlite",
    ]


def test_a_database_is_copied_with_what_is_committed_and_no_more(data: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(data / "records.sqlite")) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        with writer:
            writer.execute("INSERT INTO t VALUES (1)")
        writer.execute("INSERT INTO t VALUES (2)")

        copies = folder.copy_state(data, tmp_path / "parts")

        writer.rollback()
    with closing(sqlite3.connect(copies["data/records.sqlite"])) as copy:
        assert copy.execute("SELECT x FROM t").fetchall() == [(1,)]


def test_a_segment_that_is_deleted_while_it_is_held_is_still_saved(data: Path) -> None:
    journal = data / "ingest/journal"
    with folder.holding_journal(data):
        (journal / "00000000000000000001.journal").unlink()
        later = journal / "00000000000000000009.journal"
        later.write_text("begun meanwhile")
        while not (data / ASIDE / "ingest/journal" / later.name).exists():
            time.sleep(0.01)
        later.unlink()
        (journal / "00000000000000000017.journal").write_text("last")

        held = folder.journal_held(data)

    assert {name: path.read_text() for name, path in held.items()} == {
        "data/ingest/journal/00000000000000000001.journal": "ingest/journal/00000000000000000001.journal",
        "data/ingest/journal/00000000000000000009.journal": "begun meanwhile",
        "data/ingest/journal/00000000000000000017.journal": "last",
    }


def test_what_is_appended_to_a_held_segment_is_in_it(data: Path) -> None:
    with folder.holding_journal(data):
        with (data / "ingest/journal/00000000000000000001.journal").open("a") as file:
            file.write(" and more")
        (path,) = folder.journal_held(data).values()

    assert path.read_text().endswith(".journal and more")


def test_a_segment_that_cannot_be_held_fails_the_backup(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = os.link
    calls: list[int] = []

    def once(source: Path, target: Path) -> None:
        calls.append(1)
        if len(calls) > 1:
            raise PermissionError("no links here")
        link(source, target)

    monkeypatch.setattr(os, "link", once)

    def hold() -> None:
        with folder.holding_journal(data):
            (data / "ingest/journal/00000000000000000009.journal").write_text("begun meanwhile")
            while len(calls) < 2:
                time.sleep(0.01)

    with pytest.raises(PermissionError, match="no links here"):
        hold()


def test_no_copy_of_the_samples_is_begun_where_it_would_fill_the_disk(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.check_room(data)
    os.truncate(data / "samples.duckdb", 2**42)

    with pytest.raises(BackupFailed, match="needs 4,39"):
        folder.check_room(data)


def test_what_was_there_goes_aside_whole_with_the_logs_of_its_databases(data: Path, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    (fresh / "ingest").mkdir(parents=True)
    (fresh / "ingest/id").write_text("another")

    assert folder.replace(data, fresh, aside=data / "replaced-now")

    assert [str(path) for path in folder.all_in(data)] == ["ingest/id"]
    assert (data / "ingest/id").read_text() == "another"
    assert (data / "lock").exists()
    aside = data / "replaced-now"
    moved = sorted(str(path.relative_to(aside)) for path in aside.rglob("*") if path.is_file())
    assert moved == sorted(
        [*KEPT, "ingest/checkpoint.new", "samples.duckdb.tmp/duckdb_temp_1_0_owner", "samples.duckdb.wal"]
    )


def test_an_empty_directory_leaves_nothing_aside(tmp_path: Path) -> None:
    data, fresh = tmp_path / "data", tmp_path / "fresh"
    data.mkdir()
    fresh.mkdir()
    (fresh / "records.sqlite").write_text("records")

    assert not folder.replace(data, fresh, aside=data / "replaced-now")

    assert [path.name for path in data.iterdir()] == ["records.sqlite"]
