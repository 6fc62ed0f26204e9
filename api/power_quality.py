"""A week's power quality, worked out of stored readings."""

from typing import Final

from plantroom.api.problems import needed, not_found
from plantroom.domain.power_quality import NOMINAL_V, POINTS, TEN_MINUTES_MS, Means, Quality, Week, judge
from plantroom.domain.site import Asset
from plantroom.storage.series.port import TimeSeriesStore

_MOST: Final = 2_000
"""Periods that are asked for at once: a week has about a thousand."""


def read_means(store: TimeSeriesStore | None, asset: Asset, week: Week) -> tuple[Means, ...]:
    """Return the 10-minute means of what the week is judged by.

    Raises:
        Problem: there is no store, or `asset` measures nothing of the supply.
        StoreUnavailable: the store does not answer.
    """
    points = [point.name for point in asset.points if point.name in POINTS]
    if not points:
        raise not_found(
            f"power quality of {asset.id}: it measures neither voltages nor what is wrong with them"
        )
    store = needed(store)
    found = []
    for point in points:
        buckets = store.read_buckets(
            asset=asset.id, point=point, start=week.start, end=week.end, every=TEN_MINUTES_MS, limit=_MOST
        )
        found.append(Means(point=point, ts=buckets.ts, mean=buckets.mean, least=buckets.min))
    return tuple(found)


def read_quality(store: TimeSeriesStore | None, asset: Asset, week: Week) -> Quality:
    """Return how the week was; nominal is the asset's `rated.voltage_v`, phase to neutral, else 230 V."""
    return judge(week, read_means(store, asset, week), nominal_v=nominal_of(asset))


def nominal_of(asset: Asset) -> float:
    """Return the nominal voltage between phase and neutral."""
    return asset.rated.get("voltage_v", NOMINAL_V)
