"""The models of one asset, learnt from what was healthy and held against those at work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any, Final

import numpy as np

from plantroom.domain.model import DetectorPlan, ModelPlan
from plantroom.domain.text import Text
from plantroom.models.bundle import Bundle, Fitted
from plantroom.models.detector import Detector, NotFittable
from plantroom.models.frame import Floats, Frame, Mask
from plantroom.models.guardrails import Refused
from plantroom.models.hindsight import Judged, errors_on, fires, peak_of, said
from plantroom.models.kinds import new_detector
from plantroom.models.threshold import (
    FALSE_ALARMS_PER_MONTH,
    FLOOR,
    LEAST_RAW,
    Limit,
    held,
    limit_of,
    moved,
)

FOLDS: Final = 3
"""A limit is set on what models say of rows that they have not learnt: each of so many learns the rest."""
FOLD_MS: Final = 86_400_000
"""Folds take turns by the day, so that each has every season, working days and free ones."""
LEAST: Final = {"expected": 4.0, "seasonal": 4.0}
"""Raw score below which no limit lies, of kinds that score in healthy standard deviations."""
SILENT: Final = frozenset({"life"})
"""Kinds that raise nothing by themselves and explain nothing by others: there is no limit to set."""
RECENT: Final = 0.3
"""Share of the healthy rows, the last ones, on which models are held against those at work."""
WORSE: Final = 1.2
"""So many times the error of the model at work is worse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What there is to learn for one asset."""

    plan: ModelPlan
    frame: Frame
    """Only the healthy rows are live."""
    units: Mapping[str, str]
    judged: tuple[Judged, ...] = ()
    present: Bundle | None = None
    """The models at work."""
    per_month: float = FALSE_ALARMS_PER_MONTH


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """Models as they were learnt."""

    bundle: Bundle
    """Its version is still to be given."""
    metrics: Mapping[str, Any]
    notes: tuple[Text, ...]
    worse: tuple[Text, ...]
    """In what they are worse on the recent past than those at work; empty: in nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tried:
    """One model, learnt from all rows."""

    id: str
    detector: Detector
    raw: Floats
    """What those that learnt from the other rows say of each."""
    recent: Mask
    """The last rows."""
    errors: Mapping[str, float]
    """Root mean square of each residual on these, by the point explained."""


def train(lesson: Lesson) -> Trained:
    """Return the models of an asset.

    Raises:
        Refused: none of them can learn anything from these rows.
    """
    notes: list[Text] = []
    tried = [one for plan in lesson.plan.detectors if (one := _try(plan, lesson, notes)) is not None]
    if not tried:
        raise Refused(
            Text(
                en="; ".join(each.en for each in notes),
                zh="；".join(each.in_language("zh") for each in notes),
            )
        )
    limits = _limits(tried, lesson)
    bundle = Bundle(
        asset="",
        version=0,
        gates=lesson.plan.gates,
        settle=lesson.plan.settle,
        units=lesson.units,
        models=tuple(
            Fitted(id=one.id, detector=one.detector, limit=limit.value)
            for one, limit in zip(tried, limits, strict=True)
        ),
    )
    bundle = _after_feedback(bundle, limits, lesson)
    if any(limit.is_uncertain for limit in limits if isfinite(limit.value)):
        notes.append(_uncertain(max(limit.months for limit in limits)))
    metrics, worse = _against_present(tried, limits, bundle, lesson)
    return Trained(bundle=bundle, metrics=metrics, notes=tuple(notes), worse=worse)


def _try(plan: DetectorPlan, lesson: Lesson, notes: list[Text]) -> _Tried | None:
    """Return a model, None if it cannot learn anything, which is noted."""
    frame = lesson.frame
    try:
        whole = new_detector(plan).fit(frame)
    except (NotFittable, ValueError) as error:
        notes.append(Text(en=f"{plan.id} left out: {error}", zh=f"略去{plan.id}：{error}"))
        return None
    if plan.kind in SILENT:
        none = np.zeros(len(frame), np.bool_)
        return _Tried(id=plan.id, detector=whole, raw=np.full(len(frame), np.nan), recent=none, errors={})
    try:
        raw, residuals = _of_unlearnt(plan, frame)
    except NotFittable:
        raw, residuals = said(whole, frame)
        notes.append(
            Text(
                en=f"{plan.id}: too short to hold rows back; its limit is set on what it learnt from",
                zh=f"{plan.id}：数据过短，无法留出检验段，限值由训练数据确定",
            )
        )
    ends = frame.ts[frame.live]
    since = ends[min(round(len(ends) * (1 - RECENT)), len(ends) - 1)]
    recent = frame.live & (frame.ts >= since)
    return _Tried(id=plan.id, detector=whole, raw=raw, recent=recent, errors=errors_on(residuals, recent))


