"""Tables and batches for tests of the time-series stores."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from plantroom.domain.points import PointTable
from plantroom.domain.samples import Quality, SampleBatch
from plantroom.domain.site import Asset, Point, Site
from plantroom.storage.series.duckdb_store import DuckDbStore
from plantroom.storage.series.duckdb_tiers import DuckDbTiers
from plantroom.storage.series.folding import empty_buckets
from plantroom.storage.series.influx import InfluxStore, parse_influx_url
from plantroom.storage.series.influx.tiers import InfluxTiers
from plantroom.storage.series.port import Buckets, Rejection, Series, TimeSeriesStore
from plantroom.storage.series.tiered_store import TieredStore

T0 = 1_763_750_000_000
"""A time to count from, ms since the epoch."""

Sample = tuple[str, str, int, float, int]
"""Asset, point, ts, value, quality."""
OpenStore = Callable[[PointTable], TimeSeriesStore]
OpenTiered = Callable[..., TieredStore]
"""Opens a store with its tiers; by keyword whether this process is the one that down-samples."""


def table_of(
    assets: dict[str, str], points: Iterable[str] = ("flow", "pressure"), site: str = "s"
) -> PointTable:
    """Return a table of one site with the `assets` (id: class), all having the same `points`."""
    declared = tuple(Point(name=name) for name in points)
    return PointTable(
        (
            Site(
                id=site,
                assets=tuple(
                    Asset(id=id_, asset_class=name, points=declared) for id_, name in assets.items()
                ),
            ),
        )
    )


def batch_of(table: PointTable, samples: Iterable[Sample]) -> SampleBatch:
    """Return a batch of `samples`, each its own message."""
    rows = list(samples)
    return SampleBatch(
        point=np.array([table.number[asset, point] for asset, point, *_ in rows], np.int32),
        ts=np.array([ts for _, _, ts, _, _ in rows], np.int64),
        value=np.array([value for *_, value, _ in rows], np.float64),
        quality=np.array([quality for *_, quality in rows], np.uint8),
        arrived=np.array([ts for _, _, ts, _, _ in rows], np.int64),
        message=np.arange(len(rows), dtype=np.int32),
    )


def good(asset: str, point: str, ts: int, value: float) -> Sample:
    """Return a good sample."""
    return (asset, point, ts, value, Quality.GOOD)


def rows_of(series: Series) -> list[tuple[int, float | None, int]]:
    """Return the samples of `series`, None for NaN so that they can be compared."""
    return [
        (ts, None if np.isnan(value) else value, quality)
        for ts, value, quality in zip(
            series.ts.tolist(), series.value.tolist(), series.quality.tolist(), strict=True
        )
    ]


def read_all(store: TimeSeriesStore, asset: str, point: str) -> list[tuple[int, float | None, int]]:
    """Return all samples of a point."""
    return rows_of(store.read(asset=asset, point=point, start=-(2**62), end=2**62, limit=1_000_000))


@contextmanager
def opened_duckdb(path: Path, table: PointTable) -> Iterator[DuckDbStore]:
    """Open an embedded store for the time of a block."""
    with closing(DuckDbStore(path, table)) as store:
        yield store


@contextmanager
def opened_influx(url: str, table: PointTable) -> Iterator[InfluxStore]:
    """Open a store on a server for the time of a block."""
    with closing(InfluxStore(parse_influx_url(url), table)) as store:
        yield store


def tiered_duckdb(path: Path, table: PointTable, *, down_samples: bool = True) -> TieredStore:
    """Return an embedded store with its tiers."""
    store = DuckDbStore(path, table)
    return TieredStore(store, DuckDbTiers(store), table, down_samples=down_samples)


def tiered_influx(url: str, table: PointTable, *, down_samples: bool = True) -> TieredStore:
    """Return a store on a server with its tiers."""
    address = parse_influx_url(url)
    store = InfluxStore(address, table)
    return TieredStore(store, InfluxTiers(address, table), table, down_samples=down_samples)


@pytest.fixture(params=["duckdb", "influxdb"])
def open_tiered(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenTiered]:
    """Give a function that opens each kind of store with its tiers, after closing what it opened before."""
    url = request.getfixturevalue("influx_database").url if request.param == "influxdb" else ""
    opened: list[TieredStore] = []

    def open_(table: PointTable, *, down_samples: bool = True) -> TieredStore:
        while opened:
            opened.pop().close()
        opened.append(
            tiered_influx(url, table, down_samples=down_samples)
            if url
            else tiered_duckdb(tmp_path / "series.duckdb", table, down_samples=down_samples)
        )
        return opened[0]

    yield open_
    for store in opened:
        store.close()


@pytest.fixture(params=["duckdb", "influxdb"])
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenStore]:
    """Give a function that opens each kind of store, always the same one, after closing it if it is open."""
    url = request.getfixturevalue("influx_database").url if request.param == "influxdb" else ""
    opened: list[TimeSeriesStore] = []

    def open_(table: PointTable) -> TimeSeriesStore:
        while opened:
            opened.pop().close()
        store: TimeSeriesStore = (
            InfluxStore(parse_influx_url(url), table)
            if url
            else DuckDbStore(tmp_path / "series.duckdb", table)
        )
        opened.append(store)
        return store

    yield open_
    for store in opened:
        store.close()


class NothingLeft:
    """A store whose samples are all gone."""

    def read(self, **_: Any) -> Series:
        return Series(ts=np.empty(0, np.int64), value=np.empty(0), quality=np.empty(0, np.uint8))

    def read_buckets(self, **_: Any) -> Buckets:
        return empty_buckets()

    def write(self, _: SampleBatch) -> tuple[Rejection, ...]:
        raise NotImplementedError

    def compact(self) -> None:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError
