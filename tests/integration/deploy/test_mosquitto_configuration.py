"""The shipped mosquitto.conf, in a real Mosquitto."""

import getpass
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

SHIPPED = Path(__file__).parents[3] / "deploy/mosquitto/mosquitto.conf"
USER, PASSWORD = "riverside", "not-a-secret"
TIMEOUT = 30
QUEUED = 3_000
"""Three times what Mosquitto keeps by default for a session that is away."""


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[int]:
    """Return the port of a Mosquitto that runs the shipped configuration, its paths and port apart."""
    program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    port = free_port()
    passwords = tmp_path / "passwd"
    subprocess.run(["mosquitto_passwd", "-b", "-c", passwords, USER, PASSWORD], check=True)
    text = SHIPPED.read_text().replace("/mosquitto/data", str(tmp_path))
    configuration = tmp_path / "mosquitto.conf"
    own_listener = text.replace("listener 1883", f"listener {port} 127.0.0.1")
    configuration.write_text(f"{own_listener}\nuser {getpass.getuser()}\n")
    process = subprocess.Popen([program, "-c", configuration])
    try:
        wait_until(lambda: answers(port) or process.poll() is not None)
        assert process.poll() is None
        yield port
    finally:
        process.terminate()
        process.wait(TIMEOUT)


class Device:
    """A client that keeps what it receives."""

    def __init__(self, port: int, *, name: str, password: str | None = PASSWORD) -> None:
        self.client = paho.Client(CallbackAPIVersion.VERSION2, name, protocol=paho.MQTTv5)
        self.client.on_connect = self._connected
        self.client.on_message = self._received
        self.received: list[bytes] = []
        self.answer: ReasonCode | None = None
        self.answered = threading.Event()
        self.subscribed = threading.Event()
        self.client.on_subscribe = lambda *_: self.subscribed.set()
        if password is not None:
            self.client.username_pw_set(USER, password)
        kept = Properties(PacketTypes.CONNECT)
        kept.SessionExpiryInterval = 3600
        self.client.connect("127.0.0.1", port, clean_start=False, properties=kept)
        self.client.loop_start()
        assert self.answered.wait(TIMEOUT)

    def _connected(
        self, _client: object, _data: object, _flags: object, answer: ReasonCode, *_: object
    ) -> None:
        self.answer = answer
        self.answered.set()

    def _received(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        self.received.append(bytes(message.payload))

    def subscribe(self) -> None:
        self.client.subscribe("plantroom/#", qos=1)
        assert self.subscribed.wait(TIMEOUT)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def test_a_session_that_is_away_gets_everything_when_it_is_back(broker: int) -> None:
    pipeline = Device(broker, name="pipeline")
    pipeline.subscribe()
    pipeline.close()
    pump = Device(broker, name="pump")
    sent = [pump.client.publish("plantroom/v1/a/b/telemetry", str(n), qos=1) for n in range(QUEUED)]
    for message in sent:
        message.wait_for_publish(TIMEOUT)
    pump.close()

    pipeline = Device(broker, name="pipeline")
    wait_until(lambda: len(pipeline.received) >= QUEUED)
    pipeline.close()

    assert pipeline.received == [str(n).encode() for n in range(QUEUED)]


def test_a_message_of_one_mebibyte_is_taken(broker: int) -> None:
    payload = b"x" * 2**20
    pipeline = Device(broker, name="pipeline")
    pipeline.subscribe()
    pump = Device(broker, name="pump")

    pump.client.publish("plantroom/v1/a/b/telemetry", payload, qos=1).wait_for_publish(TIMEOUT)
    wait_until(lambda: bool(pipeline.received))
    pump.close()
    pipeline.close()

    assert pipeline.received == [payload]


@pytest.mark.parametrize("password", [None, "guessed"], ids=["no password", "a wrong password"])
def test_nobody_gets_in_without_the_password(broker: int, password: str | None) -> None:
    stranger = Device(broker, name="stranger", password=password)
    stranger.close()

    assert stranger.answer is not None
    assert stranger.answer.is_failure
