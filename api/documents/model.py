"""Models and what they say, as documents."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

from plantroom.api.documents.common import Out, TextDocument, TimeOut, time_or_none
from plantroom.api.modelling.explaining import Explanation, Found, Part, Remaining
from plantroom.api.pipelines import ModelOff
from plantroom.domain.feedback import Verdict
from plantroom.domain.model import ANOMALY, DAYS_TO_LIMIT, DAYS_TO_LIMIT_HIGH, DAYS_TO_LIMIT_LOW, expected
from plantroom.domain.report import to_rfc3339
from plantroom.storage.models.manifest import Manifest
from plantroom.storage.models.standing import Judged, Standing


class LearntDocument(Out):
    """What a model learnt from."""

    start: TimeOut
    end: TimeOut
    minutes: int
    """Of that time that it learnt from."""


class DetectorDocument(Out):
    """One model of an asset."""

    id: str
    kind: str
    limit: float | None
    """Raw score that counts as 1; null: it raises nothing."""


class ModelOffDocument(Out):
    """A model that the pipeline has switched off."""

    model: str
    """Empty: all of the asset's."""
    reason: str


class ModelDocument(Out):
    """The models of an asset, of one version."""

    asset: str
    asset_class: str
    version: int
    active: bool
    """Whether this version is at work."""
    unusable: str | None
    """Why it cannot be put to work though it should be."""
    off: list[ModelOffDocument]
    trained_at: TimeOut
    learnt: LearntDocument
    models: list[DetectorDocument]
    metrics: dict[str, Any]
    drift: dict[str, Any] | None
    reasons: list[TextDocument]
    """What is to be known of it: what was left out, why it was not put to work."""
    libraries: dict[str, str]
    confirmed: bool
    real_faults: int
    false_alarms: int
    precision: float | None
    """Share of the judged alarms of the asset's models that were real; null: none was judged."""

    @classmethod
    def of(
        cls,
        manifest: Manifest,
        standing: Standing,
        *,
        unusable: str | None = None,
        off: Iterable[ModelOff] = (),
    ) -> "ModelDocument":
        """Return the document of a version and of what people said of the asset's models."""
        return cls(**_members(manifest, standing, unusable=unusable, off=off))


class JudgedDocument(Out):
    """What people said of an alarm that a model raised."""

    alarm: str
    verdict: Verdict
    cause: str
    active_since: TimeOut
    cleared_at: TimeOut | None
    version: int

    @classmethod
    def of(cls, judged: Judged) -> "JudgedDocument":
        """Return the document of `judged`."""
        return cls(
            alarm=judged.alarm,
            verdict=judged.verdict,
            cause=judged.cause,
            active_since=to_rfc3339(judged.at),
            cleared_at=time_or_none(judged.until),
            version=judged.version,
        )


class ModelDetail(ModelDocument):
    """The models of an asset, the other versions that are kept, and what people said."""

    versions: list[ModelDocument]
    """The newest first, the one at work among them."""
    feedback: list[JudgedDocument]
    """The last first."""

    @classmethod
    def with_versions(
        cls, at_work: ModelDocument, versions: list[ModelDocument], judged: Sequence[Judged]
    ) -> "ModelDetail":
        """Return the document of `at_work` with all that is known beside."""
        feedback = [JudgedDocument.of(each) for each in reversed(judged)]
        return cls(**dict(at_work), versions=versions, feedback=feedback)


class ContributionDocument(Out):
    """How far a point is from what a model expected, and its share of the whole."""

    point: str
    label: TextDocument
    share: float
    value: float | None
    expected: float | None
    unit: str
    difference: float | None
    difference_unit: str
    relative: float | None
    """The difference as a share of what was expected; null: that would mean nothing."""
    text: TextDocument

    @classmethod
    def of(cls, part: Part) -> "ContributionDocument":
        """Return the document of `part`."""
        return cls(
            point=part.contribution.point,
            label=TextDocument.of(part.label),
            share=part.contribution.share,
            value=_number(part.contribution.value),
            expected=_number(part.contribution.expected),
            unit=part.unit,
            difference=_number(part.deviation.difference),
            difference_unit=part.deviation.unit,
            relative=part.deviation.share,
            text=TextDocument.of(part.deviation.text),
        )


class FindingDocument(Out):
    """What one model says."""

    model: str
    kind: str
    ratio: float
    inputs: list[str]
    contributions: list[ContributionDocument]
    text: TextDocument

    @classmethod
    def of(cls, found: Found) -> "FindingDocument":
        """Return the document of `found`."""
        return cls(
            model=found.model,
            kind=found.kind,
            ratio=found.ratio,
            inputs=list(found.inputs),
            contributions=[ContributionDocument.of(part) for part in found.parts],
            text=TextDocument.of(found.text),
        )


