"""What rules come to on each asset: whether they watch it, by which limits, and who said so."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property

from plantroom.domain.expression.tree import Given, PointValue, within
from plantroom.domain.installation import Installation
from plantroom.domain.override import Override
from plantroom.domain.points import PointTable
from plantroom.domain.rule import Rule
from plantroom.domain.site import Asset, Site, Tuning


class Origin(Enum):
    """Who has the last word on something about a rule."""

    RULE = "rule"
    SITE_FILE = "site_file"
    SITE_OVERRIDE = "site_override"
    ASSET_FILE = "asset_file"
    ASSET_OVERRIDE = "asset_override"


@dataclass(frozen=True, slots=True, kw_only=True)
class Param:
    """A parameter of a rule as it counts somewhere."""

    name: str
    default: float
    unit: str
    """Of both numbers, "" where the rule writes none."""
    value: float
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a rule comes to on one asset, or, without asset, on a site as a whole."""

    asset: Asset | None
    enabled: bool
    enabled_by: Origin
    params: tuple[Param, ...]
    lacks: tuple[str, ...] = ()
    """What the rule names that the asset has not."""
    override: Override | None = None
    """What people have changed about the rule on the asset itself."""

    @property
    def watched(self) -> bool:
        """Whether the rule watches."""
        return self.enabled and not self.lacks


class Effects:
    """The effects of all rules of an installation, as people have changed them."""

    def __init__(self, installation: Installation, overrides: Iterable[Override]) -> None:
        """Take the rules and tuning of the files, and the overrides in force."""
        self.installation = installation
        self.overrides = {each.key: each for each in overrides}
        self._lacks: dict[object, tuple[str, ...]] = {}

    def of_site(self, rule: Rule, site: Site) -> Effect:
        """Return what `rule` comes to on `site` where its assets say nothing else."""
        return _effect(rule, None, self._said(rule, site, None))

    def of_asset(self, rule: Rule, asset: Asset, site: Site) -> Effect:
        """Return what `rule` comes to on `asset`."""
        effect = _effect(rule, asset, self._said(rule, site, asset), self.lacking(rule, asset))
        return replace(effect, override=self.overrides.get((site.id, asset.id, rule.id)))

    def on_asset(self, asset: Asset, site: Site) -> Iterator[tuple[Rule, Effect]]:
        """Yield the rules of the class of `asset`, and what each comes to on it."""
        for rule in self.installation.rules.get(site.id, ()):
            if rule.asset_class == asset.asset_class:
                yield rule, self.of_asset(rule, asset, site)

    def on(self, rule: Rule, site: Site) -> list[Effect]:
        """Return what `rule` comes to on each asset of its class at `site`."""
        return [
            self.of_asset(rule, asset, site) for asset in self._assets.get((site.id, rule.asset_class), ())
        ]

    def named(
        self, rule: str, *, site: str | None = None, asset_class: str | None = None
    ) -> list[tuple[Rule, Site]]:
        """Return the rules of that id, one for each site and class that it is written for, or those given."""
        return [
            (each, at)
            for at in self.installation.table.sites
            for each in self.installation.rules.get(at.id, ())
            if each.id == rule and site in (None, at.id) and asset_class in (None, each.asset_class)
        ]

    def lacking(self, rule: Rule, asset: Asset) -> tuple[str, ...]:
        """Return what `rule` names that `asset`, or what it is related to, has not."""
        table = self.installation.table
        others = [_find(table, name) for name in (asset.parent, *asset.fed_by)]
        around = (id(each.points) if each else None for each in others)
        key = rule.id, rule.asset_class, id(asset.points), frozenset(asset.rated), tuple(around), asset.parent
        if key not in self._lacks:
            self._lacks[key] = tuple(name for name in _named(rule) if not _has(asset, name, table))
        return self._lacks[key]

    @cached_property
    def _assets(self) -> Mapping[tuple[str, str], list[Asset]]:
        found: dict[tuple[str, str], list[Asset]] = {}
        for site in self.installation.table.sites:
            for asset in site.assets:
                found.setdefault((site.id, asset.asset_class), []).append(asset)
        return found

    def _said(self, rule: Rule, site: Site, asset: Asset | None) -> list[tuple[Origin, Tuning]]:
        """Return what is said about `rule`, the last word first."""
        said: list[tuple[Origin, Tuning]] = []
        if asset is not None:
            self._add(said, Origin.ASSET_OVERRIDE, (site.id, asset.id, rule.id))
            if rule.id in asset.tuning:
                said.append((Origin.ASSET_FILE, asset.tuning[rule.id]))
        self._add(said, Origin.SITE_OVERRIDE, (site.id, "", rule.id))
        if rule.id in site.tuning:
            said.append((Origin.SITE_FILE, site.tuning[rule.id]))
        return said

    def _add(self, said: list[tuple[Origin, Tuning]], origin: Origin, key: tuple[str, str, str]) -> None:
        if key in self.overrides:
            said.append((origin, self.overrides[key].tuning))


def _effect(
    rule: Rule, asset: Asset | None, said: list[tuple[Origin, Tuning]], lacks: tuple[str, ...] = ()
) -> Effect:
    words = ((origin, tuning.enabled) for origin, tuning in said if tuning.enabled is not None)
    enabled_by, enabled = next(words, (Origin.RULE, True))
    return Effect(
        asset=asset,
        enabled=enabled,
        enabled_by=enabled_by,
        params=tuple(_param(name, rule, said) for name, _ in rule.params),
        lacks=lacks,
    )


def _param(name: str, rule: Rule, said: list[tuple[Origin, Tuning]]) -> Param:
    default = dict(rule.params)[name]
    words = ((origin, tuning.params[name]) for origin, tuning in said if name in tuning.params)
    origin, quantity = next(words, (Origin.RULE, default))
    return Param(
        name=name,
        default=default.value,
        unit=default.unit or "",
        value=quantity.number_in(default.unit),
        origin=origin,
    )


def _named(rule: Rule) -> list[str]:
    """Return the points and ratings that `rule` must know to watch, each once."""
    roots = [each.root for each in (rule.when, rule.clear) if each is not None]
    nodes = [node for root in roots for node in within(root)]
    points = [node.point for node in nodes if isinstance(node, PointValue)]
    rated = [node.name for node in nodes if isinstance(node, Given) and node.name.startswith("rated.")]
    return list(dict.fromkeys(points + rated))


def _has(asset: Asset, name: str, table: PointTable) -> bool:
    head, _, rest = name.partition(".")
    match head:
        case "rated":
            return rest in asset.rated
        case "parent":
            return _has_point(_find(table, asset.parent), rest)
        case "fed_by":
            return bool(asset.fed_by) and all(_has_point(_find(table, each), rest) for each in asset.fed_by)
        case "peers":
            return _has_point(asset, rest.rpartition(".")[0])
    return _has_point(asset, name)


def _has_point(asset: Asset | None, name: str) -> bool:
    return asset is not None and any(point.name == name for point in asset.points)


def _find(table: PointTable, name: str | None) -> Asset | None:
    number = table.asset_number.get(name or "")
    return None if number is None else table.assets[number]
