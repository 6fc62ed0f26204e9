"""The deployed stack, run natively by the settings of docker-compose.yml as `make stack-native` does."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg

from plantroom_stack.compose import ROOT
from plantroom_stack.secrets_file import make_env_file, read_env_file
from plantroom_testing.grafana_board import Sources
from plantroom_testing.grafana_influxql import InfluxSource
from plantroom_testing.grafana_postgres import PostgresSource
from plantroom_testing.product import ADMIN_TOKEN, Product, launched, wait_for

PATIENCE_S: Final = 300.0


@dataclass(slots=True, kw_only=True)
class Stack:
    """A running stack and its secrets."""

    api: Product
    """The process that keeps the stack, and the API of the stack."""
    state: Path
    secrets: Mapping[str, str]
    sources: Sources
    """What Grafana asks, by its own accounts and no others."""

    def port(self, service: str, inside: int) -> int:
        """Return the port here of a port in a service's container."""
        return _port(self.state, service, inside)

    def broker(self, user: str = "simulators") -> str:
        """Return the broker's URL for one of its users."""
        password = self.secrets[f"MQTT_{user.upper()}_PASSWORD"]
        return f"mqtt://{user}:{password}@127.0.0.1:{self.port('mosquitto', 1883)}"

    def kill(self, service: str) -> None:
        """Kill a service with -9, and return when it was started again."""
        killed = _written(self.state)[service]["pid"]
        os.kill(killed, signal.SIGKILL)
        wait_for(
            lambda: _written(self.state)[service]["pid"] != killed, what=f"{service} again", log=self.api.log
        )

    def plantroom(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the product."""
        command = [sys.executable, "-m", "plantroom", *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=120)

    def log_of(self, service: str) -> Path:
        """Return where a service logs to."""
        return self.state / "logs" / f"{service}.log"


def _written(state: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((state / "stack.json").read_text())
    return document


def _port(state: Path, service: str, inside: int) -> int:
    port: int = _written(state)[service]["ports"][str(inside)]
    return port


@contextmanager
def _sources(state: Path, secrets: Mapping[str, str]) -> Iterator[Sources]:
    readings = InfluxSource(
        url=f"http://127.0.0.1:{_port(state, 'influxdb', 8086)}",
        database="plantroom",
        auth=("plantroom_grafana", (state / "volumes/influx-accounts/influx-grafana").read_text()),
    )
    records = PostgresSource(
        conninfo=psycopg.conninfo.make_conninfo(
            host="127.0.0.1",
            port=_port(state, "postgres", 5432),
            dbname="plantroom",
            user="grafana",
            password=secrets["POSTGRES_GRAFANA_PASSWORD"],
        )
    )
    with closing(readings):
        yield Sources(influx={"plantroom-influx": readings}, postgres={"plantroom-records": records})


@contextmanager
def running_stack(options: Sequence[str] = ("--demo",)) -> Iterator[Stack]:
    """Run the stack on free ports; its files are gone afterwards."""
    # PostgreSQL runs as another user, who must get to its files
    folder = Path(tempfile.mkdtemp(prefix="plantroom-stack-"))
    folder.chmod(0o755)
    try:
        make_env_file(folder / ".env", files=folder / "files")
        arguments = ["--env-file", str(folder / ".env"), "native", "--free-ports", *options]
        with launched(
            [*arguments, "--state", str(folder / "state")],
            log=folder / "stack.log",
            environment={"PYTHONPATH": str(ROOT / "deploy")},
            program=(sys.executable, "-m", "plantroom_stack"),
            patience=PATIENCE_S,
        ) as api:
            secrets = {**read_env_file(folder / ".env"), "PLANTROOM_ADMIN_TOKEN": ADMIN_TOKEN}
            with _sources(folder / "state", secrets) as sources:
                yield Stack(api=api, state=folder / "state", secrets=secrets, sources=sources)
            api.terminate()
    finally:
        shutil.rmtree(folder)
