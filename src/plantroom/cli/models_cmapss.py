"""`plantroom models evaluate cmapss`: remaining life of turbofan engines that were run to failure."""

import json
from pathlib import Path
from typing import Any, Final

import click

from plantroom.cli import data_sets
from plantroom.models.run_to_failure import Machine
from plantroom.models.trials.cmapss import Predicted, predicted
from plantroom.storage.data_sets import DataSetUnreadable
from plantroom.storage.data_sets.cmapss import RecordedEngine, cmapss

_PUBLISHED: Final = (
    ("FD001", "LSTM (published, test files: other cuts)", "14.9 to 16.1"),
    ("FD001", "plain histogram gradient boosting", "13.3"),
    ("FD003", "plain histogram gradient boosting", "12.5"),
)


@click.command("cmapss")
@data_sets.folder_of("cmapss")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the folds, the cuts and the models.")
@data_sets.table
@data_sets.as_json
def cmapss_command(folder: Path, seed: int, table: Path | None, *, as_json: bool) -> None:
    """Score remaining life in five folds by engine, each held-out engine cut at ten cycles after its 30th.

    DIR holds train_NAME.txt or train_NAME.txt.gz, one or several. Prediction and truth are capped at 125
    cycles.
    """
    try:
        sets = cmapss(folder)
        outcomes = {name: predicted(_machines(engines), seed=seed) for name, engines in sets.items()}
    except (DataSetUnreadable, ValueError) as error:
        raise click.ClickException(str(error)) from error
    if table is not None:
        data_sets.write_table(table, markdown_of(outcomes))
    click.echo(json.dumps(document(outcomes)) if as_json else markdown_of(outcomes))


def _machines(engines: tuple[RecordedEngine, ...]) -> list[Machine]:
    return [Machine(settings=each.settings, readings=each.sensors) for each in engines]


def document(outcomes: dict[str, Predicted]) -> dict[str, Any]:
    """Return the figures."""
    sets = {
        name: {
            "engines": len(each.truth),
            "rmse": each.rmse,
            "phm08": each.phm08,
            "coverage": each.coverage,
            "width": each.width,
        }
        for name, each in outcomes.items()
    }
    unknown = dict.fromkeys(("f1", "far", "mar", "events"))
    return {"dataset": "cmapss", "files": len(outcomes), **unknown, "sets": sets}


def markdown_of(outcomes: dict[str, Predicted]) -> str:
    """Return the figures beside what others have published."""
    lines = [
        "| set | by | RMSE, cycles | PHM08 score | inside the interval of 80 % | its mean width, cycles |",
        "|---|---|---|---|---|---|",
    ]
    for name, each in outcomes.items():
        figures = f"{each.rmse:.2f} | {each.phm08:.0f} | {each.coverage:.1%} | {each.width:.1f}"
        lines.append(f"| {name} | **Plantroom**, {len(each.truth)} engines | {figures} |")
        lines += [f"| {name} | {by} | {rmse} | | | |" for of, by, rmse in _PUBLISHED if of == name]
    return "\n".join(lines)
