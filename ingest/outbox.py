"""Transitions on their way to the API: kept on disk until it has them."""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from plantroom.domain.alarm import Transition
from plantroom.domain.errors import SpoolBroken, SpoolFull
from plantroom.domain.report import to_document

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, document TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS retained (topic TEXT PRIMARY KEY) WITHOUT ROWID;
"""

Parcel = tuple[int, dict[str, Any]]
"""A place in the outbox and the document that lies there."""


class Outbox:
    """A queue on disk, first in, first out; used from any thread.

    Every method raises `SpoolFull` when the disk is full, and `SpoolBroken` when it failed.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.executescript(_SCHEMA)

    def put(self, transitions: Iterable[Transition]) -> None:
        """Keep `transitions`, all or none, durable on return."""
        documents = [(json.dumps(to_document(transition)),) for transition in transitions]
        self._write("INSERT INTO outbox (document) VALUES (?)", documents)

    def peek(self, limit: int) -> list[Parcel]:
        """Return the `limit` oldest documents with their places."""
        rows = self._read("SELECT id, document FROM outbox ORDER BY id LIMIT ?", limit)
        return [(place, json.loads(document)) for place, document in rows]

    def remove_through(self, place: int) -> None:
        """Forget the documents up to `place`: they have been delivered."""
        self._write("DELETE FROM outbox WHERE id <= ?", [(place,)])

    def __len__(self) -> int:
        ((count,),) = self._read("SELECT count(*) FROM outbox")
        return int(count)

    def retained(self) -> set[str]:
        """Return the MQTT topics on which an alarm may be retained."""
        return {topic for (topic,) in self._read("SELECT topic FROM retained")}

    def note_retained(self, topic: str) -> None:
        """Remember that an alarm is about to be retained on `topic`."""
        self._write("INSERT OR IGNORE INTO retained VALUES (?)", [(topic,)])

    def note_gone(self, topic: str) -> None:
        """Remember that no alarm is retained on `topic` any more."""
        self._write("DELETE FROM retained WHERE topic = ?", [(topic,)])

    def _read(self, statement: str, *given: object) -> list[tuple[Any, ...]]:
        with self._lock, _failures_told():
            return self._database.execute(statement, given).fetchall()

    def _write(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        with self._lock, _failures_told():
            try:
                self._database.execute("BEGIN IMMEDIATE")
                self._database.executemany(statement, rows)
                self._database.execute("COMMIT")
            except sqlite3.Error:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Release the file."""
        with self._lock:
            self._database.close()


@contextmanager
def _failures_told() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            raise SpoolFull(f"disk of the outbox is full: {error}") from error
        raise SpoolBroken(f"outbox cannot be used: {error}") from error
