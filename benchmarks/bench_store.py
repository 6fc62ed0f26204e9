"""The time-series stores: values per second through our port beside the bare thing, and times of reading.

Run as `python benchmarks/bench_store.py [--json]`. Bare is: appending ready columns to a DuckDB table, or
posting ready lines to the same InfluxDB, one request after the other and several at once. Ours and bare take
turns at each batch, so a busy machine slows both.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache, partial
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
from plantroom.storage.series.duckdb_store import DuckDbStore
from plantroom.storage.series.influx import InfluxStore, parse_influx_url
from plantroom.storage.series.influx.lanes import LANES
from plantroom.storage.series.port import TimeSeriesStore

sys.path.append(str(Path(__file__).parents[1] / "tests" / "support"))

from plantroom_testing.influx import InfluxServer

ASSETS, POINTS = 10_000, 5
EVERY_MS = 10_000
START = 1_763_750_000_000
BATCH_MESSAGES = (1_000, 20_000)
"""Messages of five values in a batch: what comes in half a second, and a backlog's next piece."""
SAMPLES = {"duckdb": (500_000, 3_000_000), "influxdb": (100_000, 600_000)}
"""How many are written in batches of each size."""
REQUEST_LINES = 5_000
READS = 15


@cache
def table() -> PointTable:
    """Return the points of one large site."""
    points = tuple(Point(name=name) for name in ("flow", "pressure", "current", "vibration", "bearing_temp"))
    assets = tuple(Asset(id=f"P-{n:05}", asset_class="pump", points=points) for n in range(ASSETS))
    return PointTable((Site(id="riverside", assets=assets),))


