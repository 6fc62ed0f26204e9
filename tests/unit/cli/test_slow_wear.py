"""A bearing that wears over weeks: models say so days before the limit that a rule watches."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import pytest

from plantroom.cli.scenarios import simulation_of
from plantroom.domain.installation import Installation
from plantroom.domain.samples import SampleBatch
from plantroom.domain.scenario import PlannedFault, Scenario
from plantroom.models.bundle import Bundle
from plantroom.models.guardrails import healthy_rows, vibration_zone
from plantroom.models.history import Readings, frame_of
from plantroom.models.outline import units_of
from plantroom.models.own_plan import plan_for
from plantroom.models.scorer import Scorer
from plantroom.models.training import Lesson, train
from plantroom.rules.trial.watching import Watching
from plantroom.simulators.recording import Recorder
from plantroom.storage.series.history import as_if_live
from plantroom_testing.files import loaded

DAY_MS = 86_400_000
HEALTHY_DAYS, WEARING_DAYS, RAMP_DAYS = 5, 8, 20
SITE = """
site: riverside
timezone: Asia/Shanghai
packs: [pump, models]
assets:
  - id: P-1
    class: pump
    rated: {power_kw: 22, flow_m3h: 100, head_m: 53.6, vibration_category: 1}
    points:
"""
POINTS = (
    "running",
    "flow",
    "pressure",
    "suction_pressure",
    "speed",
    "current",
    "vibration",
    "bearing_temp",
    "motor_temp",
)
SITE += "".join(f"      {point}: {{every: 60s}}\n" for point in POINTS)


@dataclass(frozen=True)
class Told:
    """What was said of the wear, by days since it began."""

    first: dict[str, float]
    """Of each rule, when it was first raised."""
    days: np.ndarray
    """Rows of day, lower end, middle and upper end of the days to the limit."""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    installation = loaded(tmp_path_factory.mktemp("site"), SITE)
    scenario = Scenario(
        name="wears",
        duration=timedelta(days=HEALTHY_DAYS + WEARING_DAYS),
        faults=(
            PlannedFault(
                asset="P-1",
                fault="bearing_wear",
                at=timedelta(days=HEALTHY_DAYS),
                ramp=timedelta(days=RAMP_DAYS),
            ),
        ),
    )
    batches = list(lived(installation, scenario))
    began = int(batches[0].ts[0]) + HEALTHY_DAYS * DAY_MS
    models = learnt(installation, batches[:HEALTHY_DAYS])
    return watched(installation, models, batches[HEALTHY_DAYS:], began)


def lived(installation: Installation, scenario: Scenario) -> Iterator[SampleBatch]:
    """Yield the readings of the site, a day each."""
    table = installation.table
    start = datetime(2026, 7, 13, tzinfo=table.sites[0].timezone)
    recorder = Recorder(simulation_of(table.sites[0], scenario, seed=3, start=start), block=timedelta(days=1))
    number = np.array([table.number[each.asset, each.point.name] for each in recorder.series], np.int32)
    for block in recorder.blocks(scenario.duration):
        if len(block.ts):
            yield as_if_live(table, point=number[block.series], ts=block.ts, value=block.values)


def learnt(installation: Installation, batches: list[SampleBatch]) -> Bundle:
    """Return the models that come with the product, trained on these days."""
    table, site = installation.table, installation.table.sites[0]
    asset = table.assets[0]
    assert asset.models is not None
    zone = vibration_zone(installation.rules[site.id], asset, site)
    plan, _ = plan_for(asset.models, asset.rated, zone)
    readings = {}
    for name in POINTS:
        of_point = [batch.take(np.flatnonzero(batch.point == table.number["P-1", name])) for batch in batches]
        readings["P-1", name] = Readings(
            ts=np.concatenate([each.ts for each in of_point]),
            value=np.concatenate([each.value for each in of_point]),
            quality=np.concatenate([each.quality for each in of_point]),
        )
    frame = frame_of(table, "P-1", points=POINTS, gates=plan.gates, settle=plan.settle, readings=readings)
    healthy = healthy_rows(frame, gates=plan.gates, zone=zone)
    lesson = Lesson(plan=plan, frame=healthy.frame, units=units_of(table, asset, POINTS))
    return replace(train(lesson).bundle, asset="P-1")


def watched(installation: Installation, models: Bundle, batches: list[SampleBatch], began: int) -> Told:
    """Return what models and rules say of these days."""
    table = installation.table
    scorer, watching = Scorer(table, (models,)), Watching(installation)
    names = ("days_to_limit_low", "days_to_limit", "days_to_limit_high")
    numbers = [table.number["P-1", name] for name in names]
    first: dict[str, float] = {}
    days = []
    for batch in batches:
        scored = scorer.observe(batch).into(batch)
        for each in watching.take(scored, until=int(batch.ts[-1])):
            first.setdefault(each.rule, (each.at - began) / DAY_MS)
        last = [scored.value[scored.point == number] for number in numbers]
        if all(len(each) for each in last):
            days.append(((int(batch.ts[-1]) - began) / DAY_MS, *(float(each[-1]) for each in last)))
    return Told(first=first, days=np.array(days))


def test_a_model_says_that_a_bearing_wears_days_before_the_rule(told: Told) -> None:
    assert told.first["model-anomaly"] < told.first["pump-vibration-high"] - 3


def test_the_days_that_are_left_are_told_before_the_rule_too(told: Told) -> None:
    assert told.first["model-days-to-limit"] < told.first["pump-vibration-high"]


def test_what_is_left_shrinks_and_so_does_its_interval(told: Told) -> None:
    low, middle, high = told.days[0, 1:]
    last_low, last_middle, last_high = told.days[-1, 1:]

    assert last_middle < middle
    assert last_high - last_low < 0.5 * (high - low)
