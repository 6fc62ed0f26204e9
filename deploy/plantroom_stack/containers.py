"""Start the stack in containers, saying first what is missing."""

import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import httpx

from plantroom_stack.compose import ROOT
from plantroom_stack.errors import StackError
from plantroom_stack.secrets_file import make_env_file, variables

_ENGINES: Final = (("docker", "compose"), ("podman-compose",), ("docker-compose",))
_UP_S: Final = 900.0
"""Images are fetched and ours is built first."""
_PAGES: Final = ("http://127.0.0.1:8080/health/ready", "http://127.0.0.1:3000/api/health")
_PAGES_S: Final = 120.0

Say = Callable[[str], None]


def start_containers(
    *, env_file: Path, demo: bool, say: Say, answers: Callable[[str], bool] | None = None
) -> None:
    """Start the containers, wait until all are healthy, and say where things are.

    Raises:
        StackError: no engine is there, .env is missing, or a container does not come up.
    """
    engine = find_engine()
    if make_env_file(env_file, files=ROOT / "plantroom-files"):
        say(f"{env_file}: made, with random secrets; the site is the demo building, in plantroom-files/")
    variables(env_file)
    profile = ["--profile", "demo"] if demo else []
    wait = ["--wait", "--wait-timeout", f"{_UP_S:.0f}"] if engine[0] == "docker" else []
    # of its own accord it reads .env, and which files COMPOSE_FILE there names
    named = [] if env_file == ROOT / ".env" else ["--env-file", str(env_file)]
    command = [*engine, *named, *profile, "up", "--build", "--detach", *wait]
    say(f"running: {' '.join(command)}")
    if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
        raise StackError(f"not all services came up; see: {' '.join(engine)} ps, {' '.join(engine)} logs")
    _wait_for_pages(answers or _answers)
    say("page and API: http://127.0.0.1:8080, signed in with PLANTROOM_ADMIN_TOKEN of .env")
    say("Grafana:      http://127.0.0.1:3000, user admin, password GRAFANA_PASSWORD of .env")
    say("MQTT:         mqtt://127.0.0.1:1883, users: docs/how-to/deploy.md")
    say(f"stop with:    {' '.join(engine)} down")


def find_engine() -> tuple[str, ...]:
    """Return the command of a container engine that runs compose files.

    Raises:
        StackError: there is none; the message says what else can be done.
    """
    for engine in _ENGINES:
        if shutil.which(engine[0]) and _works(engine):
            return engine
    raise StackError(
        "there is no container engine with compose here: install Docker with its compose plugin, or podman "
        "with podman-compose, and start it. `make stack-native` runs the same services without containers"
    )


def _wait_for_pages(answers: Callable[[str], bool]) -> None:
    """Return when both pages answer: not every engine waits for that itself."""
    deadline = time.monotonic() + _PAGES_S
    while silent := [page for page in _PAGES if not answers(page)]:
        if time.monotonic() > deadline:
            raise StackError(f"no answer within {_PAGES_S:.0f} s: {', '.join(silent)}")
        time.sleep(1)


def _answers(page: str) -> bool:
    try:
        return httpx.get(page, timeout=5).is_success
    except httpx.HTTPError:
        return False


def _works(engine: tuple[str, ...]) -> bool:
    version = subprocess.run([*engine, "version"], capture_output=True, check=False)
    server = (
        subprocess.run([engine[0], "info"], capture_output=True, check=False)
        if engine[0] == "docker"
        else None
    )
    return version.returncode == 0 and (server is None or server.returncode == 0)
