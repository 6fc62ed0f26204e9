"""Both stores against a dictionary, for whatever is written in whatever order."""

import math
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plantroom.domain.samples import FIRST_BAD, Quality
from plantroom.storage.series import duckdb_store
from plantroom.storage.series.duckdb_store import DuckDbStore
from plantroom.storage.series.influx import InfluxStore, lanes, line_protocol, parse_influx_url
from plantroom.storage.series.port import TimeSeriesStore
from plantroom_testing.influx import InfluxServer
from plantroom_testing.series import T0, Sample, batch_of, rows_of, table_of

PUMPS = table_of({"P-1": "pump", "F-1": "fan"})
BASE = T0 - T0 % 1000
samples = st.tuples(
    st.sampled_from(["P-1", "F-1"]),
    st.sampled_from(["flow", "pressure"]),
    st.integers(0, 12).map(lambda step: BASE + 250 * step),
    st.floats(-1e6, 1e6) | st.just(math.nan),
    st.sampled_from(list(Quality)),
)
steps = st.lists(
    st.lists(samples, min_size=1, max_size=12) | st.sampled_from(["compact", "reopen", "repeat", "drop"]),
    min_size=1,
    max_size=12,
)
Model = dict[tuple[str, str, int], tuple[float, int]]


def replay(history: list[list[Sample] | str], open_: Callable[[], TimeSeriesStore]) -> None:
    """Do what `history` says to a store and to a dictionary, and compare them after each step."""
    store, model, last = open_(), Model(), list[Sample]()
    for step in history:
        if step == "compact":
            store.compact()
        elif step == "reopen":
            store.close()
            store = open_()
        elif step == "drop":
            if not isinstance(store, DuckDbStore):
                continue  # a server forgets by itself
            store.drop_before(BASE + 1000)
            model = {key: found for key, found in model.items() if key[2] >= BASE + 1000}
        else:
            last = last if isinstance(step, str) else step
            assert store.write(batch_of(PUMPS, last)) == ()
            model.update({(asset, point, ts): (value, quality) for asset, point, ts, value, quality in last})
        check(store, model)
    store.close()


def check(store: TimeSeriesStore, model: Model) -> None:
    for asset, point in PUMPS.keys:
        kept = sorted((ts, *found) for (a, p, ts), found in model.items() if (a, p) == (asset, point))
        start, end = BASE + 250, BASE + 2800
        within = [(ts, value, quality) for ts, value, quality in kept if start <= ts < end]

        series = store.read(asset=asset, point=point, start=start, end=end, limit=7)
        buckets = store.read_buckets(asset=asset, point=point, start=start, end=end, every=1000, limit=9)

        assert rows_of(series) == [(t, None if math.isnan(v) else v, q) for t, v, q in within[:7]]
        usable = [(t - t % 1000, v) for t, v, q in within if q < FIRST_BAD and not math.isnan(v)]
        values = {bucket: [v for b, v in usable if b == bucket] for bucket, _ in usable}
        assert buckets.ts.tolist() == list(values)
        assert buckets.count.tolist() == [len(each) for each in values.values()]
        assert buckets.min.tolist() == [min(each) for each in values.values()]
        assert buckets.max.tolist() == [max(each) for each in values.values()]
        assert buckets.last.tolist() == [each[-1] for each in values.values()]
        assert buckets.mean.tolist() == pytest.approx(
            [sum(each) / len(each) for each in values.values()], abs=1e-6
        )


@settings(max_examples=40)
@given(history=steps)
def test_duckdb_holds_what_a_dictionary_would(history: list[list[Sample] | str]) -> None:
    with TemporaryDirectory() as directory, patch.object(duckdb_store, "PIECE", 10):
        replay(history, lambda: DuckDbStore(Path(directory) / "series.duckdb", PUMPS))


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=steps)
def test_influxdb_holds_what_a_dictionary_would(
    history: list[list[Sample] | str], influx_server: InfluxServer
) -> None:
    database = f"any_{time.monotonic_ns()}"
    address = parse_influx_url(f"{influx_server.url}/{database}")
    with patch.object(line_protocol, "MAX_LINES", 2), patch.object(lanes, "MIN_SAMPLES", 1):
        replay(history, lambda: InfluxStore(address, PUMPS))
    influx_server.query(f'DROP DATABASE "{database}"')
