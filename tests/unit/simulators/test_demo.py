"""What a newcomer sees of the demo building, through the rules of its packs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from plantroom.domain.alarm import Transition, TransitionKind
from plantroom.domain.points import PointTable
from plantroom.domain.samples import SampleBatch
from plantroom.rules.engine import Engine
from plantroom.simulators.machine import Value
from plantroom.simulators.plant import Plant
from plantroom.simulators.scenarios import faults_of
from plantroom_testing.simulation import demo, demo_site

STARTS = [
    pytest.param(datetime(2026, 1, 14, 16, tzinfo=UTC), id="winter-midnight"),
    pytest.param(datetime(2026, 4, 15, 1, tzinfo=UTC), id="spring-morning"),
    pytest.param(datetime(2026, 7, 15, 7, tzinfo=UTC), id="summer-afternoon"),
    pytest.param(datetime(2026, 10, 18, 4, tzinfo=UTC), id="autumn-sunday"),
]


@dataclass(frozen=True)
class Course:
    """What the rules said of a plant, in seconds since the start."""

    transitions: list[tuple[float, Transition]]

    def of(self, kind: TransitionKind) -> list[tuple[float, str, str]]:
        return [(at, told.asset, told.rule) for at, told in self.transitions if told.kind is kind]


def as_number(value: Value, states: tuple[str, ...]) -> float:
    return float(states.index(value)) if isinstance(value, str) else float(value)


def batch_of(steps: list[tuple[int, Mapping[str, Mapping[str, Value]]]], table: PointTable) -> SampleBatch:
    rows = []
    for number, (ts, readings) in enumerate(steps):
        for position, (asset, values) in enumerate(readings.items()):
            for name, value in values.items():
                point = table.number[asset, name]
                states = table.points[point].states
                rows.append((point, ts, as_number(value, states), number * len(readings) + position))
    points, times, numbers, messages = (np.array(column) for column in zip(*rows, strict=True))
    return SampleBatch(
        point=points.astype(np.int32),
        ts=times.astype(np.int64),
        value=numbers.astype(np.float64),
        quality=np.zeros(len(rows), np.uint8),
        arrived=times.astype(np.int64),
        message=messages.astype(np.int32),
    )


def watch(scenario: str, *, start: datetime, seconds: int, every: int, seed: int = 0) -> Course:
    plant, engine = Plant(demo_site(), faults=faults_of(scenario, demo_site()), seed=seed), Engine(demo())
    began = int(start.timestamp() * 1000)
    told: list[Transition] = []
    steps: list[tuple[int, Mapping[str, Mapping[str, Value]]]] = []
    for second in range(0, seconds, every):
        local = (start + timedelta(seconds=second)).astimezone(demo_site().timezone)
        ts = began + second * 1000
        steps.append((ts, plant.step(local=local, dt=float(every) if second else 0.0)))
        if len(steps) == 60:
            told += engine.observe(batch_of(steps, demo().table), ts)
            steps = []
    return Course([((transition.at - began) / 1000, transition) for transition in told])


def rules_of_pumps() -> Iterator[str]:
    return (rule.id for rule in demo().rules["riverside"] if rule.asset_class == "pump")


def test_the_demo_building_uses_every_pack_and_its_rules_watch_every_class() -> None:
    watched = {rule.asset_class for rule in demo().rules["riverside"]}

    assert watched == {asset.asset_class for asset in demo_site().assets}
    assert "pump-vibration-high" in set(rules_of_pumps())


def test_every_name_is_there_in_both_languages() -> None:
    for name in (demo_site().name, *(asset.name for asset in demo_site().assets)):
        assert name.en
        assert name.zh


@pytest.mark.parametrize("start", STARTS)
def test_within_two_minutes_the_first_pump_raises_an_alarm_that_stays(start: datetime) -> None:
    course = watch("demo", start=start, seconds=3600, every=2)

    raised = course.of(TransitionKind.ACTIVATED)
    first = min(at for at, _, rule in raised if rule == "pump-vibration-high")
    assert 10 < first < 90
    assert {asset for _, asset, _ in raised} == {"P-101"}
    assert len({rule for _, _, rule in raised}) == len(raised)
    assert course.of(TransitionKind.CLEARED) == []


@pytest.mark.parametrize("start", STARTS[::2])
def test_a_normal_day_raises_no_alarm(start: datetime) -> None:
    course = watch("normal", start=start, seconds=24 * 3600, every=20)

    assert course.transitions == []
