from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from plantroom.cli.models_tasks import of_site
from plantroom.cli.models_worker import JudgedReadings, Outcome, Task, hold, learn
from plantroom.domain.model import DetectorPlan, ModelPlan
from plantroom.domain.points import PointTable
from plantroom.domain.samples import Quality
from plantroom.domain.text import Text
from plantroom.models.guardrails import Incident, Zone
from plantroom.models.history import Readings
from plantroom_testing.files import loaded

MINUTE, DAY = 60_000, 86_400_000
SITE = """
site: s
timezone: Asia/Shanghai
holidays: CN
models:
  pump:
    settle: 10 min
    models: [{id: load, kind: expected, target: current, points: [current, flow]}]
assets: [{id: P-1, class: pump}]
"""


@pytest.fixture
def table(tmp_path: Path) -> PointTable:
    return loaded(tmp_path, SITE).table


def readings(
    days: float, *, first: float = 0, fault: float = 0.0, since: float = 1e9, seed: int = 1
) -> Mapping[tuple[str, str], Readings]:
    """Return minutes of a pump whose current is higher by so many amperes from a day on."""
    rows = round(days * 1440)
    ts = round(first * DAY) + np.arange(rows, dtype=np.int64) * MINUTE + MINUTE - 1
    random = np.random.default_rng(seed)
    flow = 80 + 30 * np.sin(2 * np.pi * ts / DAY) + random.normal(0, 1, rows)
    current = 10 + 0.2 * flow + random.normal(0, 0.2, rows) + np.where(ts / DAY > since, fault, 0.0)
    columns = {"running": np.ones(rows), "flow": flow, "current": current, "vibration": np.full(rows, 1.5)}
    good = np.full(rows, Quality.GOOD, np.uint8)
    return {("P-1", name): Readings(ts=ts, value=value, quality=good) for name, value in columns.items()}


def task(table: PointTable, **given: object) -> Task:
    plan = table.assets[0].models
    assert plan is not None
    usual = {"plan": plan, "readings": readings(8), "per_month": 0.01, "least": timedelta(days=3)}
    return Task(table=table, asset="P-1", **{**usual, **given})  # type: ignore[arg-type]


def kept(outcome: Outcome) -> tuple[object, object]:
    assert outcome.kept is not None, (outcome.refused, outcome.failed)
    return outcome.kept


def test_what_was_learnt_and_from_what_is_said(table: PointTable) -> None:
    outcome = learn(task(table))

    document, arrays = kept(outcome)
    assert document["asset"] == "P-1"  # type: ignore[index]
    assert document["units"] == {"current": "A", "flow": "m3/h"}  # type: ignore[index]
    assert "drift:edges" in arrays  # type: ignore[operator]
    assert 8 * 1440 - 15 <= outcome.rows <= 8 * 1440
    assert (outcome.end - outcome.start) / DAY == pytest.approx(8, abs=0.02)


def test_what_refuses_an_asset_is_said_in_words(table: PointTable) -> None:
    outcome = learn(task(table, readings=readings(2)))

    assert outcome.kept is None
    assert outcome.refused == Text(
        en="2.0 days of readings, at least 3.0 days are needed", zh="仅有2.0天的读数，至少需要3.0天"
    )


def test_a_machine_without_any_readings_is_refused(table: PointTable) -> None:
    outcome = learn(task(table, readings={}))

    assert outcome.failed == ""
    assert outcome.refused is not None


def test_a_plan_that_cannot_be_followed_refuses_this_asset_alone(table: PointTable) -> None:
    plan = ModelPlan(asset_class="pump", detectors=(DetectorPlan(id="a", kind="none", points=("flow",)),))

    outcome = learn(task(table, plan=plan))

    assert outcome.refused is not None
    assert "a left out: no kind of model 'none'" in outcome.refused.en


def test_what_an_alarm_called_abnormal_is_left_out(table: PointTable) -> None:
    alarm = Incident(start=7 * DAY, end=None, what=Text(en="alarm a", zh="报警a"))

    outcome = learn(task(table, incidents=(alarm,)))

    assert outcome.end <= 6 * DAY
    assert "about alarm a left out" in outcome.notes[0].en


def test_a_machine_that_shakes_is_refused(table: PointTable) -> None:
    outcome = learn(task(table, zone=Zone(point="vibration", limit=1.0, danger=2.0)))

    assert outcome.refused is not None
    assert "in vibration zone C or D" in outcome.refused.en


def test_what_the_models_at_work_call_abnormal_is_not_learnt_unless_a_person_says_so(
    table: PointTable,
) -> None:
    present = kept(learn(task(table)))
    faulty = readings(8, first=8, fault=2.0, since=14, seed=2)

    outcome = learn(task(table, readings=faulty, present=present))
    relearnt = learn(task(table, readings=faulty, present=present, relearn=True))

    assert outcome.end / DAY < 14
    assert "what the present model calls abnormal left out" in outcome.notes[0].en
    assert relearnt.end / DAY == pytest.approx(16, abs=0.01)


def test_what_people_judged_false_is_learnt(table: PointTable) -> None:
    present = kept(learn(task(table)))
    after = readings(8, first=8, fault=2.0, since=14, seed=2)
    false = JudgedReadings(
        readings=readings(2, first=13.5, fault=2.0, since=14, seed=2),
        start=14 * DAY,
        end=15 * DAY,
        is_real=False,
    )

    outcome = learn(task(table, readings=after, present=present, judged=(false,)))

    assert outcome.end / DAY == pytest.approx(16, abs=0.01)


def test_models_of_another_version_of_the_product_do_not_stand_in_the_way(table: PointTable) -> None:
    document, arrays = kept(learn(task(table)))
    unknown = ({**document, "models": [{"id": "x", "kind": "of-tomorrow", "limit": 1}]}, arrays)  # type: ignore[dict-item]

    assert learn(task(table, present=unknown)).rows > 0


def test_a_machine_that_does_what_was_learnt_has_not_drifted(table: PointTable) -> None:
    present = kept(learn(task(table)))

    said = hold(task(table, present=present, readings=readings(3, first=8, seed=3)))

    assert said is not None
    assert (said["state"], said["retrain"], said["version"]) == ("known", False, 0)


def test_a_machine_that_changed_is_to_be_looked_at_and_not_trained(table: PointTable) -> None:
    present = kept(learn(task(table)))

    said = hold(task(table, present=present, readings=readings(3, first=8, fault=3.0, since=0, seed=3)))

    assert said is not None
    assert said["state"] in {"changed", "unclear"}
    assert not said["retrain"]
    assert said["reason"]["zh"]


def test_without_models_at_work_nothing_has_drifted(table: PointTable) -> None:
    assert hold(task(table)) is None


def test_models_of_the_week_know_the_clock_and_the_holidays_of_their_site(table: PointTable) -> None:
    load = DetectorPlan(id="usual", kind="seasonal", points=("flow",), settings={"smooth": 30})
    plan = ModelPlan(asset_class="pump", detectors=(load,))

    [detector] = of_site(plan, table.sites[0], 1_795_305_600_000).detectors

    assert detector.settings["utc_offset"] == 8
    assert detector.settings["smooth"] == 30
    assert "2027-01-01" in str(detector.settings["holidays"]).split(",")
