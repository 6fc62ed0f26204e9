"""Run the services of a stack as processes of this host, and start again what ends."""

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Final

from plantroom_stack.compose import COMPLETED, Service
from plantroom_stack.errors import StackError
from plantroom_stack.places import Places
from plantroom_stack.programs import Program, Recipe, until

HEALTHY_WITHIN_S: Final = 120.0
GRACE_S: Final = 10.0
"""How long a service may take to stop, as its container would have."""
_PAUSE_S: Final = 0.2

Say = Callable[[str], None]


@dataclass(slots=True)
class Running:
    """One service and its process."""

    service: Service
    program: Program
    log: Path
    process: subprocess.Popen[bytes]


@dataclass(slots=True)
class NativeStack:
    """The services that run here, in the order they were started."""

    places: Places
    recipe: Recipe
    """How a service is started here; it gives None where nothing here can do what it does."""
    say: Say
    running: dict[str, Running] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    def start(self, services: Mapping[str, Service]) -> None:
        """Start all services, each when those it waits for have come as far as it wants.

        Raises:
            StackError: one does not start; its log is named.
        """
        once = {
            name for each in services.values() for name, how in each.waits_for.items() if how == COMPLETED
        }
        for name, service in services.items():
            program = self.recipe(service, self.places)
            if program is None:
                self.left_out.append(name)
                self.say(f"{name}: left out, nothing here can run {service.image}")
            elif name in once or not service.is_restarted:
                self._complete(service, program)
            else:
                self._bring_up(service, program)

    def keep_up(self, *, until_told: Callable[[], bool]) -> None:
        """Start again whatever ends, as its restart policy says, until told to stop."""
        while not until_told():
            for one in self.running.values():
                if one.process.poll() is not None:
                    self.say(f"{one.service.name}: ended with {one.process.returncode}, starting again")
                    one.process = self._spawn(one.program, one.log)
                    self.write_down()
            time.sleep(_PAUSE_S)

    def stop(self) -> None:
        """Stop all in reverse order, each in its own way, and by force after the time of grace."""
        for one in reversed(self.running.values()):
            one.process.send_signal(one.program.stop)
            try:
                one.process.wait(GRACE_S)
            except subprocess.TimeoutExpired:
                one.process.kill()
                one.process.wait()
            self.say(f"{one.service.name}: stopped")

    def write_down(self) -> None:
        """Write which process is what, and where it listens, into `stack.json`."""
        document = {
            name: {"pid": one.process.pid, "ports": dict(self.places.ports[name]), "log": str(one.log)}
            for name, one in self.running.items()
        }
        fresh = self.places.state / "stack.json.new"
        fresh.write_text(json.dumps(document, indent=2), "utf-8")
        fresh.rename(self.places.state / "stack.json")

    def _bring_up(self, service: Service, program: Program) -> None:
        began = time.monotonic()
        program.prepare()
        log = self._log(service)
        process = self._spawn(program, log)
        one = self.running[service.name] = Running(service=service, program=program, log=log, process=process)
        until(
            lambda: self._is_healthy(one),
            what=f"{service.name} is not healthy, see {log}",
            patience=HEALTHY_WITHIN_S,
        )
        program.settle()
        self.say(f"{service.name}: healthy after {time.monotonic() - began:.0f} s")

    def _complete(self, service: Service, program: Program) -> None:
        program.prepare()
        log = self._log(service)
        process = self._spawn(program, log)
        if process.wait(HEALTHY_WITHIN_S) != 0:
            raise StackError(f"{service.name} failed:\n{log.read_text('utf-8')[-2000:].strip()}")
        self.say(f"{service.name}: done")

    def _log(self, service: Service) -> Path:
        folder = self.places.state / "logs"
        folder.mkdir(exist_ok=True)
        return folder / f"{service.name}.log"

    def _spawn(self, program: Program, log: Path) -> subprocess.Popen[bytes]:
        """Start a program in a session of its own, so that Ctrl-C reaches only us; it ends when we do."""
        with log.open("ab") as out:
            return subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", "--", *program.command],
                env=dict(program.environment),
                cwd="/",
                user=program.user,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def _is_healthy(self, one: Running) -> bool:
        if one.process.poll() is not None:
            said = one.log.read_text("utf-8", "replace")[-2000:].strip()
            raise StackError(f"{one.service.name} ended with {one.process.returncode}:\n{said}")
        if one.program.is_healthy is not None:
            return one.program.is_healthy()
        environment = dict(one.program.environment)
        try:
            done = subprocess.run(
                one.program.health, env=environment, capture_output=True, timeout=20, check=False
            )
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0


@contextmanager
def told_to_stop() -> Iterator[Callable[[], bool]]:
    """Give a function that tells whether SIGINT or SIGTERM has come."""
    told: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        del frame
        told.append(number)
        if len(told) == 1:
            raise KeyboardInterrupt

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(told)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
