"""Run the product as its users do: a process, its standard output, HTTP and MQTT."""

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

import httpx
import pytest

ADMIN_TOKEN = "pr_test-administrator-0123456789abcdef0123456789"
PATIENCE = 60.0
"""Seconds that anything may take on a slow machine before a test gives up."""

T = TypeVar("T")


@dataclass(slots=True)
class Product:
    """One running `plantroom` process."""

    process: subprocess.Popen[str]
    log: Path
    lines: "queue.Queue[str | None]"
    url: str = ""
    mqtt: str = ""
    sign_in: str = ""
    printed: list[str] = field(default_factory=list)

    @property
    def mqtt_port(self) -> int:
        """Port of its embedded broker."""
        return int(self.mqtt.rpartition(":")[2])

    def wait_until_ready(self, patience: float = PATIENCE) -> None:
        """Read standard output until the line `ready:`, and the lines that follow it at once."""
        deadline = time.monotonic() + patience
        while not self.url:
            self._read_line(timeout=max(0.1, deadline - time.monotonic()))
        wait_for(lambda: self.get_root("/health/ready").status_code == 200, what="readiness", log=self.log)
        while not self.lines.empty():
            self._read_line(timeout=0.1)

    def _read_line(self, *, timeout: float) -> None:
        try:
            line = self.lines.get(timeout=timeout)
        except queue.Empty:
            raise AssertionError(f"not ready in time; its log:\n{self.log.read_text()}") from None
        if line is None:
            raise AssertionError(f"ended before it was ready; its log:\n{self.log.read_text()}")
        self.printed.append(line)
        name, _, rest = line.partition(": ")
        if name == "ready":
            self.url = rest
        elif name == "mqtt":
            self.mqtt = rest
        elif name == "sign in":
            self.sign_in = rest

    def get_root(self, path: str, token: str = ADMIN_TOKEN) -> httpx.Response:
        """GET a path from the root."""
        return httpx.get(f"{self.url}{path}", headers={"Authorization": f"Bearer {token}"}, timeout=20)

    def get(self, path: str, **params: Any) -> Any:
        """GET a path of the API and return its document."""
        answer = httpx.get(
            f"{self.url}/api/v1{path}",
            params=params,
            headers={"Authorization": f"Bearer {ADMIN_TOKEN}"},
            timeout=20,
        )
        answer.raise_for_status()
        return answer.json()

    def post(self, path: str, document: Mapping[str, Any] | None = None) -> Any:
        """POST to a path of the API and return the document it answers."""
        answer = httpx.post(
            f"{self.url}/api/v1{path}",
            json=document or {},
            headers={"Authorization": f"Bearer {ADMIN_TOKEN}"},
            timeout=20,
        )
        answer.raise_for_status()
        return answer.json()

    def items(self, path: str, **params: Any) -> list[Any]:
        """Return all items of a list of the API."""
        found: list[Any] = []
        cursor: dict[str, Any] = {}
        while True:
            page = self.get(path, **params, **cursor)
            found += page["items"]
            if page["next"] is None:
                return found
            cursor = {"cursor": page["next"]}

    def metric(self, name: str) -> float:
        """Return the value of a metric without labels."""
        for line in self.get_root("/metrics").text.splitlines():
            if line.startswith(f"{name} "):
                return float(line.split()[1])
        raise AssertionError(f"no metric {name}")

    def kill(self) -> None:
        """Kill it with -9, as a power cut would; its process group with it."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE)

    def terminate(self) -> float:
        """Ask it to stop and return how many seconds it took; fails if it had to be killed."""
        began = time.monotonic()
        self.process.terminate()
        self.process.wait(PATIENCE)
        return time.monotonic() - began


def wait_for(
    condition: Callable[[], T | Literal[False] | None],
    *,
    what: str,
    log: Path | None = None,
    patience: float = PATIENCE,
) -> T:
    """Return what `condition` returns once that is true."""
    deadline = time.monotonic() + patience
    while True:
        try:
            if result := condition():
                return result
        except httpx.TransportError:
            pass
        if time.monotonic() > deadline:
            said = f"; the log:\n{log.read_text()[-8000:]}" if log else ""
            raise AssertionError(f"{what}: not within {patience} s{said}")
        time.sleep(0.05)


Launch = Callable[..., Product]


def _follow(process: subprocess.Popen[str], lines: "queue.Queue[str | None]") -> None:
    assert process.stdout is not None
    for line in process.stdout:
        lines.put(line.rstrip("\n"))
    lines.put(None)


@contextmanager
def launched(
    arguments: Sequence[str],
    *,
    log: Path,
    environment: Mapping[str, str] | None = None,
    prefix: Sequence[str] = (),
    program: Sequence[str] = (sys.executable, "-m", "plantroom"),
    wait: bool = True,
    patience: float = PATIENCE,
) -> Iterator[Product]:
    """Run `PREFIX plantroom ARGUMENTS`; whatever still runs at the end is killed."""
    command = [*prefix, *program, *arguments]
    with log.open("a") as errors:
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=errors,
            stdin=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
            env={**os.environ, "PLANTROOM_ADMIN_TOKEN": ADMIN_TOKEN, **(environment or {})},
        )
    lines: queue.Queue[str | None] = queue.Queue()
    follower = threading.Thread(target=_follow, args=(process, lines), daemon=True)
    follower.start()
    product = Product(process=process, log=log, lines=lines)
    try:
        if wait:
            product.wait_until_ready(patience)
        yield product
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(PATIENCE)
        follower.join(PATIENCE)
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    """Run `plantroom` commands, as `launch("up", "--site", ...)`, on free ports and one data directory."""
    with ExitStack() as stack:

        def run(command: str, *arguments: str, **options: Any) -> Product:
            ports = ["--port", "0"] + (["--mqtt-port", "0"] if command == "up" else [])
            data = ["--data", str(tmp_path / "data")]
            return stack.enter_context(
                launched([command, *ports, *data, *arguments], log=tmp_path / f"{command}.log", **options)
            )

        yield run
