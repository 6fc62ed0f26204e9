"""The client at brokers that do not speak MQTT 5."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress

import pytest

from plantroom.domain.errors import BrokerUnavailable
from plantroom.mqtt.client import Client
from plantroom.mqtt.dial import ClientSettings
from plantroom.mqtt.front import protocol_level
from plantroom.mqtt.message import Received
from plantroom.mqtt.packets import Version
from plantroom_testing.mosquitto import Mosquitto
from plantroom_testing.mqtt import publish_burst, until

TOPIC = "plantroom/v1/riverside/P-101/telemetry"
QUICK = ClientSettings(first_retry=0.05, last_retry=0.2)
RUMQTTD = """
import json, sys
from plantroom.mqtt.broker_process import start_rumqttd
host, ports = start_rumqttd({})
print(json.dumps({"url": f"mqtt://{host}:{ports['v4']}"}), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def url_of_311() -> Iterator[str]:
    """Return the URL of a listener of rumqttd for 3.1.1 alone, which hangs up on MQTT 5."""
    with subprocess.Popen(
        [sys.executable, "-c", RUMQTTD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["url"]
        process.kill()


@asynccontextmanager
async def refusing_five(broker: Mosquitto, answer: bytes) -> AsyncIterator[str]:
    """Return the URL of a front of `broker` that gives `answer` to MQTT 5."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = await reader.read(1000)
        if protocol_level(first) == Version.V5:
            writer.write(answer)
            writer.close()
            return
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", broker.port)
        inner_writer.write(first)
        with suppress(asyncio.CancelledError):
            await asyncio.gather(copy(reader, inner_writer), copy(inner_reader, writer))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield f"mqtt://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
    writer.close()


async def test_a_broker_that_hangs_up_on_5_is_spoken_to_in_311(url_of_311: str) -> None:
    got: list[Received] = []
    client = Client(url_of_311, client_id="c", filters=[TOPIC], on_message=got.append, settings=QUICK)

    await client.start()
    await until(lambda: client.connected)
    await client.publish(TOPIC, b"reading")
    await until(lambda: len(got) == 1)
    client.acknowledge(got)
    await client.stop()

    assert client.version is Version.V311
    assert got[0].payload == b"reading"


@pytest.mark.parametrize(
    "answer",
    [b"\x20\x02\x00\x01", b"\x20\x03\x00\x84\x00", b"\x20\x02\x00\x84"],
    ids=["3.1.1 CONNACK", "5 CONNACK", "5 CONNACK without properties"],
)
async def test_a_broker_that_refuses_5_is_spoken_to_in_311(mosquitto: Mosquitto, answer: bytes) -> None:
    states: list[tuple[bool, str]] = []

    async with refusing_five(mosquitto, answer) as url:
        client = Client(url, client_id="c", on_state=lambda *state: states.append(state), settings=QUICK)
        await client.start()
        await until(lambda: client.connected)
        await client.publish(TOPIC, b"reading")
        await client.stop()

    assert client.version is Version.V311
    assert states == [(True, "")]


async def test_in_311_too_what_was_not_acknowledged_comes_again(mosquitto: Mosquitto) -> None:
    got: list[Received] = []

    async with refusing_five(mosquitto, b"\x20\x02\x00\x01") as url:
        first = Client(url, client_id="c", filters=[TOPIC], on_message=got.append, settings=QUICK)
        await first.start()
        await until(lambda: first._reported == "")
        await asyncio.to_thread(publish_burst, mosquitto.port, [(TOPIC, b"%d" % n) for n in range(10)])
        await until(lambda: len(got) == 10)
        first.acknowledge(got[:3])
        await first.stop()
        got.clear()
        second = Client(url, client_id="c", filters=[TOPIC], on_message=got.append, settings=QUICK)
        await second.start()
        await until(lambda: len(got) == 7)
        await second.stop()

    assert second.session_present
    assert [message.payload for message in got] == [b"%d" % n for n in range(3, 10)]
    assert all(message.duplicate for message in got)


async def test_in_311_retained_messages_do_not_come_with_every_reconnect(mosquitto: Mosquitto) -> None:
    got: list[Received] = []
    await asyncio.to_thread(publish_burst, mosquitto.port, [(TOPIC, b"kept")], retain=True)

    async with refusing_five(mosquitto, b"\x20\x02\x00\x01") as url:
        client = Client(url, client_id="c", filters=[TOPIC], on_message=got.append, settings=QUICK)
        await client.start()
        await until(lambda: len(got) == 1)
        client.acknowledge(got)
        await asyncio.sleep(0.1)
        assert client._connection is not None
        client._connection.abort("cut by the test")
        await until(lambda: client.connections == 2)
        await client.publish("other", b"answered")
        await client.stop()

    assert len(got) == 1


async def test_a_server_that_speaks_no_mqtt_is_reported() -> None:
    states: list[tuple[bool, str]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 10)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"mqtt://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    client = Client(url, client_id="c", on_state=lambda *state: states.append(state), settings=QUICK)
    await client.start()
    await until(lambda: bool(states))
    with pytest.raises(BrokerUnavailable, match="not MQTT"):
        await client.publish("t", b"x")
    await client.stop()
    server.close()

    assert states[0][0] is False
    assert "not MQTT: 0x40 before CONNACK" in states[0][1]
