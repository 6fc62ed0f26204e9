"""A real PostgreSQL server (Debian's package `postgresql`) with its own files, one per test process."""

import getpass
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

START_S = 120.0


def _program(name: str) -> str:
    """Return the newest `name` that Debian has installed, which is not on the path."""
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = str(installed[-1]) if installed else shutil.which(name)
    if found is None:
        raise RuntimeError(f"{name} is not installed: apt-get install postgresql")
    return found


def _owner() -> str | None:
    """Return as whom the server must run; None: as whoever we are, since we are not root."""
    return "postgres" if os.geteuid() == 0 else None


@dataclass
class PostgresServer:
    """One server process and its files."""

    directory: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self.process = subprocess.Popen(
            [_program("postgres"), "-D", self.directory / "data", "-p", str(self.port), *self._settings()],
            user=_owner(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self.directory,
        )
        self._wait_until_it_answers()

    def stop(self) -> None:
        """End the server, with whatever connections it has."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)
        self.process = None

    def url(self, database: str) -> str:
        """Return the URL of a database."""
        return f"postgresql+psycopg://{self.user}@127.0.0.1:{self.port}/{database}"

    def create_database(self) -> str:
        """Make an empty database and return its name."""
        name = f"test_{uuid.uuid4().hex}"
        with psycopg.connect(self._admin, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        return name

    def drop_database(self, name: str) -> None:
        """Drop a database, with whatever connections it has."""
        with psycopg.connect(self._admin, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")

    @property
    def user(self) -> str:
        """Who owns the databases."""
        return _owner() or getpass.getuser()

    @property
    def _admin(self) -> str:
        return f"host=127.0.0.1 port={self.port} user={self.user} dbname=postgres"

    def _settings(self) -> list[str]:
        # the tests end this server as they like, and nothing in it outlives them
        options = {"fsync": "off", "listen_addresses": "127.0.0.1", "max_connections": "200"}
        options["unix_socket_directories"] = str(self.directory)
        return [part for name, value in options.items() for part in ("-c", f"{name}={value}")]

    def _wait_until_it_answers(self) -> None:
        assert self.process is not None
        deadline = time.monotonic() + START_S
        while True:
            try:
                psycopg.connect(self._admin, connect_timeout=5).close()
            except psycopg.OperationalError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            else:
                return


def make_server(directory: Path) -> PostgresServer:
    """Return a server with new files in `directory`, not yet started."""
    owner = _owner()
    if owner is not None:
        shutil.chown(directory, owner)
    subprocess.run(
        [_program("initdb"), "-D", directory / "data", "--auth=trust", "--no-sync", "--encoding=UTF8"],
        user=owner,
        check=True,
        stdout=subprocess.DEVNULL,
        cwd=directory,
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return PostgresServer(directory, probe.getsockname()[1])


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A server that the tests of this process share; each takes a database of its own."""
    with tempfile.TemporaryDirectory(prefix="plantroom-postgres-") as directory:
        server = make_server(Path(directory))
        server.start()
        yield server
        server.stop()


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """The URL of an empty database."""
    name = postgres.create_database()
    yield postgres.url(name)
    postgres.drop_database(name)
