"""Reads foreign payloads by the mappings of the site files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import msgspec

from plantroom.domain import topics
from plantroom.domain.json_path import FAILURES
from plantroom.domain.mapping import PayloadForm
from plantroom.domain.points import PointTable
from plantroom.ingest.dead_letters import LetterKind, Tray
from plantroom.ingest.decode import REFUSALS, Unreadable, parse
from plantroom.ingest.mapping.compiled import CompiledMapping, Passed, Refusal, Target
from plantroom.ingest.mapping.index import TopicIndex
from plantroom.ingest.pile import AT_ARRIVAL, Pile
from plantroom.ingest.routes import Routes
from plantroom.mqtt.message import Received

_TOPICS: Final = 20_000
"""So many topics are remembered; an installation with more looks each up again now and then."""
_OWN: Final = topics.PREFIX + "/"

_decode: Final = msgspec.json.Decoder().decode

Way: TypeAlias = "tuple[CompiledMapping, Mapping[str, str], Target | Refusal | Passed | None]"
"""A mapping, what the topic has at its captures, and whose values it names; None: the payload tells."""


@dataclass(slots=True)
class MappingCount:
    """What one mapping did."""

    messages: int = 0
    """Messages that it took."""
    values: int = 0
    """Values that it found, good and bad."""
    skipped: int = 0
    """Documents that its `when` left out, and readings of assets and points that it is not about."""
    last: int = 0
    """When the last of its messages arrived, ms since the epoch, UTC."""


class Mapper:
    """Every mapping that takes a topic reads the message for itself, in the order of the files."""

    def __init__(self, table: PointTable, routes: Routes) -> None:
        compiled = [
            CompiledMapping(mapping, site, table, routes) for site in table.sites for mapping in site.mappings
        ]
        self._any = bool(compiled)
        self._index = TopicIndex([(each.mapping.topic, each) for each in compiled])
        self._ways: dict[str, Sequence[Way]] = {}
        self._counts: dict[str, MappingCount] = {}

    def read(self, position: int, message: Received, pile: Pile, tray: Tray) -> bool:
        """Read one message; return whether any mapping takes its topic."""
        if not self._any:
            return False
        topic = message.topic
        ways = self._ways.get(topic)
        if ways is None:
            ways = self._find(topic)
        for way in ways:
            mapping = way[0]
            count = self._counts.get(mapping.name)
            if count is None:
                count = self._counts[mapping.name] = MappingCount()
            count.messages += 1
            count.last = message.arrived
            reader = _Message(position, message, mapping, pile, tray, count)
            try:
                reader.read(way[1], way[2])
            except Unreadable as error:
                reader.reject(str(error))
        return bool(ways)

    def take_counts(self) -> Mapping[str, MappingCount]:
        """Return what each mapping did since the last call, those that did something."""
        counts, self._counts = self._counts, {}
        return counts

    def _find(self, topic: str) -> Sequence[Way]:
        ways: list[Way] = []
        if not topic.startswith(_OWN):
            ways = [
                (mapping, captures, None if mapping.mapping.keyed_by else mapping.target(captures))
                for mapping, captures in self._index.find(topic)
            ]
        if len(self._ways) >= _TOPICS:
            self._ways.clear()
        self._ways[topic] = ways
        return ways


class _Message:
    """One message as one mapping reads it."""

    __slots__ = ("_count", "_mapping", "_message", "_origin", "_pile", "_position", "_tray")

    def __init__(
        self,
        position: int,
        message: Received,
        mapping: CompiledMapping,
        pile: Pile,
        tray: Tray,
        count: MappingCount,
    ) -> None:
        self._position = position
        self._message = message
        self._mapping = mapping
        self._pile = pile
        self._tray = tray
        self._count = count
        self._origin = pile.origin(message.topic, mapping.name)

    def read(self, captures: Mapping[str, str], target: Target | Refusal | Passed | None) -> None:
        """Add what the message says.

        Raises:
            Unreadable: it says nothing.
        """
        if isinstance(target, Passed):
            self._count.skipped += 1
            return
        if isinstance(target, Refusal):
            self.reject(target.reason, target.kind)
            return
        document = self._document()
        if target is not None:
            self._read_document(target, document)
            return
        if not isinstance(document, dict):
            raise Unreadable(f"expected an object whose keys are {self._mapping.mapping.keyed_by}")
        for key, inner in document.items():
            self._read_keyed({**captures, self._mapping.mapping.keyed_by: key}, inner)

    def reject(self, reason: str, kind: LetterKind = LetterKind.MESSAGE) -> None:
        """Put a letter about the message into the tray."""
        message, name = self._message, self._mapping.name
        self._tray.add(
            message.topic,
            f"mapping {name}: {reason}",
            content=message.payload,
            kind=kind,
            first=message.arrived,
            mapping=name,
        )

    def _document(self) -> Any:
        payload = self._message.payload
        if self._mapping.mapping.form is PayloadForm.TEXT:
            try:
                text = payload.decode("utf-8-sig").strip()
            except UnicodeDecodeError:
                raise Unreadable("payload is not UTF-8") from None
            if not text:
                raise Unreadable("payload is empty")
            return text
        try:
            return _decode(payload)
        except REFUSALS:
            return parse(payload)

    def _read_keyed(self, captures: Mapping[str, str], document: Any) -> None:
        target = self._mapping.target(captures)
        if isinstance(target, Passed):
            self._count.skipped += 1
        elif isinstance(target, Refusal):
            self.reject(target.reason, target.kind)
        else:
            try:
                self._read_document(target, document)
            except Unreadable as error:
                self.reject(str(error))

    def _read_document(self, target: Target, document: Any) -> None:
        mapping = self._mapping
        if mapping.when is not None and _is_false(self._at(mapping.when, document, "when")):
            self._count.skipped += 1
            return
        if mapping.each is None:
            self._read_reading(target, document)
            return
        elements = self._at(mapping.each, document, "each")
        if not isinstance(elements, list) or not elements:
            raise Unreadable(f"each: expected an array with elements at {mapping.mapping.each}")
        for element in elements:
            try:
                self._read_reading(target, element)
            except Unreadable as error:
                self.reject(str(error))

    def _read_reading(self, target: Target, document: Any) -> None:
        ts = AT_ARRIVAL if target.by_arrival else self._mapping.time(document)
        names, places, values = target.read(document)
        self._count.values += len(values)
        self._pile.put(
            self._position,
            asset=target.asset,
            ts=ts,
            origin=self._origin,
            names=names,
            places=places,
            values=values,
        )

    def _at(self, path: Any, document: Any, key: str) -> Any:
        try:
            return path(document)
        except FAILURES:
            raise Unreadable(
                f"{key}: {getattr(self._mapping.mapping, key)} does not fit the payload"
            ) from None


def _is_false(value: Any) -> bool:
    """Return whether JMESPath calls a value false: 0 is true there."""
    return value is None or value is False or (isinstance(value, str | list | dict) and not value)
