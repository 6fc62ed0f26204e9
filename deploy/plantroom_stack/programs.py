"""Which program of this host does what a container's does, and how it is started."""

import getpass
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

import httpx
import psycopg

from plantroom_stack.compose import Service
from plantroom_stack.errors import StackError
from plantroom_stack.places import LOOPBACK, Places

_PATIENCE_S: Final = 60.0
_POSTGRES: Final = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1:]
_PATH: Final = os.pathsep.join(
    [str(Path(sys.executable).parent), *map(str, _POSTGRES), os.environ.get("PATH", ""), "/usr/sbin"]
)
_KEPT: Final = frozenset({"HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "USER"})
"""Variables of this host that programs may see besides those of the compose file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A command that does natively what a container does."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    health: tuple[str, ...] = ()
    """Command that succeeds when it is healthy."""
    is_healthy: Callable[[], bool] | None = None
    """Instead of a command."""
    user: str | None = None
    stop: signal.Signals = signal.SIGTERM
    prepare: Callable[[], None] = field(default=lambda: None)
    """What its image's entry point would do before it starts."""
    settle: Callable[[], None] = field(default=lambda: None)
    """What its image's entry point would do once it runs."""


Recipe = Callable[[Service, Places], Program | None]


def program_for(service: Service, places: Places) -> Program | None:
    """Return how `service` is started here; None: nothing on this host can do what it does."""
    recipe = _RECIPES.get(image_of(service))
    return None if recipe is None else recipe(service, places)


def listens_on(service: Service) -> Iterable[int]:
    """Return the ports that the service listens on in its container."""
    return {*service.ports, *_PORTS.get(image_of(service), ())}


def image_of(service: Service) -> str:
    """Return the name of its image, without the version."""
    return service.image.partition(":")[0]


def _ours(service: Service, places: Places) -> Program:
    """Return `plantroom` with the container's arguments, by the entry point of its image."""
    environment = {**_environment(service, places), "PLANTROOM_PORT": str(places.port(service.name, 8080))}
    return Program(
        command=("plantroom", *_mapped(service.command, service, places)),
        environment=environment,
        health=_mapped(service.health, service, places),
        prepare=partial(places.stage, service),
    )


def _mosquitto(service: Service, places: Places) -> Program:
    as_us = f"\nuser {getpass.getuser()}\n"  # started by root it would become another user, and read nothing
    return Program(
        command=_mapped(service.command, service, places),
        environment=_environment(service, places),
        health=_mapped(service.health, service, places),
        prepare=partial(places.stage, service, tail=as_us),
    )


def _postgres(service: Service, places: Places) -> Program:
    environment = _environment(service, places)
    if service.command[0] != "postgres":
        command = _mapped(service.command, service, places)
        return Program(command=command, environment=environment, prepare=partial(places.stage, service))
    data = Path(places.mapped("/var/lib/postgresql/data", service))
    user = "postgres" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
    own = {
        "listen_addresses": LOOPBACK,
        "unix_socket_directories": "",
        "port": places.port(service.name, 5432),
    }
    settings = tuple(word for name, value in own.items() for word in ("-c", f"{name}={value}"))
    return Program(
        command=(*_mapped(service.command, service, places), "-D", str(data), *settings),
        environment=environment,
        health=_mapped(service.health, service, places),
        user=user,
        stop=signal.SIGINT,
        prepare=partial(_prepare_postgres, service, places, data=data, user=user),
        settle=partial(_make_database, service, places),
    )


def _prepare_postgres(service: Service, places: Places, *, data: Path, user: str | None) -> None:
    places.stage(service)
    if user is not None:
        shutil.chown(data, user)
    if (data / "PG_VERSION").exists():
        return
    said = service.environment
    command = ["initdb", "-D", str(data), "--encoding=UTF8", "--auth=scram-sha-256"]
    with tempfile.NamedTemporaryFile("w", encoding="utf-8") as password:
        password.write(said["POSTGRES_PASSWORD"])
        password.flush()
        if user is not None:
            shutil.chown(password.name, user)
        done = subprocess.run(
            [*command, f"--username={said['POSTGRES_USER']}", f"--pwfile={password.name}"],
            env={"PATH": _PATH},
            cwd="/",
            user=user,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        raise StackError(f"initdb: {done.stderr.strip() or done.stdout.strip()}")


def _make_database(service: Service, places: Places) -> None:
    said = service.environment
    server = f"host={LOOPBACK} port={places.port(service.name, 5432)} user={said['POSTGRES_USER']}"
    with psycopg.connect(
        server, password=said["POSTGRES_PASSWORD"], dbname="postgres", autocommit=True
    ) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (said["POSTGRES_DB"],))
        if known.fetchone() is None:
            connection.execute(f'CREATE DATABASE "{said["POSTGRES_DB"]}"')


def _influxdb(service: Service, places: Places) -> Program:
    """Return InfluxDB 1.x with authentication, whose administrator is the one that version 2 would have."""
    folder = Path(places.mapped("/var/lib/influxdb2", service))
    url = f"http://{LOOPBACK}:{places.port(service.name, 8086)}"
    return Program(
        command=("influxd", "-config", str(folder / "influxdb.conf")),
        environment={"PATH": _PATH},
        is_healthy=partial(_answers, f"{url}/ping"),
        prepare=partial(_prepare_influxdb, service, places, folder=folder),
        settle=partial(_make_administrator, service, url=url),
    )


def _prepare_influxdb(service: Service, places: Places, *, folder: Path) -> None:
    places.stage(service)
    (folder / "influxdb.conf").write_text(
        f"""reporting-disabled = true
bind-address = "{LOOPBACK}:0"
[meta]
  dir = "{folder}/meta"
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
  query-log-enabled = false
[http]
  bind-address = "{LOOPBACK}:{places.port(service.name, 8086)}"
  auth-enabled = true
  log-enabled = false
[monitor]
  store-enabled = false
""",
        "utf-8",
    )


def _make_administrator(service: Service, *, url: str) -> None:
    said = service.environment
    name, secret = said["DOCKER_INFLUXDB_INIT_USERNAME"], said["DOCKER_INFLUXDB_INIT_ADMIN_TOKEN"]
    known = httpx.get(
        f"{url}/query", params={"q": "SHOW DATABASES"}, auth=(name, secret), timeout=_PATIENCE_S
    )
    if known.is_success:
        return
    statement = f"CREATE USER \"{name}\" WITH PASSWORD '{secret}' WITH ALL PRIVILEGES"
    answer = httpx.post(f"{url}/query", data={"q": statement}, timeout=_PATIENCE_S)
    if not answer.is_success:
        raise StackError(f"InfluxDB does not let us make its administrator: {answer.text.strip()}")


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).is_success
    except httpx.HTTPError:
        return False


def _mapped(words: Iterable[str], service: Service, places: Places) -> tuple[str, ...]:
    return tuple(places.mapped(word, service) for word in words)


def _environment(service: Service, places: Places) -> dict[str, str]:
    """Return the container's variables, and of this host's only a few that all programs have."""
    own = {name: value for name, value in os.environ.items() if name in _KEPT}
    said = {name: places.mapped(value, service) for name, value in service.environment.items()}
    return {**own, **said, "PATH": _PATH}


_RECIPES: Final[Mapping[str, Recipe]] = {
    "eclipse-mosquitto": _mosquitto,
    "influxdb": _influxdb,
    "plantroom": _ours,
    "postgres": _postgres,
}
_PORTS: Final[Mapping[str, tuple[int, ...]]] = {"plantroom": (8080,), "postgres": (5432,)}


def until(condition: Callable[[], bool], *, what: str, patience: float = _PATIENCE_S) -> None:
    """Return once `condition` holds.

    Raises:
        StackError: it does not within `patience` seconds.
    """
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            raise StackError(f"{what}: not within {patience:g} s")
        time.sleep(0.1)
