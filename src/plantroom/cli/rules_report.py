"""What a backtest came to, as a document and as tables."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any, Final, TypeAlias

import click
from rich import box
from rich.console import Console
from rich.table import Table

from plantroom.domain.installation import Installation
from plantroom.domain.report import to_rfc3339
from plantroom.domain.text import Text
from plantroom.rules.trial.alarms import Raised
from plantroom.rules.trial.backtest import BacktestResult
from plantroom.rules.trial.truth import Judgement

Judged: TypeAlias = tuple[tuple[Judgement, ...], tuple[Raised, ...]]
Document: TypeAlias = dict[str, Any]
_SHOWN: Final = 15
_WIDE: Final = 140
"""Columns of a table that goes to a file."""
_HOUR_MS: Final = 3_600_000
_OF_ASSETS: Final = {
    "asset": "asset",
    "alarms": "alarms",
    "orders": "work_orders",
    "active h": "active_hours",
}
_OF_RULES: Final = {
    "rule": "rule",
    "alarms": "alarms",
    "per hour": "per_hour",
    "suppressed": "suppressed",
    "assets": "assets",
    "orders": "work_orders",
    "active h": "active_hours",
    "unknown h": "unknown_hours",
}
"""Heads of tables with the keys of what stands below them."""


def document_of(
    result: BacktestResult, installation: Installation, judged: Judged | None, *, seconds: float
) -> Document:
    """Return all that is known of a backtest that took `seconds`."""
    return {
        "from": to_rfc3339(result.start),
        "to": to_rfc3339(result.end),
        "hours": round(result.hours, 2),
        "samples": result.samples,
        "seconds": round(seconds, 2),
        "times_real_time": round(result.hours * 3600 / max(seconds, 1e-6)),
        "alarms": len(result.alarms),
        "work_orders": len(result.orders),
        "rules": _rules(result, installation),
        "assets": _assets(result),
        "alarms_by_hour": _hours(result),
        "orders": [
            {
                "at": to_rfc3339(order.at),
                "asset": order.asset,
                "group": order.group,
                "rules": sorted({alarm.rule for alarm in order.alarms}),
                "alarms": len(order.alarms),
                "reopened": order.reopened,
            }
            for order in result.orders
        ],
        "unknown": [
            {"asset": each.asset, "point": each.point, "share": round(each.share, 4)}
            for each in result.unknown
        ],
        "wrong_rules": list(result.faults),
        "items": [_alarm(alarm) for alarm in result.alarms],
        "labels": None if judged is None else _judged(judged),
    }


def _rules(result: BacktestResult, installation: Installation) -> list[Document]:
    """Return a row for each rule, also for those that were not raised."""
    titles: dict[str, Text] = {rule.id: rule.title for rules in installation.rules.values() for rule in rules}
    alarms = _grouped(result.alarms, "rule")
    orders = Counter(order.alarms[0].rule for order in result.orders)
    return [
        {
            "rule": rule,
            "title": {"en": title.en, "zh": title.zh},
            "work_orders": orders[rule],
            "assets": len({alarm.asset for alarm in alarms.get(rule, [])}),
            **_amounts(alarms.get(rule, []), result),
        }
        for rule, title in titles.items()
    ]


def _assets(result: BacktestResult) -> list[Document]:
    orders = Counter(order.asset for order in result.orders)
    rows = [
        {"asset": asset, "work_orders": orders[asset], **_amounts(alarms, result)}
        for asset, alarms in _grouped(result.alarms, "asset").items()
    ]
    return sorted(rows, key=lambda row: (-row["alarms"], row["asset"]))


def _grouped(alarms: Sequence[Raised], by: str) -> Mapping[str, list[Raised]]:
    found: dict[str, list[Raised]] = defaultdict(list)
    for alarm in alarms:
        found[getattr(alarm, by)].append(alarm)
    return found


def _amounts(alarms: Sequence[Raised], result: BacktestResult) -> Document:
    active = sum((alarm.until or result.end) - alarm.at for alarm in alarms)
    return {
        "alarms": len(alarms),
        "suppressed": sum(alarm.shown is None for alarm in alarms),
        "per_hour": round(len(alarms) / max(result.hours, 1e-9), 4),
        "active_hours": round(active / _HOUR_MS, 3),
        "unknown_hours": round(sum(alarm.unknown for alarm in alarms) / _HOUR_MS, 3),
    }


def _hours(result: BacktestResult) -> list[Document]:
    """Return the hours, of UTC, in which there was an alarm."""
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    for alarm in result.alarms:
        counts[alarm.at // _HOUR_MS][alarm.rule] += 1
    return [
        {"hour": to_rfc3339(hour * _HOUR_MS), "alarms": sum(rules.values()), "rules": dict(rules)}
        for hour, rules in sorted(counts.items())
    ]


def _alarm(alarm: Raised) -> Document:
    return {
        "from": to_rfc3339(alarm.at),
        "to": None if alarm.until is None else to_rfc3339(alarm.until),
        "site": alarm.site,
        "asset": alarm.asset,
        "rule": alarm.rule,
        "severity": alarm.text.severity.value,
        "value": alarm.value,
        "point": alarm.point,
        "unit": alarm.unit,
        "shown_from": None if alarm.shown is None else to_rfc3339(alarm.shown),
        "suppressed_by": alarm.suppressed_by,
    }


def _judged(judged: Judged) -> Document:
    judgements, false = judged
    return {
        "faults": len(judgements),
        "found": sum(each.found for each in judgements),
        "missed": sum(not each.found for each in judgements),
        "false": len(false),
        "items": [judgement_document(each) for each in judgements],
        "false_items": [_alarm(alarm) for alarm in false],
    }


def judgement_document(each: Judgement) -> Document:
    """Return what became of one fault."""
    return {
        "asset": each.truth.asset,
        "fault": each.truth.fault,
        "point": each.truth.point,
        "from": to_rfc3339(each.truth.start),
        "to": None if each.truth.end is None else to_rfc3339(each.truth.end),
        "found": each.found,
        "seconds_to_detection": None if each.after is None else each.after / 1000,
        "findings": [
            {
                "rule": finding.rule,
                "asset": finding.asset,
                "where": finding.where.value,
                "seconds": finding.after / 1000,
            }
            for finding in each.findings
        ],
    }


def show(document: Document, *, zone: tzinfo) -> None:
    """Print the document for people, with times of the site."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDE)
    click.echo(
        f"{_local(document['from'], zone)} to {_local(document['to'], zone)}: {document['hours']:,} h, "
        f"{document['samples']:,} samples in {document['seconds']} s, "
        f"{document['times_real_time']:,} x real time"
    )
    raised = [row for row in document["rules"] if row["alarms"]]
    quiet = len(document["rules"]) - len(raised)
    click.echo(
        f"{document['alarms']} alarms of {len(raised)} rules ({quiet} rules raised none), "
        f"{document['work_orders']} work orders"
    )
    _columns(console, raised, _OF_RULES)
    _columns(console, document["assets"][:_SHOWN], _OF_ASSETS)
    busiest = sorted(document["alarms_by_hour"], key=lambda row: -row["alarms"])[:5]
    hours = [(_local(row["hour"], zone), row["alarms"], _counted(row["rules"])) for row in busiest]
    _table(console, ("busiest hours", "alarms", "rules"), hours)
    unknown = document["unknown"]
    points = [(f"{row['asset']}.{row['point']}", f"{row['share']:.0%}") for row in unknown[:_SHOWN]]
    _table(console, (f"unknown points ({len(unknown)})", "of the time"), points)
    for fault in document["wrong_rules"]:
        click.echo(f"wrong rule {fault}")
    if document["labels"] is not None:
        _show_labels(console, document["labels"])


