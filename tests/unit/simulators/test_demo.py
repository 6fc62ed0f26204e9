"""What a newcomer sees of the demo building, through the rules of its packs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from plantroom.cli.scenarios import scenario_called, simulation_of
from plantroom.domain.alarm import Transition, TransitionKind
from plantroom.rules.engine import Engine
from plantroom.storage.files.rules import shipped_packs
from plantroom_testing.simulation import batches, demo, demo_site

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


def watch(scenario: str, *, start: datetime, duration: timedelta) -> Course:
    simulated = simulation_of(demo_site(), scenario_called(scenario), start=start)
    engine, began = Engine(demo()), int(start.timestamp() * 1000)
    told: list[Transition] = []
    for batch in batches(simulated, duration=duration):
        told += engine.observe(batch, int(batch.arrived[-1]))
    return Course([((transition.at - began) / 1000, transition) for transition in told])


def rules_of_pumps() -> Iterator[str]:
    return (rule.id for rule in demo().rules["riverside"] if rule.asset_class == "pump")


def test_the_demo_building_uses_every_pack_and_its_rules_watch_every_class() -> None:
    watched = {rule.asset_class for rule in demo().rules["riverside"]}

    assert watched <= {asset.asset_class for asset in demo_site().assets}
    assert set(demo_site().packs) == set(shipped_packs())
    assert "pump-vibration-high" in set(rules_of_pumps())


def test_every_name_is_there_in_both_languages() -> None:
    for name in (demo_site().name, *(asset.name for asset in demo_site().assets)):
        assert name.en
        assert name.zh


@pytest.mark.parametrize("start", STARTS)
def test_within_two_minutes_the_first_pump_raises_an_alarm_that_stays(start: datetime) -> None:
    course = watch("demo", start=start, duration=timedelta(hours=1))

    raised = course.of(TransitionKind.ACTIVATED)
    first = min(at for at, _, rule in raised if rule == "pump-vibration-high")
    assert 10 < first < 90
    assert {asset for _, asset, _ in raised} == {"P-101"}
    assert len({rule for _, _, rule in raised}) == len(raised)
    assert course.of(TransitionKind.CLEARED) == []


@pytest.mark.parametrize("start", STARTS[::2])
def test_a_normal_day_raises_no_alarm(start: datetime) -> None:
    course = watch("normal", start=start, duration=timedelta(days=1))

    assert course.transitions == []
