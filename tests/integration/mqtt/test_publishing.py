"""Publishing at a real Mosquitto: nothing lost, nothing out of order, memory bounded."""

import asyncio

import pytest

from plantroom.domain.errors import BrokerRefused, BrokerUnavailable
from plantroom.mqtt.client import Client
from plantroom.mqtt.dial import ClientSettings
from plantroom_testing.mosquitto import Mosquitto
from plantroom_testing.mqtt import PahoClient, paho_client, until

TOPIC = "plantroom/v1/riverside/P-101/telemetry"
QUICK = ClientSettings(clean_start=True, first_retry=0.05, last_retry=0.2)


async def started(broker: Mosquitto, *, settings: ClientSettings = QUICK) -> Client:
    client = Client(broker.url, client_id="simulator", settings=settings)
    await client.start()
    await until(lambda: client.connected)
    return client


def payloads(watcher: PahoClient) -> list[bytes]:
    return [bytes(message.payload) for message in watcher.got]


async def test_ten_thousand_messages_arrive_in_order(mosquitto: Mosquitto) -> None:
    with paho_client(mosquitto.port) as watcher:
        watcher.subscribe_and_wait(TOPIC)
        client = await started(mosquitto)

        for number in range(10_000):
            await client.send(TOPIC, b"%d" % number)
        await client.flush()
        await until(lambda: len(watcher.got) == 10_000)
        await client.stop()

    assert payloads(watcher) == [b"%d" % number for number in range(10_000)]


async def test_what_was_sent_while_the_broker_was_away_arrives_in_order(mosquitto: Mosquitto) -> None:
    with paho_client(mosquitto.port, client_id="watcher", clean=False) as before:
        before.subscribe_and_wait(TOPIC)
    client = await started(mosquitto)
    mosquitto.stop()
    await until(lambda: not client.connected)

    for number in range(1000):
        await client.send(TOPIC, b"%d" % number)
    mosquitto.start()
    await client.flush()
    with paho_client(mosquitto.port, client_id="watcher", clean=False) as watcher:
        await until(lambda: len(watcher.got) == 1000)
    await client.stop()

    assert payloads(watcher) == [b"%d" % number for number in range(1000)]


async def test_a_full_window_makes_the_sender_wait(mosquitto: Mosquitto) -> None:
    client = await started(mosquitto, settings=ClientSettings(window=10, first_retry=0.05))
    mosquitto.stop()
    await until(lambda: not client.connected)
    for number in range(10):
        await client.send(TOPIC, b"%d" % number)

    eleventh = asyncio.create_task(client.send(TOPIC, b"10"))
    await asyncio.sleep(0.1)
    assert not eleventh.done()
    mosquitto.start()
    await eleventh
    await client.flush()

    assert client.in_flight == 0
    await client.stop()


async def test_nothing_sent_is_lost_when_the_connection_is_cut_again_and_again(mosquitto: Mosquitto) -> None:
    with paho_client(mosquitto.port) as watcher:
        watcher.subscribe_and_wait(TOPIC)
        client = await started(mosquitto)

        for number in range(6000):
            await client.send(TOPIC, b"%d" % number)
            if number % 2000 == 1000 and client._connection is not None:
                client._connection.abort("cut by the test")
        await client.flush()
        await until(lambda: payloads(watcher)[-1:] == [b"5999"])
        await client.stop()

    arrived = [int(payload) for payload in payloads(watcher)]
    assert sorted(set(arrived)) == list(range(6000))
    first_seen = list(dict.fromkeys(arrived))
    assert first_seen == sorted(first_seen)
    assert client.connections == 4


async def test_publishing_returns_when_the_broker_has_it(mosquitto: Mosquitto) -> None:
    client = await started(mosquitto)

    await client.publish(TOPIC, b"kept", retain=True)

    assert client.in_flight == 0
    with paho_client(mosquitto.port) as watcher:
        watcher.subscribe_and_wait(TOPIC)
        await until(lambda: payloads(watcher) == [b"kept"])
    await client.stop()


async def test_publishing_many_at_once_is_bounded_by_what_the_broker_takes(mosquitto: Mosquitto) -> None:
    client = await started(mosquitto)

    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        for number in range(3000):
            tasks.create_task(client.publish(TOPIC, b"%d" % number))

    assert client.connections == 1
    await client.stop()


async def test_publishing_into_a_connection_that_dies_is_an_error(mosquitto: Mosquitto) -> None:
    client = await started(mosquitto)
    mosquitto.freeze()

    attempt = asyncio.create_task(client.publish(TOPIC, b"x"))
    await asyncio.sleep(0.1)
    mosquitto.kill()

    with pytest.raises(BrokerUnavailable, match=r"127\.0\.0\.1:\d+ lost"):
        await attempt
    assert client.in_flight == 0
    await client.stop()


async def test_a_message_larger_than_the_broker_takes_is_refused_here(mosquitto: Mosquitto) -> None:
    client = await started(mosquitto)

    with pytest.raises(BrokerRefused, match="the broker takes 1114112"):
        await client.publish(TOPIC, bytes(1_200_000))
    with pytest.raises(BrokerRefused, match="the broker takes 1114112"):
        await client.send(TOPIC, bytes(1_200_000))

    assert client.connected
    await client.stop()


async def test_stopping_gives_up_who_waits(mosquitto: Mosquitto) -> None:
    client = await started(mosquitto)
    mosquitto.freeze()
    attempt = asyncio.create_task(client.publish(TOPIC, b"x"))
    await asyncio.sleep(0.1)

    async with asyncio.timeout(5):
        await client.stop()

    with pytest.raises(BrokerUnavailable):
        await attempt
    mosquitto.thaw()


async def test_an_unknown_quality_of_service_is_refused(mosquitto: Mosquitto) -> None:
    client = await started(mosquitto)

    with pytest.raises(ValueError, match="qos must be 0 or 1: 2"):
        await client.publish(TOPIC, b"x", qos=2)

    await client.stop()
