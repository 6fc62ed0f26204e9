"""Train the models that come with the demo building, on simulated weeks in which nothing is wrong.

The same simulators and models give the same files, but for the versions of libraries that they name.
"""

import os
import shutil
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import click

from plantroom.cli.history_report import bar
from plantroom.cli.models_minutes import RecordedMinutes
from plantroom.cli.models_tasks import Gathering, Wanted
from plantroom.cli.models_training import Result, Side, train_all
from plantroom.cli.models_trouble import Trouble
from plantroom.cli.scenarios import scenario_called, simulation_of
from plantroom.simulators.demo import MODELS, SITE_FILE
from plantroom.simulators.recording import Recorder
from plantroom.storage.files import load_installation
from plantroom.storage.models.registry import Registry
from plantroom.storage.recordings import RecordedHistory, RecordingWriter

WEEKS: Final = ("normal-week-winter", "normal-week-spring", "normal-week", "normal-week-autumn")
SEED: Final = 101
"""Not that of any evaluation."""
_LEAST: Final = timedelta(days=3)
_MS: Final = timedelta(milliseconds=1)


@click.command()
@click.option(
    "--recordings",
    type=click.Path(path_type=Path, file_okay=False),
    help="Take the weeks from there, and keep there those that are missing.",
)
@click.option("--jobs", type=click.IntRange(1), default=os.cpu_count() or 1)
def main(recordings: Path | None, jobs: int) -> None:
    """Make the folder of models in simulators/demo anew."""
    with TemporaryDirectory() as folder:
        place = recordings or Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        paths = [place / f"{week}-{SEED}.parquet" for week in WEEKS]
        with ProcessPoolExecutor(jobs) as pool:
            list(pool.map(_record, WEEKS, paths))
        made = Path(folder) / "models"
        results = _train(paths, Registry(made), jobs)
        (made / "lock").unlink()
        shutil.rmtree(MODELS, ignore_errors=True)
        shutil.copytree(made, MODELS)
    for each in results:
        click.echo(f"{each.status:8} {each.asset} {'; '.join(reason.en for reason in each.reasons)}")
    click.echo(f"{sum(path.stat().st_size for path in MODELS.rglob('*') if path.is_file()):,} bytes")


def _record(week: str, path: Path) -> None:
    if path.exists():
        return
    scenario = scenario_called(week)
    site = load_installation(sites=[SITE_FILE]).table.sites[0]
    recorder = Recorder(simulation_of(site, scenario, seed=SEED))
    with RecordingWriter(path, [(each.asset, each.point) for each in recorder.series]) as writer:
        for block in recorder.blocks(scenario.duration):
            writer.write(ts=block.ts, series=block.series, values=block.values)
        writer.finish()


def _train(paths: list[Path], registry: Registry, jobs: int) -> list[Result]:
    """Return what came of each asset; all are said to be trained when what they learnt from ends."""
    installation = load_installation(sites=[SITE_FILE])
    assets = [asset for asset in installation.table.assets if asset.models is not None]
    start, end = _span()
    with closing(RecordedHistory(paths, installation.table)) as history:
        gathering = Gathering(
            installation=installation,
            minutes=RecordedMinutes(history, installation.table),
            trouble=Trouble(),
            registry=registry,
            now=end,
        )
        wanted = Wanted(start=start, end=end, looks_back=False, least=_LEAST)
        with bar("training", len(assets)) as show:
            return train_all(assets, gathering, wanted, Side(jobs=jobs), activate=True, show=show)


def _span() -> tuple[int, int]:
    """Return the begin of the first week and the end of the last, ms since the epoch."""
    site = load_installation(sites=[SITE_FILE]).table.sites[0]
    spans = []
    for week in WEEKS:
        scenario = scenario_called(week)
        assert scenario.start is not None
        start = round(scenario.start.replace(tzinfo=site.timezone).timestamp() * 1000)
        spans.append((start, start + round(scenario.duration / _MS)))
    return spans[0][0], spans[-1][1]


if __name__ == "__main__":
    main()
