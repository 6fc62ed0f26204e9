"""At which numbers rules begin to hold: read from the rules' trees, so that charts cannot disagree."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from plantroom.dashboards.comparisons import compared
from plantroom.domain.installation import Installation
from plantroom.domain.rule import Rule, Severity
from plantroom.domain.site import Asset, Site
from plantroom.domain.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Beyond which value of a point a rule's condition can hold."""

    point: str
    value: float
    above: bool
    """Whether what is above `value` is wrong, or what is below."""
    at_rest: bool
    """Whether it counts only while something does not run."""
    severity: Severity
    title: Text
    rule: str
    assets: frozenset[str] = frozenset()
    """The machines that have this limit."""


def limits_of(installation: Installation, asset_class: str) -> tuple[Limit, ...]:
    """Return the limits of a class's points with the machines that have them, by point and value."""
    found: dict[Limit, set[str]] = {}
    for asset, site in zip(installation.table.assets, installation.table.site_of, strict=True):
        if asset.asset_class != asset_class:
            continue
        for limit in _of_asset(installation.rules.get(site.id, ()), asset, site):
            found.setdefault(limit, set()).add(asset.id)
    limits = (replace(limit, assets=frozenset(assets)) for limit, assets in found.items())
    return tuple(sorted(limits, key=lambda each: (each.point, each.value, each.above, each.rule)))


class Limits:
    """The limits of an installation's machines, by class and point."""

    def __init__(self, installation: Installation) -> None:
        self._assets = {
            name: frozenset(each.id for each in installation.table.assets if each.asset_class == name)
            for name in installation.classes
        }
        self._limits = {name: limits_of(installation, name) for name in installation.classes}

    def of(self, asset_class: str, *points: str) -> tuple[Limit, ...]:
        """Return the limits of some points; what counts only at rest gives way to what counts at work."""
        found = [each for each in self._limits[asset_class] if each.point in points]
        at_work = {(each.point, each.above) for each in found if not each.at_rest}
        return tuple(each for each in found if not each.at_rest or (each.point, each.above) not in at_work)

    def shared(self, asset_class: str, *points: str) -> tuple[Limit, ...]:
        """Return the limits that all machines of the class have in common."""
        return tuple(
            each for each in self.of(asset_class, *points) if each.assets == self._assets[asset_class]
        )

    def own(self, asset_class: str, *points: str) -> tuple[Limit, ...]:
        """Return the limits that differ between the machines of the class."""
        return tuple(
            each for each in self.of(asset_class, *points) if each.assets != self._assets[asset_class]
        )


def _of_asset(rules: Sequence[Rule], asset: Asset, site: Site) -> Iterator[Limit]:
    for rule in rules:
        if rule.asset_class != asset.asset_class or rule.suppresses or not rule.watches(asset, site):
            continue
        given = {f"params.{name}": value for name, value in rule.params_of(asset, site).items()}
        given |= {f"rated.{name}": value for name, value in asset.rated.items()}
        yield from _of_rule(rule, given)


def _of_rule(rule: Rule, given: Mapping[str, float]) -> Iterator[Limit]:
    for found in dict.fromkeys(compared(rule.when.root, given)):
        yield Limit(
            point=found.point,
            value=float(f"{found.value:.6g}"),
            above=found.above,
            at_rest=found.at_rest,
            severity=rule.severity,
            title=rule.title,
            rule=rule.id,
        )
