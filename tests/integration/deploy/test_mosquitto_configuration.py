"""The broker of docker-compose.yml with its TLS overlay, in a real Mosquitto."""

import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from plantroom_stack.compose import COMPOSE_FILE, ROOT, read_compose
from plantroom_stack.places import Places, choose_ports
from plantroom_stack.programs import listens_on, program_for, until
from plantroom_stack.secrets_file import make_env_file, read_env_file

TIMEOUT = 30
QUEUED = 3_000
"""Three times what Mosquitto keeps by default for a session that is away."""
DEVICE_PASSWORD = "not-a-secret"
TELEMETRY = "plantroom/v1/riverside/{}/telemetry"


@dataclass(frozen=True)
class Broker:
    """A running broker, and who may speak to it."""

    port: int
    tls_port: int
    ca: Path
    passwords: dict[str, str]

    def url(self, user: str) -> str:
        return f"mqtt://{user}:{self.passwords[user]}@127.0.0.1:{self.port}"


def wait_until(holds: Callable[[], bool]) -> None:
    until(holds, what="the test", patience=TIMEOUT)


def certify(folder: Path) -> Path:
    """Make certificates of an authority and of the server, as docs/how-to/deploy.md does."""
    folder.mkdir()
    new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30"]
    ca = ["-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=Plantroom test"]
    mine = ["-CA", "ca.crt", "-CAkey", "ca.key", "-keyout", "server.key", "-out", "server.crt"]
    named = ["-subj", "/CN=broker", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    plain = ["-addext", "basicConstraints=critical,CA:FALSE"]
    subprocess.run([*new, *ca], cwd=folder, check=True, capture_output=True)
    subprocess.run([*new, *mine, *named, *plain], cwd=folder, check=True, capture_output=True)
    return folder / "ca.crt"


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """Run the service `mosquitto` with a user for the device P-101, as an operator adds one."""
    folder = tmp_path_factory.mktemp("mosquitto")
    make_env_file(folder / ".env", files=folder / "files")
    secrets = read_env_file(folder / ".env")
    ca = certify(folder / "certificates")
    service = read_compose(
        environment={**secrets, "MQTT_CERTIFICATES": str(ca.parent)},
        files=[COMPOSE_FILE, ROOT / "deploy/compose.tls.yml"],
    )["mosquitto"]
    inside = {"mosquitto": listens_on(service)}
    ports = choose_ports({"mosquitto": service}, inside=inside, free=True)
    places = Places(state=folder / "state", ports=ports)
    program = program_for(service, places)
    assert program is not None
    program.prepare()
    known = places.mapped("/mosquitto/data/passwd", service)
    subprocess.run(["mosquitto_passwd", "-c", "-b", known, "P-101", DEVICE_PASSWORD], check=True)
    process = subprocess.Popen(program.command, env=dict(program.environment))

    def healthy() -> bool:
        assert process.poll() is None
        return (
            subprocess.run(program.health, env=dict(program.environment), capture_output=True).returncode == 0
        )

    try:
        wait_until(healthy)
        passwords = {
            "pipeline": secrets["MQTT_PIPELINE_PASSWORD"],
            "simulators": secrets["MQTT_SIMULATORS_PASSWORD"],
            "P-101": DEVICE_PASSWORD,
        }
        here = ports["mosquitto"]
        yield Broker(port=here[1883], tls_port=here[8883], ca=ca, passwords=passwords)
    finally:
        process.terminate()
        process.wait(TIMEOUT)


class Device:
    """A client that keeps what it receives."""

    def __init__(
        self,
        broker: Broker,
        user: str,
        *,
        name: str = "",
        password: str | None = "",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.client = paho.Client(CallbackAPIVersion.VERSION2, name, protocol=paho.MQTTv5)
        self.client.on_connect = self._connected
        self.client.on_message = self._received
        self.received: list[bytes] = []
        self.answer: ReasonCode | None = None
        self.answered = threading.Event()
        self.subscribed = threading.Event()
        self.granted: list[ReasonCode] = []
        self.client.on_subscribe = self._subscribed
        if password is not None:
            self.client.username_pw_set(user, password or broker.passwords[user])
        if tls is not None:
            self.client.tls_set_context(tls)
        kept = Properties(PacketTypes.CONNECT)
        kept.SessionExpiryInterval = 3600
        port = broker.port if tls is None else broker.tls_port
        self.client.connect("127.0.0.1", port, clean_start=not name, properties=kept)
        self.client.loop_start()
        assert self.answered.wait(TIMEOUT)

    def _connected(
        self, _client: object, _data: object, _flags: object, answer: ReasonCode, *_: object
    ) -> None:
        self.answer = answer
        self.answered.set()

    def _received(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        self.received.append(bytes(message.payload))

    def _subscribed(
        self, _client: object, _data: object, _mid: int, answers: list[ReasonCode], *_: object
    ) -> None:
        self.granted = answers
        self.subscribed.set()

    def subscribe(self, filter_: str = "plantroom/#") -> None:
        self.subscribed.clear()
        self.client.subscribe(filter_, qos=1)
        assert self.subscribed.wait(TIMEOUT)

    def publish(self, topic: str, payload: bytes | str) -> ReasonCode:
        """Return what the broker says to it."""
        said: list[ReasonCode] = []
        self.client.on_publish = lambda _client, _data, _mid, reason, _properties: said.append(reason)
        self.client.publish(topic, payload, qos=1).wait_for_publish(TIMEOUT)
        wait_until(lambda: bool(said))
        return said[0]

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()
        # without these it is nobody's any more, and closes its sockets itself
        self.client.on_connect = self.client.on_message = None
        self.client.on_publish = self.client.on_subscribe = None


def test_a_session_that_is_away_gets_everything_when_it_is_back(broker: Broker) -> None:
    pipeline = Device(broker, "pipeline", name="pipeline")
    pipeline.subscribe(TELEMETRY.format("P-1"))
    pipeline.close()
    pump = Device(broker, "simulators")
    sent = [pump.client.publish(TELEMETRY.format("P-1"), str(n), qos=1) for n in range(QUEUED)]
    for message in sent:
        message.wait_for_publish(TIMEOUT)
    pump.close()

    pipeline = Device(broker, "pipeline", name="pipeline")
    wait_until(lambda: len(pipeline.received) >= QUEUED)
    pipeline.close()

    assert pipeline.received == [str(n).encode() for n in range(QUEUED)]


def test_a_message_of_one_mebibyte_is_taken(broker: Broker) -> None:
    payload = b"x" * 2**20
    pipeline = Device(broker, "pipeline")
    pipeline.subscribe(TELEMETRY.format("P-2"))
    pump = Device(broker, "simulators")

    pump.publish(TELEMETRY.format("P-2"), payload)
    wait_until(lambda: bool(pipeline.received))
    pump.close()
    pipeline.close()

    assert pipeline.received == [payload]


@pytest.mark.parametrize("password", [None, "guessed"], ids=["no password", "a wrong password"])
def test_nobody_gets_in_without_the_password(broker: Broker, password: str | None) -> None:
    stranger = Device(broker, "pipeline", password=password)
    stranger.close()

    assert stranger.answer is not None
    assert stranger.answer.is_failure


@pytest.mark.parametrize(
    ("user", "topic", "may"),
    [
        ("P-101", TELEMETRY.format("P-101"), True),
        ("P-101", "plantroom/v1/riverside/P-101/status", True),
        ("P-101", TELEMETRY.format("P-102"), False),
        ("P-101", "plantroom/v1/riverside/P-101/alarms/vibration", False),
        ("P-101", "plantroom-sim/v1/commands", False),
        ("pipeline", "plantroom/v1/riverside/P-101/alarms/vibration", True),
        ("pipeline", "plantroom/v1/riverside/$status", True),
        ("pipeline", "spBv1.0/STATE/plantroom", True),
        ("pipeline", TELEMETRY.format("P-101"), False),
        ("simulators", TELEMETRY.format("P-102"), True),
        ("simulators", "plantroom-sim/v1/commands", True),
        ("simulators", "plantroom/v1/riverside/$status", False),
    ],
)
def test_each_may_say_only_what_is_its_own(broker: Broker, user: str, topic: str, may: bool) -> None:
    device = Device(broker, user)

    answer = device.publish(topic, "x")
    device.close()

    assert answer.is_failure is not may


@pytest.mark.parametrize(
    ("user", "heard"),
    [("pipeline", b"for all"), ("simulators", None), ("P-101", None)],
    ids=["the pipeline reads all", "a simulator does not", "a device does not"],
)
def test_each_hears_only_what_it_must(broker: Broker, user: str, heard: bytes | None) -> None:
    listener = Device(broker, user)
    listener.subscribe("plantroom/v1/riverside/P-3/telemetry")
    witness = Device(broker, "pipeline")
    witness.subscribe("plantroom/v1/riverside/P-3/telemetry")
    speaker = Device(broker, "simulators")

    speaker.publish(TELEMETRY.format("P-3"), b"for all")
    wait_until(lambda: bool(witness.received))
    time.sleep(0.2)  # time for what must not come
    for each in (listener, witness, speaker):
        each.close()

    assert listener.received == ([heard] if heard else [])


def test_a_device_speaks_over_tls_to_the_broker_it_was_told_to_trust(broker: Broker) -> None:
    trusting = ssl.create_default_context(cafile=str(broker.ca))

    device = Device(broker, "P-101", tls=trusting)
    answer = device.publish(TELEMETRY.format("P-101"), "x")
    device.close()

    assert not answer.is_failure


def shake_hands(broker: Broker, context: ssl.SSLContext) -> None:
    with (
        socket.create_connection(("127.0.0.1", broker.tls_port), timeout=TIMEOUT) as connection,
        context.wrap_socket(connection, server_hostname="127.0.0.1"),
    ):
        pass


def test_a_device_hangs_up_on_a_broker_that_it_was_not_told_to_trust(broker: Broker) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(broker, ssl.create_default_context())


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_tls_older_than_1_2_is_refused(broker: Broker) -> None:
    old = ssl.create_default_context(cafile=str(broker.ca))
    shake_hands(broker, old)
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.maximum_version = ssl.TLSVersion.TLSv1_1

    with pytest.raises(ssl.SSLError, match=r"(?i)version|alert"):
        shake_hands(broker, old)


def test_the_product_itself_signs_in_over_tls(broker: Broker) -> None:
    url = f"mqtts://simulators:{broker.passwords['simulators']}@localhost:{broker.tls_port}?ca={broker.ca}"

    done = subprocess.run(
        [sys.executable, "-m", "plantroom", "simulate", "inject", "P-101", "bearing_wear", "--broker", url],
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert "no simulator answers" in done.stderr  # which it can only say once it was let in
