"""An edge node for tests: counts `seq` and says what it is told to say."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from plantroom.domain.points import PointTable
from plantroom.domain.site import Asset, Point, Site
from plantroom.domain.sparkplug import MetricPoint, Sparkplug, SparkplugDevice
from plantroom.ingest.interpreted import Interpreted
from plantroom.mqtt.message import Received
from plantroom.mqtt.sparkplug.payload import BD_SEQ, REBIRTH, DataType, Metric, Payload, encode
from plantroom.mqtt.sparkplug.topics import Kind, NodeId, Topic
from plantroom_testing.telemetry import NOW, PUMP_POINTS

GROUP = "riverside"
GATEWAY = NodeId(GROUP, "gateway")


def points(**changes: Any) -> tuple[Point, ...]:
    """Return the points of a pump, all changed alike."""
    return tuple(replace(point, **changes) for point in PUMP_POINTS)


def table(*devices: SparkplugDevice, every: float = 10.0, groups: tuple[str, ...] = (GROUP,)) -> PointTable:
    """Return a site with the pumps P-1 and P-2 behind Sparkplug."""
    pumps = tuple(
        Asset(id=name, asset_class="pump", points=points(every=timedelta(seconds=every)))
        for name in ("P-1", "P-2")
    )
    section = Sparkplug(groups=groups, devices=devices)
    return PointTable((Site(id=GROUP, assets=pumps, sparkplug=section),))


def device(asset: str, name: str = "", *, node: str = "gateway", **metrics: MetricPoint) -> SparkplugDevice:
    """Return a declared device."""
    return SparkplugDevice(group=GROUP, node=node, device=name, asset=asset, metrics=metrics)


def datatype(value: Any) -> DataType:
    """Return a data type that carries `value`."""
    if isinstance(value, bool):
        return DataType.BOOLEAN
    return DataType.STRING if isinstance(value, str) else DataType.DOUBLE


def metrics(values: Mapping[Any, Any], *, ts: int | None = None) -> list[Metric]:
    """Return metrics; a number as key is an alias."""
    return [
        Metric(
            name=key if isinstance(key, str) else None,
            alias=key if isinstance(key, int) else None,
            value=value,
            ts=ts,
            datatype=datatype(value),
        )
        for key, value in values.items()
    ]


def named(aliases: Mapping[str, int], values: Mapping[str, Any], *, ts: int | None = None) -> list[Metric]:
    """Return the metrics of a birth, each with its alias."""
    return [
        Metric(name=name, alias=aliases[name], value=value, ts=ts, datatype=datatype(value))
        for name, value in values.items()
    ]


class Gateway:
    """An edge node whose every message is sent a second after the one before."""

    def __init__(self, node: NodeId = GATEWAY, *, now: int = NOW) -> None:
        self.node = node
        self.now = now
        self.seq = 0
        self.bd_seq = 0

    def nbirth(self, *more: Metric, **changes: Any) -> Received:
        self.seq = 0
        own = [
            Metric(name=BD_SEQ, value=self.bd_seq, datatype=DataType.INT64),
            Metric(name=REBIRTH, value=False, datatype=DataType.BOOLEAN),
        ]
        return self.say(Kind.NBIRTH, "", [*own, *more], **changes)

    def dbirth(self, name: str, *given: Metric, **changes: Any) -> Received:
        return self.say(Kind.DBIRTH, name, list(given), **changes)

    def ddata(self, name: str, *given: Metric, **changes: Any) -> Received:
        return self.say(Kind.DDATA, name, list(given), **changes)

    def ndata(self, *given: Metric, **changes: Any) -> Received:
        return self.say(Kind.NDATA, "", list(given), **changes)

    def ddeath(self, name: str) -> Received:
        return self.say(Kind.DDEATH, name, [])

    def ndeath(self, *, bd_seq: int | None = None) -> Received:
        number = self.bd_seq if bd_seq is None else bd_seq
        metric = Metric(name=BD_SEQ, value=number, datatype=DataType.INT64)
        topic = Topic(Kind.NDEATH, self.node)
        self.now += 1000
        return Received(str(topic), encode(Payload([metric], ts=self.now)), self.now)

    def say(self, kind: Kind, name: str, given: list[Metric], *, ts: int | None = -1) -> Received:
        """Return a message with the next `seq`; `ts` is the time of sending, None for none."""
        self.now += 1000
        payload = Payload(given, ts=self.now if ts == -1 else ts, seq=self.seq)
        self.seq = (self.seq + 1) % 256
        return Received(str(Topic(kind, self.node, name)), encode(payload), self.now + 20)


def contents(messages: list[Received]) -> list[Interpreted]:
    """Return what messages say that were read."""
    found = [message.content for message in messages]
    assert all(isinstance(content, Interpreted) for content in found)
    return [content for content in found if isinstance(content, Interpreted)]


def values(messages: list[Received]) -> list[tuple[str, dict[str, Any]]]:
    """Return the asset and the values of each reading."""
    return [
        (asset, dict(reading.values)) for content in contents(messages) for asset, reading in content.readings
    ]


def states(messages: list[Received]) -> list[tuple[str, bool]]:
    """Return which assets turned out to be online or not."""
    return [(state.asset, state.online) for content in contents(messages) for state in content.states]


def reasons(messages: list[Received]) -> list[str]:
    """Return why something could not be used."""
    return [refusal.reason for content in contents(messages) for refusal in content.refusals]
