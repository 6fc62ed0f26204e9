"""Models: what scoring costs beside the rules on the same batches, and what training takes.

Run as `python benchmarks/bench_models.py [--assets N] [--train N] [--json]`. Scoring is CPU time of one core.
"""

import argparse
import io
import json
import os
import resource
import statistics
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
from bench_rules import mixed_installation
from bench_rules import rules as thresholds
from figures import show

from plantroom.cli.models_worker import Task, learn
from plantroom.domain.installation import Installation
from plantroom.domain.model import DetectorPlan, Gate, ModelPlan
from plantroom.domain.points import PointTable
from plantroom.domain.samples import SampleBatch
from plantroom.domain.site import Asset, Point, PointKind, Site
from plantroom.models.bundle import Bundle, Fitted
from plantroom.models.frame import Frame
from plantroom.models.history import Readings
from plantroom.models.kinds import new_detector
from plantroom.models.scorer import Scorer
from plantroom.rules.engine import Engine

POINTS = tuple(Point(name=f"p{number}", every=timedelta(seconds=10)) for number in range(5))
DERIVED = tuple(
    Point(name=name, kind=PointKind.DERIVED, every=timedelta(minutes=1))
    for name in (
        "anomaly",
        "anomaly_confirmed",
        "expected_p1",
        "residual_p1",
        "days_to_limit",
        "days_to_limit_low",
        "days_to_limit_high",
    )
)
GATE = Gate(point="p0", low=-100.0)
DETECTORS = (
    DetectorPlan(id="whole", kind="pca", points=("p1", "p2", "p3", "p4")),
    DetectorPlan(id="p1", kind="expected", target="p1", points=("p1", "p2", "p3")),
    DetectorPlan(id="wear", kind="life", points=("p4",), settings={"limit": 30.0}),
)
PLAN = ModelPlan(asset_class="class-0", gates=(GATE,), settle=timedelta(minutes=10), detectors=DETECTORS)
START = 1_763_000_040_000
EVERY = 10_000
"""Between two rounds, ms."""
SETTLED = 24
"""Minutes until the models say something."""
SMALL = 200
"""Messages of a batch as it comes in some milliseconds."""
DAYS = 30


def table(assets: int) -> PointTable:
    """Return one site of that many machines."""
    machines = tuple(
        Asset(id=f"M-{number}", asset_class="class-0", points=(*POINTS, *DERIVED), models=PLAN)
        for number in range(assets)
    )
    return PointTable(sites=(Site(id="bench", assets=machines),))


def course(seed: int, minutes: int) -> dict[str, np.ndarray]:
    """Return five points that have to do with one another, one value a minute."""
    random = np.random.default_rng(seed)
    load = 5 + 2 * np.sin(np.arange(minutes) / 230) + random.normal(0, 0.3, minutes)
    noise = random.normal(0, 0.1, (4, minutes))
    return {
        "p0": np.ones(minutes),
        "p1": 2 * load + noise[0],
        "p2": load + noise[1],
        "p3": load**2 / 4 + noise[2],
        "p4": 3 + noise[3],
    }


def trained(kinds: int = 8) -> list[tuple[Fitted, ...]]:
    """Return a few sets of fitted models, which the machines take in turn."""
    made = []
    for seed in range(kinds):
        points = course(seed, 14 * 1440)
        ts = START - (14 * 1440 - np.arange(14 * 1440)) * 60_000
        values = np.stack(list(points.values()), axis=1)
        frame = Frame(ts=ts, values=values, live=np.ones(len(ts), np.bool_), points=tuple(points))
        made.append(
            tuple(
                Fitted(id=plan.id, detector=new_detector(plan).fit(frame.columns(plan.points)), limit=5.0)
                for plan in DETECTORS
            )
        )
    return made


def rounds(points: PointTable, assets: int, *, seed: int = 1) -> Iterator[SampleBatch]:
    """Yield batches in which every machine sends all of its points, every ten seconds."""
    random = np.random.default_rng(seed)
    number = (points.first_point[:-1, None] + np.arange(len(POINTS))).astype(np.int32).ravel()
    message = np.repeat(np.arange(assets, dtype=np.int32), len(POINTS))
    normal = np.stack([values[:1000] for values in course(3, 1000).values()], axis=1)
    at = START
    while True:
        values = normal[random.integers(0, 1000, assets)] + random.normal(0, 0.05, (assets, len(POINTS)))
        ts = np.full(len(number), at)
        yield SampleBatch(
            point=number,
            ts=ts,
            value=values.ravel(),
            quality=np.zeros(len(number), np.uint8),
            arrived=ts + 20,
            message=message,
        )
        at += EVERY


def watched(points: PointTable, *, mixed: bool) -> Installation:
    """Return the machines with ten rules each: thresholds, or half of them with windows."""
    found = mixed_installation(1).rules["bench"] if mixed else thresholds()
    rules = tuple(replace(rule, asset_class="class-0") for rule in found)
    return Installation(table=points, classes={}, rules={"bench": rules})


def scoring(assets: int) -> dict[str, Any]:
    """Measure the models and the rules on the same batches, once the models say something."""
    points = table(assets)
    sets = trained()
    bundles = [
        Bundle(
            asset=f"M-{number}",
            version=1,
            gates=PLAN.gates,
            settle=PLAN.settle,
            models=sets[number % len(sets)],
        )
        for number in range(assets)
    ]
    before = resident()
    scorer, built = timed(lambda: Scorer(points, bundles))
    engines = {name: Engine(watched(points, mixed=name == "mixed")) for name in ("thresholds", "mixed")}
    source = rounds(points, assets)
    warm = [run(scorer, engines, next(source)) for _ in range(SETTLED * 6)]
    whole = [run(scorer, engines, next(source)) for _ in range(18)]
    parts = [run(scorer, engines, part) for _ in range(6) for part in split(next(source), SMALL)]
    return {
        "assets": assets,
        "models": scorer.count,
        "off": len(scorer.faults),
        "derived_per_minute": sum(one["derived"] for one in whole) // 3,
        **ratios(whole, assets),
        f"in_batches_of_{SMALL}_messages": ratios(parts, assets * 6 / len(parts)),
        "build_s": round(built, 2),
        "megabytes_with_rules": round((resident() - before) / 1e6, 1),
        "rounds_before": len(warm),
        **kept(scorer, points, bundles),
    }


