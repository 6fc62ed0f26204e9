"""A real Mosquitto on a port of its own, which a test may stop, kill and start again."""

import getpass
import random
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

SHIPPED = Path(__file__).parents[3] / "deploy/mosquitto/mosquitto.conf"
KEPT_SETTINGS = (
    "max_queued_messages",
    "max_queued_bytes",
    "persistent_client_expiration",
    "persistence ",
    "autosave_interval",
    "max_packet_size",
    "max_inflight_messages",
    "set_tcp_nodelay",
)
RECOMMENDED = "\n".join(
    line for line in SHIPPED.read_text("utf-8").splitlines() if line.startswith(KEPT_SETTINGS)
)
"""What the shipped configuration says of queues and persistence."""
TIMEOUT = 60.0


class Mosquitto:
    """One broker with its port and its folder, whether it runs or not."""

    def __init__(self, folder: Path, *, config: str = RECOMMENDED, tail: Sequence[str] = ()) -> None:
        self.port = pick_port()
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._file = folder / "mosquitto.conf"
        self._config = config
        self._tail = tail

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Return when it accepts connections."""
        program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        own = [f"listener {self.port} 127.0.0.1", "allow_anonymous true", f"user {getpass.getuser()}"]
        own += [f"persistence_location {self.folder}/", "log_dest none", *self._tail]
        self._file.write_text("\n".join([self._config, *own]) + "\n", "utf-8")
        process = self._process = subprocess.Popen([program, "-c", self._file])
        wait_until(lambda: answers(self.port) or process.poll() is not None)
        assert process.poll() is None, f"mosquitto ended with {process.returncode}"

    def stop(self) -> None:
        """Let it save and end."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it with -9."""
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """Leave its connections open and never answer, as behind a network that is gone."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def restart(self) -> None:
        self.stop()
        self.start()

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.send_signal(signal.SIGCONT)
            self._process.wait(TIMEOUT)
            self._process = None


@pytest.fixture
def mosquitto_here(tmp_path: Path) -> Iterator[Callable[..., Mosquitto]]:
    """Return what starts a Mosquitto; `config` comes before its listener, `tail` after it."""
    started: list[Mosquitto] = []

    def start(config: str = RECOMMENDED, tail: Sequence[str] = ()) -> Mosquitto:
        folder = tmp_path / f"mosquitto-{len(started)}"
        folder.mkdir()
        broker = Mosquitto(folder, config=config, tail=tail)
        started.append(broker)
        broker.start()
        return broker

    yield start
    for broker in started:
        broker.kill()


@pytest.fixture
def mosquitto(mosquitto_here: Callable[..., Mosquitto]) -> Mosquitto:
    """Return a running Mosquitto with the shipped settings."""
    return mosquitto_here()


def pick_port() -> int:
    """Return a free port that no outgoing connection gets, so that it stays free over a restart."""
    while True:
        port = random.randint(20_000, 32_000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(holds: Callable[[], bool], *, timeout: float = TIMEOUT) -> None:
    deadline = time.monotonic() + timeout
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
