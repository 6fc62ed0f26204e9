"""Whatever is written and down-sampled in whatever order: buckets are those of the samples."""

import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from plantroom.domain.samples import Quality
from plantroom.storage.series.down_sampling import DownSampling
from plantroom.storage.series.tiered_store import TieredStore
from plantroom.storage.series.tiers import DAY_MS, HOUR_MS, MINUTE_MS, Retention
from plantroom_testing.influx import InfluxServer
from plantroom_testing.series import T0, Sample, batch_of, table_of, tiered_duckdb, tiered_influx

PUMPS = table_of({"P-1": "pump", "F-1": "fan"}, points=("flow",))
BASE = T0 - T0 % DAY_MS
END = BASE + 30 * HOUR_MS
FOR_EVER = Retention(raw=None, minutes=None, hours=None)
times = st.integers(0, 30 * 60 * 4 - 1).map(lambda quarter: BASE + quarter * 15_000)
samples = st.tuples(
    st.sampled_from(["P-1", "F-1"]),
    st.just("flow"),
    times,
    st.integers(-1000, 1000).map(float) | st.just(float("nan")),
    st.sampled_from([Quality.GOOD, Quality.GOOD, Quality.LATE, Quality.RANGE]),
)
steps = st.lists(
    st.lists(samples, min_size=1, max_size=20)
    | st.sampled_from(["advance", "mend", "reopen", "crash", "by another"])
    | times,
    min_size=2,
    max_size=12,
)
questions = st.lists(
    st.tuples(
        times,
        times,
        st.sampled_from([MINUTE_MS, 5 * MINUTE_MS, HOUR_MS, 6 * HOUR_MS, DAY_MS]),
        st.sampled_from([1, 3, 100]),
    ),
    min_size=4,
    max_size=4,
)
QUICKLY = (Phase.explicit, Phase.reuse, Phase.generate)
"""A step is several requests to a server: to shrink a failing history would take minutes."""
Step = list[Sample] | str | int
Question = tuple[int, int, int, int]


def play(history: list[Step], asked: list[Question], open_: Callable[[bool], TieredStore]) -> None:
    """Do what `history` says, and compare all answers with those from the samples after each step."""
    store, to = open_(True), BASE
    job = begun(store, to)
    for step in history:
        if isinstance(step, int):
            to = max(to, step)
        elif step == "advance":
            while job.advance(to):
                pass
        elif step == "mend":
            job.mend()
        elif step == "crash":
            job.advance(to)  # one piece, of which nothing more is remembered
            store.close()
            store = open_(True)
            job = begun(store, to)
        elif step == "reopen":
            store.close()
            store = open_(True)
            job = begun(store, to)
        elif step == "by another":
            store.close()
            other = open_(False)
            other.write(batch_of(PUMPS, [("P-1", "flow", BASE + HOUR_MS, float(to % 997), Quality.GOOD)]))
            other.close()
            store = open_(True)
            job = begun(store, to)
        else:
            assert isinstance(step, list)
            store.write(batch_of(PUMPS, step))
        compare(store, asked)
    finish(job)
    compare(store, asked)
    assert store.tiers.progress() is not None
    store.close()


def begun(store: TieredStore, now: int) -> DownSampling:
    job = DownSampling(store, points=200)
    job.prepare(FOR_EVER, now=now)
    return job


def finish(job: DownSampling) -> None:
    while job.advance(END + 2 * DAY_MS):
        pass
    while job.mend():
        pass


def compare(store: TieredStore, asked: list[Question]) -> None:
    for number, (start, end, every, limit) in enumerate(asked):
        asset = ("P-1", "F-1")[number % 2]
        wanted: dict[str, Any] = {"asset": asset, "point": "flow", "start": start, "end": end}

        ours = store.read_buckets(**wanted, every=every, limit=limit)
        theirs = store.raw.read_buckets(**wanted, every=every, limit=limit)

        for name in ("ts", "count", "min", "max", "last"):
            assert getattr(ours, name).tolist() == getattr(theirs, name).tolist(), name
        np.testing.assert_allclose(ours.mean, theirs.mean, rtol=1e-9, atol=1e-9)


@settings(max_examples=40, phases=QUICKLY)
@given(history=steps, asked=questions)
def test_buckets_of_the_embedded_file_are_those_of_its_samples(
    history: list[Step], asked: list[Question]
) -> None:
    with TemporaryDirectory() as directory:
        path = Path(directory) / "series.duckdb"
        play(history, asked, lambda owns: tiered_duckdb(path, PUMPS, down_samples=owns))


@settings(max_examples=25, phases=QUICKLY, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=steps, asked=questions)
def test_buckets_of_a_server_are_those_of_its_samples(
    history: list[Step], asked: list[Question], influx_server: InfluxServer
) -> None:
    name = f"tiers_{time.monotonic_ns()}"
    play(
        history,
        asked,
        lambda owns: tiered_influx(f"{influx_server.url}/{name}", PUMPS, down_samples=owns),
    )
    influx_server.query(f'DROP DATABASE "{name}"')
