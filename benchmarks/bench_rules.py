"""The rules engine alone: samples per second beside a stateless evaluation of the same thresholds.

Run as `python benchmarks/bench_rules.py [--json]`. Times are medians of CPU time on one core.
"""

import argparse
import gc
import json
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
from figures import show

from plantroom.domain.expression.parser import parse
from plantroom.domain.installation import Installation
from plantroom.domain.points import PointTable
from plantroom.domain.rule import Rule
from plantroom.domain.samples import SampleBatch
from plantroom.domain.site import Asset, Point, Site
from plantroom.rules.engine import Engine

POINTS = tuple(Point(name=f"p{number}", every=timedelta(seconds=10)) for number in range(5))
PER_BATCH = 1_000
"""Messages of five samples."""
EVERY = 10_000
"""An asset's interval, ms."""


def rules() -> tuple[Rule, ...]:
    """Return two rules for each point: one with `clear`, `for` and `keep`, and one that acts at once."""
    known = {point.name: point for point in POINTS}
    made = []
    for point in known:
        made += [
            Rule(
                id=f"{point}-high",
                asset_class="",
                when=parse(f"{point} > 3.0", points=known),
                clear=parse(f"{point} < 2.5", points=known),
                hold=timedelta(seconds=30),
                keep=timedelta(seconds=10),
            ),
            Rule(id=f"{point}-low", asset_class="", when=parse(f"{point} < -3.2", points=known)),
        ]
    return tuple(made)


def installation(assets: int, *, classes: int = 1) -> Installation:
    """Return one site with that many machines, of several classes in turn."""
    machines = tuple(
        Asset(id=f"M-{n}", asset_class=f"class-{n % classes}", points=POINTS) for n in range(assets)
    )
    made = tuple(replace(rule, asset_class=f"class-{kind}") for kind in range(classes) for rule in rules())
    return Installation(
        table=PointTable(sites=(Site(id="bench", assets=machines),)), classes={}, rules={"bench": made}
    )


MIX = {
    "high": "p0 > 3.0",
    "low": "p1 < -3.2",
    "ratio": "p0 / (p1 + 10) > 0.5",
    "difference": "p2 - p3 > 5",
    "both": "p3 > 3 and p4 > 0",
    "mean": "avg(p0, 5m) > 1",
    "least": "min(p1, 10m) > 0.5",
    "peak": "max(p2, 10m) > 4.5",
    "risen": "delta(p3, 5m) > 6",
    "silent": "missing(p4, 2m) or stuck(p4, 10m)",
}
"""Half thresholds, half windows."""


def mixed_installation(assets: int) -> Installation:
    """Return one site with that many machines, watched by the mix."""
    known = {point.name: point for point in POINTS}
    mix = tuple(
        Rule(id=name, asset_class="class-0", when=parse(text, points=known)) for name, text in MIX.items()
    )
    return replace(installation(assets), rules={"bench": mix})


def realistic(assets: int = 10_000, *, minutes: int = 12) -> dict[str, Any]:
    """Measure the mix with a tick each second, once its windows are full: the last of `minutes`."""
    engine, source = Engine(mixed_installation(assets)), rounds(assets)
    per_round = assets // PER_BATCH
    spent, told, batches = 0.0, 0, 0
    for number in range(minutes * 6 * per_round):
        one = next(source)
        measured = number >= (minutes - 1) * 6 * per_round
        began = time.thread_time()
        said = engine.observe(one, 0)
        said += engine.observe(SampleBatch.empty(), int(one.arrived[-1]))
        if measured:
            spent += time.thread_time() - began
            told += len(said)
            batches += 1
    samples = batches * PER_BATCH * len(POINTS)
    arrays = engine.snapshot()
    cells = assets * len(MIX)
    windows = sum(array.nbytes for name, array in arrays.items() if name.startswith("windows_"))
    return {
        "samples": samples,
        "rule_evaluations": samples // len(POINTS) * len(MIX),
        "cpu_seconds": round(spent, 2),
        "samples_per_s": round(samples / spent),
        "times_real_time": round(60 / spent),
        "transitions_per_batch": round(told / batches, 1),
        "window_bytes_per_rule_and_asset": round(windows / cells, 1),
        "bytes_per_rule_and_asset": round(sum(array.nbytes for array in arrays.values()) / cells, 1),
        "snapshot_megabytes": round(sum(array.nbytes for array in arrays.values()) / 1e6, 1),
        "transitions_in_all": told,
    }


