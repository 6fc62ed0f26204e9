"""The database of the records: one writer at a time, on SQLite and PostgreSQL alike."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from plantroom.domain.errors import RecordsUnavailable

WRITER_LOCK: Final = 0x506C616E74
"""Name of the advisory lock that every writer on PostgreSQL holds until its commit."""
BUSY_TIMEOUT_MS: Final = 10_000


class Records:
    """Alarms, work orders and what people did; every method may be called from any thread.

    Writers are serialised until their commit, so a transaction decides on what it read, and the numbers of
    events become visible in ascending order.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writing = threading.Lock()
        self._listeners: list[Callable[[], None]] = []

    @property
    def is_sqlite(self) -> bool:
        """Whether the embedded database is used."""
        return self._engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that reads one consistent state.

        Raises:
            RecordsUnavailable: the database does not answer.
        """
        with _translated(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open the one writing transaction; commit at the end, or roll back where it raises.

        Raises:
            RecordsUnavailable: the database does not answer; nothing was written, or it was just committed.
        """
        with _translated(), self._turn(), self._engine.connect() as plain:
            connection = plain.execution_options(writes=True)
            with connection.begin():
                if not self.is_sqlite:
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITER_LOCK})
                yield connection
        for listener in tuple(self._listeners):
            listener()

    def after_commit(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` in the writer's thread after each commit; return what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def close(self) -> None:
        """Release every connection."""
        self._engine.dispose()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Queue this process's writers on SQLite, whose own waiting is by polling with growing pauses."""
        if not self.is_sqlite:
            yield
            return
        with self._writing:
            yield


def connect(url: str) -> Engine:
    """Return an engine for `url` (`sqlite:///path` or `postgresql://...`)."""
    address = _normal(make_url(url))
    if address.get_backend_name() != "sqlite":
        return create_engine(address, pool_size=10, max_overflow=30, pool_pre_ping=True)
    engine = create_engine(
        address,
        pool_size=10,
        max_overflow=30,
        connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _normal(address: URL) -> URL:
    if address.drivername in ("postgresql", "postgres"):
        return address.set(drivername="postgresql+psycopg")
    return address


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we begin transactions ourselves
    # FULL: a transition answered for is gone from the pipeline's outbox, so it must survive a power cut.
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        raise RecordsUnavailable(f"the records database does not answer: {error.orig}") from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise RecordsUnavailable(f"the records database went away: {error.orig}") from error
        raise
