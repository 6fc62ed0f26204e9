"""What `plantroom replay` shows while it runs and says when it is done."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from plantroom.domain.report import to_rfc3339
from plantroom.simulators.replay.recording import Recording
from plantroom.simulators.replay.replaying import Tally

DONE: Final = "done"
SHOWN_PROBLEMS: Final = 20


@contextmanager
def progress(recording: Recording) -> Iterator[Callable[[Tally], None]]:
    """Show how far it is on standard error, where that is a terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(recording.path.name, total=recording.count())
        yield lambda tally: bar.update(task, completed=tally.rows + tally.problems)


def report(recording: Recording, tally: Tally, *, site: str, asset: str, outcome: str, as_json: bool) -> None:
    """Print problems and outcome (`done`, or what went wrong) on standard error, figures on output."""
    for problem in tally.listed[:SHOWN_PROBLEMS]:
        click.echo(str(problem), err=True)
    if tally.problems > SHOWN_PROBLEMS:
        click.echo(f"... and {tally.problems - SHOWN_PROBLEMS} more", err=True)
    figures = {"file": str(recording.path), "site": site, "asset": asset, "outcome": outcome} | _figures(
        recording, tally, acknowledged=outcome == DONE
    )
    click.echo(json.dumps(figures, ensure_ascii=False) if as_json else _sentence(figures))
    if outcome != DONE:
        click.echo(f"plantroom: {outcome}", err=True)


def _sentence(figures: dict[str, Any]) -> str:
    answered = "all acknowledged" if figures["acknowledged"] else "not all acknowledged"
    return (
        f"{figures['file']}: {figures['sent']} of {figures['rows']} rows sent as "
        f"{figures['site']}/{figures['asset']} in {figures['messages']} messages, "
        f"{answered}, {figures['problems']} problems"
    )


def _figures(recording: Recording, tally: Tally, *, acknowledged: bool) -> dict[str, Any]:
    return {
        "points": [column.point for column in recording.columns],
        "acknowledged": acknowledged,
        "rows": tally.rows,
        "sent": tally.sent,
        "messages": tally.messages,
        "values": tally.values,
        "without_values": tally.without_values,
        "out_of_order": tally.out_of_order,
        "duplicate_times": tally.duplicate_times,
        "first_ts": None if tally.first_ts is None else to_rfc3339(tally.first_ts),
        "last_ts": None if tally.last_ts is None else to_rfc3339(tally.last_ts),
        "problems": tally.problems,
        "problem_list": [
            {"file": problem.file, "line": problem.line, "message": problem.message}
            for problem in tally.listed
        ],
    }
