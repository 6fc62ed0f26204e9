"""The client at a real Mosquitto."""

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from plantroom.domain.errors import BrokerUnavailable
from plantroom.mqtt.client import Client
from plantroom.mqtt.dial import ClientSettings
from plantroom.mqtt.message import Received, Will
from plantroom.mqtt.packets import Version
from plantroom_testing.mosquitto import RECOMMENDED, Mosquitto
from plantroom_testing.mqtt import paho_client, publish_burst, until

FILTER = "plantroom/v1/+/+/telemetry"
TOPIC = "plantroom/v1/riverside/P-101/telemetry"
QUICK = ClientSettings(first_retry=0.05, last_retry=0.2, keepalive=4)


class Inbox:
    """Keeps what came, and what was said of the connection."""

    def __init__(self) -> None:
        self.messages: list[Received] = []
        self.states: list[tuple[bool, str]] = []

    @property
    def payloads(self) -> list[bytes]:
        return [message.payload for message in self.messages]

    def note(self, flows: bool, reason: str) -> None:
        self.states.append((flows, reason))


@asynccontextmanager
async def running(
    broker: Mosquitto, inbox: Inbox, *, client_id: str = "pipeline", **options: Any
) -> AsyncIterator[Client]:
    """Run a client that is subscribed, until the end of the block."""
    options.setdefault("filters", [FILTER])
    options.setdefault("settings", QUICK)
    client = Client(
        broker.url, client_id=client_id, on_message=inbox.messages.append, on_state=inbox.note, **options
    )
    await client.start()
    try:
        await until(lambda: inbox.states[-1:] == [(True, "")])
        yield client
    finally:
        await client.stop()


async def burst(broker: Mosquitto, payloads: list[bytes], **options: Any) -> None:
    messages = [(TOPIC, payload) for payload in payloads]
    await asyncio.to_thread(publish_burst, broker.port, messages, **options)


def numbered(count: int, *, start: int = 0) -> list[bytes]:
    return [b"%d" % number for number in range(start, start + count)]


async def test_messages_come_in_order_with_all_that_is_known_of_them(mosquitto: Mosquitto) -> None:
    inbox = Inbox()

    async with running(mosquitto, inbox) as client:
        await burst(mosquitto, numbered(500))
        await until(lambda: len(inbox.messages) == 500)

    assert inbox.payloads == numbered(500)
    assert client.received == 500
    assert client.version is Version.V5
    first = inbox.messages[0]
    assert first.topic == TOPIC
    assert (first.retain, first.duplicate) == (False, False)
    assert first.packet_id > 0
    assert 1_600_000_000_000 < first.arrived < 5_000_000_000_000


async def test_what_an_earlier_run_subscribed_to_is_given_up(mosquitto: Mosquitto) -> None:
    async with running(mosquitto, Inbox(), filters=[FILTER, "gw/#"]):
        pass
    inbox = Inbox()

    async with running(mosquitto, inbox, unwanted=["gw/#"]) as client:
        messages = [("gw/1", b"foreign"), (TOPIC, b"ours")]
        await asyncio.to_thread(publish_burst, mosquitto.port, messages)
        await until(lambda: bool(inbox.messages))

    assert client.session_present
    assert inbox.payloads == [b"ours"]


async def test_what_was_acknowledged_is_gone_and_the_rest_comes_again(mosquitto: Mosquitto) -> None:
    first, second = Inbox(), Inbox()

    async with running(mosquitto, first) as client:
        await burst(mosquitto, numbered(10))
        await until(lambda: len(first.messages) == 10)
        client.acknowledge(first.messages[:4])
    async with running(mosquitto, second) as client:
        await until(lambda: len(second.messages) == 6)
        assert client.session_present

    assert second.payloads == numbered(6, start=4)
    assert all(message.duplicate for message in second.messages)


async def test_acknowledgements_for_a_lost_connection_are_not_sent(mosquitto: Mosquitto) -> None:
    inbox = Inbox()

    async with running(mosquitto, inbox) as client:
        await burst(mosquitto, numbered(3))
        await until(lambda: len(inbox.messages) == 3)
        of_the_first = list(inbox.messages)
        await drop(client)
        await until(lambda: len(inbox.messages) == 6)
        assert [message.packet_id for message in inbox.messages[3:]] == [1, 2, 3]
        client.acknowledge(of_the_first)
    again = Inbox()
    async with running(mosquitto, again):
        await until(lambda: len(again.messages) == 3)

    assert again.payloads == numbered(3)


