"""Case files: what some points show over time, and what rules should make of it."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from plantroom.domain.alarm import TransitionKind
from plantroom.domain.errors import Problem
from plantroom.domain.installation import Installation
from plantroom.domain.points import PointTable
from plantroom.domain.quantity import Quantity
from plantroom.domain.rule import Rule
from plantroom.domain.rule_case import CaseSeries, ExpectedTransition, Held, RuleCase
from plantroom.domain.site import Point, Site, ValueType
from plantroom.domain.suggestion import suggest
from plantroom.storage.files import values
from plantroom.storage.files.case_sites import read_case_site
from plantroom.storage.files.classes import shipped_classes
from plantroom.storage.files.conditions import Variants, check_rule
from plantroom.storage.files.fields import Fields, items
from plantroom.storage.files.problems import Problems
from plantroom.storage.files.rules import WrittenRule, read_rules, rule_files, shipped_packs
from plantroom.storage.files.scenarios import local_time
from plantroom.storage.files.source import SUFFIXES, read_node, shipped_files
from plantroom.storage.files.tuning import check_tuning
from plantroom.storage.files.written_out import written_out

_CASES: Final = "rules/packs/cases"
_START: Final = datetime(2026, 7, 15, 8)  # noqa: DTZ001  # of the case's site
_BAD: Final = "bad"
_GONE: Final = "gone"


def shipped_cases() -> tuple[Traversable, ...]:
    """Return the case files of the rule packs that come with the product, by name."""
    return shipped_files(_CASES)


def case_files(paths: Sequence[Path]) -> tuple[Path, ...]:
    """Return the case files that `paths` are or hold, folders within folders included."""
    found: list[Path] = []
    for path in paths:
        inside = (
            sorted(each for each in path.rglob("*") if each.suffix in SUFFIXES) if path.is_dir() else [path]
        )
        found += [each for each in inside if each not in found]
    return tuple(found)


def load_cases(
    cases: Iterable[Path | Traversable], *, rules: Sequence[Path] = ()
) -> tuple[tuple[RuleCase, ...], tuple[Problem, ...]]:
    """Return the cases of these files, about the rules of `rules` and of the shipped packs, and all mistakes.

    Where both have a rule of one id, that of `rules` counts. Cases with mistakes are left out.
    """
    problems = Problems()
    written: dict[str, WrittenRule] = {}
    for pack, file in shipped_packs().items():
        written |= {rule.id: rule for rule in read_rules(file, problems, pack=pack)}
    for path in rule_files(tuple(rules), problems):
        written |= {rule.id: rule for rule in read_rules(path, problems)}
    found = tuple(case for file in cases for case in _read_cases(file, written, problems))
    return found, problems.ordered()


def _read_cases(
    file: Path | Traversable, rules: Mapping[str, WrittenRule], problems: Problems
) -> Iterator[RuleCase]:
    node = read_node(file, problems)
    if node is None:
        return
    for fields in items(node, what="cases", file=str(file), problems=problems):
        before = len(problems.found)
        case = _Reader(fields, str(file), rules, problems).read()
        if case is not None and len(problems.found) == before:
            yield case


@dataclass(slots=True)
class _Reader:
    """Reads one case."""

    fields: Fields
    file: str
    rules: Mapping[str, WrittenRule]
    problems: Problems

    def read(self) -> RuleCase | None:
        fields = self.fields
        name = fields.required("case", values.text)
        read = read_case_site(fields, self.file, self.problems)
        every = fields.optional("every", values.interval, timedelta(0))
        site = None if read is None else _with_intervals(read.site, every)
        rules = () if site is None else self._read_rules(site)
        start = fields.optional("start", local_time, _START)
        until = fields.required("until", values.interval)
        if site is None or read is None or name is None or until is None:
            for key in ("rules", "series", "expect"):
                fields.know(key)
            fields.finish()
            return None
        changes = [(each, "") for each in read.tuning]
        changes += [(each, asset.asset.asset_class) for asset in read.assets for each in asset.tuning]
        check_tuning(changes, rules, self.problems)
        table = PointTable((site,))
        case = RuleCase(
            name=name,
            file=self.file,
            line=fields.place.line,
            installation=Installation(table=table, classes=shipped_classes(), rules={site.id: rules}),
            rules=tuple(rule.id for rule in rules),
            start=start.replace(tzinfo=site.timezone),
            until=until,
            series=tuple(self._read_series(table)),
            expect=tuple(self._read_expected(site, rules)),
        )
        fields.finish()
        return case

    def _read_rules(self, site: Site) -> tuple[Rule, ...]:
        variants = Variants.of(shipped_classes(), site.assets)
        found: list[Rule] = []
        named = self.fields.listed("rules", values.identifier("rule"))
        if not named:
            self.fields.problem("rules", "rules: expected the ids of the rules that the case is about")
        for place, rule_id in named:
            if rule_id not in self.rules:
                self.problems.add(place, f"unknown rule {rule_id!r}; {suggest(rule_id, self.rules)}")
                continue
            # As of a pack: it waits where no asset of the case has what it names.
            written = replace(self.rules[rule_id], pack=self.rules[rule_id].pack or _CASES)
            checked = (check_rule(each, variants, self.problems) for each in written_out(written, variants))
            found += [rule for rule in checked if rule is not None]
        return tuple(found)

    def _read_series(self, table: PointTable) -> Iterator[CaseSeries]:
        if "series" not in self.fields:
            self.fields.problem("series", "series is missing")
        only = table.assets[0].id if len(table.assets) == 1 else ""
        known = {
            key for asset, point in table.keys for key in (f"{asset}.{point}", point if only else "") if key
        }
        for name, steps in self.fields.entries("series", shorthand="0s"):
            if name not in known:
                steps.note(f"series: no asset of the case has the point {name!r}; {suggest(name, known)}")
                continue
            asset, _, point = name.rpartition(".")
            number = table.number[asset or only, point]
            yield CaseSeries(point=number, steps=tuple(_read_steps(steps, table.points[number])))

    def _read_expected(self, site: Site, rules: Sequence[Rule]) -> Iterator[ExpectedTransition]:
        if "expect" not in self.fields:
            self.fields.problem("expect", "expect is missing; [] says that nothing happens")
        classes = {rule.id: rule.asset_class for rule in rules}
        for fields in self.fields.items("expect"):
            at = fields.required("at", values.duration)
            kind = fields.required("is", values.choice(TransitionKind))
            rule = fields.required("rule", values.identifier("rule"))
            value = fields.optional("value", values.number, math.nan)
            if rule is not None and rule not in classes:
                fields.problem("rule", f"the case does not load the rule {rule!r}; {suggest(rule, classes)}")
                rule = None
            is_suppressed = kind is TransitionKind.SUPPRESSED
            suppressed = fields.optional("suppressed", values.boolean, default=is_suppressed)
            asset = _read_asset(fields, site, classes.get(rule or "", ""))
            fields.finish()
            if at is not None and kind is not None and rule is not None and asset:
                yield ExpectedTransition(
                    at=at,
                    asset=asset,
                    rule=rule,
                    kind=kind,
                    value=None if math.isnan(value) else value,
                    suppressed=suppressed,
                    line=fields.place.line,
                )


def _with_intervals(site: Site, every: timedelta) -> Site:
    if not every:
        return site
    return replace(
        site,
        assets=tuple(
            replace(asset, points=tuple(replace(point, every=every) for point in asset.points))
            for asset in site.assets
        ),
    )


def _read_asset(expected: Fields, site: Site, asset_class: str) -> str:
    """Return the asset that is named, or the only one that the rule can be about."""
    known = [asset.id for asset in site.assets if asset.asset_class == asset_class]
    name = expected.optional("asset", values.identifier("asset"), "")
    if not name and len(known) == 1:
        return known[0]
    if asset_class and name not in known:
        expected.problem("asset", f"asset: expected one of {', '.join(known) or 'none'}, got {name!r}")
    return name


def _read_steps(steps: Fields, point: Point) -> Iterator[Held]:
    last = timedelta(-1)
    for written, fields in steps.all_mappings(shorthand="value"):
        try:
            at = values.duration(written)
        except ValueError as error:
            fields.note(str(error))
            continue
        if at <= last:
            fields.note(f"expected a later time than the one before, got {written}")
        if last < timedelta(0) < at:
            fields.note(f"expected what it shows from 0s on, got {written} first")
        last = at
        yield _read_step(fields, at, point)
        fields.finish()


def _read_step(fields: Fields, at: timedelta, point: Point) -> Held:
    reader = _reader_of(point)
    if "ramp" in fields:
        if point.value_type is not ValueType.NUMBER or not at:
            fields.problem("ramp", "ramp: only a number can be reached evenly, and only after 0s")
        return Held(at=at, value=fields.optional("ramp", reader, math.nan), ramp=True)
    gone = fields.optional("value", lambda written: written == _GONE, default=False)
    return Held(at=at, value=None if gone else fields.required("value", reader))


def _reader_of(point: Point) -> Callable[[str], float]:
    def read(written: str) -> float:
        if written == _BAD:
            return math.nan
        if point.value_type is ValueType.BOOLEAN:
            return float(values.boolean(written))
        if point.value_type is ValueType.NUMBER:
            return Quantity.parse(written).number_in(point.unit)
        if written not in point.states:
            raise ValueError(f"expected one of {', '.join(point.states)}, got {written!r}")
        return float(point.states.index(written))

    return read
