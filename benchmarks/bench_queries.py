"""Range queries of both stores, and what making minutes costs.

Run as `python benchmarks/bench_queries.py [--share 0.05] [--json]`. An asset's hour is read among 10,000
assets, its day among 1,000 and its 90 days among 100, all reporting every 10 s, times `--share` (with 1 it
takes half an hour). Beside each stands the same asked directly: of DuckDB by SQL over a bare table of the
same rows, of InfluxDB by InfluxQL for the samples; ours and direct take turns.
"""

import argparse
import json
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import httpx
import numpy as np
from figures import show

from plantroom.domain.points import PointTable
from plantroom.domain.samples import SampleBatch
from plantroom.domain.site import Asset, Point, Site
from plantroom.storage.series.arrays import bucketed
from plantroom.storage.series.duckdb_store import DuckDbStore
from plantroom.storage.series.duckdb_tiers import DuckDbTiers
from plantroom.storage.series.folding import folded
from plantroom.storage.series.influx import InfluxStore, parse_influx_url
from plantroom.storage.series.influx.tiers import InfluxTiers
from plantroom.storage.series.port import Series
from plantroom.storage.series.tier_store import Progress, Work
from plantroom.storage.series.tiered_store import TieredStore
from plantroom.storage.series.tiers import DAY_MS, HOUR_MS, MINUTE_MS, Retention, Tier

sys.path.append(str(Path(__file__).parents[1] / "tests" / "support"))

from plantroom_testing.influx import InfluxServer

START = 1_763_683_200_000
EVERY_MS = 10_000
FOR_EVER = Retention(raw=None, minutes=None, hours=None)
READS = 7
ROWS_PER_WRITE = 500_000


@dataclass(frozen=True, kw_only=True)
class Case:
    """So many assets, each with so long a past, asked for in buckets of `every` ms."""

    name: str
    assets: int
    span: int
    every: int
    points: int = 1


CASES = (
    Case(name="hour among 10,000", assets=10_000, span=HOUR_MS, every=MINUTE_MS),
    Case(name="day among 1,000", assets=1_000, span=DAY_MS, every=5 * MINUTE_MS),
    Case(name="90 days among 100", assets=100, span=90 * DAY_MS, every=HOUR_MS),
)
DOWN_SAMPLED = Case(name="a minute of 10,000 x 5", assets=10_000, span=MINUTE_MS, every=MINUTE_MS, points=5)


def table_of(case: Case, share: float) -> PointTable:
    """Return the points of the case's assets."""
    points = tuple(Point(name=f"point_{n}") for n in range(case.points))
    count = max(1, round(case.assets * share))
    assets = tuple(Asset(id=f"P-{n:05}", asset_class="pump", points=points) for n in range(count))
    return PointTable((Site(id="riverside", assets=assets),))


