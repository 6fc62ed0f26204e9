"""The mains fail, lightning strikes: one alarm to act on, everything else recorded as its consequence."""

import io
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from plantroom.cli.scenarios import scenario_called, simulation_of
from plantroom.domain.alarm import Transition, TransitionKind, alarm_id
from plantroom.domain.installation import Installation
from plantroom.domain.rule import Severity
from plantroom.domain.samples import SampleBatch
from plantroom.rules.engine import Engine
from plantroom.rules.inhibition import Inhibition
from plantroom.simulators.demo import SITE_FILE
from plantroom.storage.files import load_installation
from plantroom.storage.files.rules import shipped_packs
from plantroom_testing.simulation import batches, demo_site

SCENARIOS = ["mains-failure", "alarm-storm"]
ROOT = ("TR-1", "transformer-supply-lost")


@cache
def building() -> Installation:
    """Return the demo building, watched by every pack."""
    packs = f"packs: [{', '.join(sorted(shipped_packs()))}]"
    with TemporaryDirectory() as folder:
        file = Path(folder) / "site.yaml"
        file.write_text(re.sub(r"packs: \[[^]]*\]", packs, Path(SITE_FILE).read_text()))
        return load_installation(sites=[file])


@cache
def shown(name: str) -> list[SampleBatch]:
    """Return what the demo building shows, five minutes at a time."""
    scenario = scenario_called(name)
    simulated = simulation_of(demo_site(), scenario)
    return list(batches(simulated, duration=scenario.duration, block=timedelta(minutes=5)))


class Pipeline:
    """Engine and stage; a tick follows each batch."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.engine = Engine(installation, companions=True)
        self.stage = Inhibition(installation)

    def take(self, batch: SampleBatch) -> Iterator[Transition]:
        now = int(batch.arrived[-1])
        yield from self.stage.follow(self.engine.observe(batch, now))
        tick = sorted(self.engine.observe(SampleBatch.empty(), now), key=lambda each: each.at)
        yield from self.stage.follow(tick) + self.stage.tick(now)

    def restart(self) -> list[Transition]:
        file, kept = io.BytesIO(), json.dumps(self.stage.snapshot())
        np.savez(file, allow_pickle=False, **self.engine.snapshot())
        file.seek(0)
        self.__init__(self.installation)  # type: ignore[misc] # as a new process begins
        with np.load(file, allow_pickle=False) as arrays:
            told = self.engine.restore(arrays)
        return self.stage.restore(json.loads(kept), told=told, active=self.engine.active(), at=0)


@cache
def recorded(name: str) -> list[Transition]:
    pipeline = Pipeline(building())
    return [told for batch in shown(name) for told in pipeline.take(batch)]


def name_of(told: Transition) -> str:
    return alarm_id(site=told.site, asset=told.asset, rule=told.rule, activated_at=told.activated_at)


@pytest.mark.parametrize("name", SCENARIOS)
def test_of_all_that_is_recorded_one_alarm_is_the_root(name: str) -> None:
    told = recorded(name)

    roots = [each for each in told if (each.asset, each.rule) == ROOT]
    causes = {each.cause for each in told if each.suppressed}
    assert {each.suppressed for each in roots} == {False}
    assert causes == {name_of(roots[0])}
    assert len([each for each in told if each.suppressed]) >= len(told) / 2


@pytest.mark.parametrize("name", SCENARIOS)
def test_beside_the_root_a_handful_of_alarms_wants_somebody_to_act(name: str) -> None:
    begun = [each for each in recorded(name) if each.kind is TransitionKind.ACTIVATED]

    honest = {(each.asset, each.text.group) for each in begun if each.text.work_order and not each.suppressed}
    assert ROOT[0] in {asset for asset, _ in honest}
    assert len(honest) <= 12


@pytest.mark.parametrize("name", SCENARIOS)
def test_no_panel_or_machine_without_power_is_shown_beside_the_root(name: str) -> None:
    begun = [each for each in recorded(name) if each.kind is TransitionKind.ACTIVATED]

    critical = {
        each.asset for each in begun if each.text.severity is Severity.CRITICAL and not each.suppressed
    }
    dead = {"MDB-1", "DB-HVAC", "DB-LIFT", "DB-SHOPS", "DB-LOW", "DB-HIGH", "EDB-1", "DB-WATER", "UPS-1"}
    assert not critical & dead


def test_the_emergency_panel_keeps_what_it_feeds_honest_while_the_generator_carries_it() -> None:
    sump = [each for each in recorded("alarm-storm") if each.rule == "sump-flood"]

    assert {each.suppressed for each in sump} == {False}


@pytest.mark.parametrize("name", SCENARIOS)
def test_restarts_on_the_way_change_nothing(name: str) -> None:
    pipeline, told = Pipeline(building()), list[Transition]()

    for number, batch in enumerate(shown(name)):
        if number % 5 == 4:
            assert pipeline.restart() == []
        told += pipeline.take(batch)

    assert told == recorded(name)
