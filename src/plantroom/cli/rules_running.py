"""A backtest run with its progress on standard error."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, tzinfo

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from plantroom.domain.installation import Installation
from plantroom.rules.trial.backtest import Backtest, BacktestResult
from plantroom.rules.trial.needs import needed_points
from plantroom.storage.series.history import History


def run_backtest(
    installation: Installation, history: History, *, start: int, end: int, name: str
) -> BacktestResult:
    """Return what the rules of `installation` make of `history` from `start` to before `end`, ms."""
    needed = needed_points(installation)
    backtest = Backtest(installation, needed, start=start, end=end)
    with _progress(name, start, end, installation.table.sites[0].timezone) as show:
        for begin, until in backtest.spans():
            backtest.take(history.read(needed, start=begin, end=until), until=until)
            show(until)
    return backtest.result()


@contextmanager
def _progress(name: str, start: int, end: int, zone: tzinfo) -> Iterator[Callable[[int], None]]:
    """Show how far it is, where standard error is a terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    began = time.monotonic()
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(name, total=end - start)

        def show(reached: int) -> None:
            at = datetime.fromtimestamp(reached / 1000, tz=zone)
            speed = (reached - start) / 1000 / max(1e-9, time.monotonic() - began)
            text = f"{name}: {at:%Y-%m-%d %H:%M}, {speed:,.0f} x real time"
            bar.update(task, completed=reached - start, description=text)

        yield show
