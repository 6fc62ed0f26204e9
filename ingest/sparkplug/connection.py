"""The host application's connection to the broker, and its place beside the pipeline's own.

It begins without a session every time: what was missed shows in `seq` and is mended by births.
"""

import asyncio
import json
import logging
import time
from collections.abc import Callable, Sequence
from typing import Final

from plantroom.domain.errors import BrokerUnavailable
from plantroom.ingest.health import Health
from plantroom.ingest.source import Source
from plantroom.ingest.sparkplug.host import Host
from plantroom.mqtt.client import Client
from plantroom.mqtt.dial import ClientSettings
from plantroom.mqtt.message import Received, Will
from plantroom.mqtt.sparkplug import topics
from plantroom.mqtt.sparkplug.payload import REBIRTH, DataType, Metric, Payload, encode, host_state

log = logging.getLogger(__name__)

TICK: Final = 0.25
"""Seconds between looks at what is overdue."""
_GOODBYE_WITHIN: Final = 0.5
"""Seconds that the broker gets to take the last word; after that its Will speaks for us."""
_SETTINGS: Final = ClientSettings(clean_start=True, always_clean=True, session_expiry=0)


class SparkplugConnection:
    """Feeds the host application with messages and time, and sends what it asks for."""

    def __init__(
        self,
        url: str,
        *,
        client_id: str,
        host_id: str,
        host: Host,
        receive: Callable[[Received], None],
        health: Health,
        clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        """Take the broker, who we are there, and whom to hand what was read. Raises: BrokerUrlInvalid."""
        self._host = host
        self._receive = receive
        self._health = health
        self._clock = clock
        self._state_topic = topics.host_state(host_id)
        self._since = 0
        """Timestamp of the last Will, which the birth has to have too."""
        self._state_due = asyncio.Event()
        self._flows = False
        self._work: list[asyncio.Task[None]] = []
        self._client = Client(
            url,
            client_id=client_id,
            on_message=self._take,
            on_state=self._note_state,
            filters=(topics.FILTER,),
            will=self._will,
            settings=_SETTINGS,
        )
        health.sparkplug = "not connected yet"

    async def start(self) -> None:
        """Connect in the background, and follow the edge nodes until `stop`."""
        await self._client.start()
        self._work = [
            asyncio.create_task(self._keep_time(), name="sparkplug"),
            asyncio.create_task(self._keep_state(), name="sparkplug state"),
        ]

    async def stop(self) -> None:
        """Say that the host is offline, and end the connection."""
        for task in self._work:
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)
        payload = host_state(online=False, ts=self._clock())
        try:
            async with asyncio.timeout(_GOODBYE_WITHIN):
                await self._client.publish(self._state_topic, payload, retain=True)
        except (TimeoutError, BrokerUnavailable) as error:
            log.info("broker did not take the host's goodbye", extra={"error": str(error)})
        await self._client.stop()

    def pause(self) -> None:
        """Leave what comes in the socket."""
        self._client.pause()

    def resume(self) -> None:
        """Read from the socket again."""
        self._client.resume()

    def _will(self) -> Will:
        self._since = self._clock()
        return Will(topic=self._state_topic, payload=host_state(online=False, ts=self._since), retain=True)

    def _note_state(self, flows: bool, reason: str) -> None:
        self._health.sparkplug = "" if flows else reason or "connection lost"
        self._flows = flows
        if flows:
            self._host.connected()
            self._state_due.set()

    def _take(self, message: Received) -> None:
        # Nothing is gained by keeping it at the broker: a session that ends takes it along.
        self._client.acknowledge([message])
        if message.topic == self._state_topic:
            self._hear_own_state(message.payload)
            return
        self._hand_on(self._host.take(message))

    def _hear_own_state(self, payload: bytes) -> None:
        """Say that we are online where the Will of an earlier connection has just said the opposite."""
        try:
            state = json.loads(payload)
        except ValueError:
            state = None
        if not isinstance(state, dict) or state.get("online") is not True:
            self._state_due.set()

    def _hand_on(self, messages: Sequence[Received]) -> None:
        for message in messages:
            self._receive(message._replace(packet_id=0))

    async def _keep_state(self) -> None:
        while True:
            await self._state_due.wait()
            self._state_due.clear()
            try:
                payload = host_state(online=True, ts=self._since)
                await self._client.publish(self._state_topic, payload, retain=True)
            except BrokerUnavailable as error:
                log.debug("host state not published", extra={"error": str(error)})

    async def _keep_time(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            if not self._flows:
                continue
            now = self._clock()
            self._hand_on(self._host.tick(now))
            for node in self._host.requests(now):
                await self._ask_for_births(node)

    async def _ask_for_births(self, node: topics.NodeId) -> None:
        topic = str(topics.Topic(topics.Kind.NCMD, node))
        metric = Metric(name=REBIRTH, value=True, ts=self._clock(), datatype=DataType.BOOLEAN)
        log.info("edge node asked for its births", extra={"group": node.group, "node": node.node})
        try:
            await self._client.publish(topic, encode(Payload([metric], ts=metric.ts)), qos=0)
        except BrokerUnavailable as error:
            log.debug("edge node not asked", extra={"node": node.node, "error": str(error)})


class Both:
    """The pipeline's own connection, with the host application's beside it: they live and pause together."""

    def __init__(self, own: Source, sparkplug: SparkplugConnection) -> None:
        self._own = own
        self._sparkplug = sparkplug

    async def start(self) -> None:
        """Begin to receive on both."""
        await self._own.start()
        await self._sparkplug.start()

    async def stop(self) -> None:
        """End both connections cleanly."""
        await asyncio.gather(self._sparkplug.stop(), self._own.stop())

    def acknowledge(self, messages: Sequence[Received]) -> None:
        """Tell the broker that it may forget `messages`, those of the host application excepted."""
        self._own.acknowledge(messages)

    def pause(self) -> None:
        """Leave what comes in the sockets."""
        self._own.pause()
        self._sparkplug.pause()

    def resume(self) -> None:
        """Read from the sockets again."""
        self._own.resume()
        self._sparkplug.resume()

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        """Publish on the pipeline's own connection."""
        await self._own.publish(topic, payload, qos=qos, retain=retain)
