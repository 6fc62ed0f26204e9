"""A plant behind a Sparkplug gateway: one edge node with a device for each machine.

Source: Sparkplug 3.0.0, sections 5.4 to 5.8 (sessions and data), 6.4 (payloads).
"""

import asyncio
import logging
from collections.abc import Mapping
from typing import Final, Protocol

import numpy as np

from plantroom.domain.errors import BrokerUnavailable
from plantroom.domain.site import Site
from plantroom.mqtt.message import Received, Will
from plantroom.mqtt.sparkplug.payload import (
    BD_SEQ,
    REBIRTH,
    DataType,
    Malformed,
    Metric,
    Payload,
    decode,
    encode,
)
from plantroom.mqtt.sparkplug.topics import Kind, NodeId, Topic, parse
from plantroom.simulators.machine import Value
from plantroom.simulators.publishing import Clock
from plantroom.simulators.simulation import Simulation
from plantroom.simulators.ticks import Shown, live, ticks

_log = logging.getLogger(__name__)

DEFAULT_NODE: Final = "gateway-1"
_SEQUENCE: Final = 256
_DROPS: Final = 1
"""Which of a plant's random numbers decide on the messages that are dropped."""

Message = tuple[str, bytes]


class Connection(Protocol):
    """A connection to a broker."""

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        """Publish once.

        Raises:
            BrokerUnavailable: there is no connection.
        """


def group_of(site: Site) -> str:
    """Return the group in which the devices of `site` are looked for."""
    groups = site.sparkplug.groups if site.sparkplug else ()
    return groups[0] if groups else site.id


class EdgeNode:
    """What an edge node says: births with aliases, data by exception, deaths; it counts `bdSeq` and `seq`."""

    def __init__(self, site: Site, *, node: str = DEFAULT_NODE) -> None:
        self.id = NodeId(group_of(site), node)
        self._seq = 0
        self._bd_seq = -1
        self._aliases = {
            (asset.id, point.name): number
            for number, (asset, point) in enumerate(
                ((asset, point) for asset in site.assets for point in asset.measured), start=1
            )
        }
        self._shown: dict[str, dict[str, Value]] = {}
        """What each device has last said."""

    @property
    def command_topic(self) -> str:
        """Where it is told something."""
        return str(Topic(Kind.NCMD, self.id))

    def begin_session(self, ts: int) -> Will:
        """Return what the broker is to say when the next connection is lost."""
        self._bd_seq = (self._bd_seq + 1) % _SEQUENCE
        topic, payload = self.death(ts)
        return Will(topic=topic, payload=payload)

    def births(self, ts: int) -> list[Message]:
        """Return the birth of the edge node and those of its devices, with all they have said."""
        self._seq = 0
        rebirth = Metric(name=REBIRTH, value=False, ts=ts, datatype=DataType.BOOLEAN)
        births = [self._message(Kind.NBIRTH, "", [self._bd_seq_metric(ts), rebirth], ts)]
        for device, values in self._shown.items():
            metrics = [
                Metric(name, self._aliases[device, name], value, ts, _datatype(value))
                for name, value in values.items()
            ]
            births.append(self._message(Kind.DBIRTH, device, metrics, ts))
        return births

    def death(self, ts: int) -> Message:
        """Return what it says when it goes, or the broker for it."""
        return str(Topic(Kind.NDEATH, self.id)), encode(Payload([self._bd_seq_metric(ts)], ts=ts))

    def data(self, device: str, values: Mapping[str, Value], ts: int) -> Message | None:
        """Return what has changed on a device, None if nothing has."""
        known = self._shown[device]
        changed = {name: value for name, value in values.items() if known.get(name) != value}
        if not changed:
            return None
        known.update(changed)
        metrics = [
            Metric(None, self._aliases[device, name], value, ts, _datatype(value))
            for name, value in changed.items()
        ]
        return self._message(Kind.DDATA, device, metrics, ts)

    def learn(self, device: str, values: Mapping[str, Value]) -> bool:
        """Take in values before a birth; return whether they hold metrics that no birth has named."""
        known = self._shown.setdefault(device, {})
        is_new = not values.keys() <= known.keys()
        if is_new:
            known.update(values)
        return is_new

    def is_asked_for_births(self, message: Received) -> bool:
        """Return whether `message` is a host's request for the births."""
        topic = parse(message.topic)
        if topic is None or topic.kind is not Kind.NCMD or topic.node != self.id:
            return False
        try:
            metrics = decode(message.payload).metrics
        except Malformed:
            return False
        return any(metric.name == REBIRTH and metric.value is True for metric in metrics)

    def _bd_seq_metric(self, ts: int) -> Metric:
        return Metric(name=BD_SEQ, value=self._bd_seq, ts=ts, datatype=DataType.INT64)

    def _message(self, kind: Kind, device: str, metrics: list[Metric], ts: int) -> Message:
        payload = encode(Payload(metrics, ts=ts, seq=self._seq))
        self._seq = (self._seq + 1) % _SEQUENCE
        return str(Topic(kind, self.id, device)), payload


