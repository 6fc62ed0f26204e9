"""The points that models add to an asset."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from plantroom.domain import model
from plantroom.domain.model import DETECTOR_KINDS, ModelPlan
from plantroom.domain.site import Point, PointKind, ValueType
from plantroom.domain.text import Text
from plantroom.domain.units import difference_unit

_EVERY: Final = timedelta(minutes=1)
_LIFE: Final = "life"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    points: tuple[Point, ...]
    plan: ModelPlan
    together: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class DerivedPoints:
    """Adds them; what is given the same twice is made once, so that assets of a class share their points."""

    _made: dict[tuple[int, int], _Made] = field(default_factory=dict)

    def add(self, points: tuple[Point, ...], plan: ModelPlan | None) -> tuple[Point, ...]:
        """Return `points` with those that `plan` derives; names that are taken stay as they are."""
        if plan is None or not plan.detectors:
            return points
        key = id(points), id(plan)
        if key not in self._made:
            taken = {point.name for point in points}
            new = {point.name: point for point in _derived(points, plan) if point.name not in taken}
            # Both are kept, lest their ids come to mean others.
            self._made[key] = _Made(points=points, plan=plan, together=(*points, *new.values()))
        return self._made[key].together


def _derived(points: tuple[Point, ...], plan: ModelPlan) -> Iterator[Point]:
    yield _point(model.ANOMALY, en="Anomaly", zh="异常度")
    yield _point(
        model.ANOMALY_CONFIRMED,
        en="Findings of the models confirmed",
        zh="模型判断已获确认",
        value_type=ValueType.BOOLEAN,
    )
    known = {point.name: point for point in points}
    for detector in plan.detectors:
        if detector.kind == _LIFE:
            yield from _days()
        if DETECTOR_KINDS[detector.kind].has_target and detector.target in known:
            yield from _expected(known[detector.target])


def _days() -> Iterator[Point]:
    yield _point(model.DAYS_TO_LIMIT, en="Days to limit", zh="距限值天数", unit="d")
    yield _point(model.DAYS_TO_LIMIT_LOW, en="Days to limit, at least", zh="距限值天数(下限)", unit="d")
    yield _point(model.DAYS_TO_LIMIT_HIGH, en="Days to limit, at most", zh="距限值天数(上限)", unit="d")


def _expected(target: Point) -> Iterator[Point]:
    en, zh = target.label.in_language("en") or target.name, target.label.in_language("zh") or target.name
    yield _point(model.expected(target.name), en=f"{en}, expected", zh=f"{zh}(预期值)", unit=target.unit)
    yield _point(
        model.residual(target.name),
        en=f"{en}, above expected",
        zh=f"{zh}(残差)",
        unit=difference_unit(target.unit),
    )


def _point(name: str, *, en: str, zh: str, unit: str = "", value_type: ValueType = ValueType.NUMBER) -> Point:
    return Point(
        name=name,
        unit=unit,
        kind=PointKind.DERIVED,
        value_type=value_type,
        every=_EVERY,
        label=Text(en=en, zh=zh),
    )