def _of_unlearnt(plan: DetectorPlan, frame: Frame) -> tuple[Floats, dict[str, Floats]]:
    """Return raw scores and residuals of all rows, by models that have not learnt from them.

    Raises:
        NotFittable: the rows are too few for that.
    """
    fold = frame.ts // FOLD_MS % FOLDS
    raw = np.full(len(frame), np.nan)
    residuals: dict[str, Floats] = {}
    for number in range(FOLDS):
        own = fold == number
        detector = new_detector(plan).fit(replace(frame, live=frame.live & ~own))
        scores, off = said(detector, frame)
        raw[own] = scores[own]
        for point, column in off.items():
            residuals.setdefault(point, np.full(len(frame), np.nan))[own] = column[own]
    return raw, residuals


def _limits(tried: Sequence[_Tried], lesson: Lesson) -> list[Limit]:
    """Return the limit of each model, so that all together keep the stated rate."""
    frame = lesson.frame
    raising = sum(not np.isnan(one.raw[frame.live]).all() for one in tried)
    share = lesson.per_month / max(raising, 1)
    limits = [
        limit_of(
            frame.ts,
            one.raw,
            every=frame.every,
            asked=frame.live,
            per_month=share,
            least=LEAST.get(one.detector.kind, LEAST_RAW),
        )
        for one in tried
    ]
    # Two models may take turns above their limits while neither holds: what all hold must not pass either.
    together = np.fmax.reduce([one.raw / limit.value for one, limit in zip(tried, limits, strict=True)])
    most = float(np.nanmax(held(frame.ts, together, every=frame.every)[frame.live], initial=0.0))
    return [replace(limit, value=limit.value * max(1.0, FLOOR * most)) for limit in limits]


def _after_feedback(bundle: Bundle, limits: Sequence[Limit], lesson: Lesson) -> Bundle:
    """Return the models with limits moved by what people said of alarms."""
    if not lesson.judged:
        return bundle
    models = []
    for fitted, limit in zip(bundle.models, limits, strict=True):
        peaks: dict[bool, list[float]] = {True: [], False: []}
        for judged in lesson.judged:
            peaks[judged.is_real].append(peak_of(fitted.detector, judged))
        value = moved(limit, false_alarms=peaks[False], real_faults=peaks[True]).value
        models.append(replace(fitted, limit=value))
    return replace(bundle, models=tuple(models))


def _against_present(
    tried: Sequence[_Tried], limits: Sequence[Limit], bundle: Bundle, lesson: Lesson
) -> tuple[dict[str, Any], tuple[Text, ...]]:
    """Return how good the models are, and in what they are worse than those at work."""
    models: dict[str, Any] = {}
    worse: list[Text] = []
    present = {} if lesson.present is None else {each.id: each for each in lesson.present.models}
    for one, limit, fitted in zip(tried, limits, bundle.models, strict=True):
        models[one.id] = {"kind": fitted.detector.kind, "errors": dict(one.errors)}
        if isfinite(limit.value):
            models[one.id] |= {
                "limit": fitted.limit,
                "fitted_limit": limit.fitted,
                "standard_error": limit.error,
                "greatest_healthy": limit.greatest,
                "held_out_days": 30 * limit.months,
            }
        if one.id in present:
            errors = errors_on(said(present[one.id].detector, lesson.frame)[1], one.recent)
            models[one.id]["present_errors"] = errors
            worse += _greater(one, errors)
    judged, missed = _judged_again(bundle, lesson)
    metrics = {"false_alarms_per_month": lesson.per_month, "models": models, "judged": judged}
    return metrics, (*worse, *missed)


def _greater(one: _Tried, present: Mapping[str, float]) -> list[Text]:
    """Say of which points the error is greater than that of the model at work, on the same rows."""
    return [
        Text(
            en=f"{one.id}: error of {point} {error:.3g}, that of the present model {present[point]:.3g}",
            zh=f"{one.id}：{point}的误差为{error:.3g}，现用模型为{present[point]:.3g}",
        )
        for point, error in one.errors.items()
        if point in present and error > WORSE * present[point]
    ]


def _judged_again(bundle: Bundle, lesson: Lesson) -> tuple[dict[str, int], list[Text]]:
    """Return what the models would say of judged alarms, and where the present ones say it better."""
    counts = {"real_faults": 0, "found": 0, "false_alarms": 0, "raised": 0}
    worse = []
    for judged in lesson.judged:
        is_raised = fires(bundle, judged)
        counts["real_faults" if judged.is_real else "false_alarms"] += 1
        counts["found" if judged.is_real else "raised"] += is_raised
        if lesson.present is None or is_raised == judged.is_real:
            continue
        if fires(lesson.present, judged) == judged.is_real:
            worse.append(
                Text(en="a confirmed fault would no longer be found", zh="已确认的故障将不再被发现")
                if judged.is_real
                else Text(en="an alarm that was judged false would come again", zh="已判定的误报会再次出现")
            )
    return counts, worse


def _uncertain(months: float) -> Text:
    days = 30 * months
    return Text(
        en=f"limits stand on {days:.1f} held-out days: how rarely a healthy machine passes them is uncertain",
        zh=f"限值仅由{days:.1f}天的留出数据确定，误报率估计不确定",
    )