def batch(assets: np.ndarray, ts: np.ndarray, values: np.ndarray) -> SampleBatch:
    """Return a message of each of `assets`; `values` has shape (messages, points)."""
    points = values.shape[1]
    times = np.repeat(ts, points)
    return SampleBatch(
        point=(assets[:, None] * len(POINTS) + np.arange(points)).astype(np.int32).ravel(),
        ts=times,
        value=values.ravel(),
        quality=np.zeros(values.size, np.uint8),
        arrived=times + 20,
        message=np.repeat(np.arange(len(assets), dtype=np.int32), points),
    )


def rounds(assets: int, *, per_batch: int = PER_BATCH, seed: int = 1) -> Iterator[SampleBatch]:
    """Yield batches in which all assets report in turn, in an order of their own, every ten seconds."""
    random = np.random.default_rng(seed)
    start = 1_763_000_000_000
    while True:
        order = random.permutation(assets)
        for first in range(0, assets, per_batch):
            chosen = order[first : first + per_batch]
            ts = start + random.integers(0, 100, len(chosen)) + first * EVERY // assets
            yield batch(chosen, ts, random.normal(size=(len(chosen), len(POINTS))))
        start += EVERY


def seconds_each(batches: list[SampleBatch], run: Callable[[SampleBatch], Any]) -> list[float]:
    """Return how long `run` took for each batch."""
    took = []
    gc.disable()
    for one in batches:
        began = time.thread_time()
        run(one)
        took.append(time.thread_time() - began)
    gc.enable()
    return took


def stateless(one: SampleBatch) -> int:
    """Evaluate the ten thresholds on the columns of one batch, remembering nothing."""
    columns = np.ascontiguousarray(one.value.reshape(-1, len(POINTS)).T)
    return sum(int(np.count_nonzero(column > 3.0) + np.count_nonzero(column < -3.2)) for column in columns)


