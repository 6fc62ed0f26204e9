"""The assets as the page shows them: names, readings, the time where they stand."""

from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from plantroom.api.live.latest import Latest
from plantroom.api.services import Services
from plantroom.api.web.texts import WORDS
from plantroom.api.web.voice import Voice
from plantroom.domain.samples import FIRST_BAD, Quality
from plantroom.domain.site import Asset, Point, PointKind, ValueType
from plantroom.domain.units import unit_sign

_BAD = frozenset(quality.label for quality in Quality if quality >= FIRST_BAD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What is known of an asset by its files; of one that is in no file any more, its id."""

    name: str
    zone: ZoneInfo
    points: dict[str, Point]
    voice: Voice

    def value(self, point: str, value: float) -> str:
        """Return a value of `point` as people read it, without its unit."""
        return self.voice.value(value, self.points.get(point))

    def is_number(self, point: str) -> bool:
        """Whether the values of `point` say how much, and not just which."""
        known = self.points.get(point)
        return known is None or known.value_type is ValueType.NUMBER

    def label(self, point: str) -> str:
        """Return what people call `point`."""
        known = self.points.get(point)
        return self.voice.text(known.label, otherwise=point) if known else point


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The last value of a point."""

    point: str
    label: str
    value: str
    unit: str
    ts: int | None
    """When it was measured, ms since the epoch; 0: nobody knows; None: there is none."""
    stale_ms: int
    """How long it holds."""
    states: tuple[str, ...]
    """Words for its values 0, 1, ...; empty: it is a number."""
    bad: bool
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetCard:
    """An asset with its last readings."""

    id: str
    name: str
    location: str
    status: str
    cause: str
    """Why it is not online, for people; empty where it is."""
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Finds assets for one reader."""

    services: Services
    voice: Voice

    def place(self, asset: str) -> Place:
        """Return what is known of `asset`."""
        table = self.services.installation.table
        number = table.asset_number.get(asset)
        if number is None:
            return Place(name=asset, zone=self.zone, points={}, voice=self.voice)
        found = table.assets[number]
        return Place(
            name=self.voice.text(found.name, otherwise=asset),
            zone=table.site_of[number].timezone,
            points={point.name: point for point in found.points},
            voice=self.voice,
        )

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the first site."""
        sites = self.services.installation.table.sites
        return sites[0].timezone if sites else ZoneInfo("UTC")

    @property
    def title(self) -> str:
        """The names of all sites."""
        sites = self.services.installation.table.sites
        return " · ".join(self.voice.text(site.name, otherwise=site.id) for site in sites) or "Plantroom"

    def cards(self, *, find: str, asset: str | None = None, limit: int) -> list[AssetCard]:
        """Return the first `limit` assets whose name, id or location holds `find`, or the one of that id."""
        known = self.services.installation.table.assets
        wanted = (each for each in known if (each.id == asset if asset is not None else _matches(each, find)))
        return [self._card(each) for each, _ in zip(wanted, range(limit), strict=False)]

    def _card(self, asset: Asset) -> AssetCard:
        latest = self.services.latest.of_asset(asset.id, [point.name for point in asset.points])
        status = self.services.pipelines.asset(asset.id)
        return AssetCard(
            id=asset.id,
            name=self.voice.text(asset.name, otherwise=asset.id),
            location=asset.location,
            status=self.voice.word(f"asset.{status.status}"),
            cause=self._cause(status.cause),
            readings=tuple(
                self._reading(point, latest.get(point.name))
                for point in asset.points
                # What no model has said yet is no reading that is missing.
                if point.kind is not PointKind.DERIVED or point.name in latest
            ),
        )

    def _cause(self, cause: str | None) -> str:
        kind, _, gateway = (cause or "").partition(" ")
        if f"cause.{kind}" not in WORDS:
            return ""
        return self.voice.word(f"cause.{kind}", gateway=gateway)

    def _reading(self, point: Point, latest: Latest | None) -> Reading:
        bad = latest is not None and latest.quality in _BAD
        return Reading(
            point=point.name,
            label=self.voice.text(point.label, otherwise=point.name),
            value=self.voice.value(latest.value if latest else None, point),
            unit=unit_sign(point.unit),
            ts=latest.ts if latest else None,
            stale_ms=round(point.stale_after.total_seconds() * 1000),
            states=self.voice.states(point),
            bad=bad,
            note=self._note(latest, bad=bad),
        )

    def _note(self, latest: Latest | None, *, bad: bool) -> str:
        if latest is None:
            return self.voice.word("no_reading")
        return self.voice.word("bad") if bad else ""


def _matches(asset: Asset, find: str) -> bool:
    texts: Iterable[str] = (asset.id, asset.name.en, asset.name.zh, asset.location)
    return any(find.casefold() in text.casefold() for text in texts)