async def test_more_messages_than_one_window_wait_for_their_acknowledgement(mosquitto: Mosquitto) -> None:
    inbox = Inbox()

    async with running(mosquitto, inbox, settings=ClientSettings(receive_maximum=50)) as client:
        await burst(mosquitto, numbered(200))
        await until(lambda: len(inbox.messages) == 50)
        await asyncio.sleep(0.1)
        assert len(inbox.messages) == 50
        client.acknowledge(inbox.messages)
        await until(lambda: len(inbox.messages) == 200)

    assert inbox.payloads == numbered(200)


async def test_twenty_thousand_messages_that_came_while_away_all_arrive(mosquitto: Mosquitto) -> None:
    inbox = Inbox()
    async with running(mosquitto, inbox):
        pass
    await burst(mosquitto, numbered(20_000))

    async with running(mosquitto, inbox) as client:
        taken = 0
        while taken < 20_000:
            fresh = inbox.messages[taken:]
            client.acknowledge(fresh)
            taken += len(fresh)
            await asyncio.sleep(0.005)

    assert inbox.payloads == numbered(20_000)


async def test_a_stopped_broker_is_found_again_and_both_are_said_once(
    mosquitto: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    inbox = Inbox()
    caplog.set_level(logging.INFO, logger="plantroom.mqtt")

    async with running(mosquitto, inbox) as client:
        mosquitto.stop()
        await until(lambda: not client.connected)
        await asyncio.sleep(0.5)
        mosquitto.start()
        await until(lambda: inbox.states[-1] == (True, ""))
        await burst(mosquitto, [b"back"])
        await until(lambda: len(inbox.messages) == 1)

    assert [flows for flows, _ in itertools.groupby(inbox.states, lambda state: state[0])] == [
        True,
        False,
        True,
    ]
    assert [record.message for record in caplog.records] == [
        "mqtt connected",
        "mqtt connection lost",
        "mqtt connected",
    ]


async def test_a_killed_broker_that_forgot_the_session_is_subscribed_to_again(mosquitto: Mosquitto) -> None:
    inbox = Inbox()

    async with running(mosquitto, inbox) as client:
        mosquitto.kill()
        await until(lambda: not client.connected)
        mosquitto.start()
        await until(lambda: inbox.states[-1] == (True, ""))
        assert not client.session_present
        await burst(mosquitto, [b"after"])
        await until(lambda: len(inbox.messages) == 1)


async def test_a_broker_that_went_silent_is_given_up(mosquitto: Mosquitto) -> None:
    inbox = Inbox()

    async with running(mosquitto, inbox, settings=ClientSettings(keepalive=1, connect_timeout=1)):
        mosquitto.freeze()
        await until(lambda: not inbox.states[-1][0])
        mosquitto.thaw()

    assert inbox.states[-1][1] == "no sign of life for 0.5 s"


async def test_an_idle_connection_is_kept(mosquitto: Mosquitto) -> None:
    inbox = Inbox()

    async with running(mosquitto, inbox, settings=ClientSettings(keepalive=1)) as client:
        await asyncio.sleep(3)

        assert client.connected
        assert client.connections == 1


async def test_an_absent_broker_raises_nothing_and_is_found_when_it_comes(mosquitto: Mosquitto) -> None:
    mosquitto.stop()
    inbox = Inbox()
    client = Client(mosquitto.url, client_id="early", filters=[FILTER], on_state=inbox.note, settings=QUICK)

    await client.start()
    await until(lambda: len(inbox.states) == 1)
    with pytest.raises(BrokerUnavailable, match="not connected"):
        await client.publish(TOPIC, b"x")
    mosquitto.start()
    await until(lambda: inbox.states[-1] == (True, ""))
    await client.stop()

    assert [flows for flows, _ in inbox.states] == [False, True]


async def test_paused_it_reads_nothing_and_resumed_it_misses_nothing(mosquitto: Mosquitto) -> None:
    inbox = Inbox()

    async with running(mosquitto, inbox) as client:
        client.pause()
        await burst(mosquitto, numbered(2000))
        await asyncio.sleep(0.2)
        assert inbox.messages == []
        client.resume()
        await until(lambda: len(inbox.messages) == 2000)

    assert inbox.payloads == numbered(2000)


async def test_paused_it_stays_paused_over_a_reconnect(mosquitto: Mosquitto) -> None:
    inbox = Inbox()

    async with running(mosquitto, inbox) as client:
        client.pause()
        await drop(client)
        await until(lambda: client.connections == 2 and inbox.states[-1] == (True, ""))
        await burst(mosquitto, numbered(10))
        await asyncio.sleep(0.2)
        assert inbox.messages == []
        client.resume()
        await until(lambda: len(inbox.messages) == 10)


async def test_retained_messages_come_once_and_not_with_every_reconnect(mosquitto: Mosquitto) -> None:
    inbox = Inbox()
    await burst(mosquitto, [b"kept"], retain=True)

    async with running(mosquitto, inbox) as client:
        await until(lambda: len(inbox.messages) == 1)
        client.acknowledge(inbox.messages)
        await asyncio.sleep(0.1)
        await drop(client)
        await until(lambda: client.connections == 2 and inbox.states[-1] == (True, ""))
        await asyncio.sleep(0.2)

    assert [message.retain for message in inbox.messages] == [True]


@pytest.mark.parametrize("size", [1 << 20, 8 << 20], ids=["1 MiB", "8 MiB"])
async def test_large_messages_come_whole(mosquitto_here: Callable[..., Mosquitto], size: int) -> None:
    broker = mosquitto_here(RECOMMENDED.replace("max_packet_size", "# max_packet_size"))
    inbox = Inbox()
    payload = bytes(range(256)) * (size // 256)

    async with running(broker, inbox) as client:
        await client.publish(TOPIC, payload)
        await until(lambda: len(inbox.messages) == 1)

    assert inbox.payloads == [payload]


async def test_a_quality_0_message_needs_no_acknowledgement(mosquitto: Mosquitto) -> None:
    inbox = Inbox()

    async with running(mosquitto, inbox) as client:
        await client.publish(TOPIC, b"x", qos=0)
        await until(lambda: len(inbox.messages) == 1)
        client.acknowledge(inbox.messages)
        await client.publish(TOPIC, b"still connected")

    assert inbox.messages[0].packet_id == 0


async def test_a_handler_that_fails_stops_nothing(
    mosquitto: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    taken: list[bytes] = []

    def take(message: Received) -> None:
        if message.payload == b"bad":
            raise ValueError("bad payload")
        taken.append(message.payload)

    client = Client(mosquitto.url, client_id="failing", filters=[FILTER], on_message=take, settings=QUICK)
    await client.start()
    await until(lambda: client.connected)
    await burst(mosquitto, [b"good", b"bad", b"good"])
    await until(lambda: len(taken) == 2)
    await client.stop()

    assert "mqtt message not handled" in caplog.text


async def test_its_will_is_published_when_it_dies_and_not_when_it_stops(mosquitto: Mosquitto) -> None:
    will = Will(topic="plantroom/v1/riverside/$status", payload=b"offline", retain=True)

    with paho_client(mosquitto.port) as watcher:
        watcher.subscribe_and_wait(will.topic)
        async with running(mosquitto, Inbox(), will=will):
            pass
        await burst_to(watcher, will.topic, b"stopped")
        await until(lambda: len(watcher.got) == 1)
        async with running(mosquitto, Inbox(), will=will) as client:
            await drop(client)
            await until(lambda: len(watcher.got) == 2)

    assert [message.payload for message in watcher.got] == [b"stopped", b"offline"]


async def test_a_wrong_password_is_reported_and_tried_again(
    mosquitto_here: Callable[..., Mosquitto], tmp_path: Path
) -> None:
    passwords = tmp_path / "passwords"
    passwords.touch(mode=0o600)
    broker = mosquitto_here(f"password_file {passwords}")
    inbox = Inbox()
    client = Client(
        f"mqtt://joe:wrong@127.0.0.1:{broker.port}", client_id="joe", on_state=inbox.note, settings=QUICK
    )

    await client.start()
    await until(lambda: bool(inbox.states))
    await client.stop()

    assert inbox.states[0][0] is False
    assert inbox.states[0][1].startswith("refused: ")
    assert "wrong" not in inbox.states[0][1]


async def drop(client: Client) -> None:
    """Cut its connection as a network does."""
    connection = client._connection
    assert connection is not None
    connection.abort("cut by the test")
    await connection.lost


async def burst_to(watcher: Any, topic: str, payload: bytes) -> None:
    sent = watcher.publish(topic, payload, 1)
    await asyncio.to_thread(sent.wait_for_publish, 10)
