"""Checks the expressions of rules against the points of the assets they watch."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TypeAlias

from plantroom.domain.errors import ExpressionInvalid
from plantroom.domain.expression.parser import assumed_units, parse, words
from plantroom.domain.expression.surroundings import RELATIONS, Surroundings
from plantroom.domain.expression.tree import Expression
from plantroom.domain.quantity import Quantity
from plantroom.domain.rule import Rule
from plantroom.domain.site import Asset, AssetClass, Point
from plantroom.domain.suggestion import suggest
from plantroom.storage.files.problems import Place, Problems
from plantroom.storage.files.rules import WrittenRule

Points: TypeAlias = Mapping[str, Point]


@dataclass(frozen=True, slots=True)
class Variant:
    """What assets of one class have, alike in all that an expression can see."""

    example: str
    """One of these assets, "" where none exists."""
    points: Points
    related: Mapping[str, Points]
    """Points of the parent, and of the assets that feed it."""
    rated: frozenset[str]

    def around(self, params: Mapping[str, Quantity]) -> Surroundings:
        """Return what an expression of a rule with `params` may name beside the points."""
        return Surroundings(related=self.related, rated=self.rated, params=params)

    def with_rated(self, named: Iterable[str]) -> "Variant":
        """Return the same with the rated quantities among `named`, written `rated.x`."""
        return replace(
            self, rated=frozenset(name.removeprefix("rated.") for name in named if name[:6] == "rated.")
        )

    @property
    def names(self) -> frozenset[str]:
        """All names that it has: of points, of related points, of rated quantities."""
        related = {f"{relation}.{name}" for relation, points in self.related.items() for name in points}
        return frozenset({*self.points, *related, *(f"rated.{name}" for name in self.rated)})


@dataclass(slots=True)
class Variants:
    """The variants of each class, among the assets it was made of."""

    classes: Mapping[str, AssetClass]
    _found: dict[str, dict[object, Variant]] = field(default_factory=dict)
    _slowest: dict[tuple[str, str], timedelta] = field(default_factory=dict)
    """Longest interval of each class's points."""

    @classmethod
    def of(cls, classes: Mapping[str, AssetClass], assets: Iterable[Asset]) -> "Variants":
        """Return the variants among `assets`; assets that share their points are looked at once."""
        variants = cls(classes)
        listed = list(assets)
        by_id = {asset.id: asset for asset in listed}
        seen: set[object] = set()
        for asset in listed:
            others = [by_id[name] for name in (asset.parent, *asset.fed_by) if name in by_id]
            key = (
                asset.asset_class,
                id(asset.points),
                frozenset(asset.rated),
                *(id(o.points) for o in others),
            )
            if key in seen:
                continue
            seen.add(key)
            variants._note_intervals(asset)
            variant = _variant(asset, by_id)
            visible = (*map(_visible, (variant.points, *variant.related.values())), variant.rated)
            variants._found.setdefault(asset.asset_class, {}).setdefault(visible, variant)
        return variants

    def of_class(self, name: str) -> Sequence[Variant]:
        """Return the variants of a class, the class's own points where it has no asset."""
        if name in self._found:
            return tuple(self._found[name].values())
        return (self.of_none(name),)

    def present(self) -> tuple[str, ...]:
        """Return the classes of its assets, all where it was made of none."""
        return tuple(self._found or self.classes)

    def points_of(self, name: str) -> tuple[Point, ...]:
        """Return the points that assets of a class have, each name once."""
        found: dict[str, Point] = {}
        for variant in self.of_class(name):
            found = {**variant.points, **found}
        return tuple(found.values())

    def slowest(self, name: str, point: Point) -> timedelta:
        """Return the longest interval of that point among the assets of a class."""
        return self._slowest.get((name, point.name), point.every)

    def _note_intervals(self, asset: Asset) -> None:
        for point in asset.points:
            key = asset.asset_class, point.name
            self._slowest[key] = max(point.every, self._slowest.get(key, point.every))

    def of_none(self, name: str) -> Variant:
        """Return what the class itself has, beside anything that may be related to it."""
        points = {each.name: each for each in self.classes[name].points}
        anything = {each.name: each for other in self.classes.values() for each in other.points}
        related = dict.fromkeys(RELATIONS, anything)
        return Variant("", points, related, frozenset())


