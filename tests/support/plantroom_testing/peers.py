"""Programs by third parties, each a process with packages of its own, talked to in lines of JSON."""

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

PROGRAMS = Path(__file__).parents[1] / "peers"
PACKAGES = Path(sys.prefix) / "peers"
"""Where `make` installs `requirements/peers.txt`."""
PATIENCE = 60.0


class Peer:
    """One such process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.said: queue.Queue[dict[str, Any]] = queue.Queue()
        self.follower = threading.Thread(target=self._follow, daemon=True)
        self.follower.start()

    def do(self, command: str, **details: Any) -> None:
        """Give a command and return when it is done."""
        self.write(json.dumps({"do": command, **details}))
        self.wait_for(lambda document: document.get("done") == command)

    def write(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def wait_for(self, is_it: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Return the next document that is looked for; those before it are dropped."""
        while True:
            document = self.said.get(timeout=PATIENCE)
            if is_it(document):
                return document

    def kill(self) -> None:
        """End it with -9: its broker speaks for it."""
        self.process.kill()
        self.process.wait(PATIENCE)

    def _follow(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.put(json.loads(line))


Start = Callable[..., Peer]


@pytest.fixture
def peer() -> Iterator[Start]:
    """Run a program of `tests/support/peers`, as `peer("edge_node", port, "group", "node")`."""
    with ExitStack() as stack:
        yield lambda program, *arguments: stack.enter_context(_running(program, *arguments))


@contextmanager
def _running(program: str, *arguments: object) -> Iterator[Peer]:
    assert PACKAGES.is_dir(), f"no packages in {PACKAGES}: run `make integration`"
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", PROGRAMS / f"{program}.py", *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(PACKAGES)},
    )
    peer = Peer(process)
    try:
        yield peer
    finally:
        peer.kill()
        assert process.stdin is not None
        assert process.stdout is not None
        peer.follower.join(PATIENCE)
        process.stdin.close()
        process.stdout.close()
