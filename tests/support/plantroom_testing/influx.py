"""A real InfluxDB 1.x server (Debian's package `influxdb`) on free ports, in a directory of the test's."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

ADMIN = "admin"
ADMIN_PASSWORD = "s3cret:/@"
_START_S = 60.0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class InfluxServer:
    """One server process and its files; stopped and started again it is the same server."""

    directory: Path
    auth: bool = False
    http_settings: str = ""
    """Further lines of its section `[http]`."""
    data_settings: str = ""
    """Further lines of its section `[data]`."""
    files: Path | None = None
    """Where its data are, as it sees it; under `directory` if not given."""
    prefix: Sequence[str] = ()
    """What the server is run by."""
    port: int = field(default_factory=_free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Of the server, without credentials."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self.directory.mkdir(parents=True, exist_ok=True)
        config = self.directory / "influxdb.conf"
        config.write_text(self._config())
        with (self.directory / "influxd.log").open("ab") as log:
            program = shutil.which("influxd") or "/usr/sbin/influxd"
            self.process = subprocess.Popen(
                [*self.prefix, program, "-config", config], stdout=log, stderr=log
            )
        self._wait_until_it_answers()

    def stop(self) -> None:
        """End the server in its own way."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End the server without a chance to save anything."""
        self._end(signal.SIGKILL)

    def hang(self) -> None:
        """Keep the server from answering, while it keeps its connections."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a hanging server go on."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def query(self, statement: str, *, database: str = "") -> list[dict[str, Any]]:
        """Return the results of InfluxQL statements, asked as administrator."""
        response = httpx.post(
            f"{self.url}/query",
            params={"db": database, "epoch": "ms"},
            data={"q": statement},
            auth=(ADMIN, ADMIN_PASSWORD) if self.auth else None,
            timeout=60,
        )
        answer = response.json()
        assert response.is_success, answer
        results: list[dict[str, Any]] = answer["results"]
        assert not any("error" in result for result in results), answer
        return results

    def write(self, lines: str, *, database: str, policy: str = "") -> None:
        """Write line protocol with times in ms, as somebody else's program would."""
        response = httpx.post(
            f"{self.url}/write",
            params={"db": database, "precision": "ms", "rp": policy},
            content=lines.encode(),
            auth=(ADMIN, ADMIN_PASSWORD) if self.auth else None,
            timeout=60,
        )
        assert response.status_code == 204, response.text

    def _end(self, how: signal.Signals) -> None:
        if self.process is None:
            return
        self.process.send_signal(how)
        self.process.wait(60)
        self.process = None

    def _wait_until_it_answers(self) -> None:
        assert self.process is not None
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"influxd ended: {(self.directory / 'influxd.log').read_text()[-2000:]}")
            try:
                httpx.get(f"{self.url}/ping", timeout=5)
            except httpx.HTTPError:
                time.sleep(0.05)
            else:
                return
        raise TimeoutError(f"influxd does not answer on {self.url}")

    def _config(self) -> str:
        files = self.files or self.directory
        return f"""
reporting-disabled = true
bind-address = "127.0.0.1:0"
[meta]
  dir = "{files}/meta"
[data]
  dir = "{files}/data"
  wal-dir = "{files}/wal"
  query-log-enabled = false
{self.data_settings}
[http]
  bind-address = "127.0.0.1:{self.port}"
  auth-enabled = {str(self.auth).lower()}
  log-enabled = false
{self.http_settings}
[monitor]
  store-enabled = false
"""


@dataclass(frozen=True)
class InfluxDatabase:
    """One test's database on a server that other tests use too."""

    server: InfluxServer
    name: str

    @property
    def url(self) -> str:
        """As `--influx` takes it."""
        return f"{self.server.url}/{self.name}"


@pytest.fixture(scope="session")
def influx_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxServer]:
    """Give a running server without authentication, for tests that only need a database of their own."""
    server = InfluxServer(tmp_path_factory.mktemp("influx"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def influx_database(influx_server: InfluxServer) -> Iterator[InfluxDatabase]:
    """Give the name and address of a database that does not exist yet."""
    database = InfluxDatabase(influx_server, f"db_{os.getpid()}_{time.monotonic_ns()}")
    yield database
    influx_server.query(f'DROP DATABASE "{database.name}"')


@pytest.fixture
def start_influx(tmp_path: Path) -> Iterator[Callable[..., InfluxServer]]:
    """Give a function that starts a server of the test's own, to be stopped and started at will."""
    servers: list[InfluxServer] = []

    def start(**options: Any) -> InfluxServer:
        server = InfluxServer(tmp_path / f"influx{len(servers)}", **options)
        servers.append(server)
        server.start()
        if server.auth:
            _create_admin(server)
        return server

    yield start
    for server in servers:
        server.kill()


def _create_admin(server: InfluxServer) -> None:
    """Make the first user, which a server with authentication lets anybody do."""
    response = httpx.post(
        f"{server.url}/query",
        data={"q": f"CREATE USER {ADMIN} WITH PASSWORD '{ADMIN_PASSWORD}' WITH ALL PRIVILEGES"},
    )
    assert response.is_success, response.text