class RemainingDocument(Out):
    """How long a wearing point has until its limit; numbers are null where it cannot be estimated."""

    model: str
    point: str
    unit: str
    level: float | None = None
    healthy: float | None = None
    limit: float | None = None
    per_day: float | None = None
    since: TimeOut | None = None
    days: float | None = None
    low: float | None = None
    """Lower end of the interval of 80 %."""
    high: float | None = None
    text: TextDocument

    @classmethod
    def of(cls, each: Remaining) -> "RemainingDocument":
        """Return the document of `each`."""
        known: dict[str, Any] = {}
        if each.wear is not None:
            names = ("level", "healthy", "limit", "per_day", "days", "low", "high")
            known = {name: _number(getattr(each.wear, name)) for name in names}
            known["since"] = to_rfc3339(each.wear.since)
        return cls(
            model=each.model, point=each.point, unit=each.unit, text=TextDocument.of(each.text), **known
        )


class ChartDocument(Out):
    """Series of the asset that show what is said, to be drawn together."""

    value: str
    expected: str | None = None
    low: str | None = None
    high: str | None = None
    tolerance: float | None = None
    """How far `value` may be from `expected` before the model raises anything."""
    limit: float | None = None


class ExplanationDocument(Out):
    """What the models of an asset say, in words."""

    asset: str
    at: TimeOut
    as_of: TimeOut | None
    """The last minute that could be judged; null: none of the last day."""
    version: int
    learnt: LearntDocument
    abnormal: bool
    ratio: float | None
    """The greatest score as a ratio to its limit; null: nothing can be said."""
    since: TimeOut | None
    confirmed: bool
    text: TextDocument
    findings: list[FindingDocument]
    remaining_life: list[RemainingDocument]
    charts: list[ChartDocument]

    @classmethod
    def of(cls, said: Explanation) -> "ExplanationDocument":
        """Return the document of `said`."""
        return cls(
            asset=said.asset,
            at=to_rfc3339(said.at),
            as_of=time_or_none(said.as_of),
            version=said.work.bundle.version,
            learnt=_learnt(said.work.manifest),
            abnormal=said.abnormal,
            ratio=said.ratio,
            since=time_or_none(said.since),
            confirmed=said.work.bundle.confirmed,
            text=TextDocument.of(said.text),
            findings=[FindingDocument.of(each) for each in said.found],
            remaining_life=[RemainingDocument.of(each) for each in said.remaining],
            charts=list(_charts(said)),
        )


def _charts(said: Explanation) -> Iterable[ChartDocument]:
    """Yield what to draw: values beside what was expected, the anomaly itself, days to the limit."""
    for each in said.found:
        if each.value:
            yield ChartDocument(value=each.value, expected=expected(each.value), tolerance=each.tolerance)
    for each in said.notable:
        if not each.value and each.parts:
            yield ChartDocument(value=each.parts[0].contribution.point)
    if said.found:
        yield ChartDocument(value=ANOMALY, limit=1.0)
    if said.remaining:
        yield ChartDocument(value=DAYS_TO_LIMIT, low=DAYS_TO_LIMIT_LOW, high=DAYS_TO_LIMIT_HIGH)


def _learnt(manifest: Manifest) -> LearntDocument:
    training = manifest.training
    return LearntDocument(
        start=to_rfc3339(training.start), end=to_rfc3339(training.end), minutes=training.rows
    )


def _members(
    manifest: Manifest, standing: Standing, *, unusable: str | None, off: Iterable[ModelOff]
) -> dict[str, Any]:
    training = manifest.training
    return {
        "asset": training.asset,
        "asset_class": training.asset_class,
        "version": manifest.version,
        "active": manifest.version == standing.active,
        "unusable": unusable,
        "off": [
            ModelOffDocument(model=each.model, reason=each.reason)
            for each in off
            if each.version in (0, manifest.version)
        ],
        "trained_at": to_rfc3339(training.trained_at),
        "learnt": _learnt(manifest),
        "models": [DetectorDocument(**each) for each in _detectors(manifest)],
        "metrics": dict(training.metrics),
        "drift": None if training.drift is None else dict(training.drift),
        "reasons": [TextDocument.of(each) for each in training.reasons],
        "libraries": dict(training.libraries),
        "confirmed": standing.confirmed,
        "real_faults": standing.real_faults,
        "false_alarms": standing.false_alarms,
        "precision": standing.precision,
    }


def _detectors(manifest: Manifest) -> list[dict[str, Any]]:
    listed = manifest.document.get("models", ())
    return [{name: each.get(name) for name in ("id", "kind", "limit")} for each in listed]


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
