"""How far it is, and what came of it, for those who move history."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from plantroom.domain.report import to_rfc3339
from plantroom.storage.history_files import progress
from plantroom.storage.history_files.block import Reject
from plantroom.storage.history_files.taking import Count


@contextmanager
def bar(name: str, total: int | None, *, begun: int = 0) -> Iterator[Callable[[int], None]]:
    """Show how far it is on standard error, where that is a terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as shown:
        task = shown.add_task(name, total=total, completed=begun)
        yield lambda reached: shown.update(task, completed=reached)


def counts_of(counts: Sequence[Count]) -> list[dict[str, Any]]:
    """Return the comparison of what should be there with what is."""
    return [
        {
            "asset": each.asset,
            "point": each.point,
            "samples": each.wanted,
            "held": each.held,
            "first_ts": to_rfc3339(each.first_ts),
            "last_ts": to_rfc3339(each.last_ts),
        }
        for each in counts
    ]


def file_report(
    path: Path,
    done: progress.Progress,
    counts: Sequence[Count],
    *,
    rejects: Sequence[Reject],
    rejected: Path,
) -> dict[str, Any]:
    """Return what came of one file."""
    missing = sum(each.wanted - each.held for each in counts)
    return {
        "file": str(path),
        "stored": done.rows,
        "samples": sum(each.wanted for each in counts),
        "missing": missing,
        "without_value": done.without_value,
        "rejected": len(rejects),
        "rejects": str(rejected) if rejects else None,
        "resumed": done.resumed,
        "complete": missing == 0,
        "series": counts_of(counts),
    }


def as_sentence(report: Mapping[str, Any]) -> str:
    """Return what came of one file in words."""
    parts = [
        f"{report['file']}: {report['stored']:,} samples of {len(report['series'])} points stored, "
        + (f"{report['missing']:,} NOT FOUND in the store" if report["missing"] else "all found in the store")
    ]
    if report["without_value"]:
        parts.append(f"{report['without_value']:,} without a value left out")
    if report["rejected"]:
        parts.append(f"{report['rejected']:,} rows rejected: {report['rejects']}")
    return "; ".join(parts)
