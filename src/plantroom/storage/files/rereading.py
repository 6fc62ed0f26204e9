"""Reading the files again while the product runs: rules may change, what is monitored may not."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Final

from plantroom.domain.errors import FilesInvalid, Problem
from plantroom.domain.installation import Installation
from plantroom.domain.points import PointTable
from plantroom.domain.rule import Rule
from plantroom.domain.site import Asset, Site, Tuning
from plantroom.storage.files.loader import ReadFiles, installation_of, read_files
from plantroom.storage.files.problems import Place, Problems
from plantroom.storage.files.rules import read_rules_in

_OF_RULES: Final = frozenset({"tuning", "packs", "assets"})
_NAMED: Final = 3
"""So many assets are named in one message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reread:
    """What the files say now, to a product that runs."""

    installation: Installation | None
    """The running sites and assets with the rules and tuning of the files; None: something is wrong."""
    problems: tuple[Problem, ...] = ()
    restart_needed: tuple[str, ...] = ()
    """What the files change that only a restart applies."""


def reread_files(running: Installation, *, sites: Sequence[Path], rules: Sequence[Path]) -> Reread:
    """Read the files that `running` came from again."""
    restart_needed: tuple[str, ...] = ()
    try:
        read = read_files(sites=sites, rules=rules)
        fitted = [_fitted(site, read.site_of(site.id)) for site in running.table.sites]
        restart_needed = tuple(_differences(running, read))
        return Reread(installation=_installation(running, read, fitted), restart_needed=restart_needed)
    except FilesInvalid as error:
        return Reread(installation=None, problems=error.problems, restart_needed=restart_needed)


def rule_in(text: str, installation: Installation) -> Rule:
    """Return the rule that `text` writes in YAML, checked against the assets of `installation`.

    Raises:
        FilesInvalid: with every mistake in it.
    """
    problems = Problems()
    written = read_rules_in(text, problems)
    _, rules = installation_of(written, installation.table.sites, installation.classes, problems)
    if not problems.found and len(rules) != 1:
        problems.add(Place("rule", 1), f"expected one rule, got {len(rules)}")
    problems.raise_any()
    return rules[0]


def _installation(running: Installation, read: ReadFiles, fitted: Sequence[Site]) -> Installation:
    problems = Problems()
    classes = {**read.classes, **running.classes}
    made, _ = installation_of(read.written, fitted, classes, problems)
    problems.raise_any()
    # One table for as long as the process lives, unless something about its rules changes.
    same = made.table.sites == running.table.sites
    return replace(made, classes=running.classes, table=running.table if same else PointTable(tuple(fitted)))


def _fitted(running: Site, read: Site | None) -> Site:
    """Return `running` with what `read` says about rules."""
    if read is None:
        return running
    tuning = {asset.id: asset.tuning for asset in read.assets}
    assets = tuple(
        asset if tuning.get(asset.id, asset.tuning) == asset.tuning else _retuned(asset, tuning)
        for asset in running.assets
    )
    return replace(running, tuning=read.tuning, packs=read.packs, assets=assets)


def _retuned(asset: Asset, tuning: Mapping[str, Mapping[str, Tuning]]) -> Asset:
    return replace(asset, tuning=tuning[asset.id])


def _differences(running: Installation, read: ReadFiles) -> Iterator[str]:
    known = {site.id for site in running.table.sites}
    yield from (f"new site {site.id}" for site in read.sites if site.id not in known)
    for site in running.table.sites:
        other = read.site_of(site.id)
        if other is None:
            yield f"site {site.id} is gone"
        else:
            yield from (f"site {site.id}: {text}" for text in _of_site(site, other))
    if dict(running.classes) != dict(read.classes):
        yield "classes changed"


def _of_site(running: Site, read: Site) -> Iterator[str]:
    for each in fields(Site):
        if each.name not in _OF_RULES and getattr(running, each.name) != getattr(read, each.name):
            yield f"{each.name} changed"
    was = {asset.id: asset for asset in running.assets}
    now = {asset.id: asset for asset in read.assets}
    changed = [name for name in was.keys() & now.keys() if not _alike(was[name], now[name])]
    for names, what in (
        (now.keys() - was.keys(), "new"),
        (was.keys() - now.keys(), "gone"),
        (changed, "changed"),
    ):
        if names:
            listed = sorted(names)
            more = f" and {len(listed) - _NAMED} more" if len(listed) > _NAMED else ""
            yield f"{what}: {', '.join(listed[:_NAMED])}{more}"


def _alike(one: Asset, other: Asset) -> bool:
    return one == replace(other, tuning=one.tuning)
