"""What tests need of MQTT besides a broker: bursts, a third-party client, a wait on the event loop."""

import asyncio
import select
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

Waited = tuple[list[object], list[object], list[object]]


class Polling:
    """What paho asks of the module `select`, by poll(2): select(2) takes no descriptor beyond 1,023."""

    @staticmethod
    def select(read: Sequence[Any], write: Sequence[Any], _: Sequence[Any], timeout: float) -> Waited:
        poll = select.poll()
        for one in {*read, *write}:
            poll.register(one, select.POLLIN * (one in read) | select.POLLOUT * (one in write))
        told = dict(poll.poll(timeout * 1000))
        readable = [one for one in read if told.get(one.fileno(), 0) & ~select.POLLOUT]
        return readable, [one for one in write if told.get(one.fileno(), 0) & ~select.POLLIN], []


paho.select = Polling  # type: ignore[attr-defined, assignment]
TIMEOUT = 120.0
WINDOW = 20
"""What Mosquitto takes at once by default."""


def publish_burst(
    port: int, messages: Iterable[tuple[str, bytes]], *, qos: int = 1, retain: bool = False
) -> None:
    """Publish `messages` (topic, payload) in order by paho, and return when the broker has them all."""
    with paho_client(port) as client:
        client.publish_and_wait(messages, qos=qos, retain=retain)


@contextmanager
def paho_client(
    port: int,
    *,
    client_id: str = "",
    version: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv5,
    clean: bool = True,
    will: tuple[str, bytes] | None = None,
    user: tuple[str, str] | None = None,
    acknowledge: bool = True,
) -> Iterator["PahoClient"]:
    """Connect a third-party client, and disconnect it in the end unless it was killed."""
    client = PahoClient(client_id or uuid.uuid4().hex, version=version, clean=clean, acknowledge=acknowledge)
    if will is not None:
        client.will_set(will[0], will[1], qos=1)
    if user is not None:
        client.username_pw_set(*user)
    client.connect_and_wait(port)
    try:
        yield client
    finally:
        if not client.killed:
            client.disconnect()
        client.loop_stop()


class PahoClient(paho.Client):
    """Keeps what it receives in `got`."""

    def __init__(
        self, client_id: str, *, version: MQTTProtocolVersion, clean: bool, acknowledge: bool
    ) -> None:
        is_v5 = version is MQTTProtocolVersion.MQTTv5
        super().__init__(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=version,
            clean_session=None if is_v5 else clean,
            manual_ack=not acknowledge,
        )
        self.got: list[paho.MQTTMessage] = []
        self.session_present = False
        self.killed = False
        self._clean = clean
        self._is_v5 = is_v5
        self._accepted = threading.Event()
        self._subscribed = threading.Event()
        self.max_inflight_messages_set(WINDOW)
        self.max_queued_messages_set(0)
        self.on_message = lambda _client, _data, message: self.got.append(message)
        self.on_subscribe = lambda *_: self._subscribed.set()
        self.on_connect = lambda _client, _data, flags, code, _props: self._note_connack(flags, code)

    def connect_and_wait(self, port: int, *, keepalive: int = 60) -> None:
        if self._is_v5:
            properties = Properties(PacketTypes.CONNECT)
            properties.SessionExpiryInterval = 0 if self._clean else 3600
            self.connect("127.0.0.1", port, keepalive, clean_start=self._clean, properties=properties)
        else:
            self.connect("127.0.0.1", port, keepalive)
        self.loop_start()
        assert self._accepted.wait(TIMEOUT), "not accepted"

    def subscribe_and_wait(self, *filters: str) -> None:
        self._subscribed.clear()
        self.subscribe([(name, 1) for name in filters])
        assert self._subscribed.wait(TIMEOUT), "not subscribed"

    def publish_and_wait(
        self, messages: Iterable[tuple[str, bytes]], *, qos: int = 1, retain: bool = False
    ) -> None:
        sent = [self.publish(topic, payload, qos, retain) for topic, payload in messages]
        for message in sent:
            message.wait_for_publish(TIMEOUT)
            assert message.is_published()

    def kill(self) -> None:
        """Drop the connection without DISCONNECT and do not come back."""
        self.killed = True
        sock = self.socket()
        assert sock is not None
        self.loop_stop()
        sock.close()

    def _note_connack(self, flags: paho.ConnectFlags, code: object) -> None:
        self.session_present = flags.session_present
        if code == 0:
            self._accepted.set()


async def until(holds: Callable[[], bool]) -> None:
    """Return when `holds`, letting the event loop run."""
    async with asyncio.timeout(TIMEOUT):
        while not holds():
            await asyncio.sleep(0.01)
