"""How services are started, started again and stopped, with programs of a few lines in their place."""

import json
import os
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from plantroom_stack.compose import COMPLETED, Service
from plantroom_stack.errors import StackError
from plantroom_stack.native import NativeStack
from plantroom_stack.places import Places
from plantroom_stack.programs import Program

HEALTHY = "service_healthy"


def service(name: str, *, waits_for: Mapping[str, str] | None = None) -> Service:
    return Service(
        name=name,
        image=f"{name}:1.0",
        command=(),
        environment={},
        mounts=(),
        ports={},
        health=(),
        waits_for=waits_for or {},
        is_restarted=True,
        document={},
    )


class House:
    """A stack whose programs are shell scripts; tells what was said."""

    def __init__(self, folder: Path, scripts: Mapping[str, str]) -> None:
        self.folder = folder
        self.scripts = scripts
        self.said: list[str] = []
        places = Places(state=folder, ports={name: {} for name in scripts})
        self.stack = NativeStack(places=places, recipe=self.recipe, say=self.said.append)

    def recipe(self, service: Service, places: Places) -> Program | None:
        script = self.scripts[service.name]
        if not script:
            return None
        environment = {"PATH": os.environ["PATH"], "HERE": str(self.folder)}
        health = ("test", "-e", str(self.folder / f"{service.name}.up"))
        return Program(command=("sh", "-c", script), environment=environment, health=health)

    def start(self, *services: Service) -> None:
        self.stack.start({each.name: each for each in services})


LASTS = 'echo start >> "$HERE/{0}.log"; touch "$HERE/{0}.up"; exec sleep 60'


@pytest.fixture
def houses() -> Iterator[list[House]]:
    made: list[House] = []
    yield made
    for house in made:
        house.stack.stop()


def test_one_that_must_be_done_first_is_done_first(tmp_path: Path, houses: list[House]) -> None:
    second = f'test -e "$HERE/set" && {LASTS.format("api")}'
    house = House(tmp_path, {"setup": 'sleep 0.5; touch "$HERE/set"', "api": second})
    houses.append(house)

    house.start(service("setup"), service("api", waits_for={"setup": COMPLETED}))

    assert house.said[0] == "setup: done"
    assert house.said[1].startswith("api: healthy after")


def test_a_failure_is_told_with_what_it_said(tmp_path: Path, houses: list[House]) -> None:
    house = House(tmp_path, {"setup": "echo no such server >&2; exit 3", "api": LASTS.format("api")})
    houses.append(house)

    with pytest.raises(StackError, match=r"setup failed:\nno such server"):
        house.start(service("setup"), service("api", waits_for={"setup": COMPLETED}))


def test_one_that_ends_before_it_is_healthy_is_told_with_what_it_said(
    tmp_path: Path, houses: list[House]
) -> None:
    house = House(tmp_path, {"api": "echo port taken; exit 4"})
    houses.append(house)

    with pytest.raises(StackError, match=r"api ended with 4:\nport taken"):
        house.start(service("api"))


def test_what_nothing_here_can_run_is_left_out_and_said(tmp_path: Path, houses: list[House]) -> None:
    house = House(tmp_path, {"grafana": "", "api": LASTS.format("api")})
    houses.append(house)

    house.start(service("grafana"), service("api", waits_for={"grafana": HEALTHY}))

    assert house.stack.left_out == ["grafana"]
    assert "grafana:1.0" in house.said[0]


def test_what_is_killed_is_started_again_and_written_down(tmp_path: Path, houses: list[House]) -> None:
    house = House(tmp_path, {"api": LASTS.format("api")})
    houses.append(house)
    house.start(service("api"))
    killed = house.stack.running["api"].process.pid

    os.kill(killed, signal.SIGKILL)
    rounds = iter([False] * 5 + [True])
    house.stack.keep_up(until_told=lambda: next(rounds))

    assert "api: ended with -9, starting again" in house.said
    written = json.loads((tmp_path / "stack.json").read_text())
    assert written["api"]["pid"] != killed


def test_all_are_stopped_in_reverse_order(tmp_path: Path) -> None:
    house = House(tmp_path, {"postgres": LASTS.format("postgres"), "api": LASTS.format("api")})
    house.start(service("postgres"), service("api"))
    processes = [one.process for one in house.stack.running.values()]

    house.stack.stop()

    assert house.said[-2:] == ["api: stopped", "postgres: stopped"]
    assert [process.poll() for process in processes] == [-signal.SIGTERM, -signal.SIGTERM]
