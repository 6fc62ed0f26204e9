"""`plantroom export`: history from where it is kept to a CSV or Parquet file."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from plantroom.cli import options
from plantroom.cli.history_place import Where, open_place
from plantroom.cli.history_report import bar
from plantroom.cli.options import together
from plantroom.cli.rules_history import ms_of
from plantroom.cli.spans import Start
from plantroom.domain.installation import Installation
from plantroom.domain.site import Point
from plantroom.domain.suggestion import suggest
from plantroom.simulators.demo import SITE_FILE
from plantroom.storage.files import load_installation
from plantroom.storage.history_files.writer import HistoryWriter
from plantroom.storage.series.paging import pages
from plantroom.storage.series.port import EARLIEST, LATEST


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@together(options.sites, options.data, options.influx, options.api, options.api_token)
@click.option(
    "--from", "since", type=Start(), help="Begin: 2026-07-15T06:00 at the site, or -7d. Default: all."
)
@click.option("--to", "until", type=Start(), help="End, exclusive. Default: all.")
@click.option("--asset", "assets", metavar="ID", multiple=True, help="Only this asset; several times.")
@click.option("--point", "points", metavar="NAME", multiple=True, help="Only this point; several times.")
@click.option(
    "--wide",
    is_flag=True,
    help="A column for each point of one --asset, as `plantroom replay` takes it; bad samples are left out.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on standard output.")
def export(file: Path, *, as_json: bool, wide: bool, **given: Any) -> None:
    """Write the history of the sites' points to FILE, .csv or .parquet, by asset, point and time.

    The same history gives the same file, byte for byte. Stopped half way, the same command goes on where it
    was.
    """
    where = Where(**{name: given.pop(name) for name in ("data", "influx", "api", "api_token")})
    installation = load_installation(sites=given["sites"] or (SITE_FILE,))
    if wide and len(given["assets"]) != 1:
        raise click.UsageError("--wide needs one --asset")
    series = chosen(installation, assets=given["assets"], points=given["points"])
    start, end = _span(installation, given["since"], given["until"])
    identity = json.dumps([str(where), start, end, [(asset, point.name) for asset, point in series]])
    with (
        open_place(where, installation, to_write=False) as place,
        HistoryWriter(file, series, identity=identity) as writer,
        bar(file.name, len(series)) as show,
    ):
        resumed = bool(writer.done)
        for number, (asset, point) in enumerate(series):
            if number not in writer.done:
                writer.write(number, pages(place, asset=asset, point=point.name, start=start, end=end))
            show(number + 1)
        if wide:
            writer.finish_wide()
        else:
            writer.finish()
    figures = {
        "file": str(file),
        "from": str(where),
        "samples": sum(writer.done.values()),
        "bytes": file.stat().st_size,
        "resumed": resumed,
        "series": [
            {"asset": asset, "point": point.name, "samples": writer.done[number]}
            for number, (asset, point) in enumerate(series)
            if writer.done[number]
        ],
    }
    click.echo(json.dumps(figures, ensure_ascii=False) if as_json else _sentence(figures))


def chosen(
    installation: Installation, *, assets: tuple[str, ...], points: tuple[str, ...]
) -> list[tuple[str, Point]]:
    """Return the points that are asked for, by asset and name.

    Raises:
        click.BadParameter: no site file has such an asset or point.
    """
    table = installation.table
    names = {point for _, point in table.keys}
    for wanted, known, hint in ((assets, table.asset_number, "--asset"), (points, names, "--point")):
        for each in wanted:
            if each not in known:
                raise click.BadParameter(f"no {hint[2:]} {each!r}; {suggest(each, known)}", param_hint=hint)
    found = [
        (asset, table.points[number])
        for number, (asset, point) in enumerate(table.keys)
        if (not assets or asset in assets) and (not points or point in points)
    ]
    if not found:
        raise click.BadParameter("none of these assets has such a point", param_hint="--point")
    return sorted(found, key=lambda each: (each[0], each[1].name))


def _span(installation: Installation, since: datetime | None, until: datetime | None) -> tuple[int, int]:
    zone = installation.table.sites[0].timezone
    start = EARLIEST if since is None else ms_of(since, zone)
    end = LATEST if until is None else ms_of(until, zone)
    if start >= end:
        raise click.BadParameter("must be before --to", param_hint="--from")
    return start, end


def _sentence(figures: dict[str, Any]) -> str:
    return f"{figures['file']}: {figures['samples']:,} samples of {len(figures['series'])} points"
