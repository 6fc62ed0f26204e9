"""`plantroom models evaluate lbnl-ahu`: rules and models on recorded air handling units."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import click

from plantroom.cli import data_sets
from plantroom.models.air_handling import Readings
from plantroom.models.trials.lbnl_ahu import Day, Judged, document, judged
from plantroom.storage.data_sets import DataSetUnreadable
from plantroom.storage.data_sets.lbnl_ahu import lbnl_ahu

_FIGURES: Final = ("found", "total", "false", "healthy", "right_component")


@click.command("lbnl-ahu")
@data_sets.folder_of("lbnl_ahu")
@data_sets.table
@data_sets.as_json
def lbnl_ahu_command(folder: Path, table: Path | None, *, as_json: bool) -> None:
    """Score by day: fault days found, with the right component, and healthy days with an alarm.

    DIR holds UNIT.csv or UNIT.csv.gz with a row a minute, and UNIT_days.csv with the columns day, fault (0 or
    1), component and detail; any number of units. A healthy day is judged by what the other healthy days of
    its unit teach.
    """
    try:
        days = lbnl_ahu(folder)
    except DataSetUnreadable as error:
        raise click.ClickException(str(error)) from error
    outcomes = judged(
        [
            Day(
                unit=each.unit,
                day=each.day,
                readings=Readings(**each.columns),
                faulty=each.faulty,
                component=each.component,
                detail=each.detail,
            )
            for each in days
        ]
    )
    figures = document(outcomes)
    if table is not None:
        data_sets.write_table(table, markdown_of(outcomes))
    click.echo(json.dumps(figures) if as_json else markdown_of(outcomes))


def markdown_of(outcomes: Sequence[Judged]) -> str:
    """Return the figures of all units, and each day, as tables."""
    return "\n".join([*_units(document(outcomes)), "", *_days(outcomes)])


def _units(figures: dict[str, Any]) -> Iterator[str]:
    yield "| unit | by | fault days found | of | false days | of | right component |"
    yield "|---|---|---|---|---|---|---|"
    for unit, counts in figures["units"].items():
        yield _counts(unit, "rules alone", figures["rules_alone"][unit])
        yield _counts(unit, "rules and models", counts)
    yield _counts("**all**", "rules and models", figures["days"])


def _counts(unit: str, by: str, counts: dict[str, int]) -> str:
    return f"| {unit} | {by} | {' | '.join(str(counts[name]) for name in _FIGURES)} |"


def _days(outcomes: Sequence[Judged]) -> Iterator[str]:
    yield "| unit | day | fault | said | after | by |\n|---|---|---|---|---|---|"
    for each in outcomes:
        said = each.component or "nothing"
        if each.found and not (each.day.faulty and each.right):
            said = f"**{said}**"
        after = f"{min(finding.row for finding in each.found)} min" if each.found else ""
        by = f"{each.found[0].symptom}, {each.found[0].minutes} min" if each.found else ""
        fault = f"{each.day.component}: {each.day.detail}" if each.day.faulty else "none"
        yield f"| {each.day.unit} | {each.day.day} | {fault} | {said} | {after} | {by} |"
