"""What `plantroom load` shows while it runs and says when it is done."""

import json
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from plantroom.cli.pipeline_counts import Counts
from plantroom.simulators.load import Load, Sent


@dataclass(slots=True)
class Outcome:
    """What came of a load."""

    sent: Sent = field(default_factory=Sent)
    acknowledged: int | None = None
    """Messages that the broker acknowledged; None at QoS 0, where it does not."""
    refused: int = 0
    connections: int = 0
    """How many times the broker accepted us."""
    pipeline: Counts | None = None
    """What the pipeline counted meanwhile; None where it was not asked."""
    finished: bool = False
    """Whether everything asked for was published, and acknowledged where that is asked for."""
    failure: str = ""


@contextmanager
def progress(load: Load) -> Iterator[Callable[[Sent], None]]:
    """Show on standard error how far it is, where that is a terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        total = load.seconds if math.isfinite(load.seconds) else None
        task = bar.add_task("0 messages", total=total)

        def show(sent: Sent) -> None:
            rate = round(sent.messages / sent.seconds) if sent.seconds else 0
            bar.update(task, completed=sent.seconds, description=f"{sent.messages:,} messages, {rate:,}/s")

        yield show


def figures_of(load: Load, outcome: Outcome) -> dict[str, Any]:
    """Return what was asked for, what was reached and what came back."""
    sent = outcome.sent
    seconds = sent.seconds or math.nan
    values = sent.messages * load.batch * load.values
    rate = sent.messages / seconds
    return {
        "outcome": outcome.failure or ("done" if outcome.finished else "interrupted"),
        "site": load.site,
        "assets": load.assets,
        "qos": load.qos,
        "batch": load.batch,
        "asked_messages_per_s": _finite(load.rate),
        "seconds": round(sent.seconds, 3),
        "messages": sent.messages,
        "values": values,
        "bytes": sent.bytes,
        "messages_per_s": _finite(rate),
        "values_per_s": _finite(values / seconds),
        "reached": _finite(rate / load.rate) if math.isfinite(load.rate) else None,
        "acknowledged": outcome.acknowledged,
        "refused": outcome.refused,
        "interruptions": sent.interruptions,
        "connections": outcome.connections,
        "pipeline": None if outcome.pipeline is None else asdict(outcome.pipeline),
    }


def report(load: Load, outcome: Outcome, *, as_json: bool) -> None:
    """Print the figures on standard output, and what went wrong on standard error."""
    figures = figures_of(load, outcome)
    click.echo(json.dumps(figures) if as_json else "\n".join(_sentences(figures)))
    if outcome.failure:
        click.echo(f"plantroom: {outcome.failure}", err=True)
    elif not outcome.finished:
        click.echo("plantroom: stopped before the end", err=True)


def _sentences(figures: dict[str, Any]) -> Iterator[str]:
    yield (
        f"{figures['messages']:,} messages ({figures['values']:,} values) of {figures['assets']:,} assets "
        f"at QoS {figures['qos']} in {figures['seconds']} s: "
        f"{figures['messages_per_s'] or 0:,.0f} messages/s, {figures['values_per_s'] or 0:,.0f} values/s"
    )
    if figures["reached"] is not None:
        yield f"{figures['reached']:.1%} of the rate asked for"
    if figures["acknowledged"] is not None:
        yield f"{figures['acknowledged']:,} acknowledged, {figures['refused']:,} refused by the broker"
    if figures["pipeline"] is not None:
        yield "pipeline: " + ", ".join(
            f"{count:,} {name.replace('_', ' ')}" for name, count in figures["pipeline"].items()
        )


def _finite(number: float) -> float | None:
    return round(number, 4) if math.isfinite(number) else None
