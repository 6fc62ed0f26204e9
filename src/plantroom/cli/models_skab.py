"""`plantroom models evaluate skab`: detectors over several points on a recorded water loop."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click
import numpy as np

from plantroom.cli import data_sets
from plantroom.models.frame import Frame
from plantroom.models.trials.skab import SETTINGS, Recording, document
from plantroom.storage.data_sets import DataSetUnreadable
from plantroom.storage.data_sets.skab import SkabFile, skab

_SECOND: Final = 1000
_OTHERS: Final = {
    "t2_q": "T² and Q of the same components",
    "mahalanobis": "Mahalanobis distance",
    "isolation_forest": "isolation forest",
}


@click.command("skab")
@data_sets.folder_of("skab")
@click.option(
    "--setting",
    type=click.Choice(sorted(SETTINGS)),
    default="balanced",
    show_default=True,
    help="Which figures stand first.",
)
@data_sets.table
@data_sets.as_json
def skab_command(folder: Path, setting: str, table: Path | None, *, as_json: bool) -> None:
    """Score by row and by event: each recording alone, learnt from its first 400 rows.

    DIR holds .csv or .csv.gz files with the columns datetime, readings, and anomaly where there are any. The
    same settings hold for all; no row is judged by later ones, by its number or by the time.
    """
    try:
        files = skab(folder)
    except DataSetUnreadable as error:
        raise click.ClickException(str(error)) from error
    recordings = [
        Recording(name=each.name, frame=_frame(each), abnormal=each.abnormal)
        for each in files
        if each.abnormal is not None
    ]
    if not recordings:
        raise click.ClickException(f"no recording in {folder} has a column anomaly")
    normal = [_frame(each) for each in files if each.abnormal is None]
    figures = document(recordings, normal, setting)
    if table is not None:
        data_sets.write_table(table, markdown_of(figures))
    click.echo(json.dumps(figures) if as_json else markdown_of(figures))


def markdown_of(figures: dict[str, Any]) -> str:
    """Return the figures as tables."""
    return "\n".join([*_models(figures), "", *_groups(figures), "", *_each(figures)])


def _frame(file: SkabFile) -> Frame:
    live = np.ones(len(file.ts), bool)
    return Frame(ts=file.ts, values=file.values, live=live, points=file.points, every=_SECOND)


def _models(figures: dict[str, Any]) -> Iterator[str]:
    yield "| model | threshold | F1 | FAR | MAR | events found | false events an hour |"
    yield "|---|---|---|---|---|---|---|"
    for name, one in figures["settings"].items():
        yield _row(f"**principal components, {name}**", one)
    for kind, one in figures["others"].items():
        yield _row(f"{_OTHERS[kind]}, its best threshold here", one)
    for one in figures["published"]:
        rates = f"{one['f1']:.2f} | {_percent(one['far'])} | {_percent(one['mar'])}"
        yield f"| {one['name']}, published for 34 files | | {rates} | | |"


def _groups(figures: dict[str, Any]) -> Iterator[str]:
    yield "| recordings | threshold | F1 | FAR | MAR | events found | false events an hour |"
    yield "|---|---|---|---|---|---|---|"
    own = figures["settings"][figures["setting"]]["threshold"]
    for name, group in zip(("valve1, even numbers", "all others"), figures["groups"], strict=False):
        yield _row(name, {"threshold": own, **group})
        yield _row(f"{name}, threshold chosen on the rest", group["chosen_on_others"])
    yield _row("without anomalies, in pieces of 1,100 rows", {"threshold": own, **figures["normal"]})
    crops = figures["crops"]
    yield ""
    yield (
        f"{crops['draws']} times 0 to {crops['rows']} rows, at random, cut off the start of each recording: "
        f"F1 from {min(crops['f1']):.3f} to {max(crops['f1']):.3f}, changed by {crops['mean_change']:.3f} "
        f"in the mean and {crops['greatest_change']:.3f} at most."
    )


def _each(figures: dict[str, Any]) -> Iterator[str]:
    yield "| recording | F1 | FAR | MAR | events found | false |\n|---|---|---|---|---|---|"
    for name, one in figures["each"].items():
        events = one["events"]
        yield f"| {name} | {_rates(one)} | {events['found']} of {events['total']} | {events['false']} |"


def _row(name: str, one: dict[str, Any]) -> str:
    events = one["events"]
    found = f"{events['found']} of {events['total']}"
    return f"| {name} | {one['threshold']} | {_rates(one)} | {found} | {_number(events['false_per_hour'])} |"


def _rates(one: dict[str, Any]) -> str:
    return f"{_number(one['f1'], 3)} | {_percent(one['far'])} | {_percent(one['mar'])}"


def _number(value: float | None, digits: int = 2) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"
