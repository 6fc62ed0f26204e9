"""What docker-compose.yml says, read by podman-compose, with the variables of .env filled in."""

import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

import yaml

from plantroom_stack.errors import StackError

ROOT: Final = Path(__file__).resolve().parents[2]
COMPOSE_FILE: Final = ROOT / "docker-compose.yml"
COMPLETED: Final = "service_completed_successfully"
_RESTARTED: Final = frozenset({"always", "unless-stopped"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A file or directory that a container sees."""

    source: str
    """A path of the host, or the name of a volume."""
    target: PurePosixPath

    @property
    def is_volume(self) -> bool:
        """Whether the source is a named volume."""
        return not self.source.startswith((".", "/", "~"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service, as a container would be started from it."""

    name: str
    image: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    mounts: tuple[Mount, ...]
    ports: Mapping[int, int]
    """Port of the host for each published port of the container."""
    health: tuple[str, ...]
    """Command that succeeds when the service is healthy; empty: none is known."""
    waits_for: Mapping[str, str]
    """Services that must have come so far first, and how far."""
    is_restarted: bool
    document: Mapping[str, Any]
    """All that is said of it."""


def read_compose(
    *, environment: Mapping[str, str], files: Sequence[Path] = (COMPOSE_FILE,), profiles: Iterable[str] = ()
) -> dict[str, Service]:
    """Return the services in the order they are to be started.

    Raises:
        StackError: a variable is missing, or the file is wrong; the message says which.
    """
    document = normalised(environment=environment, files=files, profiles=profiles)
    services = {name: _service(name, said) for name, said in document["services"].items()}
    return {name: services[name] for name in _in_order(services)}


def normalised(
    *, environment: Mapping[str, str], files: Sequence[Path] = (COMPOSE_FILE,), profiles: Iterable[str] = ()
) -> dict[str, Any]:
    """Return what the files say together.

    Raises:
        StackError: a variable is missing, or a file is wrong; the message says which.
    """
    # a dry run needs no podman, and reading is all that is asked for
    command = [sys.executable, "-m", "podman_compose", "--dry-run", "--env-file", "/dev/null"]
    command += [word for file in files for word in ("-f", str(file))]
    command += [word for profile in profiles for word in ("--profile", profile)]
    done = subprocess.run(
        [*command, "config"], cwd=ROOT, env=dict(environment), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise StackError(done.stderr.strip().rpartition("\n")[2])
    document: dict[str, Any] = yaml.safe_load(done.stdout)
    return document


def _service(name: str, said: Mapping[str, Any]) -> Service:
    return Service(
        name=name,
        image=said["image"],
        command=tuple(str(word) for word in said.get("command", ())),
        environment={key: str(value) for key, value in (said.get("environment") or {}).items()},
        mounts=tuple(_mount(volume) for volume in said.get("volumes", ())),
        ports=dict(_port(port) for port in said.get("ports", ())),
        health=_health(said.get("healthcheck", {}).get("test", ())),
        waits_for={other: how["condition"] for other, how in (said.get("depends_on") or {}).items()},
        is_restarted=said.get("restart") in _RESTARTED,
        document=said,
    )


def _mount(said: str) -> Mount:
    source, target = said.split(":")[:2]
    return Mount(source=source, target=PurePosixPath(target))


def _port(said: str) -> tuple[int, int]:
    *_, published, inside = said.split(":")
    return int(inside), int(published)


def _health(test: Sequence[str]) -> tuple[str, ...]:
    if not test:
        return ()
    kind, *command = test
    return ("sh", "-c", *command) if kind == "CMD-SHELL" else tuple(command)


def _in_order(services: Mapping[str, Service]) -> list[str]:
    """Return the names so that each comes after those it waits for.

    Raises:
        StackError: some wait for each other, or for one that is not there.
    """
    ordered: list[str] = []
    while len(ordered) < len(services):
        ready = [
            name for name in services if name not in ordered and set(services[name].waits_for) <= {*ordered}
        ]
        if not ready:
            left = ", ".join(sorted(services.keys() - {*ordered}))
            raise StackError(f"these services wait for each other, or for one that is not there: {left}")
        ordered += ready
    return ordered
