"""Assets and samples as documents."""

from typing import Literal

from plantroom.api.documents.alarm import AlarmDocument
from plantroom.api.documents.common import Out, TextDocument, TimeOut
from plantroom.api.live.latest import Latest
from plantroom.api.pipelines import AssetStatus
from plantroom.domain.report import to_rfc3339
from plantroom.domain.site import Asset, Point, PointKind, Site, ValueType


class AssetDocument(Out):
    """One machine of a site."""

    id: str
    site: str
    asset_class: str
    name: TextDocument
    location: str
    parent: str | None
    fed_by: list[str]
    gateway: str | None
    """The asset through which its readings come."""
    rated: dict[str, float]
    status: Literal["online", "stale", "offline", "unknown"]
    status_since: TimeOut | None
    status_cause: str | None
    """Why not online: `silent`, `said_offline`, `sparkplug_death`, `never_heard` or `gateway ID`."""
    open_alarms: int

    @classmethod
    def of(cls, asset: Asset, site: Site, status: AssetStatus, open_alarms: int) -> "AssetDocument":
        """Return the document of `asset`."""
        return cls.model_validate(_members(asset, site, status, open_alarms))


class LatestDocument(Out):
    """The last sample of a point."""

    ts: TimeOut
    value: float | None
    quality: str


class PointDocument(Out):
    """One thing that is measured or known of an asset."""

    name: str
    unit: str
    label: TextDocument
    kind: PointKind
    type: ValueType
    states: list[str]
    """What the values 0, 1, 2, ... mean."""
    min: float | None
    max: float | None
    every_s: float
    """Expected interval between samples."""
    latest: LatestDocument | None

    @classmethod
    def of(cls, point: Point, latest: Latest | None) -> "PointDocument":
        """Return the document of `point`."""
        return cls(
            name=point.name,
            unit=point.unit,
            label=TextDocument.of(point.label),
            kind=point.kind,
            type=point.value_type,
            states=list(point.states),
            min=_finite(point.low),
            max=_finite(point.high),
            every_s=point.every.total_seconds(),
            latest=_latest(latest) if latest else None,
        )


class AssetDetail(AssetDocument):
    """One machine with what is known of it now."""

    points: list[PointDocument]
    alarms: list[AlarmDocument]
    """Its open ones."""

    @classmethod
    def with_points(
        cls,
        asset: Asset,
        site: Site,
        status: AssetStatus,
        *,
        points: list[PointDocument],
        alarms: list[AlarmDocument],
    ) -> "AssetDetail":
        """Return the document of `asset` with its points and open alarms."""
        members = _members(asset, site, status, len(alarms))
        return cls.model_validate({**members, "points": points, "alarms": alarms})


class SampleDocument(Out):
    """One sample."""

    ts: TimeOut
    value: float | None
    """null: it had no usable value."""
    quality: str


class BucketDocument(Out):
    """Samples of an interval in one; with `agg` only those members that were asked for."""

    ts: TimeOut
    """Beginning of the interval."""
    min: float | None = None
    max: float | None = None
    mean: float | None = None
    last: float | None = None
    count: int | None = None


def _latest(latest: Latest) -> LatestDocument:
    return LatestDocument(ts=to_rfc3339(latest.ts), value=latest.value, quality=latest.quality)


def _finite(limit: float) -> float | None:
    return None if limit in (float("-inf"), float("inf")) else limit


def _members(asset: Asset, site: Site, status: AssetStatus, open_alarms: int) -> dict[str, object]:
    return {
        "id": asset.id,
        "site": site.id,
        "asset_class": asset.asset_class,
        "name": TextDocument.of(asset.name),
        "location": asset.location,
        "parent": asset.parent,
        "fed_by": list(asset.fed_by),
        "gateway": asset.gateway,
        "rated": dict(asset.rated),
        "status": status.status,
        "status_since": None if status.since is None else to_rfc3339(status.since),
        "status_cause": status.cause,
        "open_alarms": open_alarms,
    }
