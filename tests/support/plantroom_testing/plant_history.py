"""A day of the demo building with some faults, and what the rules say of it: what dashboards are tried on."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from plantroom.domain.alarm import Transition
from plantroom.domain.installation import Installation
from plantroom.domain.points import PointTable
from plantroom.domain.samples import SampleBatch
from plantroom.rules.trial.watching import Watching
from plantroom.simulators.faults import Fault
from plantroom.simulators.simulation import Simulation
from plantroom_testing.simulation import batches, demo

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
LENGTH: Final = timedelta(hours=26)
EVERY: Final = timedelta(seconds=30)
"""Often enough for charts of an hour, seldom enough for a day to be lived in seconds."""
_SUMMER: Final = datetime(2026, 7, 15, 16, tzinfo=ZoneInfo("Asia/Shanghai"))
"""The end of the day, a Wednesday on which everything runs."""
_H: Final = 3600.0
FAULTS: Final = (
    Fault(asset="P-101", fault="bearing_wear", onset=22.0 * _H, ramp=0.5 * _H),
    Fault(asset="AHU-1", fault="fouled_filter", onset=15.0 * _H, ramp=2 * _H, repaired=24.0 * _H),
    Fault(asset="LIFT-2", fault="door_obstruction", onset=20.0 * _H, repaired=23.0 * _H),
    Fault(asset="FAP-1", fault="device_disabled", onset=18.0 * _H),
    Fault(asset="UPS-1", fault="on_bypass", onset=21.0 * _H, repaired=21.5 * _H),
    Fault(asset="TR-1", fault="overheating", onset=16.0 * _H, ramp=1 * _H, repaired=22.0 * _H),
    Fault(asset="SUMP-2", fault="inflow_flood", onset=23.0 * _H, repaired=25.0 * _H),
    Fault(asset="CHWS-1", fault="fouled_condenser", onset=14.0 * _H, ramp=4 * _H),
    Fault(asset="WM-MAIN", fault="burst_pipe", onset=24.5 * _H),
    Fault(asset="P-201", point="vibration", fault="spikes", onset=12.0 * _H, repaired=25.0 * _H),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantHistory:
    """What happened from `start` to `end`, ms since the epoch."""

    installation: Installation
    start: int
    end: int
    batches: tuple[SampleBatch, ...]
    transitions: tuple[Transition, ...]


def end_before(now: int) -> int:
    """Return when the site's clock last showed the hour at which the day ends; all in ms."""
    lived = round(_SUMMER.timestamp() * 1000)
    return lived + (now - lived) // DAY_MS * DAY_MS


def live(*, end: int, length: timedelta = LENGTH) -> PlantHistory:
    """Let the demo building live a summer's day, shown as if it ended at `end` (ms)."""
    installation = _slowed(demo())
    began = _SUMMER.astimezone(UTC) - length
    simulation = Simulation(installation.table.sites[0], start=began, faults=FAULTS, seed=1)
    later = end - round(_SUMMER.timestamp() * 1000)
    lived = tuple(_shown(simulation, installation, length, later=later))
    start = end - round(length.total_seconds() * 1000)
    return PlantHistory(
        installation=installation,
        start=start,
        end=end,
        batches=lived,
        transitions=_told(installation, lived, start=start),
    )


def _slowed(installation: Installation) -> Installation:
    (site,) = installation.table.sites
    assets = tuple(
        replace(asset, points=tuple(replace(each, every=max(each.every, EVERY)) for each in asset.points))
        for asset in site.assets
    )
    return replace(installation, table=PointTable((replace(site, assets=assets),)))


def _shown(
    simulation: Simulation, installation: Installation, length: timedelta, *, later: int
) -> Iterator[SampleBatch]:
    block = timedelta(hours=1)
    for batch in batches(simulation, duration=length, block=block, installation=installation):
        yield replace(batch, ts=batch.ts + later, arrived=batch.arrived + later)


def _told(
    installation: Installation, lived: tuple[SampleBatch, ...], *, start: int
) -> tuple[Transition, ...]:
    watching = Watching(installation)
    told: list[Transition] = []
    for hour, batch in enumerate(lived, start=1):
        told += watching.take(batch, until=start + hour * HOUR_MS)
    return tuple(sorted(told, key=lambda each: each.at))
