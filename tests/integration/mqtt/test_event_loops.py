"""The client over uvloop and over TLS."""

import asyncio
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import uvloop

from plantroom.mqtt.client import Client
from plantroom.mqtt.dial import ClientSettings
from plantroom.mqtt.message import Received
from plantroom_testing.mosquitto import Mosquitto
from plantroom_testing.mqtt import until

TOPIC = "plantroom/v1/riverside/P-101/telemetry"
QUICK = ClientSettings(first_retry=0.05, last_retry=0.2)
COUNT = 3000


async def there_and_back(url: str) -> list[bytes]:
    """Publish, receive and acknowledge, over a cut of the connection."""
    got: list[Received] = []
    client = Client(url, client_id="c", filters=[TOPIC], on_message=got.append, settings=QUICK)
    await client.start()
    await until(lambda: client._reported == "")
    for number in range(COUNT):
        await client.send(TOPIC, b"%d" % number)
    await client.flush()
    await until(lambda: len(got) == COUNT)
    client.acknowledge(got)
    client.pause()
    client.resume()
    await client.publish(TOPIC, bytes(1 << 20))
    await until(lambda: len(got) == COUNT + 1)
    await client.stop()
    return [message.payload for message in got[:COUNT]]


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_messages_go_there_and_back(mosquitto: Mosquitto, run: Callable[..., list[bytes]]) -> None:
    arrived = run(there_and_back(mosquitto.url))

    assert arrived == [b"%d" % number for number in range(COUNT)]


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """Return a certificate of 127.0.0.1 that vouches for itself, and its key."""
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    words = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test -addext subjectAltName=IP:127.0.0.1"
    )
    subprocess.run([*words.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    return certificate, key


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_messages_go_there_and_back_over_tls(
    mosquitto_here: Callable[..., Mosquitto],
    certificate: tuple[Path, Path],
    run: Callable[..., list[bytes]],
) -> None:
    broker = tls_broker(mosquitto_here, certificate)

    arrived = run(there_and_back(f"mqtts://127.0.0.1:{broker.port}?ca={certificate[0]}"))

    assert len(arrived) == COUNT


async def test_a_certificate_that_nobody_vouches_for_is_refused(
    mosquitto_here: Callable[..., Mosquitto], certificate: tuple[Path, Path]
) -> None:
    broker = tls_broker(mosquitto_here, certificate)
    states: list[tuple[bool, str]] = []

    client = Client(
        f"mqtts://127.0.0.1:{broker.port}", client_id="c", on_state=lambda *state: states.append(state)
    )
    await client.start()
    await until(lambda: bool(states))
    await client.stop()

    assert "certificate verify failed" in states[0][1]


def tls_broker(start: Callable[..., Mosquitto], certificate: tuple[Path, Path]) -> Mosquitto:
    return start(tail=[f"certfile {certificate[0]}", f"keyfile {certificate[1]}"])
