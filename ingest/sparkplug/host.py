"""The host application: messages of all edge nodes in, readings and states of assets out.

Pure: time comes in with each call, and what is to be sent goes out as a list.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from plantroom.domain.points import PointTable
from plantroom.ingest.dead_letters import LetterKind, excerpt
from plantroom.ingest.decode import EARLIEST, Reading
from plantroom.ingest.interpreted import Interpreted, Refusal, StateOfAsset
from plantroom.ingest.sparkplug.counts import HostCounts
from plantroom.ingest.sparkplug.edge_node import NODE, EdgeNode, Event, What
from plantroom.ingest.sparkplug.presences import Presences
from plantroom.ingest.sparkplug.reading import read_metrics, shown
from plantroom.ingest.sparkplug.requests import AT_ONCE, Requests
from plantroom.ingest.sparkplug.sources import DeviceId, Source, Sources
from plantroom.mqtt.message import Received
from plantroom.mqtt.sparkplug.payload import Malformed, Metric, decode
from plantroom.mqtt.sparkplug.topics import Kind, NodeId, Topic, is_host_state, parse

MOST_NODES: Final = 10_000
"""So many edge nodes are followed; more are somebody's mistake."""


class Host:
    """Follows every edge node whose devices may be assets."""

    def __init__(self, table: PointTable, *, reorder: int) -> None:
        """Take the points, and how long (ms) a missing message is waited for."""
        self.counts = HostCounts()
        self._sources = Sources(table)
        self._reorder = reorder
        self._nodes: dict[NodeId, EdgeNode] = {node: EdgeNode(self.counts) for node in self._sources.nodes}
        self._presences = Presences(table)
        self._requests = Requests()

    def connected(self) -> None:
        """Take it that anything may have been missed: every edge node is to be asked for its births."""
        self._requests.start_over()
        for node in self._nodes.values():
            node.lose()

    def take(self, message: Received) -> list[Received]:
        """Return what `message` and those that it releases say; never raises for what is in them."""
        topic = parse(message.topic)
        if topic is None:
            return [] if is_host_state(message.topic) else [_stray(message)]
        if topic.kind.is_command:
            return []
        if message.retain:
            return [_refused(message, "retained: says nothing about now")]
        try:
            payload = decode(message.payload)
        except Malformed as error:
            return [_refused(message, str(error))]
        node = self._node(topic.node)
        if node is None:
            return [_unknown(message, payload.metrics)]
        if payload.ts is not None and payload.ts < EARLIEST:
            payload = payload._replace(ts=None)
        events = node.receive(topic, payload, message)
        return [self._interpret(topic.node, event) for event in events]

    def tick(self, now: int) -> list[Received]:
        """Let time pass until `now`; return what comes of it."""
        for node in self._nodes.values():
            node.check(now, reorder=self._reorder)
        told = [
            _message(DeviceId(node, NODE), self._end(node, list(self._sources.of_node(node)), now), now)
            for node in self._requests.given_up(now)
            if not self._nodes[node].is_born
        ]
        told += [
            _message(device, self._end(device.node, [device.device], now), now)
            for device in self._presences.not_born_again(now)
        ]
        for device, reading in self._presences.confirm(now, lambda node: self._nodes[node].is_born):
            source = self._sources.of(device)
            if source is not None:
                told.append(_message(device, Interpreted(readings=((source.asset, reading),)), now))
        return told

    def requests(self, now: int) -> list[NodeId]:
        """Return the edge nodes that are to be asked for their births now, and note that they are."""
        due = [
            name
            for name, node in self._nodes.items()
            if node.wants_birth and self._requests.is_due(name, now)
        ][:AT_ONCE]
        for name in due:
            self._requests.note_asked(name, now)
        self.counts.rebirths += len(due)
        return due

    def _node(self, name: NodeId) -> EdgeNode | None:
        node = self._nodes.get(name)
        if node is None and self._sources.knows(name) and len(self._nodes) < MOST_NODES:
            node = self._nodes[name] = EdgeNode(self.counts)
        return node

    def _interpret(self, node: NodeId, event: Event) -> Received:
        device, message = DeviceId(node, event.device), event.message
        if event.what is What.REFUSED:
            return _refused(message, event.reason, shown(event.metrics))
        if event.what is What.DIED:
            gone = list(self._sources.of_node(node)) if event.device == NODE else [event.device]
            return message._replace(content=self._end(node, gone, message.arrived))
        if event.what is What.BORN and event.device == NODE:
            self._requests.note_answered(node)
            self._presences.await_births(node, message.arrived)
        source = self._sources.of(device)
        if source is not None:
            return message._replace(content=self._tell(device, source, event))
        # A gateway tells of itself as well; that it is no asset is no news.
        if event.device == NODE:
            return message._replace(content=Interpreted())
        return _unknown(message, event.metrics)

    def _tell(self, device: DeviceId, source: Source, event: Event) -> Interpreted:
        content = read_metrics(source, event)
        states = self._presences.bear(device, source.asset) if event.what is What.BORN else ()
        for _, reading in content.readings:
            self._presences.note(device, reading, arrived=event.message.arrived)
        return replace(content, states=states)

    def _end(self, node: NodeId, devices: Iterable[str], now: int) -> Interpreted:
        """Return what it means that `devices` are gone."""
        readings: list[tuple[str, Reading]] = []
        states: list[StateOfAsset] = []
        for name in devices:
            device = DeviceId(node, name)
            source = self._sources.of(device)
            if source is None:
                continue
            reading, told = self._presences.end(device, source.asset, now)
            states += told
            if reading is not None:
                readings.append((source.asset, reading))
        return Interpreted(readings=tuple(readings), states=tuple(states))


def _message(device: DeviceId, content: Interpreted, now: int) -> Received:
    """Return a message that nobody sent, for what time alone has brought."""
    kind = Kind.DDATA if device.device else Kind.NDATA
    return Received(str(Topic(kind, *device)), b"", now, content=content)


def _refused(message: Received, reason: str, content: str = "") -> Received:
    return _with(message, LetterKind.MESSAGE, reason, content or excerpt(message.payload))


def _unknown(message: Received, metrics: Sequence[Metric]) -> Received:
    return _with(message, LetterKind.UNKNOWN_DEVICE, "unknown Sparkplug device", shown(metrics))


def _stray(message: Received) -> Received:
    return _with(message, LetterKind.TOPIC, "topic is none of Sparkplug", excerpt(message.payload))


def _with(message: Received, kind: LetterKind, reason: str, content: str) -> Received:
    refusal = Refusal(reason=reason, kind=kind, content=content)
    return message._replace(content=Interpreted(refusals=(refusal,)))
