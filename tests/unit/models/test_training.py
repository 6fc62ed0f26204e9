from collections.abc import Callable
from dataclasses import replace
from json import dumps
from typing import Any

import numpy as np
import pytest

from plantroom.domain.model import DetectorPlan, Gate, ModelPlan
from plantroom.models.bundle import Bundle, from_kept, to_kept
from plantroom.models.frame import Floats, Frame
from plantroom.models.guardrails import Refused, Zone
from plantroom.models.hindsight import Judged, called_abnormal
from plantroom.models.own_plan import fingerprint, plan_for
from plantroom.models.training import Lesson, Trained, train

MINUTE, DAY = 60_000, 86_400_000
POINTS = ("flow", "current", "vibration")
LOAD = DetectorPlan(id="load", kind="expected", points=("current", "flow"), target="current")
WHOLE = DetectorPlan(id="whole", kind="pca", points=POINTS)
PLAN = ModelPlan(asset_class="pump", gates=(Gate(point="flow", low=1),), detectors=(WHOLE, LOAD))


def recorded(days: float, *, seed: int = 0, fault: Callable[[Floats], Floats] | None = None) -> Frame:
    """Return minutes of a pump whose current follows its flow."""
    rows = round(days * 1440)
    random = np.random.default_rng(seed)
    ts = np.arange(1, rows + 1, dtype=np.int64) * MINUTE
    flow = 80 + 30 * np.sin(2 * np.pi * ts / DAY) + random.normal(0, 1, rows)
    current = 10 + 0.2 * flow + random.normal(0, 0.2, rows)
    if fault is not None:
        current = current + fault(ts / DAY)
    vibration = 1.5 + random.normal(0, 0.1, rows)
    return Frame(
        ts=ts, values=np.column_stack((flow, current, vibration)), live=np.ones(rows, np.bool_), points=POINTS
    )


def lesson(days: float = 10, **given: Any) -> Lesson:
    return Lesson(**{"plan": PLAN, "frame": recorded(days), "units": {"flow": "m3/h"}, **given})


def bundle_of(trained: Trained) -> Bundle:
    return replace(trained.bundle, asset="P-101", version=1)


def judged(*, is_real: bool, current: float) -> Judged:
    """Return six hours in the last three of which the current was higher by so many amperes."""
    frame = recorded(0.25, seed=9, fault=lambda day: np.where(day > 0.125, current, 0.0))
    return Judged(frame=frame, start=round(0.13 * DAY), end=round(0.25 * DAY), is_real=is_real)


def test_an_asset_gets_every_model_of_its_plan_with_a_limit_each() -> None:
    trained = train(lesson())

    assert [each.id for each in trained.bundle.models] == ["whole", "load"]
    assert all(1 <= each.limit < 20 for each in trained.bundle.models)
    assert trained.bundle.units == {"flow": "m3/h"}
    assert trained.worse == ()
    assert trained.metrics["models"]["load"]["errors"]["current"] < 0.1


def test_what_was_learnt_finds_a_fault_and_nothing_in_another_healthy_week() -> None:
    bundle = bundle_of(train(lesson()))

    healthy = called_abnormal(bundle, recorded(7, seed=5))
    found = called_abnormal(bundle, recorded(7, seed=5, fault=lambda day: np.where(day > 5, 1.5, 0.0)))

    assert healthy == ()
    assert found[0].start / DAY == pytest.approx(5, abs=0.1)


def test_the_same_rows_give_the_same_arrays() -> None:
    first, second = (to_kept(bundle_of(train(lesson()))) for _ in range(2))

    assert first[0] == second[0]
    assert all((first[1][name] == second[1][name]).all() for name in first[1])


def test_what_is_kept_is_as_it_was_trained() -> None:
    bundle = bundle_of(train(lesson()))

    again = from_kept(*to_kept(bundle))

    assert [each.limit for each in again.models] == [each.limit for each in bundle.models]
    assert called_abnormal(again, recorded(3, seed=2)) == called_abnormal(bundle, recorded(3, seed=2))


