"""All that one store holds brought into another, asset by asset."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from plantroom.domain.points import PointTable
from plantroom.domain.samples import SampleBatch
from plantroom.storage.series.duckdb_store import DuckDbStore
from plantroom.storage.series.history import ReadsOnePoint
from plantroom.storage.series.paging import pages
from plantroom.storage.series.port import LATEST, Buckets, Series
from plantroom.storage.series.tier_store import TierStore
from plantroom.storage.series.tiers import DAY_MS, Tier

ROWS: Final = 100_000
"""Samples of an asset that are read at once, about."""
_HELD: Final = """
SELECT asset, point, count(*), min(ts), max(ts)
FROM {rows} AS rows JOIN series ON series.id = rows.series
WHERE ts < ? GROUP BY asset, point ORDER BY asset, point
"""
_BUCKETS: Final = 20_000
"""Most buckets of a series that are copied at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One series of a file."""

    asset: str
    point: str
    rows: int
    """Those included that a later one has replaced."""
    first: int
    """Time of its first sample, ms."""
    last: int


def held_by(store: DuckDbStore) -> list[Held]:
    """Return every series that a store has samples of, by asset and point.

    Raises:
        StoreUnavailable: the store does not answer.
    """
    samples = "(SELECT series, ts FROM settled UNION ALL SELECT series, ts FROM recent)"
    return _held(store, samples, before=LATEST)


def tier_held_by(store: DuckDbStore, tier: Tier, *, before: int) -> list[Held]:
    """Return every series that a tier has buckets of from before a time (ms), by asset and point.

    Raises:
        StoreUnavailable: the store does not answer.
    """
    return _held(store, tier.value, before=before)


def _held(store: DuckDbStore, rows: str, *, before: int) -> list[Held]:
    with store.cursor() as cursor:
        found = cursor.execute(_HELD.format(rows=rows), [before]).fetchall()
    return [Held(asset=row[0], point=row[1], rows=row[2], first=row[3], last=row[4]) for row in found]


def windows(
    source: ReadsOnePoint, *, asset: str, points: Sequence[str], start: int, end: int
) -> Iterator[tuple[int, Mapping[str, Series]]]:
    """Give the samples of an asset in the order of time, and before which time these are all.

    The points of one time come together: that is one line to InfluxDB.
    """
    width = DAY_MS
    while start < end:
        until = min(start + width, end)
        found = {
            point: source.read(asset=asset, point=point, start=start, end=until, limit=ROWS)
            for point in points
        }
        full = [int(series.ts[-1]) for series in found.values() if len(series) == ROWS]
        if full:
            until = min(full) + 1
            found = {point: _before(series, until) for point, series in found.items()}
        yield until, found
        rows = sum(map(len, found.values()))
        width = width * 2 if rows < ROWS // 2 else max(1, width // 2) if rows > ROWS else width
        start = until


def batch_of(table: PointTable, asset: str, found: Mapping[str, Series]) -> SampleBatch:
    """Return the samples of an asset's points as one batch."""
    parts = [(table.number[asset, point], series) for point, series in found.items() if len(series)]
    if not parts:
        return SampleBatch.empty()
    ts = np.concatenate([series.ts for _, series in parts])
    return SampleBatch(
        point=np.concatenate([np.full(len(series), number, np.int32) for number, series in parts]),
        ts=ts,
        value=np.concatenate([series.value for _, series in parts]),
        quality=np.concatenate([series.quality for _, series in parts]),
        arrived=ts,
        message=np.arange(len(ts), dtype=np.int32),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One series in two stores."""

    asset: str
    point: str
    samples: int
    """In the first store; or buckets."""
    same: int
    """How many of them the second has, with the same value and quality."""


def compare(source: ReadsOnePoint, other: ReadsOnePoint, held: Held) -> Comparison:
    """Read a series from both stores and say how much of it is in the other."""
    samples = same = 0
    span = {"start": held.first, "end": held.last + 1}
    for part in pages(source, asset=held.asset, point=held.point, **span):
        samples += len(part)
        for there in pages(
            other,
            asset=held.asset,
            point=held.point,
            start=int(part.ts[0]),
            end=int(part.ts[-1]) + 1,
        ):
            same += _same(part, there)
    return Comparison(asset=held.asset, point=held.point, samples=samples, same=same)


def copy_buckets(source: TierStore, target: TierStore, tier: Tier, held: Held) -> Comparison:
    """Copy a series' buckets, and say how many of them the target then has as they are."""
    buckets = same = 0
    step = _BUCKETS * tier.width
    for start in range(held.first, held.last + 1, step):
        end = min(start + step, held.last + 1)
        found = source.read(tier, asset=held.asset, point=held.point, start=start, end=end)
        if len(found):
            target.write(tier, asset=held.asset, point=held.point, buckets=found)
        there = target.read(tier, asset=held.asset, point=held.point, start=start, end=end)
        buckets += len(found)
        same += _same_buckets(found, there)
    return Comparison(asset=held.asset, point=held.point, samples=buckets, same=same)


def _same_buckets(one: Buckets, other: Buckets) -> int:
    """Return how many buckets of equal time are equal; both are ascending."""
    _, left, right = np.intersect1d(one.ts, other.ts, assume_unique=True, return_indices=True)
    columns = ("mean", "min", "max", "last", "count")
    equal = [getattr(one, name)[left] == getattr(other, name)[right] for name in columns]
    return int(np.logical_and.reduce(equal).sum())


def _same(one: Series, other: Series) -> int:
    """Return how many samples of equal time are equal; both are ascending."""
    _, left, right = np.intersect1d(one.ts, other.ts, assume_unique=True, return_indices=True)
    value = (one.value[left] == other.value[right]) | (
        np.isnan(one.value[left]) & np.isnan(other.value[right])
    )
    return int((value & (one.quality[left] == other.quality[right])).sum())


def _before(series: Series, until: int) -> Series:
    rows = int(np.searchsorted(series.ts, until))
    return Series(ts=series.ts[:rows], value=series.value[:rows], quality=series.quality[:rows])
