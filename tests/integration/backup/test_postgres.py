"""Records on PostgreSQL, dumped and restored by its own tools."""

import sys
from contextlib import closing
from pathlib import Path

import pytest

from plantroom.api.access.identity import Role
from plantroom.api.access.keys import create_token, list_tokens
from plantroom.domain.errors import BackupFailed
from plantroom.storage.backup.records import (
    dump_postgres,
    holds_tables,
    move_tables,
    others_on,
    restore_postgres,
)
from plantroom.storage.records import open_records
from plantroom.storage.records.database import Records, connect
from plantroom_testing.postgres import PostgresServer


def make_token(url: str, name: str) -> None:
    with closing(open_records(url)) as records:
        create_token(records, role=Role.VIEWER, name=name, by="test", now=1)


def names(url: str) -> list[str]:
    with closing(open_records(url)) as records:
        return [token.name for token in list_tokens(records)]


@pytest.fixture
def dump(postgres_url: str, tmp_path: Path) -> Path:
    make_token(postgres_url, "before")
    path = tmp_path / "records.pgdump"
    dump_postgres(postgres_url, path)
    return path


@pytest.fixture
def another_url(postgres: PostgresServer) -> str:
    return postgres.url(postgres.create_database())


def test_a_dump_says_its_revision_and_how_many_of_what(postgres_url: str, tmp_path: Path) -> None:
    make_token(postgres_url, "before")

    revision, counts = dump_postgres(postgres_url, tmp_path / "records.pgdump")

    assert revision >= "0004"
    assert (counts["tokens"], counts["alarms"]) == (1, 0)


def test_what_was_dumped_is_there_again_in_another_database(dump: Path, another_url: str) -> None:
    assert not holds_tables(another_url)

    assert not restore_postgres(another_url, dump, aside="plantroom_before_now")

    assert names(another_url) == ["before"]
    make_token(another_url, "after")
    assert names(another_url) == ["after", "before"]


def test_what_was_there_is_kept_in_a_schema_of_its_own_and_in_no_later_dump(
    postgres_url: str, dump: Path, tmp_path: Path, another_url: str
) -> None:
    make_token(postgres_url, "after")

    assert restore_postgres(postgres_url, dump, aside="plantroom_before_now")

    assert names(postgres_url) == ["before"]
    with closing(Records(connect(postgres_url))) as records, records.read() as connection:
        rows = connection.exec_driver_sql("SELECT name FROM plantroom_before_now.tokens ORDER BY number")
        assert [name for (name,) in rows] == ["before", "after"]
    dump_postgres(postgres_url, tmp_path / "again.pgdump")
    restore_postgres(another_url, tmp_path / "again.pgdump", aside="plantroom_before_then")
    assert move_tables(another_url, "plantroom_before_now", "public") == []


def test_a_dump_that_cannot_be_restored_leaves_what_was_there(postgres_url: str, dump: Path) -> None:
    make_token(postgres_url, "after")
    dump.write_bytes(dump.read_bytes()[:-2000])

    with pytest.raises(BackupFailed, match="pg_restore failed"):
        restore_postgres(postgres_url, dump, aside="plantroom_before_now")

    assert names(postgres_url) == ["after", "before"]


def test_whoever_else_uses_the_database_is_seen(postgres_url: str) -> None:
    assert others_on(postgres_url) == 0

    with closing(Records(connect(postgres_url))) as records, records.read():
        assert others_on(postgres_url) == 1


def test_a_missing_tool_is_named_with_what_to_install(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))

    with pytest.raises(BackupFailed, match=r"pg_dump is not on the path: install .*postgresql-client"):
        dump_postgres(postgres_url, tmp_path / "records.pgdump")


def test_the_password_is_no_argument(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pg_dump").write_text('#!/bin/sh\necho "$@ $PGPASSWORD" >&2\nexit 1\n')
    (tmp_path / "pg_dump").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    with pytest.raises(BackupFailed) as failed:
        dump_postgres(postgres_url.replace("@", ":s3cret@"), tmp_path / "records.pgdump")

    said = str(failed.value)
    assert said.endswith(" s3cret")
    assert said.count("s3cret") == 1
