"""Readings as they are added, one after the other, and the columns they become."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from plantroom.domain.points import PointTable
from plantroom.ingest.decode import Reading, Unreadable, instant
from plantroom.ingest.routes import Route
from plantroom.mqtt.message import Received

AT_ARRIVAL: Final = -1
"""Stands for the time of a reading without one."""
UNKNOWN: Final = -1
"""Stands for the number of a point that its asset does not have."""
OURS: Final = 0
"""Stands for the origin of a reading in our own JSON."""

_HEAD: Final = 6


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
    origin: npt.NDArray[np.int32]
    """Position in `mappings`; readings of one origin other than `OURS` have one topic."""
    reading: npt.NDArray[np.int32]
    """Position of the value's reading; shape (values,), as the next."""
    point: npt.NDArray[np.int32]
    """Point number, or `UNKNOWN`."""
    raw: Sequence[Any]
    """The values as they were sent, or as their mapping made them."""
    names: Sequence[tuple[str, ...]]
    """What the values of each reading were called."""
    mappings: Sequence[str]
    """The mapping behind each origin, "" for `OURS`."""

    def name(self, row: int) -> str:
        """Return what the value at `row` was called."""
        reading = int(self.reading[row])
        return self.names[reading][row - int(np.searchsorted(self.reading, reading))]

    def mapping(self, row: int) -> str:
        """Return by which mapping the value at `row` was read, "" for none."""
        return self.mappings[int(self.origin[self.reading[row]])]


class Pile:
    """Readings as they are added, flat, because lists of numbers become columns fastest."""

    def __init__(self) -> None:
        self._heads: list[int] = []
        """Six numbers a reading: message, asset, time, whether historical, origin, how many values."""
        self._places = bytearray()
        """The place of each value's point among its asset's, int32."""
        self._raw: list[Any] = []
        self._names: list[tuple[str, ...]] = []
        self._origins: dict[tuple[str, str], int] = {("", ""): OURS}
        """By topic and mapping."""

    def add(self, position: int, route: Route, reading: Reading) -> None:
        """Add one reading in our own JSON.

        Raises:
            Unreadable: it says nothing, or not when.
        """
        values = reading.values
        if not values:
            raise Unreadable("values: empty")
        ts = reading.ts
        if ts.__class__ is not int or route.by_arrival:
            ts = _time(reading, route)
        self._heads += (position, route.asset, ts, reading.historical, OURS, len(values))
        names = tuple(values)
        self._places += route.places.known(names) or route.places.of(names)
        self._raw += values.values()
        self._names.append(names)

    def origin(self, topic: str, mapping: str) -> int:
        """Return the origin of readings that `mapping` makes of the messages on `topic`."""
        return self._origins.setdefault((topic, mapping), len(self._origins))

    def put(
        self,
        position: int,
        *,
        asset: int,
        ts: int,
        origin: int,
        names: tuple[str, ...],
        places: bytes,
        values: Sequence[Any],
    ) -> None:
        """Add one reading that is to be taken as live."""
        self._heads += (position, asset, ts, False, origin, len(values))
        self._places += places
        self._raw += values
        self._names.append(names)

    def columns(self, messages: Sequence[Received], table: PointTable) -> Readings:
        """Return what was added, of these messages and to the points of this table."""
        heads = np.fromiter(self._heads, np.int64, len(self._heads)).reshape(-1, _HEAD)
        source, asset, ts, historical, origin, size = heads.T
        place = np.frombuffer(bytes(self._places), np.int32)
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
            origin=origin.astype(np.int32),
            reading=reading,
            point=np.where(place < 0, UNKNOWN, table.first_point[asset[reading]] + place),
            raw=self._raw,
            names=self._names,
            mappings=[mapping for _, mapping in self._origins],
        )


def _time(reading: Reading, route: Route) -> int:
    if route.by_arrival and not reading.historical:
        return AT_ARRIVAL
    ts = instant(reading.ts) if isinstance(reading.ts, str) else reading.ts
    if ts is not None:
        return ts
    if reading.historical:
        raise Unreadable("historical: history needs a ts")
    return AT_ARRIVAL
