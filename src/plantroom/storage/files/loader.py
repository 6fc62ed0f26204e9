"""Site and rule files to an installation."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from plantroom.domain.installation import Installation
from plantroom.domain.points import PointTable
from plantroom.domain.rule import Rule
from plantroom.domain.site import AssetClass, Site
from plantroom.domain.suggestion import suggest
from plantroom.storage.files.classes import DeclaredClass, read_classes, shipped_classes
from plantroom.storage.files.conditions import Variants, check_rule
from plantroom.storage.files.fields import Fields
from plantroom.storage.files.problems import Place, Problems
from plantroom.storage.files.rules import WrittenRule, read_rules, rule_files, shipped_packs
from plantroom.storage.files.site import ReadSite, open_site, read_site
from plantroom.storage.files.topology import check_topology
from plantroom.storage.files.tuning import WrittenTuning, check_tuning
from plantroom.storage.files.written_out import written_out


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """What a set of files says."""

    installation: Installation
    rules: tuple[Rule, ...]
    """Every rule once, whether or not an asset of its class exists."""


def load_installation(*, sites: Sequence[Path], rules: Sequence[Path] = ()) -> Installation:
    """Return what the site files, their packs, and the rule files and folders say.

    Raises:
        FilesInvalid: with every mistake in all of them.
    """
    return load_files(sites=sites, rules=rules).installation


def load_files(*, sites: Sequence[Path], rules: Sequence[Path] = ()) -> Files:
    """Return what the files say, with the rules that no asset needs.

    Raises:
        FilesInvalid: with every mistake in all of them.
    """
    return read_files(sites=sites, rules=rules).files


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFiles:
    """Files without mistakes, as they were written."""

    files: Files
    written: tuple[WrittenRule, ...]

    @property
    def sites(self) -> tuple[Site, ...]:
        """The sites, in the order of the files."""
        return self.files.installation.table.sites

    @property
    def classes(self) -> Mapping[str, AssetClass]:
        """The classes, shipped and declared."""
        return self.files.installation.classes

    def site_of(self, name: str) -> Site | None:
        """Return the site of that id."""
        return next((site for site in self.sites if site.id == name), None)


def read_files(*, sites: Sequence[Path], rules: Sequence[Path] = ()) -> ReadFiles:
    """Return what the files say and how they say it.

    Raises:
        FilesInvalid: with every mistake in all of them.
    """
    problems = Problems()
    opened = [fields for path in _once(sites) if (fields := open_site(path, problems)) is not None]
    classes = _read_all_classes(opened)
    read = [site for fields in opened if (site := read_site(fields, classes)) is not None]
    check_topology(read, problems)
    written = [*_read_packs(read, problems)]
    for file in rule_files(tuple(rules), problems):
        written += read_rules(file, problems)
    _check_unique_rules(written, problems)
    installation, checked = installation_of(written, [each.site for each in read], classes, problems)
    # A rule that is wrong is known all the same: what is changed about it is no second mistake.
    wrong = {rule.id for rule in written} - {rule.id for rule in checked}
    tuning = (each for each in _all_tuning(read) if each[0].rule not in wrong)
    check_tuning(tuning, checked, problems)
    problems.raise_any()
    return ReadFiles(files=Files(installation=installation, rules=checked), written=tuple(written))


def installation_of(
    written: Sequence[WrittenRule],
    sites: Sequence[Site],
    classes: Mapping[str, AssetClass],
    problems: Problems,
) -> tuple[Installation, tuple[Rule, ...]]:
    """Return `sites` with the rules that fit them, and every rule once; what does not fit is a problem."""
    checked = _check_rules(written, sites, classes, problems)
    rules = {site.id: _rules_of(site, checked) for site in sites}
    installation = Installation(table=PointTable(tuple(sites)), classes=classes, rules=rules)
    return installation, tuple(rule for _, rule in checked)


def _all_tuning(read: Sequence[ReadSite]) -> Iterator[tuple[WrittenTuning, str]]:
    for site in read:
        yield from ((each, "") for each in site.tuning)
        for asset in site.assets:
            yield from ((each, asset.asset.asset_class) for each in asset.tuning)


def _once(paths: Sequence[Path]) -> Sequence[Path]:
    first: dict[Path, Path] = {}
    for path in paths:
        first.setdefault(path.resolve(), path)
    return tuple(first.values())


def _read_all_classes(opened: Sequence[Fields]) -> Mapping[str, AssetClass]:
    shipped = shipped_classes()
    declared: dict[str, DeclaredClass] = {}
    for fields in opened:
        declared |= read_classes(fields, shipped, declared)
    return {**shipped, **{name: each.asset_class for name, each in declared.items()}}


def _read_packs(read: Sequence[ReadSite], problems: Problems) -> list[WrittenRule]:
    shipped = shipped_packs()
    used: dict[str, Place] = {}
    for site in read:
        for place, pack in site.packs:
            if pack in shipped:
                used.setdefault(pack, place)
            else:
                problems.add(place, f"unknown rule pack {pack!r}; {suggest(pack, shipped)}")
    return [rule for pack in used for rule in read_rules(shipped[pack], problems, pack=pack)]


def _check_unique_rules(written: Sequence[WrittenRule], problems: Problems) -> None:
    first: dict[str, Place] = {}
    for rule in written:
        if rule.id in first:
            problems.add(rule.place, f"rule {rule.id} is already declared at {first[rule.id]}")
        first.setdefault(rule.id, rule.place)


def _check_rules(
    written: Sequence[WrittenRule],
    sites: Sequence[Site],
    classes: Mapping[str, AssetClass],
    problems: Problems,
) -> list[tuple[WrittenRule, Rule]]:
    variants = {
        pack: Variants.of(
            classes,
            (asset for site in sites if not pack or pack in site.packs for asset in site.assets),
        )
        for pack in {rule.pack for rule in written}
    }
    return [
        (each, rule)
        for each in written
        for one in written_out(each, variants[each.pack])
        if (rule := check_rule(one, variants[each.pack], problems)) is not None
    ]


def _rules_of(site: Site, checked: Sequence[tuple[WrittenRule, Rule]]) -> tuple[Rule, ...]:
    """Return the rules of the packs that `site` names and of all rule files, where it has assets for them."""
    classes = {asset.asset_class for asset in site.assets}
    return tuple(
        rule
        for written, rule in checked
        if rule.asset_class in classes and (not written.pack or written.pack in site.packs)
    )