def values_at(ts: np.ndarray[Any, Any], point: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return what a point reads at a time, by no random source: any part can be made again."""
    value = 50 + 20 * np.sin(ts / 7e6 + point) + (ts // EVERY_MS * 7 + point * 13) % 11
    return np.asarray(np.round(value, 2))


def batches(table: PointTable, case: Case) -> Iterator[SampleBatch]:
    """Give the samples in the order they come."""
    points = np.arange(len(table), dtype=np.int32)
    rounds = max(1, ROWS_PER_WRITE // len(table))
    for first in range(0, case.span // EVERY_MS, rounds):
        number = np.arange(first, min(first + rounds, case.span // EVERY_MS))
        offset = table.asset_of.astype(np.int64) % EVERY_MS
        ts = (START + number[:, None] * EVERY_MS + offset).ravel()
        point = np.tile(points, len(number))
        yield SampleBatch(
            point=point,
            ts=ts,
            value=values_at(ts, point),
            quality=np.zeros(len(ts), np.uint8),
            arrived=ts,
            message=np.arange(len(ts), dtype=np.int32),
        )


def fill_tiers(store: TieredStore, table: PointTable, case: Case) -> None:
    """Write the minutes and hours that the samples make, as down-sampling would, where they will be read."""
    keys = table.keys if case.span > DAY_MS else ()
    for number, (asset, point) in enumerate(keys):
        ts = np.arange(START + int(table.asset_of[number]) % EVERY_MS, START + case.span, EVERY_MS)
        series = Series(
            ts=ts, value=values_at(ts, np.full(len(ts), number)), quality=np.zeros(len(ts), np.uint8)
        )
        minutes = bucketed(series, every=MINUTE_MS, limit=len(ts))
        store.write_tier(Tier.MINUTES, asset=asset, point=point, buckets=minutes)
        store.write_tier(Tier.HOURS, asset=asset, point=point, buckets=folded(minutes, every=HOUR_MS))
    store.tiers.set_progress(Progress(until=START + case.span, raw_since=START))


def took(run: Callable[[], Any]) -> float:
    """Return how long `run` takes, ms."""
    began = time.perf_counter()
    run()
    return (time.perf_counter() - began) * 1e3


def compared(
    store: TieredStore, table: PointTable, case: Case, direct: Callable[[str, str], int]
) -> dict[str, Any]:
    """Measure our buckets beside the `direct` query, of assets here and there."""
    ours, theirs, buckets, rows = [], [], 0, 0
    for number in np.random.default_rng(2).integers(0, len(table), READS).tolist():
        asset, point = table.keys[number]

        def read(asset: str = asset, point: str = point) -> int:
            end = START + case.span
            return len(
                store.read_buckets(
                    asset=asset, point=point, start=START, end=end, every=case.every, limit=10_000
                )
            )

        ours.append(took(read))
        theirs.append(took(partial(direct, asset, point)))
        buckets, rows = read(), direct(asset, point)
    return {
        "assets": len(table.assets),
        "buckets": buckets,
        "ours_ms": round(statistics.median(ours), 1),
        "direct_rows": rows,
        "direct_ms": round(statistics.median(theirs), 1),
        "ratio": round(statistics.median(theirs) / statistics.median(ours), 2),
    }


def measure_duckdb(case: Case, share: float, directory: Path) -> dict[str, Any]:
    """Return the figures of a case in the embedded file."""
    table = table_of(case, share)
    raw = DuckDbStore(directory / "series.duckdb", table)
    bare = duckdb.connect(directory / "bare.duckdb", config={"memory_limit": "64MB", "threads": "1"})
    bare.execute("CREATE TABLE bare (series INTEGER, ts BIGINT, value DOUBLE)")
    with closing(TieredStore(raw, DuckDbTiers(raw), table)) as store, closing(bare):
        for batch in batches(table, case):
            raw.write(batch)
            raw.compact()
            bare.register("columns", {"s": batch.point, "t": batch.ts, "v": batch.value})
            bare.execute("INSERT INTO bare FROM columns")
        fill_tiers(store, table, case)

        def direct(asset: str, point: str) -> int:
            found = bare.execute(
                "SELECT ts // $e AS bucket, min(value), max(value), avg(value), arg_max(value, ts), count(*) "
                "FROM bare WHERE series = $s GROUP BY ALL",
                {"s": table.number[asset, point], "e": case.every},
            ).fetchnumpy()
            return len(found["bucket"])

        return compared(store, table, case, direct)


def measure_influxdb(case: Case, share: float, server: InfluxServer) -> dict[str, Any]:
    """Return the figures of a case on a server."""
    table = table_of(case, share)
    name = f"db{case.assets}"
    address = parse_influx_url(f"{server.url}/{name}")
    raw, tiers = InfluxStore(address, table), InfluxTiers(address, table)
    with closing(TieredStore(raw, tiers, table)) as store, httpx.Client(base_url=server.url) as client:
        tiers.prepare(FOR_EVER)
        for batch in batches(table, case):
            raw.write(batch)
        fill_tiers(store, table, case)

        def direct(asset: str, point: str) -> int:
            statement = f"SELECT {point} FROM pump WHERE asset = '{asset}'"
            answer = client.post(
                "/query", params={"db": name, "epoch": "ms"}, data={"q": statement}, timeout=600
            )
            return len(answer.json()["results"][0]["series"][0]["values"])

        return compared(store, table, case, direct)


def down_sampling(store: TieredStore, table: PointTable, case: Case) -> dict[str, Any]:
    """Return what making the minutes of all assets costs, our processor's time by sample."""
    for batch in batches(table, case):
        store.raw.write(batch)
    samples = len(table) * case.span // EVERY_MS
    work = Work(tier=Tier.MINUTES, start=START, end=START + case.span, assets=None, since=START, is_new=True)
    began = time.process_time()
    wall = took(lambda: store.tiers.recompute(work))
    return {
        "samples": samples,
        "ms": round(wall),
        "cpu_us_per_value": round((time.process_time() - began) / samples * 1e6, 3),
        "memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def measure(share: float) -> dict[str, Any]:
    """Return all figures."""
    figures: dict[str, Any] = {"benchmark": "queries", "share": share, "duckdb": {}, "influxdb": {}}
    with TemporaryDirectory() as folder:
        server = InfluxServer(Path(folder) / "influx")
        server.start()
        try:
            table = table_of(DOWN_SAMPLED, share)
            raw = DuckDbStore(Path(folder) / "down.duckdb", table)
            address = parse_influx_url(f"{server.url}/down")
            tiers = InfluxTiers(address, table)
            tiers.prepare(FOR_EVER)
            with closing(TieredStore(raw, DuckDbTiers(raw), table)) as store:
                figures["duckdb"][f"down-sampling {DOWN_SAMPLED.name}"] = down_sampling(
                    store, table, DOWN_SAMPLED
                )
            with closing(TieredStore(InfluxStore(address, table), tiers, table)) as store:
                figures["influxdb"][f"down-sampling {DOWN_SAMPLED.name}"] = down_sampling(
                    store, table, DOWN_SAMPLED
                )
            for case in CASES:
                with TemporaryDirectory() as directory:
                    figures["duckdb"][case.name] = measure_duckdb(case, share, Path(directory))
                figures["influxdb"][case.name] = measure_influxdb(case, share, server)
        finally:
            server.kill()
    return figures


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=0.05, help="of the assets; 1 for what the names say")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    options = parser.parse_args()
    figures = measure(options.share)
    if options.json:
        print(json.dumps(figures))
        return
    show(figures)


if __name__ == "__main__":
    main()
