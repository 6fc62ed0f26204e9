"""One machine alone, put through a course of time, weather and events."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from plantroom.simulators.machine import Chance, Flows, Machine, Moment, Shared, Step, Supply
from plantroom.simulators.world import Climate

WORKDAY_NOON = datetime(2026, 7, 15, 12, tzinfo=UTC)
Severities = Mapping[str, float]


def course(
    machine: Machine[Any],
    *,
    minutes: float,
    dt: float = 5.0,
    start: datetime = WORKDAY_NOON,
    faults: Severities | Callable[[float], Severities] | None = None,
    supply: Callable[[float], Supply] = lambda _: Supply(),
    shared: Callable[[float], Shared] = lambda _: Shared(),
    flows: Mapping[str, Flows] | None = None,
    seed: int = 1,
) -> list[Step[Any]]:
    """Return the machine's steps, the first with no time passed; what changes is given by plant time, s."""
    climate, chance = Climate(seed), Chance(seed)
    steps: list[Step[Any]] = []
    state: Any = None
    for number in range(round(60 * minutes / dt) + 1):
        t = number * dt
        severities = faults(t) if callable(faults) else faults or {}
        moment = Moment(
            t=t,
            dt=dt if number else 0.0,
            world=climate.at(start + timedelta(seconds=t)),
            shared=shared(t),
            supply=supply(t),
            flows=flows or {},
            fed=(),
            faults=severities,
            chance=chance,
        )
        step = machine.step(state if number else machine.initial(moment), moment)
        state = step.state
        steps.append(step)
    return steps


def column(steps: list[Step[Any]], point: str) -> list[Any]:
    """Return the truth about a point, step by step."""
    return [step.values[point] for step in steps]


def gained(steps: list[Step[Any]], counter: str) -> float:
    """Return by how much a counter has grown."""
    values = column(steps, counter)
    return float(values[-1] - values[0])
