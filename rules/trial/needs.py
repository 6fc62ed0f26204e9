"""Which points rules need, so that nothing else is read, and which rules and assets are asked about."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

import numpy as np

from plantroom.domain.expression.tree import Function, Given, PointValue, Window, within
from plantroom.domain.installation import Installation
from plantroom.domain.points import PointTable
from plantroom.domain.rule import Rule
from plantroom.domain.site import Asset, Site, Tuning
from plantroom.rules.segments import Rows
from plantroom.rules.surroundings import OWN, PEERS, place_of

_BY_THE_CLOCK = frozenset({Function.MISSING, Function.COUNT})


def narrowed(
    installation: Installation, *, rules: Collection[str] = (), assets: Collection[str] = ()
) -> Installation:
    """Return the same with only those rules on only those assets; nothing given: all of them."""
    kept = {
        site: tuple(rule for rule in given if not rules or rule.id in rules)
        for site, given in installation.rules.items()
    }
    if not assets:
        return replace(installation, rules=kept)
    sites = tuple(_watching(site, kept.get(site.id, ()), assets) for site in installation.table.sites)
    return replace(installation, rules=kept, table=PointTable(sites))


def _watching(site: Site, rules: tuple[Rule, ...], assets: Collection[str]) -> Site:
    return replace(
        site,
        assets=tuple(
            asset if asset.id in assets else replace(asset, tuning=_switched_off(asset, rules))
            for asset in site.assets
        ),
    )


def _switched_off(asset: Asset, rules: tuple[Rule, ...]) -> Mapping[str, Tuning]:
    off = (rule.id for rule in rules if rule.asset_class == asset.asset_class)
    return {rule: replace(asset.tuning.get(rule, Tuning()), enabled=False) for rule in off}


def needed_points(installation: Installation) -> Rows:
    """Return the numbers of the points on which the transitions of the rules depend, ascending."""
    table = installation.table
    needed = np.zeros(len(table), np.bool_)
    named = {
        rule: (frozenset(_names(rule)), _goes_by_the_clock(rule))
        for rules in installation.rules.values()
        for rule in rules
    }
    siblings = _Siblings(table)
    for number, (site, asset) in enumerate(zip(table.site_of, table.assets, strict=True)):
        for rule in installation.rules.get(site.id, ()):
            if rule.asset_class != asset.asset_class or not rule.watches(asset, site):
                continue
            names, whole = named[rule]
            if whole:
                needed[table.first_point[number] : table.first_point[number + 1]] = True
            for key in _keys(asset, names, siblings):
                if key in table.number:
                    needed[table.number[key]] = True
    return np.flatnonzero(needed)


def _names(rule: Rule) -> Iterator[str]:
    for expression in (rule.when, rule.clear, rule.suppress):
        if expression is not None:
            yield from (node.point for node in within(expression.root) if isinstance(node, PointValue))


def _goes_by_the_clock(rule: Rule) -> bool:
    """Whether it matters when the asset was heard of at all, by whichever point."""
    expressions = [each for each in (rule.when, rule.clear, rule.suppress) if each is not None]
    windows = [node for each in expressions for node in within(each.root) if isinstance(node, Window)]
    return any(window.function in _BY_THE_CLOCK for window in windows) or any(
        place_of(name).relation != OWN for name in _names(rule)
    )


def _keys(asset: Asset, names: Collection[str], siblings: "_Siblings") -> Iterator[tuple[str, str]]:
    for name in names:
        relation, own_name = place_of(name)
        if relation == OWN:
            yield asset.id, own_name
        elif relation == PEERS:
            yield from ((each, name.split(".")[1]) for each in siblings.of(asset))
        elif relation == "parent":
            yield asset.parent or "", own_name
        else:
            yield from ((feeder, own_name) for feeder in asset.fed_by)


class _Siblings:
    """The assets of one class with one parent."""

    def __init__(self, table: PointTable) -> None:
        self._found: dict[tuple[str, str | None], list[str]] = {}
        for asset in table.assets:
            self._found.setdefault((asset.asset_class, asset.parent), []).append(asset.id)

    def of(self, asset: Asset) -> list[str]:
        return self._found[asset.asset_class, asset.parent]


def lacking(installation: Installation) -> Iterator[str]:
    """Yield why rules watch nothing: no asset of their class has what they name."""
    for site in installation.table.sites:
        for rule in installation.rules.get(site.id, ()):
            assets = [asset for asset in site.assets if asset.asset_class == rule.asset_class]
            missing = [_missing(rule, asset) for asset in assets]
            if not assets:
                yield f"{rule.id} watches nothing: there is no {rule.asset_class}"
            elif all(missing):
                yield f"{rule.id} watches nothing: {assets[0].id} has no {', '.join(missing[0])}"


def _missing(rule: Rule, asset: Asset) -> list[str]:
    """Return what the rule's condition names and the asset itself lacks."""
    points = {point.name for point in asset.points}
    rated = {f"rated.{name}" for name in asset.rated}
    named = {
        node.point if isinstance(node, PointValue) else node.name
        for node in within(rule.when.root)
        if (isinstance(node, PointValue) and place_of(node.point).relation == OWN)
        or (isinstance(node, Given) and node.name.startswith("rated."))
    }
    return sorted(named - points - rated)
