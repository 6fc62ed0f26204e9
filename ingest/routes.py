"""Which asset a topic belongs to, and why it belongs to none."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from plantroom.domain import topics
from plantroom.domain.points import PointTable
from plantroom.ingest.dead_letters import LetterKind

_LEVELS: Final = tuple(topics.PREFIX.split("/"))


@dataclass(frozen=True, slots=True)
class Route:
    """Where the values of one topic go."""

    asset: int
    by_arrival: bool
    """Whether the asset's own time counts for nothing."""
    offset: Callable[[str, int], int]
    """Position of a point among the asset's points by name, or the second argument for an unknown one."""


class Routes:
    """The topics of all assets."""

    def __init__(self, table: PointTable) -> None:
        self._sites = {site.id for site in table.sites}
        self._site_of = {asset.id: site.id for site in table.sites for asset in site.assets}
        self.telemetry: dict[str, Route] = {}
        self.status: dict[str, int] = {}
        layouts: dict[tuple[str, ...], dict[str, int]] = {}
        for number, (asset, site) in enumerate(zip(table.assets, table.site_of, strict=True)):
            names = tuple(point.name for point in asset.points)
            # Assets of one class have the same points: one dictionary serves them all.
            offsets = layouts.setdefault(names, {name: offset for offset, name in enumerate(names)})
            self.telemetry[topics.telemetry(site=site.id, asset=asset.id)] = Route(
                number, asset.clock_by_arrival, offsets.get
            )
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
        return LetterKind.TOPIC, "topic is none of telemetry and status"

    def _unknown(self, site: str, asset: str) -> str:
        if site not in self._sites:
            return f"unknown site {site!r}"
        if asset in self._site_of:
            return f"asset {asset!r} is of site {self._site_of[asset]!r}, not of {site!r}"
        return f"unknown asset {asset!r}"
