"""The embedded broker, by clients that are not ours: each criterion of decision 0007."""

import asyncio
import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress

import pytest
from paho.mqtt.enums import MQTTProtocolVersion

from plantroom.domain.errors import BrokerNotStarted
from plantroom.mqtt.broker import Broker
from plantroom.mqtt.client import Client
from plantroom.mqtt.dial import ClientSettings
from plantroom.mqtt.message import Received
from plantroom.mqtt.packets import Version
from plantroom_testing.mosquitto import answers, wait_until
from plantroom_testing.mqtt import PahoClient, paho_client, publish_burst, until

V311, V5 = MQTTProtocolVersion.MQTTv311, MQTTProtocolVersion.MQTTv5
VERSIONS = pytest.mark.parametrize("version", [V311, V5], ids=["3.1.1", "5"])
FLAGS = pytest.mark.parametrize("flag", ["311", "5"])
TOPIC = "plantroom/v1/riverside/P-101/telemetry"

STARTS_BROKER = """
import asyncio
from plantroom.mqtt.broker import Broker
async def main():
    async with Broker(port=0) as broker:
        print(broker.port, broker._process.pid, flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""


@pytest.fixture
async def broker() -> AsyncIterator[Broker]:
    async with Broker(port=0) as running:
        yield running


async def run(*words: str) -> tuple[int, str]:
    """Return the exit status and the output of a program."""
    process = await asyncio.create_subprocess_exec(*words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode()


def payloads(client: PahoClient) -> list[bytes]:
    return [bytes(message.payload) for message in client.got]


@FLAGS
async def test_mosquittos_clients_publish_and_subscribe(broker: Broker, flag: str) -> None:
    there = ("-p", str(broker.port), "-V", flag, "-q", "1")
    other = ("-p", str(broker.port), "-V", "5" if flag == "311" else "311", "-q", "1")

    published = await run("mosquitto_pub", *there, "-r", "-t", "a/b", "-m", "hello")
    received = await run("mosquitto_sub", *other, "-t", "a/+", "-C", "1", "-W", "20", "-v")

    assert published == (0, "")
    assert received == (0, "a/b hello\n")


@VERSIONS
async def test_the_last_value_is_retained_until_it_is_cleared(
    broker: Broker, version: MQTTProtocolVersion
) -> None:
    publish_burst(broker.port, [("a/1", b"old"), ("a/1", b"new"), ("a/2", b"other")], retain=True)
    publish_burst(broker.port, [("a/2", b"")], retain=True)

    with paho_client(broker.port, version=version) as client:
        client.subscribe_and_wait("a/#")
        await until(lambda: len(client.got) == 1)
        await asyncio.sleep(0.2)

    assert [(message.topic, message.payload, message.retain) for message in client.got] == [
        ("a/1", b"new", True)
    ]


@VERSIONS
async def test_a_will_is_published_for_who_dies_and_not_for_who_leaves(
    broker: Broker, version: MQTTProtocolVersion
) -> None:
    with paho_client(broker.port) as watcher:
        watcher.subscribe_and_wait("status/#")
        with paho_client(broker.port, version=version, will=("status/left", b"offline")):
            pass
        with paho_client(broker.port, version=version, will=("status/died", b"offline")) as client:
            client.kill()
            await until(lambda: len(watcher.got) == 1)

    assert [message.topic for message in watcher.got] == ["status/died"]


@VERSIONS
async def test_a_session_that_is_away_gets_twenty_thousand_messages_in_order(
    broker: Broker, version: MQTTProtocolVersion
) -> None:
    with paho_client(broker.port, client_id="away", version=version, clean=False) as client:
        client.subscribe_and_wait(TOPIC)
    publisher = Client(broker.url, client_id="p", settings=ClientSettings(clean_start=True))
    await publisher.start()
    for number in range(20_000):
        await publisher.send(TOPIC, b"%d" % number)
    await publisher.flush()
    await publisher.stop()

    with paho_client(broker.port, client_id="away", version=version, clean=False) as client:
        await until(lambda: len(client.got) == 20_000)

    assert client.session_present
    assert payloads(client) == [b"%d" % number for number in range(20_000)]


@VERSIONS
async def test_what_was_not_acknowledged_comes_again(broker: Broker, version: MQTTProtocolVersion) -> None:
    again = {"client_id": "c", "version": version, "clean": False, "acknowledge": False}
    with paho_client(broker.port, **again) as client:  # type: ignore[arg-type]
        client.subscribe_and_wait(TOPIC)
        publish_burst(broker.port, [(TOPIC, b"%d" % number) for number in range(10)])
        await until(lambda: len(client.got) == 10)
        for message in client.got[:4]:
            client.ack(message.mid, 1)
        await asyncio.sleep(0.3)
        client.kill()

    with paho_client(broker.port, **again) as client:  # type: ignore[arg-type]
        await until(lambda: len(client.got) == 6)

    assert payloads(client) == [b"%d" % number for number in range(4, 10)]


@VERSIONS
async def test_a_message_of_one_mebibyte_passes(broker: Broker, version: MQTTProtocolVersion) -> None:
    payload = bytes(range(256)) * 4096

    with paho_client(broker.port, version=version) as client:
        client.subscribe_and_wait("big")
        client.publish("big", payload, 1)
        await until(lambda: len(client.got) == 1)

    assert payloads(client) == [payload]


async def test_a_thousand_clients_are_served_at_once(broker: Broker) -> None:
    async with AsyncExitStack() as opened:
        publisher = opened.enter_context(paho_client(broker.port))
        connections = [await asyncio.open_connection("127.0.0.1", broker.port) for _ in range(1000)]
        for number, (_, writer) in enumerate(connections):
            opened.callback(writer.close)
            name = b"c%03d" % number
            writer.write(b"\x10\x10\x00\x04MQTT\x04\x02\x00\x3c" + struct.pack(">H", 4) + name)
        async with asyncio.timeout(60):
            for reader, _ in connections:
                assert await reader.readexactly(4) == b"\x20\x02\x00\x00"
            for number, (_, writer) in enumerate(connections):
                writer.write(b"\x82\x0c\x00\x01\x00\x07all/%03d\x01" % number)
            for reader, _ in connections:
                assert await reader.readexactly(5) == b"\x90\x03\x00\x01\x01"

        publisher.publish_and_wait([(f"all/{number:03}", b"x") for number in range(1000)])

        async with asyncio.timeout(60):
            for number, (reader, _) in enumerate(connections):
                assert b"all/%03d" % number in await reader.readexactly(14)


async def test_our_client_speaks_5_to_it_and_its_session_outlives_a_stop(broker: Broker) -> None:
    got: list[Received] = []
    client = Client(broker.url, client_id="ours", filters=[TOPIC], on_message=got.append)

    presence = []
    for count in (1, 2):
        await client.start()
        await until(lambda: client.connected)
        presence.append(client.session_present)
        await client.publish(TOPIC, b"reading")
        await arrived(got, count)
        client.acknowledge(got[-1:])
        await client.stop()

    assert presence == [False, True]
    assert client.version is Version.V5


async def test_a_retained_message_does_not_come_with_every_reconnect(broker: Broker) -> None:
    got: list[Received] = []
    publish_burst(broker.port, [(TOPIC, b"kept")], retain=True)
    client = Client(broker.url, client_id="ours", filters=[TOPIC], on_message=got.append)
    await client.start()
    await until(lambda: len(got) == 1)
    client.acknowledge(got)
    await client.stop()

    await client.start()
    await until(lambda: client.connected)
    await client.publish(TOPIC, b"after")
    await until(lambda: got[-1].payload == b"after")
    await client.stop()

    assert [message.payload for message in got] == [b"kept", b"after"]


async def test_a_version_that_nobody_speaks_is_refused(broker: Broker) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", broker.port)

    writer.write(b"\x10\x0d\x00\x04MQTT\x06\x02\x00\x3c\x00\x01c")

    assert await reader.read() == b"\x20\x02\x00\x01"
    writer.close()


async def test_what_is_not_mqtt_is_dropped(broker: Broker) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", broker.port)

    writer.write(b"GET / HTTP/1.1\r\n\r\n")

    with suppress(ConnectionResetError):
        assert await reader.read() == b""
    writer.close()


@FLAGS
async def test_with_users_nobody_else_comes_in(flag: str) -> None:
    async with Broker(port=0, users={'jo"e': "pässword", "gateway": "x"}) as broker:
        words = ("mosquitto_pub", "-p", str(broker.port), "-V", flag, "-t", "t", "-m", "m", "-q", "1")

        right = await run(*words, "-u", 'jo"e', "-P", "pässword")
        wrong = await run(*words, "-u", "gateway", "-P", "y")
        nobody = await run(*words)

    assert right[0] == 0
    assert wrong[0] != 0
    assert nobody[0] != 0


async def test_a_wrong_password_is_a_reason_to_read(broker: Broker) -> None:
    states: list[str] = []
    async with Broker(port=0, users={"joe": "right"}) as guarded:
        client = Client(
            f"mqtt://joe:wrong@127.0.0.1:{guarded.port}",
            client_id="c",
            on_state=lambda _, reason: states.append(reason),
        )
        await client.start()
        await until(lambda: bool(states))
        await client.stop()

    assert "user and password right?" in states[0]


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "plant.example"])
def test_beyond_loopback_users_are_demanded(host: str) -> None:
    with pytest.raises(BrokerNotStarted, match="users are demanded"):
        Broker(host=host)


async def test_it_listens_on_its_host_alone(broker: Broker) -> None:
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.2", broker.port)) != 0


async def test_a_taken_port_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        with pytest.raises(BrokerNotStarted, match=f"MQTT port {port} on 127.0.0.1 is taken"):
            await Broker(port=port).start()


async def test_stopped_it_leaves_no_process_and_a_free_port() -> None:
    broker = Broker(port=0)
    await broker.start()
    assert broker._process is not None
    pid = broker._process.pid

    async with asyncio.timeout(5):
        await broker.stop()

    assert not alive(pid)
    assert not answers(broker.port)
    await broker.start()
    assert answers(broker.port)
    await broker.stop()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["kill -9", "SIGTERM"])
def test_it_ends_with_its_parent(number: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", STARTS_BROKER], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        port, pid = map(int, parent.stdout.readline().split())
        assert answers(port)
        parent.send_signal(number)

    wait_until(lambda: not alive(pid))
    assert not answers(port)


async def test_a_ctrl_c_is_left_to_its_parent(broker: Broker) -> None:
    assert broker._process is not None

    for number in (signal.SIGINT, signal.SIGTERM):
        broker._process.send_signal(number)
    await asyncio.sleep(0.2)

    assert (await run("mosquitto_pub", "-p", str(broker.port), "-t", "t", "-m", "m", "-q", "1"))[0] == 0


async def test_should_its_process_end_it_is_started_again_on_the_same_port(
    broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    client = Client(broker.url, client_id="c", settings=ClientSettings(first_retry=0.05, last_retry=0.1))
    await client.start()
    await until(lambda: client.connected)
    assert broker._process is not None

    broker._process.kill()
    await until(lambda: client.connections == 2)
    await client.publish(TOPIC, b"still served")
    await client.stop()

    assert "embedded broker ended" in caplog.text


async def arrived(got: list[Received], count: int) -> None:
    await until(lambda: len(got) == count)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