def steady(assets: int, *, count: int = 100) -> dict[str, Any]:
    """Measure the ordinary: every asset has reported three times, and goes on."""
    engine, source = Engine(installation(assets)), rounds(assets)
    for _ in range(3 * assets // PER_BATCH):
        engine.observe(next(source), 0)
    batches = [next(source) for _ in range(count)]
    told: list[int] = []
    took = statistics.median(seconds_each(batches, lambda one: told.append(len(engine.observe(one, 0)))))
    bare = statistics.median(seconds_each(batches, stateless))
    samples = PER_BATCH * len(POINTS)
    return {
        "assets": assets,
        "samples_per_s": round(samples / took),
        "us_per_batch": round(took * 1e6, 1),
        "stateless_us_per_batch": round(bare * 1e6, 1),
        "times_stateless": round(took / bare, 1),
        "transitions_per_batch": round(sum(told) / count, 1),
        **upkeep(engine, assets),
    }


def other(*, classes: int, per_batch: int, assets: int = 10_000, count: int = 100) -> dict[str, Any]:
    """Measure batches of another shape: machines of many classes, few messages."""
    engine, source = Engine(installation(assets, classes=classes)), rounds(assets, per_batch=per_batch)
    for _ in range(assets // per_batch):
        engine.observe(next(source), 0)
    batches = [next(source) for _ in range(count)]
    took = statistics.median(seconds_each(batches, lambda one: engine.observe(one, 0)))
    return {
        "classes": classes,
        "messages_per_batch": per_batch,
        "us_per_batch": round(took * 1e6, 1),
        "samples_per_s": round(per_batch * len(POINTS) / took),
    }


def upkeep(engine: Engine, assets: int) -> dict[str, Any]:
    """Measure ticks, snapshots and memory of an engine with state."""
    now = 1_763_000_000_000
    idle = statistics.median(seconds_each([SampleBatch.empty()] * 50, lambda one: engine.observe(one, now)))
    (kept,) = seconds_each([SampleBatch.empty()], lambda _: engine.snapshot())
    (kept,) = seconds_each([SampleBatch.empty()], lambda _: engine.snapshot())
    arrays = engine.snapshot()
    (started,) = seconds_each([SampleBatch.empty()], lambda _: Engine(installation(assets)))
    fresh = Engine(installation(assets))
    (restored,) = seconds_each([SampleBatch.empty()], lambda _: fresh.restore(arrays))
    cells = sum(arrays[name].nbytes for name in ("phase", "since", "activated"))
    return {
        "idle_tick_us": round(idle * 1e6, 2),
        "start_ms": round(started * 1e3, 1),
        "snapshot_ms": round(kept * 1e3, 1),
        "restore_ms": round(restored * 1e3, 1),
        "bytes_per_rule_and_asset": cells / arrays["phase"].size,
        "snapshot_bytes_per_asset": round(sum(array.nbytes for array in arrays.values()) / assets),
    }


def burst(points: int, *, swing: float, messages: int = 5_000) -> dict[str, Any]:
    """Measure one asset's backlog in one batch; `swing` 10 makes every message cross the thresholds."""
    engine = Engine(installation(1_000))
    random = np.random.default_rng(2)
    took, told = [], 0
    for number in range(10):
        ts = 1_763_000_000_000 + (number * messages + np.arange(messages)) * 1_000
        values = random.normal(size=(messages, points))
        values[::2] += swing
        one = batch(np.zeros(messages, np.int64), ts, values)
        began = time.thread_time()
        told += len(engine.observe(one, 0))
        took.append(time.thread_time() - began)
    return {
        "points_per_message": points,
        "samples_per_s": round(messages * points / statistics.median(took)),
        "transitions_per_batch": told / 10,
    }


def storm(assets: int = 10_000, *, count: int = 20) -> dict[str, Any]:
    """Measure the worst: every value of every asset crosses its thresholds in every message."""
    engine = Engine(installation(assets))
    random = np.random.default_rng(3)
    took, told = [], 0
    for number in range(count * assets // PER_BATCH):
        cycle, part = divmod(number, assets // PER_BATCH)
        chosen = np.arange(part * PER_BATCH, (part + 1) * PER_BATCH)
        ts = np.full(PER_BATCH, 1_763_000_000_000 + cycle * EVERY)
        values = random.normal(size=(PER_BATCH, len(POINTS))) / 10 + (5 if cycle % 2 else -5)
        one = batch(chosen, ts, values)
        began = time.thread_time()
        told += len(engine.observe(one, 0))
        took.append(time.thread_time() - began)
    return {
        "samples_per_s": round(PER_BATCH * len(POINTS) / statistics.median(took)),
        "transitions_per_batch": round(told / len(took)),
    }


def measure() -> dict[str, Any]:
    """Return all figures."""
    by_size = {str(assets): steady(assets) for assets in (1_000, 10_000, 100_000)}
    return {
        "benchmark": "rules",
        "rules": 10,
        "points": len(POINTS),
        "samples_per_batch": PER_BATCH * len(POINTS),
        "steady": by_size,
        "cost_at_100000_over_1000_assets": round(
            by_size["100000"]["us_per_batch"] / by_size["1000"]["us_per_batch"], 2
        ),
        "twelve_classes": other(classes=12, per_batch=PER_BATCH),
        "few_messages": other(classes=1, per_batch=10),
        "burst": {
            "five_values": burst(5, swing=0),
            "one_value": burst(1, swing=0),
            "five_values_crossing": burst(5, swing=10),
        },
        "storm": storm(),
        "realistic_mix": realistic(),
    }


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    figures = measure()
    if parser.parse_args().json:
        print(json.dumps(figures))
        return
    show(figures)


if __name__ == "__main__":
    main()