class Gateway:
    """Lets a plant run and publishes what its sensors show as one edge node."""

    def __init__(
        self,
        simulation: Simulation,
        *,
        clock: Clock,
        node: str = DEFAULT_NODE,
        drop: float = 0.0,
        seed: int = 0,
    ) -> None:
        """Take the site; a share `drop` of its data messages is counted and not sent, as if lost."""
        self.edge_node = EdgeNode(simulation.site, node=node)
        self.dropped = 0
        self.published = 0
        self._simulation = simulation
        self._clock = clock
        self._drop = drop
        self._random = np.random.default_rng((seed, _DROPS))
        self._births_due = asyncio.Event()
        self._learned = asyncio.Event()
        """Whether there is something to be born with."""
        self._in_order = asyncio.Lock()
        """Held from counting `seq` until the message is sent."""

    def will(self) -> Will:
        """Return the Will of the next connection."""
        return self.edge_node.begin_session(self._clock.now())

    def connected(self, flows: bool, reason: str) -> None:
        """Note whether there is a connection; a new one begins with births."""
        del reason
        if flows:
            self._births_due.set()

    def receive(self, message: Received) -> None:
        """Take a command."""
        if self.edge_node.is_asked_for_births(message):
            self._births_due.set()

    async def run(self, connection: Connection, *, speed: float = 1.0, duration: float | None = None) -> None:
        """Publish until `duration` seconds have passed, or until cancelled; then say that it goes."""
        births = asyncio.create_task(self._keep_births(connection))
        try:
            await self._publish_readings(connection, speed=speed, duration=duration)
        finally:
            births.cancel()
            await asyncio.gather(births, return_exceptions=True)
            await self._publish(connection, self.edge_node.death(self._clock.now()))

    async def _keep_births(self, connection: Connection) -> None:
        await self._learned.wait()
        while True:
            await self._births_due.wait()
            async with self._in_order:
                await self._publish_births(connection, self._clock.now())

    async def _publish_readings(
        self, connection: Connection, *, speed: float, duration: float | None
    ) -> None:
        timing = live(self._clock, speed=speed)
        async for tick in ticks(self._simulation, clock=self._clock, timing=timing, duration=duration):
            await self._tell(connection, tick.shown, tick.ts)

    async def _tell(self, connection: Connection, shown: Mapping[str, list[Shown]], ts: int) -> None:
        async with self._in_order:
            new = [
                each.asset
                for readings in shown.values()
                for each in readings
                if self.edge_node.learn(each.asset, each.values)
            ]
            if new:
                await self._publish_births(connection, ts)
                self._learned.set()
            for readings in shown.values():
                for each in readings:
                    await self._publish_data(
                        connection, self.edge_node.data(each.asset, each.values, each.ts)
                    )

    async def _publish_births(self, connection: Connection, ts: int) -> None:
        self._births_due.clear()
        for message in self.edge_node.births(ts):
            await self._publish(connection, message)

    async def _publish_data(self, connection: Connection, message: Message | None) -> None:
        if message is None:
            return
        if self._drop and self._random.random() < self._drop:
            self.dropped += 1
            return
        await self._publish(connection, message)

    async def _publish(self, connection: Connection, message: Message) -> None:
        topic, payload = message
        try:
            await connection.publish(topic, payload, qos=0)
            self.published += 1
        except BrokerUnavailable as error:
            # The next connection begins with births, which hold every value.
            _log.debug("not published", extra={"topic": topic, "error": str(error)})


def _datatype(value: Value) -> DataType:
    if isinstance(value, bool):
        return DataType.BOOLEAN
    return DataType.STRING if isinstance(value, str) else DataType.DOUBLE
