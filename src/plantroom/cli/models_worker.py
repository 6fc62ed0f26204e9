"""One asset's models learnt, in whatever process: rows, guardrails, training."""

import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

import numpy.typing as npt

from plantroom.cli.models_minutes import Recorded
from plantroom.domain.model import ModelPlan
from plantroom.domain.points import PointTable
from plantroom.domain.site import Asset
from plantroom.domain.text import Text
from plantroom.models.bundle import Bundle, from_kept, to_kept
from plantroom.models.detector import NotFittable
from plantroom.models.drift import Reference, drift, reference_of
from plantroom.models.frame import Frame
from plantroom.models.guardrails import Healthy, Incident, Refused, Zone, healthy_rows
from plantroom.models.hindsight import Judged, called_abnormal, ratio_of
from plantroom.models.history import frame_of
from plantroom.models.outline import units_of
from plantroom.models.own_plan import plan_for
from plantroom.models.training import Lesson, train

DRIFT: Final = "drift:"
"""Begins the names of the arrays that say what was learnt from; no model can be called so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedReadings:
    """What was read about an alarm of the asset's models that people have judged."""

    readings: Recorded
    start: int
    """ms since the epoch."""
    end: int
    is_real: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """All that it takes to learn the models of an asset."""

    table: PointTable
    """With the asset and those that its models look at."""
    asset: str
    plan: ModelPlan
    readings: Recorded
    incidents: tuple[Incident, ...] = ()
    zone: Zone | None = None
    judged: tuple[JudgedReadings, ...] = ()
    present: tuple[Mapping[str, Any], Mapping[str, npt.NDArray[Any]]] | None = None
    """Document and arrays of the models at work."""
    relearn: bool = False
    """Whether it may learn what the models at work call abnormal."""
    per_month: float
    least: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of it."""

    asset: str
    refused: Text | None = None
    """Why nothing was trained."""
    failed: str = ""
    """What went wrong, with the traceback."""
    kept: tuple[Mapping[str, Any], Mapping[str, npt.NDArray[Any]]] | None = None
    """Document and arrays of the models."""
    start: int = 0
    """Of what was learnt, ms since the epoch."""
    end: int = 0
    rows: int = 0
    metrics: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[Text, ...] = ()
    worse: tuple[Text, ...] = ()


def learn(task: Task) -> Outcome:
    """Learn the models of an asset; never raises, and gives the same for the same, whatever else runs."""
    from threadpoolctl import threadpool_limits

    try:
        # Sums over several threads are rounded otherwise each time.
        with threadpool_limits(1):
            return _learn(task)
    except Refused as refused:
        return Outcome(asset=task.asset, refused=refused.reason)
    except Exception:
        return Outcome(asset=task.asset, failed=traceback.format_exc())


def _learn(task: Task) -> Outcome:
    asset = _asset(task)
    plan, left_out = plan_for(task.plan, asset.rated, task.zone)
    present = _present(task)
    healthy = _healthy(task, plan, present)
    trained = train(
        Lesson(
            plan=plan,
            frame=healthy.frame,
            units=units_of(task.table, asset, (point for each in plan.detectors for point in each.points)),
            judged=tuple(
                Judged(
                    frame=_frame(task, plan, each.readings),
                    start=each.start,
                    end=each.end,
                    is_real=each.is_real,
                )
                for each in task.judged
            ),
            present=present,
            per_month=task.per_month,
        )
    )
    learnt = healthy.frame.ts[healthy.frame.live]
    return Outcome(
        asset=task.asset,
        kept=_kept(replace(trained.bundle, asset=task.asset), healthy.frame),
        start=int(learnt[0]) - healthy.frame.every,
        end=int(learnt[-1]),
        rows=len(learnt),
        metrics=trained.metrics,
        notes=(*left_out, *healthy.notes, *trained.notes),
        worse=trained.worse,
    )


def _kept(bundle: Bundle, frame: Frame) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
    """Return what is kept of models: themselves, and what their inputs and scores were like."""
    document, arrays = to_kept(bundle)
    try:
        learnt = reference_of(_inputs(bundle, frame), ratio_of(bundle, frame)).to_arrays()
    except NotFittable:
        return document, arrays
    return document, arrays | {f"{DRIFT}{name}": array for name, array in learnt.items()}


def _inputs(bundle: Bundle, frame: Frame) -> Frame:
    return frame.columns(
        tuple(dict.fromkeys(point for each in bundle.models for point in each.detector.points))
    )


def hold(task: Task) -> Mapping[str, Any] | None:
    """Say how what the asset does lately stands to what its models at work learnt; None: nobody knows."""
    present = _present(task)
    if present is None or task.present is None:
        return None
    learnt = {name.removeprefix(DRIFT): a for name, a in task.present[1].items() if name.startswith(DRIFT)}
    if not learnt:
        return None
    plan, _ = plan_for(task.plan, _asset(task).rated, task.zone)
    frame = _frame(task, plan, task.readings)
    labels = {point.name: point.label for point in _asset(task).points}
    verdict = drift(
        Reference.from_arrays(learnt), _inputs(present, frame), ratio_of(present, frame), labels=labels
    )
    return {
        "asset": task.asset,
        "version": present.version,
        "state": verdict.state.value,
        "retrain": verdict.retrain,
        "since": verdict.since,
        "reason": {"en": verdict.reason.en, "zh": verdict.reason.zh},
        "moved": [each.point for each in verdict.shifts if each.moved],
    }


def _healthy(task: Task, plan: ModelPlan, present: Bundle | None) -> Healthy:
    """Return the rows to learn from, without those that the models at work call abnormal."""
    frame = _frame(task, plan, task.readings)
    healthy = healthy_rows(
        frame, gates=plan.gates, incidents=task.incidents, zone=task.zone, least=task.least
    )
    if present is None or task.relearn:
        return healthy
    called = called_abnormal(present, healthy.frame)
    false = [each for each in task.judged if not each.is_real]
    called = tuple(
        each
        for each in called
        if each.end is None or not any(each.start <= one.end and one.start <= each.end for one in false)
    )
    if not called:
        return healthy
    rest = healthy_rows(healthy.frame, gates=plan.gates, incidents=called, least=task.least)
    return replace(rest, notes=(*healthy.notes, *rest.notes))


def _frame(task: Task, plan: ModelPlan, readings: Recorded) -> Frame:
    points = [point for detector in plan.detectors for point in detector.points]
    points += [gate.point for gate in plan.gates]
    points += [] if task.zone is None else [task.zone.point]
    return frame_of(
        task.table,
        task.asset,
        points=tuple(dict.fromkeys(points)),
        gates=plan.gates,
        settle=plan.settle,
        readings=readings,
    )


def _present(task: Task) -> Bundle | None:
    """Return the models at work; None: there are none, or this version does not know them any more."""
    if task.present is None:
        return None
    try:
        return from_kept(*task.present)
    except ValueError:
        return None


def _asset(task: Task) -> Asset:
    return task.table.assets[task.table.asset_number[task.asset]]
