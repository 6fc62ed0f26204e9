"""What was found out about assets and about ourselves, as observations of conditions."""

from plantroom.ingest.clock_watch import ClockReport
from plantroom.ingest.conditions import ASSET_OFFLINE, DEVICE_CLOCK, SPOOL_FULL, Observation
from plantroom.ingest.presence.status import AlarmChange


def of_clock(report: ClockReport, *, site: str) -> Observation:
    """Return what a report about an asset's clock means."""
    return Observation(
        rule=DEVICE_CLOCK,
        holds=report.offset is not None,
        at=report.at,
        site=site,
        asset=report.asset,
        value=None if report.offset is None else report.offset / 1000,
        unit="s",
    )


def of_room(*, full: bool, at: int, site: str, reason: str = "") -> Observation:
    """Return that nothing can be kept any more, or that something can."""
    return Observation(rule=SPOOL_FULL, holds=full, at=at, site=site, reason=reason)


def of_presence(change: AlarmChange, *, site: str) -> Observation:
    """Return what it means for the alarms that an asset went, or is back."""
    variant = f"/{change.cause.name.lower()}{'/gateway' if change.of_gateway else ''}"
    return Observation(
        rule=ASSET_OFFLINE,
        holds=change.raised,
        at=change.at,
        site=site,
        asset=change.asset,
        reason=change.reason,
        variant=variant if change.raised else "",
    )
