"""`plantroom rules diff`: what other rules would change."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Any

import click

from plantroom.cli import options
from plantroom.cli.options import together
from plantroom.cli.rules_backtest import past, source_of
from plantroom.cli.rules_cases import written
from plantroom.cli.rules_history import Source, open_history, span_of
from plantroom.cli.rules_report import written_s
from plantroom.cli.rules_running import run_backtest
from plantroom.domain.installation import Installation
from plantroom.domain.quantity import Quantity
from plantroom.domain.report import to_rfc3339
from plantroom.domain.rule import Rule
from plantroom.domain.text import Text
from plantroom.rules.trial.backtest import BacktestResult
from plantroom.rules.trial.difference import AlarmsChange, Difference, compare_alarms, difference
from plantroom.rules.trial.needs import narrowed
from plantroom.simulators.demo import SITE_FILE
from plantroom.storage.files.alone import watched_by


@click.command()
@click.argument("old", type=click.Path(path_type=Path, exists=True))
@click.argument("new", type=click.Path(path_type=Path, exists=True))
@past
@together(options.sites)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on standard output.")
def diff(old: Path, new: Path, **given: Any) -> None:
    """Say what changes when the rules in NEW take the place of those in OLD, files or directories of them.

    With --from, --to or --recording both are tried on the past: which alarms there would be more or fewer
    of, which would come earlier or later. The rules are those of the two alone, on the assets of --site, by
    default on those of the demo building.
    """
    source = source_of(given)
    sites = given["sites"] or (SITE_FILE,)
    before, after = watched_by([old], sites=sites), watched_by([new], sites=sites)
    changes = difference(_rules(before), _rules(after))
    document = _document(changes)
    if source.recordings or source.since is not None or source.until is not None:
        document["past"] = _tried(before, after, changes, source)
    if given["as_json"]:
        click.echo(json.dumps(document, ensure_ascii=False))
    else:
        _show(document)


def _rules(installation: Installation) -> tuple[Rule, ...]:
    found = {rule.id: rule for rules in installation.rules.values() for rule in rules}
    return tuple(found.values())


def _tried(
    before: Installation, after: Installation, changes: Difference, source: Source
) -> dict[str, Any] | None:
    """Return what would have been otherwise; None: no rule changes."""
    concerned = (*changes.added, *changes.removed, *(each.rule for each in changes.changed))
    if not concerned:
        return None
    old, new = (narrowed(each, rules=concerned) for each in (before, after))
    with open_history(source, before) as history:
        start, end = span_of(source, history, before)
        first = run_backtest(old, history, start=start, end=end, name="old rules")
        second = run_backtest(new, history, start=start, end=end, name="new rules")
    return _past(first, second)


def _past(old: BacktestResult, new: BacktestResult) -> dict[str, Any]:
    changes = compare_alarms(old.alarms, new.alarms, end=old.end)
    return {
        "from": to_rfc3339(old.start),
        "to": to_rfc3339(old.end),
        "alarms": {"old": len(old.alarms), "new": len(new.alarms)},
        "work_orders": {"old": len(old.orders), "new": len(new.orders)},
        "items": [_change(each) for each in changes],
    }


def _change(each: AlarmsChange) -> dict[str, Any]:
    return {
        "rule": each.rule,
        "asset": each.asset,
        "old": each.old,
        "new": each.new,
        "fewer": each.fewer,
        "more": each.more,
        "earlier_s": [by / 1000 for by in each.earlier],
        "later_s": [by / 1000 for by in each.later],
    }


def _document(changes: Difference) -> dict[str, Any]:
    return {
        "added": list(changes.added),
        "removed": list(changes.removed),
        "changed": [
            {
                "rule": each.rule,
                "fields": [
                    {"field": field.field, "old": plain(field.old), "new": plain(field.new)}
                    for field in each.changes
                ],
            }
            for each in changes.changed
        ],
        "past": None,
    }


def plain(value: Any) -> Any:
    """Return a field of a rule as JSON has it."""
    if isinstance(value, timedelta):
        return written(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Quantity):
        return str(value)
    if isinstance(value, Text):
        return {"en": value.en, "zh": value.zh}
    if isinstance(value, tuple):
        return [plain(each) for each in value]
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    return value


def _show(document: dict[str, Any]) -> None:
    for name in document["added"]:
        click.echo(f"+ {name}")
    for name in document["removed"]:
        click.echo(f"- {name}")
    for rule in document["changed"]:
        click.echo(f"~ {rule['rule']}")
        for field in rule["fields"]:
            click.echo(f"    {field['field']}: {_short(field['old'])} -> {_short(field['new'])}")
    counts = [len(document[key]) for key in ("added", "removed", "changed")]
    click.echo("{} added, {} removed, {} changed".format(*counts))
    if document["past"] is not None:
        _show_past(document["past"])


def _short(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _show_past(past: dict[str, Any]) -> None:
    alarms, orders = past["alarms"], past["work_orders"]
    click.echo(
        f"{past['from']} to {past['to']}: alarms {alarms['old']} -> {alarms['new']}, "
        f"work orders {orders['old']} -> {orders['new']}"
    )
    for each in past["items"]:
        click.echo(f"    {each['asset']} {each['rule']}: {', '.join(_told(each))}")


def _told(each: dict[str, Any]) -> Iterator[str]:
    yield f"{each['old']} -> {each['new']}"
    for key in ("more", "fewer"):
        if each[key]:
            yield f"{each[key]} {key}"
    for key in ("earlier", "later"):
        if each[f"{key}_s"]:
            yield f"{len(each[f'{key}_s'])} {key} by {_span(each[f'{key}_s'])}"


def _span(seconds: Sequence[float]) -> str:
    low, high = written_s(min(seconds)), written_s(max(seconds))
    return low if low == high else f"{low} to {high}"
