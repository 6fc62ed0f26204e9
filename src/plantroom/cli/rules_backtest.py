"""`plantroom rules backtest`: what rules would have done on what was."""

import csv
import json
import sys
import time
from pathlib import Path
from typing import Any

import click

from plantroom.cli import options
from plantroom.cli.options import together
from plantroom.cli.rules_history import Source, open_history, span_of, truths_of
from plantroom.cli.rules_report import document_of, show
from plantroom.cli.rules_running import run_backtest
from plantroom.cli.spans import Start
from plantroom.domain.installation import Installation
from plantroom.domain.report import to_rfc3339
from plantroom.domain.suggestion import suggest
from plantroom.rules.trial.backtest import BacktestResult
from plantroom.rules.trial.needs import narrowed
from plantroom.rules.trial.truth import judge
from plantroom.simulators.demo import SITE_FILE
from plantroom.storage.files import load_installation

past = together(
    click.option(
        "--from",
        "since",
        type=Start(),
        help="Begin: 2026-07-15T06:00 at the site, or -7d. Default: of a recording all, otherwise -7d.",
    ),
    click.option("--to", "until", type=Start(), help="End, exclusive. Default: the newest samples."),
    click.option(
        "--recording",
        "recordings",
        metavar="FILE",
        multiple=True,
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="Recorded readings, .csv or .parquet as of `simulate --record`, instead of a store; may be "
        "given several times.",
    ),
    options.data,
    options.influx,
    options.api,
    options.api_token,
)


def source_of(given: dict[str, Any]) -> Source:
    """Return, and take out of `given`, what the options of `past` say."""
    names = ("recordings", "data", "influx", "api", "api_token", "since", "until")
    return Source(**{name: given.pop(name) for name in names})


@click.command()
@past
@together(options.sites, options.rules)
@click.option("--rule", "only_rules", metavar="ID", multiple=True, help="Only this rule; several times.")
@click.option("--asset", "only_assets", metavar="ID", multiple=True, help="Only this asset; several times.")
@click.option(
    "--labels",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="The truth about faults, CSV. Default: what `simulate --record` put beside a recording.",
)
@click.option(
    "--csv",
    "as_csv",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write all alarms to FILE.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on standard output.")
def backtest(**given: Any) -> None:
    """Say what rules would have done: alarms, work orders, what was unknown.

    It reads the time-series store in --data (through its API where `plantroom up` runs on it), InfluxDB, or
    recorded files, and only the points that the rules need. Nothing is told to anyone and nothing is kept.
    """
    source = source_of(given)
    installation = chosen(
        load_installation(sites=given["sites"] or (SITE_FILE,), rules=given["rules"]),
        rules=given["only_rules"],
        assets=given["only_assets"],
    )
    truths = truths_of(source, given["labels"])
    began = time.monotonic()
    with open_history(source, installation) as history:
        start, end = span_of(source, history, installation)
        result = run_backtest(installation, history, start=start, end=end, name="backtest")
    judged = None if truths is None else judge(result.alarms, truths, installation.table)
    document = document_of(result, installation, judged, seconds=time.monotonic() - began)
    if given["as_csv"] is not None:
        _write_csv(given["as_csv"], result)
    if given["as_json"]:
        click.echo(json.dumps(document, ensure_ascii=False))
    else:
        show(document, zone=installation.table.sites[0].timezone)
    sys.exit(1 if result.faults else 0)


def chosen(installation: Installation, *, rules: tuple[str, ...], assets: tuple[str, ...]) -> Installation:
    """Return `installation` with only what is asked about.

    Raises:
        click.BadParameter: it has no such rule or asset.
    """
    known = {rule.id for given in installation.rules.values() for rule in given}
    for rule in rules:
        if rule not in known:
            raise click.BadParameter(f"no rule {rule!r}; {suggest(rule, known)}", param_hint="--rule")
    for asset in assets:
        if asset not in installation.table.asset_number:
            hint = suggest(asset, installation.table.asset_number)
            raise click.BadParameter(f"no asset {asset!r}; {hint}", param_hint="--asset")
    return narrowed(installation, rules=rules, assets=assets)


def _write_csv(path: Path, result: BacktestResult) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(
            [
                "from",
                "to",
                "site",
                "asset",
                "rule",
                "severity",
                "value",
                "unit",
                "shown_from",
                "suppressed_by",
            ]
        )
        for alarm in result.alarms:
            rows.writerow(
                [
                    to_rfc3339(alarm.at),
                    "" if alarm.until is None else to_rfc3339(alarm.until),
                    alarm.site,
                    alarm.asset,
                    alarm.rule,
                    alarm.text.severity.value,
                    "" if alarm.value is None else alarm.value,
                    alarm.unit,
                    "" if alarm.shown is None else to_rfc3339(alarm.shown),
                    alarm.suppressed_by,
                ]
            )
