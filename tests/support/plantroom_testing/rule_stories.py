"""Stories told to an engine: what comes in, in batches cut anyhow, with restarts in between."""

import io
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from plantroom.domain.alarm import Transition
from plantroom.domain.installation import Installation
from plantroom.domain.samples import Quality, SampleBatch
from plantroom.rules.engine import Engine
from plantroom_testing.rule_plant import Message, batch

ASSETS = {"P-1": "pump", "P-2": "pump", "F-1": "fan"}


@dataclass(frozen=True)
class Tick:
    now: float


@dataclass(frozen=True)
class Restart:
    """A new engine takes over from a snapshot."""


Input = Message | Tick


def values() -> st.SearchStrategy[dict[str, float | tuple[float, Quality]]]:
    good = st.sampled_from([0.0, 2.0, 2.0, 3.0])
    other = st.tuples(good, st.sampled_from(list(Quality)))
    value = good | good | good | other
    point = st.sampled_from(["temp", "supply", "running", "unwatched"])
    return st.dictionaries(point, value, min_size=1) | st.fixed_dictionaries({"temp": value})


@st.composite
def inputs(draw: st.DrawFn) -> list[Input]:
    now, made = 1000.0, list[Input]()
    for _ in range(draw(st.integers(1, 30))):
        now += draw(st.sampled_from([0, 0.001, 1, 5, 5, 5, 10, 10, 15, 25, 31, 70]))
        if draw(st.integers(0, 3)) == 0:
            made.append(Tick(now))
            continue
        behind = draw(st.sampled_from([0, 0, 0, 1, 5, 10, 15, 60, -5]))
        asset = draw(st.sampled_from(["P-1", "P-1", "P-1", "P-2", "F-1"]))
        made.append(Message(asset, now - behind, draw(values()), arrived=now))
    return made


def play(plant: Installation, steps: list[list[Message] | Tick | Restart]) -> list[Transition]:
    engine, told = Engine(plant), list[Transition]()
    for step in steps:
        if isinstance(step, Restart):
            engine, returned = restarted(engine, plant)
            assert returned == []
        elif isinstance(step, Tick):
            told += engine.observe(SampleBatch.empty(), round(step.now * 1000))
        else:
            told += engine.observe(batch(plant.table, step), 0)
    return told


def restarted(
    engine: Engine, plant: Installation, *, companions: bool = False
) -> tuple[Engine, list[Transition]]:
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **engine.snapshot())
    file.seek(0)
    after = Engine(plant, companions=companions)
    with np.load(file, allow_pickle=False) as arrays:
        return after, after.restore(arrays)


def cut(made: list[Input], cuts: list[bool]) -> list[list[Message] | Tick | Restart]:
    """Put messages together to batches, but where `cuts` says so."""
    steps = list[list[Message] | Tick | Restart]()
    for one, apart in zip(made, cuts, strict=False):
        if isinstance(one, Tick):
            steps.append(one)
        elif apart or not steps or not isinstance(steps[-1], list):
            steps.append([one])
        else:
            steps[-1].append(one)
    return steps