def _variant(asset: Asset, by_id: Mapping[str, Asset]) -> Variant:
    parents = [by_id[asset.parent]] if asset.parent and asset.parent in by_id else []
    feeders = [by_id[name] for name in asset.fed_by if name in by_id]
    return Variant(
        asset.id,
        {each.name: each for each in asset.points},
        {"parent": _shared(parents), "fed_by": _shared(feeders)},
        frozenset(asset.rated),
    )


def _shared(assets: Sequence[Asset]) -> Points:
    """Return the points that all `assets` have and that are alike on all of them."""
    alike: dict[str, Point] = {}
    for number, asset in enumerate(assets):
        points = {each.name: each for each in asset.points}
        if number == 0:
            alike = points
        alike = {
            name: each
            for name, each in alike.items()
            if name in points and _looks(each) == _looks(points[name])
        }
    return alike


def _looks(point: Point) -> object:
    return point.name, point.unit, point.kind, point.value_type, point.states


def _visible(points: Points) -> object:
    return tuple(_looks(each) for each in points.values())


def check_rule(rule: WrittenRule, variants: Variants, problems: Problems) -> Rule | None:
    """Return `rule` with its expressions checked, None if something is wrong with them."""
    if rule.asset_class not in variants.classes:
        hint = suggest(rule.asset_class, variants.classes)
        problems.add(rule.class_place, f"unknown class {rule.asset_class!r}; {hint}")
        return None
    found = variants.of_class(rule.asset_class)
    otherwise = variants.of_none(rule.asset_class) if rule.pack else None
    written = {"when": rule.when, "clear": rule.clear, "suppress": rule.suppress}
    params = dict(rule.params)
    checked = {
        key: _check(key, each, found, params, problems, otherwise) for key, each in written.items() if each
    }
    if None in checked.values():
        return None
    return rule.make(**checked, system=variants.classes[rule.asset_class].system)


def _check(
    key: str,
    written: tuple[Place, str],
    variants: Sequence[Variant],
    params: Mapping[str, Quantity],
    problems: Problems,
    otherwise: Variant | None,
) -> Expression | None:
    place, text = written
    try:
        return _parse_for_all(text, variants, params, otherwise)
    except ExpressionInvalid as error:
        problems.add(place, f"{key}: {error} (at character {error.column + 1} of the expression)")
        return None


def _parse_for_all(
    text: str, variants: Sequence[Variant], params: Mapping[str, Quantity], otherwise: Variant | None
) -> Expression:
    """Return what `text` means to every variant that has what it names; to `otherwise` if none has.

    Raises:
        ExpressionInvalid: to one it means nothing, or something else than to another.
    """
    named = words(text)
    known = {name for each in variants for name in each.names}
    needed = named & (known if otherwise is None else known | otherwise.with_rated(named).names)
    having = [each for each in variants if needed <= each.names]
    if not having and otherwise is not None:
        having = [otherwise.with_rated(named)]
    if not having:
        raise ExpressionInvalid(f"no asset has all of {', '.join(sorted(needed))}", column=0)
    first, *others = having
    expression = _parse_for(text, first, params)
    units = assumed_units(text, points=first.points, around=first.around(params))
    for other in others:
        if _parse_for(text, other, params).root != expression.root:
            raise ExpressionInvalid(
                f"what it names has other states or units on {first.example} than on {other.example}",
                column=0,
            )
        theirs = assumed_units(text, points=other.points, around=other.around(params))
        if theirs != units:
            raise ExpressionInvalid(
                f"its numbers would be in {_listed(units)} on {first.example}, but in {_listed(theirs)} "
                f"on {other.example}: write their units",
                column=0,
            )
    return expression


def _parse_for(text: str, variant: Variant, params: Mapping[str, Quantity]) -> Expression:
    try:
        return parse(text, points=variant.points, around=variant.around(params))
    except ExpressionInvalid as error:
        on = f"on {variant.example}: " if variant.example else ""
        raise ExpressionInvalid(f"{on}{error}", column=error.column) from None


def _listed(units: frozenset[str]) -> str:
    return ", ".join(sorted(unit or "no unit" for unit in units))