def batches(messages: int, *, samples: int, first_ts: int) -> Iterator[SampleBatch]:
    """Give batches in which all assets report every ten seconds, in an order of their own."""
    random = np.random.default_rng(1)
    order = random.permutation(ASSETS)
    level = random.normal(50, 20, (ASSETS, POINTS))
    for first in range(0, samples // POINTS, messages):
        number = np.arange(first, first + messages)
        asset = order[number % ASSETS]
        level[asset] += random.normal(0, 0.1, (messages, POINTS))
        ts = np.repeat(first_ts + number * EVERY_MS // ASSETS, POINTS)
        yield SampleBatch(
            point=(asset[:, None] * POINTS + np.arange(POINTS)).ravel().astype(np.int32),
            ts=ts,
            value=np.round(level[asset], 2).ravel(),
            quality=np.zeros(len(ts), np.uint8),
            arrived=ts + 20,
            message=np.repeat(np.arange(messages, dtype=np.int32), POINTS),
        )


def took(run: Callable[[], Any]) -> float:
    """Return how long `run` takes, in seconds."""
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


Bare = Callable[[SampleBatch], Callable[[], Any]]
"""Gets a batch ready and returns what is to be measured."""


def compared(
    store: TimeSeriesStore,
    bare: dict[str, Bare],
    *,
    samples: tuple[int, int],
    server: Callable[[], float] = lambda: 0.0,
) -> dict[str, Any]:
    """Measure writing by size of batch, beside each of `bare`; `server` tells its processor time, s."""
    figures: dict[str, Any] = {}
    first_ts = START
    for messages, count in zip(BATCH_MESSAGES, samples, strict=True):
        all_turns = {name: Turns() for name in ("ours", *bare)}
        for number, batch in enumerate(batches(messages, samples=count, first_ts=first_ts)):
            work = {"ours": partial(store.write, batch)} | {name: get(batch) for name, get in bare.items()}
            names = list(work)
            for name in names[number % len(names) :] + names[: number % len(names)]:
                all_turns[name].take(work[name], server)
        first_ts += count // POINTS * EVERY_MS // ASSETS
        figures[f"batches_of_{messages * POINTS}"] = shown(all_turns, count)
        # The last is of the batches that are written as long as there is more: the sustained one.
        figures["ratio"] = figures[f"batches_of_{messages * POINTS}"]["ratio_to_bare"]
    return figures


@dataclass
class Turns:
    """What one of those compared has taken, batch by batch."""

    seconds: list[float] = field(default_factory=list)
    client: float = 0.0
    """Processor time of this process, s."""
    server: float = 0.0

    def take(self, run: Callable[[], Any], server: Callable[[], float]) -> None:
        """Run it, and add what it takes."""
        client_began, server_began = time.process_time(), server()
        self.seconds.append(took(run))
        self.client += time.process_time() - client_began
        self.server += server() - server_began


def shown(turns: dict[str, Turns], count: int) -> dict[str, Any]:
    """Return the figures of `count` values: ours, and ours to each other, in time and in processor time."""
    ours = turns.pop("ours")
    figures: dict[str, Any] = {"values_per_s": round(count / sum(ours.seconds))}
    for name, theirs in turns.items():
        figures[f"{name}_values_per_s"] = round(count / sum(theirs.seconds))
        figures[f"ratio_to_{name}"] = round(sum(theirs.seconds) / sum(ours.seconds), 2)
        cpu = (theirs.client + theirs.server) / (ours.client + ours.server)
        figures[f"processor_ratio_to_{name}"] = round(cpu, 2)
    return figures | {
        "cpu_us_per_value": round(ours.client / count * 1e6, 2),
        "server_cpu_us_per_value": round(ours.server / count * 1e6, 2),
        "median_ms": round(statistics.median(ours.seconds) * 1e3, 1),
        "longest_ms": round(max(ours.seconds) * 1e3, 1),
    }


def reading(store: TimeSeriesStore, keys: tuple[tuple[str, str], ...]) -> dict[str, float]:
    """Measure reading one point's hour among all points, and its 5-minute buckets; ms, median."""
    hours, buckets = [], []
    for number in np.random.default_rng(2).integers(0, len(keys), READS):
        asset, point = keys[number]
        span: dict[str, Any] = {
            "asset": asset,
            "point": point,
            "start": START,
            "end": START + 3_600_000,
            "limit": 10_000,
        }
        hours.append(took(partial(store.read, **span)))
        buckets.append(took(partial(store.read_buckets, **span, every=300_000)))
    return {
        "hour_ms": round(statistics.median(hours) * 1e3, 1),
        "buckets_ms": round(statistics.median(buckets) * 1e3, 1),
    }


def measure_duckdb(directory: Path) -> dict[str, Any]:
    """Return the embedded store's figures."""
    points, path = table(), directory / "series.duckdb"
    store = DuckDbStore(path, points)
    other = duckdb.connect(directory / "bare.duckdb", config={"memory_limit": "64MB", "threads": "1"})
    other.execute("CREATE TABLE bare (series INTEGER, ts BIGINT, value DOUBLE, quality UTINYINT)")

    def bare(batch: SampleBatch) -> Callable[[], Any]:
        columns = {"s": batch.point, "t": batch.ts, "v": batch.value, "q": batch.quality}
        other.register("columns", columns)
        return lambda: other.execute("INSERT INTO bare FROM columns")

    figures = compared(store, {"bare": bare}, samples=SAMPLES["duckdb"])
    other.close()
    as_arrived = reading(store, points.keys)
    pieces = [took(store.compact) for _ in range(20)]
    compacted = reading(store, points.keys)
    rows = store.count_rows()
    store.close()
    return {
        **figures,
        "rows": rows,
        "reading_as_arrived": as_arrived,
        "compacting_s": round(sum(pieces), 1),
        "compacting_longest_call_s": round(max(pieces), 2),
        "reading_compacted": compacted,
        "bytes_per_row": round(path.stat().st_size / rows, 1),
    }


def measure_influxdb(directory: Path) -> dict[str, Any]:
    """Return the figures of the store on a server."""
    server = InfluxServer(directory)
    server.start()
    points = table()
    store = InfluxStore(parse_influx_url(f"{server.url}/ours"), points)
    client = httpx.Client(base_url=server.url, timeout=60)
    several = ThreadPoolExecutor(LANES)
    figures = compared(
        store,
        {
            "bare": partial(posting, server, client, "bare", one_by_one),
            "bare_in_flight": partial(posting, server, client, "several", partial(all_of, several)),
        },
        samples=SAMPLES["influxdb"],
        server=partial(processor_time, server),
    )
    figures["reading"] = reading(store, points.keys)
    again = InfluxStore(parse_influx_url(f"{server.url}/ours"), points)
    one = next(batches(1, samples=POINTS, first_ts=START))
    figures["first_write_after_restart_ms"] = round(took(lambda: again.write(one)) * 1e3, 1)
    for open_ in (store, again, client):
        open_.close()
    several.shutdown()
    server.kill()
    return figures


def processor_time(server: InfluxServer) -> float:
    """Return how much processor time the server has had, s."""
    assert server.process is not None
    text = Path(f"/proc/{server.process.pid}/stat").read_text()
    user, system = text.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def posting(
    server: InfluxServer,
    client: httpx.Client,
    database: str,
    each: Callable[[Callable[[bytes], None], list[bytes]], None],
    batch: SampleBatch,
) -> Callable[[], None]:
    """Return what posts the lines of `batch` to a database, ready in requests of a good size."""
    server.query(f"CREATE DATABASE {database}")
    points, rows = table(), REQUEST_LINES * POINTS
    bodies = [
        "\n".join(lines_of(batch, points, first, min(first + rows, len(batch)))).encode()
        for first in range(0, len(batch), rows)
    ]

    def post(body: bytes) -> None:
        parameters = {"db": database, "precision": "ms"}
        client.post("/write", params=parameters, content=body).raise_for_status()

    return lambda: each(post, bodies)


def one_by_one(post: Callable[[bytes], None], bodies: list[bytes]) -> None:
    """Post one request after the other."""
    for body in bodies:
        post(body)


def all_of(several: Executor, post: Callable[[bytes], None], bodies: list[bytes]) -> None:
    """Post as many requests at once as ours."""
    for _ in several.map(post, bodies):
        pass


def lines_of(batch: SampleBatch, points: PointTable, first: int, end: int) -> Iterator[str]:
    """Give the lines of a batch's rows, written plainly."""
    for row in range(first, end, POINTS):
        keys = [points.keys[number] for number in batch.point[row : row + POINTS].tolist()]
        values = batch.value[row : row + POINTS].tolist()
        fields = ",".join(f"{name}={value}" for (_, name), value in zip(keys, values, strict=True))
        yield f"pump,asset={keys[0][0]},site=riverside {fields} {batch.ts[row]}"


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    options = parser.parse_args()
    with TemporaryDirectory() as directory:
        figures = {
            "benchmark": "store",
            "points": ASSETS * POINTS,
            "duckdb": measure_duckdb(Path(directory) / "duckdb"),
            "influxdb": measure_influxdb(Path(directory) / "influxdb"),
        }
    if options.json:
        print(json.dumps(figures))
        return
    show(figures)


if __name__ == "__main__":
    main()
