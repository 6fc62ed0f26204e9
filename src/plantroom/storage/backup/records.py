"""The records in a backup: what they hold, and PostgreSQL's own tools."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, NullPool, create_engine, inspect
from sqlalchemy.engine import URL, make_url

from plantroom.domain.errors import BackupFailed
from plantroom.storage.records import Records
from plantroom.storage.records.database import connect
from plantroom.storage.records.migrate import VERSION_TABLE, revision_of

MEMBER: Final = "records.pgdump"
"""Name of the member with a dump of PostgreSQL, in its custom format."""
ASIDE: Final = "plantroom_before_"
"""Begins the name of the schema in which restoring leaves what was there."""


def look_at(connection: Connection) -> tuple[str, dict[str, int]]:
    """Return the revision of the records' tables ("": there are none), and how many rows each has."""
    tables = sorted(set(inspect(connection).get_table_names()) - {VERSION_TABLE})
    quoted = connection.dialect.identifier_preparer.quote
    counts = {
        table: int(connection.exec_driver_sql(f"SELECT count(*) FROM {quoted(table)}").scalar_one())  # noqa: S608 - quoted
        for table in tables
    }
    return revision_of(connection) or "", counts


def look_at_file(path: Path) -> tuple[str, dict[str, int]]:
    """Return the same of an SQLite file that nobody uses, and leave it as it is."""
    with create_engine(f"sqlite:///{path}", poolclass=NullPool).connect() as connection:
        return look_at(connection)


def dump_postgres(url: str, path: Path) -> tuple[str, dict[str, int]]:
    """Write the database at `url` to `path` as it is at one moment; return its revision and its counts.

    Raises:
        RecordsUnavailable: it does not answer.
        BackupFailed: there is no pg_dump, or it failed.
    """
    program = _program("pg_dump")
    records = Records(connect(url))
    try:
        with records.read() as connection:
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            moment = connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
            found = look_at(connection)
            options = [f"--snapshot={moment}", f"--exclude-schema={ASIDE}*", f"--file={path}"]
            _run([program, "--format=custom", "--no-owner", "--no-privileges", *options], url)
    finally:
        records.close()
    return found


def others_on(url: str) -> int:
    """Return how many connections of the same user the database at `url` has besides ours."""
    return _ask(
        url,
        "SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() "
        "AND usename = current_user AND pid <> pg_backend_pid()",
    )


def holds_tables(url: str) -> bool:
    """Return whether there are tables where the records are to be."""
    return _ask(url, "SELECT count(*)::int FROM pg_tables WHERE schemaname = 'public'") > 0


def restore_postgres(url: str, path: Path, *, aside: str) -> bool:
    """Fill the database at `url` from a dump; return whether there were tables, now in the schema `aside`.

    Raises:
        RecordsUnavailable: it does not answer.
        BackupFailed: there is no pg_restore, or it failed.
    """
    program = _program("pg_restore")
    moved = move_tables(url, "public", aside)
    try:
        _run(
            [program, "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", str(path)],
            url,
        )
    except BackupFailed:
        if moved:
            move_tables(url, aside, "public")
        raise
    return bool(moved)


def move_tables(url: str, source: str, target: str) -> list[str]:
    """Move the tables of one schema of the database at `url` to another, and return their names."""
    records = Records(connect(url))
    try:
        with records.write() as connection:
            quoted = connection.dialect.identifier_preparer.quote
            tables = inspect(connection).get_table_names(schema=source)
            if tables:
                connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {quoted(target)}")
            for table in tables:
                name = f"{quoted(source)}.{quoted(table)}"
                connection.exec_driver_sql(f"ALTER TABLE {name} SET SCHEMA {quoted(target)}")
    finally:
        records.close()
    return tables


def _ask(url: str, question: str) -> int:
    records = Records(connect(url))
    try:
        with records.read() as connection:
            return int(connection.exec_driver_sql(question).scalar_one())
    finally:
        records.close()


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise BackupFailed(
            f"{name} is not on the path: install PostgreSQL's client programs (Debian: postgresql-client), "
            "of the server's version or newer"
        )
    return found


def _run(command: Sequence[str], url: str) -> None:
    address = make_url(url)
    # The password goes by the environment: everybody on the machine can read arguments.
    environment = os.environ | ({"PGPASSWORD": str(address.password)} if address.password else {})
    database = URL.create(
        "postgresql",
        username=address.username,
        host=address.host,
        port=address.port,
        database=address.database,
        query=address.query,
    )
    result = subprocess.run(  # noqa: S603 - our own arguments, no shell
        [*command, f"--dbname={database.render_as_string()}"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        raise BackupFailed(f"{Path(command[0]).name} failed: {result.stderr.strip()[-1000:]}")
