"""What people change about rules while the product runs; it goes before what the files change."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from plantroom.domain.installation import Installation
from plantroom.domain.points import PointTable
from plantroom.domain.quantity import Quantity
from plantroom.domain.rule import Rule
from plantroom.domain.site import Asset, Site, Tuning
from plantroom.domain.suggestion import suggest


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A change of a rule on one asset or on a whole site, by whom and why; times are ms since the epoch."""

    site: str
    asset: str = ""
    """Empty: every asset of the site."""
    rule: str
    enabled: bool | None = None
    """Whether the rule watches; None: as it would without."""
    params: Mapping[str, Quantity] = field(default_factory=dict)
    reason: str
    who: str
    at: int
    until: int | None = None
    """When it ends by itself; None: never."""

    @property
    def key(self) -> tuple[str, str, str]:
        """What there is one override of at most."""
        return self.site, self.asset, self.rule

    @property
    def tuning(self) -> Tuning:
        """What it changes."""
        return Tuning(enabled=self.enabled, params=self.params)

    def holds(self, now: int) -> bool:
        """Whether it has not ended at `now`."""
        return self.until is None or now < self.until


def overridden(installation: Installation, overrides: Iterable[Override]) -> Installation:
    """Return `installation` as `overrides` change it; those of sites and assets it has not change nothing."""
    by_place: dict[tuple[str, str], dict[str, Tuning]] = {}
    for each in overrides:
        by_place.setdefault((each.site, each.asset), {})[each.rule] = each.tuning
    if not by_place:
        return installation
    sites = tuple(_overridden_site(site, by_place) for site in installation.table.sites)
    return replace(installation, table=PointTable(sites))


def _overridden_site(site: Site, by_place: Mapping[tuple[str, str], Mapping[str, Tuning]]) -> Site:
    def change(asset: Asset) -> Asset:
        said = by_place.get((site.id, asset.id))
        return asset if said is None else replace(asset, tuning=_laid_over(asset.tuning, said))

    return replace(
        site,
        tuning=_laid_over(site.tuning, by_place.get((site.id, ""), {})),
        assets=tuple(change(asset) for asset in site.assets),
    )


def _laid_over(written: Mapping[str, Tuning], said: Mapping[str, Tuning]) -> dict[str, Tuning]:
    """Return what is written, changed by what was said, parameter by parameter."""
    laid = dict(written)
    for rule, tuning in said.items():
        under = written.get(rule, Tuning())
        enabled = under.enabled if tuning.enabled is None else tuning.enabled
        laid[rule] = Tuning(enabled=enabled, params={**under.params, **tuning.params})
    return laid


def mistake_in(each: Override, installation: Installation) -> str | None:
    """Return why `each` cannot change the rules of `installation`; None: it can."""
    rules = [rule for rule in installation.rules.get(each.site, ()) if rule.id == each.rule]
    if not rules:
        return f"there is no rule {each.rule} at site {each.site}"
    if each.asset:
        number = installation.table.asset_number.get(each.asset)
        if number is None or installation.table.site_of[number].id != each.site:
            return f"there is no asset {each.asset} at site {each.site}"
        asset = installation.table.assets[number]
        if all(rule.asset_class != asset.asset_class for rule in rules):
            classes = ", ".join(rule.asset_class for rule in rules)
            return f"rule {each.rule} is for {classes}, {asset.id} is of class {asset.asset_class}"
    return _mistake_in_params(each, rules[0])


def _mistake_in_params(each: Override, rule: Rule) -> str | None:
    known = dict(rule.params)
    for name, quantity in each.params.items():
        if name not in known:
            return f"rule {rule.id} has no parameter {name!r}; {suggest(name, known)}"
        try:
            quantity.number_in(known[name].unit)
        except ValueError as error:
            return f"{name}: {error}"
    return None


def in_force(installation: Installation, overrides: Iterable[Override], *, now: int) -> tuple[Override, ...]:
    """Return those of `overrides` that hold at `now` and fit `installation`, whose files may have changed."""
    return tuple(each for each in overrides if each.holds(now) and mistake_in(each, installation) is None)
