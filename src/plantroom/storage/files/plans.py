"""Model plans: which models watch over the machines of a class, as shipped and as a site changes it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from math import inf
from typing import Final

from plantroom.domain.model import DETECTOR_KINDS, DetectorKind, DetectorPlan, Gate, ModelPlan
from plantroom.domain.site import AssetClass, Point
from plantroom.domain.suggestion import suggest
from plantroom.storage.files import values
from plantroom.storage.files.classes import shipped_classes
from plantroom.storage.files.fields import Fields, open_mapping
from plantroom.storage.files.problems import Problems
from plantroom.storage.files.source import shipped_files

_FOLDER: Final = "models/plans"
_RELATIONS: Final = ("parent", "fed_by")
_USE: Final = {"on": True, "off": False}


@cache
def shipped_plans() -> Mapping[str, ModelPlan]:
    """Return the model plans that come with the product, by class.

    Raises:
        FilesInvalid: the product's own files are wrong.
    """
    problems = Problems()
    plans: dict[str, ModelPlan] = {}
    for file in shipped_files(_FOLDER):
        fields = open_mapping(file, problems)
        if fields is None:
            continue
        asset_class = _read_class(fields, shipped_classes())
        if asset_class is not None:
            plan = _read_plan(fields, ModelPlan(asset_class=asset_class.name), asset_class.points)
            plans |= {} if plan is None else {asset_class.name: plan}
        fields.finish()
    problems.raise_any()
    return plans


def read_site_models(site: Fields, classes: Mapping[str, AssetClass]) -> Mapping[str, ModelPlan | None]:
    """Return the plan of each class, as what stands under `models` of a site changes it; None: off."""
    plans: dict[str, ModelPlan | None] = dict(shipped_plans())
    for name, fields in site.entries("models", shorthand="use"):
        if name not in classes:
            fields.note(f"unknown class {name!r}; {suggest(name, classes)}")
            continue
        base = plans.get(name) or ModelPlan(asset_class=name)
        plans[name] = _read_plan(fields, base, classes[name].points)
        fields.finish()
    return plans


def read_asset_models(
    asset: Fields,
    asset_class: AssetClass | None,
    points: tuple[Point, ...],
    plans: Mapping[str, ModelPlan | None],
) -> ModelPlan | None:
    """Return the plan of an asset: its class's, changed by what stands under its `models`; None: off."""
    fields = asset.mapping("models", shorthand="use")
    if asset_class is None:
        return None
    base = plans.get(asset_class.name)
    if fields is None:
        return base
    plan = _read_plan(fields, base or ModelPlan(asset_class=asset_class.name), points)
    fields.finish()
    return plan


def _read_class(fields: Fields, classes: Mapping[str, AssetClass]) -> AssetClass | None:
    name = fields.required("class", values.point_name)
    if name is not None and name not in classes:
        fields.problem("class", f"unknown class {name!r}; {suggest(name, classes)}")
    return classes.get(name or "")


def _read_plan(fields: Fields, base: ModelPlan, points: Iterable[Point]) -> ModelPlan | None:
    """Return `base` with what `fields` say instead; None: models are off."""
    known = {point.name for point in points}
    use = fields.optional("use", _read_use, default=True)
    plan = replace(
        base,
        gates=tuple(_read_gates(fields, known)) if "gates" in fields else base.gates,
        settle=fields.optional("settle", values.duration, base.settle),
        detectors=tuple(_read_detectors(fields, known)) if "models" in fields else base.detectors,
    )
    for key in ("gates", "models"):
        fields.know(key)
    if use and not plan.detectors and "models" not in fields:
        fields.note(f"class {base.asset_class} has no models of its own: list them under models, or say off")
    return plan if use and plan.detectors else None


def _read_use(written: str) -> bool:
    if written not in _USE:
        raise ValueError(f"expected on, off or a mapping, got {written!r}")
    return _USE[written]


def _read_gates(plan: Fields, known: set[str]) -> Iterator[Gate]:
    for fields in plan.items("gates"):
        point = fields.required("point", values.text)
        low = fields.optional("low", values.number, -inf)
        high = fields.optional("high", values.number, inf)
        fields.finish()
        if low > high:
            fields.note(f"expected low below high, got low {low:g} and high {high:g}")
        elif point is not None and _is_known(point, known, fields, "point"):
            yield Gate(point=point, low=low, high=high)


def _read_detectors(plan: Fields, known: set[str]) -> Iterator[DetectorPlan]:
    named: set[str] = set()
    for fields in plan.items("models"):
        detector = _read_detector(fields, known)
        fields.finish()
        if detector is None:
            continue
        if detector.id in named:
            fields.problem("id", f"model {detector.id} is already declared")
        named.add(detector.id)
        yield detector


def _read_detector(fields: Fields, known: set[str]) -> DetectorPlan | None:
    name = fields.required("id", values.point_name)
    kind = fields.required("kind", _read_kind)
    points = tuple(each for _, each in fields.listed("points", values.text))
    target = fields.optional("target", values.text, "")
    if kind is None:
        for key in set().union(*(each.settings for each in DETECTOR_KINDS.values())):
            fields.know(key)
        return None
    settings = {
        key: value for key in sorted(kind[1].settings) if (value := _setting(fields, key)) is not None
    }
    _check_points(fields, points, known)
    _check_target(fields, kind, target, points)
    if name is None:
        return None
    return DetectorPlan(id=name, kind=kind[0], points=points, target=target, settings=settings)


def _read_kind(written: str) -> tuple[str, DetectorKind]:
    if written not in DETECTOR_KINDS:
        raise ValueError(f"no kind of model {written!r}; {suggest(written, DETECTOR_KINDS)}")
    return written, DETECTOR_KINDS[written]


def _setting(fields: Fields, key: str) -> float | str | None:
    return fields.optional(key, _number_or_text, None)


def _number_or_text(written: str) -> float | str:
    try:
        return values.number(written)
    except ValueError:
        return values.text(written)


def _check_points(fields: Fields, points: tuple[str, ...], known: set[str]) -> None:
    if not points:
        fields.problem("points", "points: expected at least one point")
    twice = sorted({point for point in points if points.count(point) > 1})
    if twice:
        fields.problem("points", f"points: given twice: {', '.join(twice)}")
    for point in points:
        _is_known(point, known, fields, "points")


def _check_target(
    fields: Fields, kind: tuple[str, DetectorKind], target: str, points: tuple[str, ...]
) -> None:
    name, says = kind
    if says.has_target and not target:
        fields.problem("target", f"a model of kind {name} needs a target: the point that it explains")
    elif target and not says.has_target:
        fields.problem("target", f"a model of kind {name} has no target")
    elif target and target not in points:
        fields.problem(
            "target", f"target: expected one of its points, got {target!r}; {suggest(target, points)}"
        )


def _is_known(name: str, known: set[str], fields: Fields, key: str) -> bool:
    """Whether there is such a point, which is noted if not; those of related assets may be there."""
    relation, dot, point = name.rpartition(".")
    if dot and relation not in _RELATIONS:
        fields.problem(key, f"unknown relation {relation!r}; {suggest(relation, _RELATIONS)}")
        return False
    if not dot and point not in known:
        fields.problem(key, f"unknown point {point!r}; {suggest(point, known)}")
        return False
    return True
