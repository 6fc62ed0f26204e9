"""Messages as they came become columns of readings and of their values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from plantroom.domain.points import PointTable
from plantroom.ingest.dead_letters import LetterKind, Tray
from plantroom.ingest.decode import REFUSALS, Reading, Unreadable, decode_strictly, decode_tolerantly
from plantroom.ingest.interpreted import Interpreted
from plantroom.ingest.mapping.mapper import Mapper, MappingCount
from plantroom.ingest.pile import Pile, Readings
from plantroom.ingest.routes import Route, Routes
from plantroom.mqtt.message import Received

_STATUS: Final = {b"online": True, b"offline": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetStatus:
    """An asset said, or its broker for it, whether it is online."""

    asset: str
    online: bool
    arrived: int
    """ms since the epoch, UTC."""
    retained: bool
    """Whether the broker had kept it."""
    is_sparkplug: bool = False
    """Whether it is a birth or a death, and not a word on the status topic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What was found in messages."""

    readings: Readings
    statuses: tuple[AssetStatus, ...]
    ignored: int
    """Messages on topics of our own."""
    mapped: Mapping[str, MappingCount]
    """What each mapping that took some of them did."""


class Reader:
    """Reads the messages of the assets of a table; what it cannot read goes to the tray."""

    def __init__(self, table: PointTable) -> None:
        self._table = table
        self._routes = Routes(table)
        self._mapper = Mapper(table, self._routes)

    def read(self, messages: Sequence[Received], tray: Tray) -> Read:
        """Return what `messages` say."""
        pile = Pile()
        statuses: list[AssetStatus] = []
        ignored = 0
        routes, decode, add, mapper = self._routes.telemetry, decode_strictly, pile.add, self._mapper
        for position, message in enumerate(messages):
            route = routes.get(message.topic)
            if route is None:
                if message.content is not None:
                    self._read_interpreted(position, message, pile, statuses, tray)
                elif not mapper.read(position, message, pile, tray):
                    ignored += self._read_other(message, statuses, tray)
                continue
            try:
                document = decode(message.payload)
                if document.__class__ is Reading:
                    add(position, route, document)
                else:
                    self._read_several(position, route, message, document, pile, tray)
            except REFUSALS:
                self._read_again(position, route, message, pile, tray)
        return Read(
            readings=pile.columns(messages, self._table),
            statuses=tuple(statuses),
            ignored=ignored,
            mapped=mapper.take_counts(),
        )

    def _read_several(
        self,
        position: int,
        route: Route,
        message: Received,
        readings: Sequence[Reading],
        pile: Pile,
        tray: Tray,
    ) -> None:
        if not readings:
            _reject(message, "expected an object or an array of objects, got an empty array", tray)
        for reading in readings:
            try:
                pile.add(position, route, reading)
            except Unreadable as error:
                _reject(message, str(error), tray)

    def _read_again(self, position: int, route: Route, message: Received, pile: Pile, tray: Tray) -> None:
        readings, reasons = decode_tolerantly(message.payload, by_arrival=route.by_arrival)
        for reason in reasons:
            _reject(message, reason, tray)
        if readings:
            self._read_several(position, route, message, readings, pile, tray)

    def _read_interpreted(
        self, position: int, message: Received, pile: Pile, statuses: list[AssetStatus], tray: Tray
    ) -> None:
        """Add what a message says that was read before it came here."""
        content = message.content
        assert isinstance(content, Interpreted)
        for refusal in content.refusals:
            tray.add(
                message.topic,
                refusal.reason,
                content=refusal.content,
                kind=refusal.kind,
                first=message.arrived,
            )
        for asset, reading in content.readings:
            pile.add(position, self._routes.by_asset[asset], reading)
        statuses += [
            AssetStatus(
                asset=state.asset,
                online=state.online,
                arrived=message.arrived,
                retained=False,
                is_sparkplug=True,
            )
            for state in content.states
        ]

    def _read_other(self, message: Received, statuses: list[AssetStatus], tray: Tray) -> bool:
        """Read a message that is no known asset's telemetry; return whether it is to be ignored."""
        number = self._routes.status.get(message.topic)
        if number is None:
            stray = self._routes.stray(message.topic)
            if stray is not None:
                kind, reason = stray
                tray.add(message.topic, reason, content=message.payload, kind=kind, first=message.arrived)
            return stray is None
        online = _STATUS.get(message.payload.strip().lower())
        if online is None:
            _reject(message, "expected online or offline", tray)
            return False
        asset = self._table.assets[number].id
        statuses.append(
            AssetStatus(asset=asset, online=online, arrived=message.arrived, retained=message.retain)
        )
        return False


def _reject(message: Received, reason: str, tray: Tray) -> None:
    tray.add(message.topic, reason, content=message.payload, kind=LetterKind.MESSAGE, first=message.arrived)
