"""`plantroom simulate --record`: a site's readings and the truth about its faults as files."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from plantroom.domain.report import to_rfc3339
from plantroom.simulators.faults import Label, label_of
from plantroom.simulators.recording import Recorder
from plantroom.simulators.simulation import Simulation
from plantroom.storage.recordings import RecordedLabel, RecordingWriter, write_labels


def write_recording(
    simulation: Simulation, path: Path, *, duration: timedelta, about: Mapping[str, Any], as_json: bool
) -> None:
    """Write what `simulation` shows for `duration` to `path`, its labels beside it, and say so.

    Raises:
        RecordingUnwritable: it cannot be written there.
    """
    began = time.monotonic()
    started = round(simulation.plant.local.astimezone(UTC).timestamp() * 1000)
    recorder = Recorder(simulation)
    series = [(each.asset, each.point) for each in recorder.series]
    with RecordingWriter(path, series) as writer, _progress(path.name, duration) as show:
        for block in recorder.blocks(duration):
            writer.write(ts=block.ts, series=block.series, values=block.values)
            show(block.end)
        show(None)
        writer.finish()
    labels = [label_of(fault, started=started) for fault in simulation.faults]
    beside = path.with_suffix(".labels.csv")
    ends = started + round(duration / timedelta(milliseconds=1))
    write_labels(beside, [_recorded(label) for label in labels if label.start < ends])
    figures = {
        "file": str(path),
        "labels": str(beside),
        "site": simulation.site.id,
        **about,
        "from": to_rfc3339(started),
        "to": to_rfc3339(ends),
        "assets": len(simulation.assets),
        "points": len(series),
        "readings": writer.rows,
        "bytes": path.stat().st_size,
        "faults": len(labels),
        "seconds": round(time.monotonic() - began, 1),
    }
    click.echo(json.dumps(figures, ensure_ascii=False) if as_json else _sentence(figures))


def _recorded(label: Label) -> RecordedLabel:
    return RecordedLabel(
        asset=label.asset,
        fault=label.fault,
        point=label.point,
        start=to_rfc3339(label.start),
        end=None if label.end is None else to_rfc3339(label.end),
        severity=label.severity,
    )


def _sentence(figures: Mapping[str, Any]) -> str:
    return (
        f"{figures['file']}: {figures['readings']:,} readings of {figures['assets']} assets, "
        f"{figures['from']} to {figures['to']}, in {figures['seconds']} s; "
        f"{figures['labels']}: {figures['faults']} faults"
    )


@contextmanager
def _progress(name: str, duration: timedelta) -> Iterator[Callable[[timedelta | None], None]]:
    """Show how far it is on standard error, where that is a terminal; None: the file is being made."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(name, total=duration.total_seconds())

        def show(end: timedelta | None) -> None:
            if end is None:
                bar.update(task, description=f"{name}: making the file", completed=duration.total_seconds())
            else:
                bar.update(task, completed=min(end, duration).total_seconds())

        yield show