def _show_labels(console: Console, labels: Document) -> None:
    click.echo(
        f"labels: {labels['found']} of {labels['faults']} faults found, {labels['missed']} missed, "
        f"{labels['false']} false alarms"
    )
    _table(console, ("asset", "fault", "found after", "by"), map(_fault_row, labels["items"]))
    false = Counter(f"{row['asset']} {row['rule']}" for row in labels["false_items"])
    _table(console, ("false alarms", "times"), false.most_common(_SHOWN))


def _fault_row(row: Document) -> tuple[str, ...]:
    own = [each["rule"] for each in row["findings"] if each["where"] == "on_it"]
    near = [f"{each['asset']} {each['rule']}" for each in row["findings"] if each["where"] == "near_it"]
    after = "missed" if row["seconds_to_detection"] is None else written_s(row["seconds_to_detection"])
    by = ", ".join(own) or (f"only nearby: {', '.join(near[:3])}" if near else "")
    return row["asset"], row["fault"], after, by


def written_s(seconds: float) -> str:
    """Return a span for people: `45 s`, `12 min`, `3.2 h`."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in Counter(counts).most_common(3))


def _local(text: str, zone: tzinfo) -> str:
    return f"{datetime.fromisoformat(text).astimezone(zone):%Y-%m-%d %H:%M}"


def _columns(console: Console, rows: Iterable[Document], keys: Mapping[str, str]) -> None:
    _table(console, tuple(keys), [tuple(row[key] for key in keys.values()) for row in rows])


def _table(console: Console, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    listed = [tuple(map(str, row)) for row in rows]
    if not listed:
        return
    table = Table(*heads, box=box.SIMPLE)
    for row in listed:
        table.add_row(*row)
    console.print(table)