def run(scorer: Scorer, engines: dict[str, Engine], batch: SampleBatch) -> dict[str, float]:
    """Return what models and rules took for a batch, CPU seconds, and how much was derived."""
    scored, spent = timed(lambda: scorer.observe(batch).into(batch))
    ruled = {
        name: timed(lambda engine=engine: engine.observe(batch, 0))[1] for name, engine in engines.items()
    }
    return {"derived": len(scored) - len(batch), "models": spent, **ruled}


def ratios(took: list[dict[str, float]], messages: float) -> dict[str, float]:
    """Return what it was for each sample, for batches of so many messages."""
    samples = messages * len(POINTS)
    mean = {name: statistics.fmean(one[name] for one in took) for name in ("models", "thresholds", "mixed")}
    most = max(one["models"] for one in took)
    return {
        "us_per_sample": round(mean["models"] / samples * 1e6, 3),
        "us_per_sample_at_most": round(most / samples * 1e6, 3),
        "rules_us_per_sample": round(mean["thresholds"] / samples * 1e6, 3),
        "mixed_rules_us_per_sample": round(mean["mixed"] / samples * 1e6, 3),
        "times_rules": round(mean["models"] / mean["thresholds"], 2),
        "times_mixed_rules": round(mean["models"] / mean["mixed"], 2),
        "times_rules_at_most": round(most / mean["thresholds"], 2),
    }


def split(batch: SampleBatch, messages: int) -> list[SampleBatch]:
    """Return a batch in parts of so many messages."""
    size = messages * len(POINTS)
    return [batch.take(np.arange(at, min(at + size, len(batch)))) for at in range(0, len(batch), size)]


def kept(scorer: Scorer, points: PointTable, bundles: list[Bundle]) -> dict[str, float]:
    """Measure what a checkpoint and a change of models take."""
    arrays, taking = timed(scorer.snapshot)
    file = io.BytesIO()
    np.savez(file, **arrays)
    other = Scorer(points, bundles)
    _, restoring = timed(lambda: other.restore(arrays))
    return {
        "checkpoint_megabytes": round(len(file.getvalue()) / 1e6, 1),
        "checkpoint_bytes_per_asset": round(len(file.getvalue()) / len(bundles)),
        "checkpoint_taken_ms": round(taking * 1e3, 1),
        "taken_over_ms": round(restoring * 1e3, 1),
    }


def train_one(seed: int) -> tuple[bool, int, float]:
    """Learn the models of one machine.

    Return whether it did, the peak memory of its process, bytes, and CPU seconds.
    """
    began = time.process_time()
    points = table(1)
    minutes = DAYS * 1440
    ts = START + np.arange(minutes) * 60_000
    good = np.zeros(minutes, np.uint8)
    readings = {
        ("M-0", name): Readings(ts=ts, value=values, quality=good)
        for name, values in course(seed, minutes).items()
    }
    slow = tuple(replace(point, every=timedelta(minutes=1)) for point in POINTS)
    machine = replace(points.assets[0], points=(*slow, *DERIVED))
    points = PointTable(sites=(Site(id="bench", assets=(machine,)),))
    outcome = learn(
        Task(
            table=points,
            asset="M-0",
            plan=PLAN,
            readings=readings,
            per_month=0.02,
            least=timedelta(days=7),
        )
    )
    if outcome.failed:
        raise RuntimeError(outcome.failed)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return outcome.kept is not None, peak, time.process_time() - began


def training(machines: int, *, processes: int) -> dict[str, Any]:
    """Measure the training of many machines by so many processes."""
    from joblib import Parallel, delayed

    with Parallel(n_jobs=processes) as parallel:
        parallel(delayed(train_one)(seed) for seed in range(processes))  # the processes start
        began = time.perf_counter()
        ends = parallel(delayed(train_one)(seed) for seed in range(machines))
        took = time.perf_counter() - began
    return {
        "machines": machines,
        "trained": sum(learnt for learnt, _, _ in ends),
        "seconds": round(took, 1),
        "cpu_seconds_each": round(statistics.fmean(cpu for _, _, cpu in ends), 2),
        "megabytes_of_a_process": round(max(peak for _, peak, _ in ends) / 1e6),
    }


def timed(work: Any) -> tuple[Any, float]:
    """Return what `work` gives and the CPU seconds that it took."""
    began = time.process_time()
    found = work()
    return found, time.process_time() - began


def resident() -> int:
    """Return the memory of this process, bytes."""
    with Path("/proc/self/statm").open() as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--assets", type=int, default=10_000, help="machines that are scored")
    parser.add_argument("--train", type=int, default=1_000, help="machines that are trained; 0 trains none")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    given = parser.parse_args()
    figures: dict[str, Any] = {"scoring": scoring(given.assets)}
    if given.train:
        for processes in (1, 2):
            name = f"training_by_{processes}"
            figures[name] = training(given.train, processes=processes)
        one, two = (figures[f"training_by_{count}"]["seconds"] for count in (1, 2))
        figures["times_as_fast_by_2"] = round(one / two, 2)
    if given.json:
        print(json.dumps(figures))
        return
    show(figures)


if __name__ == "__main__":
    main()
