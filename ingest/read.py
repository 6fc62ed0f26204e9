"""Messages as they came become columns of readings and of their values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from plantroom.domain.points import PointTable
from plantroom.ingest.dead_letters import LetterKind, Tray
from plantroom.ingest.decode import REFUSALS, Reading, Unreadable, decode_strictly, decode_tolerantly, instant
from plantroom.ingest.routes import Route, Routes
from plantroom.mqtt.message import Received

AT_ARRIVAL: Final = -1
"""Stands for the time of a reading without one."""
UNKNOWN: Final = -1
"""Stands for the number of a point that its asset does not have."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """What messages say, in order: a row per reading (one JSON object), then a row per value."""

    source: npt.NDArray[np.int32]
    """Position of the reading's message; shape (readings,), as down to `retained`."""
    asset: npt.NDArray[np.int32]
    ts: npt.NDArray[np.int64]
    """ms since the epoch, or `AT_ARRIVAL`."""
    arrived: npt.NDArray[np.int64]
    historical: npt.NDArray[np.bool_]
    retained: npt.NDArray[np.bool_]
    reading: npt.NDArray[np.int32]
    """Position of the value's reading; shape (values,), as the next."""
    point: npt.NDArray[np.int32]
    """Point number, or `UNKNOWN`."""
    raw: Sequence[Any]
    """The values as they were sent."""
    names: Sequence[tuple[str, ...]]
    """What the values of each reading were called."""

    def name(self, row: int) -> str:
        """Return what the value at `row` was called."""
        reading = int(self.reading[row])
        return self.names[reading][row - int(np.searchsorted(self.reading, reading))]


class Reader:
    """Reads telemetry and status messages of the assets of a table; what it cannot read goes to the tray."""

    def __init__(self, table: PointTable) -> None:
        self._table = table
        self._routes = Routes(table)

    def read(self, messages: Sequence[Received], tray: Tray) -> tuple[Readings, tuple[AssetStatus, ...], int]:
        """Return readings, states of assets, and how many messages are on topics of our own."""
        pile = _Pile()
        statuses: list[AssetStatus] = []
        ignored = 0
        routes, decode, add = self._routes.telemetry, decode_strictly, pile.add
        for position, message in enumerate(messages):
            route = routes.get(message.topic)
            if route is None:
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
        return self._columns(pile, messages), tuple(statuses), ignored

    def _read_several(
        self,
        position: int,
        route: Route,
        message: Received,
        readings: Sequence[Reading],
        pile: "_Pile",
        tray: Tray,
    ) -> None:
        if not readings:
            _reject(message, "expected an object or an array of objects, got an empty array", tray)
        for reading in readings:
            try:
                pile.add(position, route, reading)
            except Unreadable as error:
                _reject(message, str(error), tray)

    def _read_again(self, position: int, route: Route, message: Received, pile: "_Pile", tray: Tray) -> None:
        readings, reasons = decode_tolerantly(message.payload, by_arrival=route.by_arrival)
        for reason in reasons:
            _reject(message, reason, tray)
        if readings:
            self._read_several(position, route, message, readings, pile, tray)

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

    def _columns(self, pile: "_Pile", messages: Sequence[Received]) -> Readings:
        heads = np.fromiter(pile.heads, np.int64, len(pile.heads)).reshape(-1, 5)
        source, asset, ts, historical, size = heads.T
        place = np.frombuffer(bytes(pile.places), np.int32)
        reading = np.repeat(np.arange(len(heads), dtype=np.int32), size)
        arrived = np.fromiter([message.arrived for message in messages], np.int64, len(messages))
        retained = np.fromiter([message.retain for message in messages], np.bool_, len(messages))
        return Readings(
            source=source.astype(np.int32),
            asset=asset.astype(np.int32),
            ts=ts.copy(),
            arrived=arrived[source],
            historical=historical.astype(np.bool_),
            retained=retained[source],
            reading=reading,
            point=np.where(place < 0, UNKNOWN, self._table.first_point[asset[reading]] + place),
            raw=pile.raw,
            names=pile.names,
        )


class _Pile:
    """Readings as they are added, flat, because lists of numbers become columns fastest."""

    def __init__(self) -> None:
        self.heads: list[int] = []
        """Five numbers a reading: message, asset, time, whether historical, how many values."""
        self.places = bytearray()
        """The place of each value's point among its asset's, int32."""
        self.raw: list[Any] = []
        self.names: list[tuple[str, ...]] = []
        """What the values of each reading were called."""

    def add(self, position: int, route: Route, reading: Reading) -> None:
        """Add one reading.

        Raises:
            Unreadable: it says nothing, or not when.
        """
        values = reading.values
        if not values:
            raise Unreadable("values: empty")
        ts = reading.ts
        if ts.__class__ is not int or route.by_arrival:
            ts = _time(reading, route)
        self.heads += (position, route.asset, ts, reading.historical, len(values))
        names = tuple(values)
        self.places += route.places.known(names) or route.places.of(names)
        self.raw += values.values()
        self.names.append(names)


def _time(reading: Reading, route: Route) -> int:
    if route.by_arrival and not reading.historical:
        return AT_ARRIVAL
    ts = instant(reading.ts) if isinstance(reading.ts, str) else reading.ts
    if ts is not None:
        return ts
    if reading.historical:
        raise Unreadable("historical: history needs a ts")
    return AT_ARRIVAL


def _reject(message: Received, reason: str, tray: Tray) -> None:
    tray.add(message.topic, reason, content=message.payload, kind=LetterKind.MESSAGE, first=message.arrived)
