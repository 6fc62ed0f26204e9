"""Which asset a topic belongs to, and why it belongs to none."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from plantroom.domain import topics
from plantroom.domain.points import PointTable
from plantroom.domain.site import Point, PointKind
from plantroom.ingest.dead_letters import LetterKind

_LEVELS: Final = tuple(topics.PREFIX.split("/"))


_LAYOUTS: Final = 1000
"""So many sets of names are remembered of assets with the same points; a device sends one or a few."""
_NAMES: Final = 500
"""Larger sets are looked up each time: they are rare, or somebody is playing with us."""


class Places:
    """The places of points among their asset's, for all assets that have the same points."""

    def __init__(self, points: tuple[Point, ...]) -> None:
        # What models derive is not taken from devices.
        self._place = {
            point.name: place for place, point in enumerate(points) if point.kind is not PointKind.DERIVED
        }
        self._layouts: dict[tuple[str, ...], bytes] = {}
        self.known: Final = self._layouts.get
        """Return what `of` has said of these names before, or None."""

    def of(self, names: tuple[str, ...]) -> bytes:
        """Return the place of each name as int32, -1 for a point that the asset does not have."""
        places = np.array([self._place.get(name, -1) for name in names], np.int32).tobytes()
        if len(self._layouts) < _LAYOUTS and len(names) <= _NAMES:
            self._layouts[names] = places
        return places


@dataclass(frozen=True, slots=True)
class Route:
    """Where the values of one topic go."""

    asset: int
    by_arrival: bool
    """Whether the asset's own time counts for nothing."""
    places: Places


class Routes:
    """The topics of all assets."""

    def __init__(self, table: PointTable) -> None:
        self._sites = {site.id for site in table.sites}
        self._site_of = {asset.id: site.id for site in table.sites for asset in site.assets}
        self.telemetry: dict[str, Route] = {}
        self.by_asset: dict[str, Route] = {}
        self.status: dict[str, int] = {}
        places: dict[tuple[tuple[str, PointKind], ...], Places] = {}
        for number, (asset, site) in enumerate(zip(table.assets, table.site_of, strict=True)):
            names = tuple((point.name, point.kind) for point in asset.points)
            if names not in places:
                places[names] = Places(asset.points)
            route = Route(number, asset.clock_by_arrival, places[names])
            self.by_asset[asset.id] = route
            self.telemetry[topics.telemetry(site=site.id, asset=asset.id)] = route
            self.status[topics.status(site=site.id, asset=asset.id)] = number

    def stray(self, topic: str) -> tuple[LetterKind, str] | None:
        """Return why `topic` leads to no asset; None for the topics that we ourselves publish on."""
        match tuple(topic.split("/")):
            case (*prefix, _, "$status") if tuple(prefix) == _LEVELS:
                return None
            case (*prefix, _, _, "alarms", _) if tuple(prefix) == _LEVELS:
                return None
            case (*prefix, site, asset, "telemetry" | "status") if tuple(prefix) == _LEVELS:
                return LetterKind.UNKNOWN_DEVICE, self._unknown(site, asset)
        if topic.startswith(topics.PREFIX + "/"):
            return LetterKind.TOPIC, "topic is none of telemetry and status"
        return LetterKind.TOPIC, "no mapping takes this topic"

    def _unknown(self, site: str, asset: str) -> str:
        if site not in self._sites:
            return f"unknown site {site!r}"
        if asset in self._site_of:
            return f"asset {asset!r} is of site {self._site_of[asset]!r}, not of {site!r}"
        return f"unknown asset {asset!r}"