def test_a_model_that_cannot_learn_is_left_out_and_the_others_are_trained() -> None:
    frame = recorded(10)
    frame.values[:, 1] = np.nan

    trained = train(lesson(frame=frame))

    assert [each.id for each in trained.bundle.models] == ["whole"]
    assert trained.notes[0].en.startswith("load left out: ")
    assert trained.notes[0].zh.startswith("略去load：")


def test_an_asset_is_refused_if_none_of_its_models_can_learn() -> None:
    frame = recorded(10)
    frame.values[:] = 1.0

    with pytest.raises(Refused) as caught:
        train(lesson(frame=frame))

    assert "whole left out: " in caught.value.reason.en
    assert "load left out: " in caught.value.reason.en


def test_a_model_that_raises_nothing_has_no_limit_and_does_not_keep_the_others_from_one() -> None:
    life = DetectorPlan(id="wear", kind="life", points=("vibration",), settings={"limit": 7.1})

    trained = train(lesson(plan=replace(PLAN, detectors=(LOAD, life))))
    alone = train(lesson(plan=replace(PLAN, detectors=(life,))))

    assert [np.isfinite(each.limit) for each in trained.bundle.models] == [True, False]
    assert dumps(trained.metrics, allow_nan=False)
    assert called_abnormal(bundle_of(alone), recorded(3)) == ()


def test_a_short_time_is_said_to_leave_the_limits_uncertain() -> None:
    assert "how rarely a healthy machine passes them is uncertain" in train(lesson(4)).notes[-1].en
    assert train(lesson(30)).notes == ()


def test_a_false_alarm_is_not_raised_again() -> None:
    first = bundle_of(train(lesson()))
    false_alarm = judged(is_real=False, current=0.3)
    assert called_abnormal(first, false_alarm.frame)

    second = bundle_of(train(lesson(judged=(false_alarm,), present=first)))

    assert called_abnormal(second, false_alarm.frame) == ()


def test_a_confirmed_fault_is_still_found_after_a_false_alarm() -> None:
    first = bundle_of(train(lesson()))
    said = (judged(is_real=False, current=0.3), judged(is_real=True, current=1.0))

    trained = train(lesson(judged=said, present=first))

    assert trained.metrics["judged"] == {"real_faults": 1, "found": 1, "false_alarms": 1, "raised": 0}
    assert trained.worse == ()


def test_models_that_no_longer_find_a_confirmed_fault_are_worse() -> None:
    first = bundle_of(train(lesson()))
    frame = recorded(10, fault=lambda day: np.where(day % 1 > 0.5, 3.0, 0.0))

    trained = train(lesson(frame=frame, judged=(judged(is_real=True, current=0.8),), present=first))

    assert "a confirmed fault would no longer be found" in {each.en for each in trained.worse}


def test_models_that_expect_worse_than_those_at_work_are_worse() -> None:
    present = bundle_of(train(lesson(30)))
    # It learns from a time in which something else moved the current, and is held against the time after.
    frame = recorded(10, seed=3, fault=lambda day: np.where(day < 6.9, 2 * np.sin(day), 0.0))

    trained = train(lesson(frame=frame, present=present))

    assert "error of current" in trained.worse[0].en


def test_ratings_of_the_machine_stand_in_for_what_a_plan_asks_for() -> None:
    life = DetectorPlan(id="bearing", kind="life", points=("vibration",), settings={"limit": "zone D"})
    load = replace(LOAD, settings={"strength": "rated.strength"})
    plan = replace(PLAN, detectors=(life, load))
    zone = Zone(point="vibration", limit=4.0, danger=6.6)

    known, notes = plan_for(plan, {"strength": 0.01}, zone)
    unknown, missing = plan_for(plan, {}, None)

    assert [dict(each.settings) for each in known.detectors] == [{"limit": 6.6}, {"strength": 0.01}]
    assert notes == ()
    assert unknown.detectors == ()
    assert [note.en for note in missing] == [
        "bearing left out: zone D of this machine is not known",
        "load left out: rated.strength of this machine is not known",
    ]


def test_a_changed_plan_has_another_fingerprint() -> None:
    assert fingerprint(PLAN) == fingerprint(replace(PLAN))
    assert fingerprint(PLAN) != fingerprint(replace(PLAN, detectors=(WHOLE,)))
