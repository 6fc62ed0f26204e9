"""Checks the expressions of rules against the points of the assets they watch."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from plantroom.domain.errors import ExpressionInvalid
from plantroom.domain.expression.parser import assumed_units, parse, words
from plantroom.domain.expression.tree import Expression
from plantroom.domain.rule import Rule
from plantroom.domain.site import Asset, AssetClass, Point
from plantroom.domain.suggestion import suggest
from plantroom.storage.files.problems import Place, Problems
from plantroom.storage.files.rules import WrittenRule

Points: TypeAlias = Mapping[str, Point]


@dataclass(frozen=True, slots=True)
class Variant:
    """Points that assets of one class have, alike in all that an expression can see."""

    example: str
    """One of these assets, "" where none exists."""
    points: Points


@dataclass(slots=True)
class Variants:
    """The variants of each class, among the assets it was made of."""

    classes: Mapping[str, AssetClass]
    _found: dict[str, dict[object, Variant]] = field(default_factory=dict)

    @classmethod
    def of(cls, classes: Mapping[str, AssetClass], assets: Iterable[Asset]) -> "Variants":
        """Return the variants among `assets`; assets that share their points are looked at once."""
        variants = cls(classes)
        seen: set[tuple[str, int]] = set()
        for asset in assets:
            if (asset.asset_class, id(asset.points)) in seen:
                continue
            seen.add((asset.asset_class, id(asset.points)))
            visible = tuple((each.name, each.unit, each.value_type, each.states) for each in asset.points)
            points = {each.name: each for each in asset.points}
            variants._found.setdefault(asset.asset_class, {}).setdefault(visible, Variant(asset.id, points))
        return variants

    def of_class(self, name: str) -> Sequence[Variant]:
        """Return the variants of a class, the class's own points where it has no asset."""
        if name in self._found:
            return tuple(self._found[name].values())
        return (Variant("", {each.name: each for each in self.classes[name].points}),)


def check_rule(rule: WrittenRule, variants: Variants, problems: Problems) -> Rule | None:
    """Return `rule` with its expressions checked, None if something is wrong with them."""
    if rule.asset_class not in variants.classes:
        hint = suggest(rule.asset_class, variants.classes)
        problems.add(rule.class_place, f"unknown class {rule.asset_class!r}; {hint}")
        return None
    found = variants.of_class(rule.asset_class)
    when = _check("when", rule.when, found, problems)
    clear = _check("clear", rule.clear, found, problems) if rule.clear else None
    if when is None or (rule.clear and clear is None):
        return None
    return rule.make(when=when, clear=clear, system=variants.classes[rule.asset_class].system)


def _check(
    key: str, written: tuple[Place, str], variants: Sequence[Variant], problems: Problems
) -> Expression | None:
    place, text = written
    try:
        return _parse_for_all(text, variants)
    except ExpressionInvalid as error:
        problems.add(place, f"{key}: {error} (at character {error.column + 1} of the expression)")
        return None


def _parse_for_all(text: str, variants: Sequence[Variant]) -> Expression:
    """Return what `text` means to every variant that has the points it names.

    Raises:
        ExpressionInvalid: to one it means nothing, or something else than to another.
    """
    named = words(text)
    known = {name for each in variants for name in each.points}
    having = [each for each in variants if named & known <= each.points.keys()]
    if not having:
        raise ExpressionInvalid(f"no asset has all of {', '.join(sorted(named & known))}", column=0)
    first, *others = having
    expression = _parse_for(text, first)
    units = assumed_units(text, points=first.points)
    for other in others:
        if _parse_for(text, other).root != expression.root:
            raise ExpressionInvalid(
                f"the states it names are not the same on {first.example} and {other.example}", column=0
            )
        theirs = assumed_units(text, points=other.points)
        if theirs != units:
            raise ExpressionInvalid(
                f"its numbers would be in {_listed(units)} on {first.example}, but in {_listed(theirs)} "
                f"on {other.example}: write their units",
                column=0,
            )
    return expression


def _parse_for(text: str, variant: Variant) -> Expression:
    try:
        return parse(text, points=variant.points)
    except ExpressionInvalid as error:
        on = f"on {variant.example}: " if variant.example else ""
        raise ExpressionInvalid(f"{on}{error}", column=error.column) from None


def _listed(units: frozenset[str]) -> str:
    return ", ".join(sorted(unit or "no unit" for unit in units))
