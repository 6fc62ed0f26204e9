"""`plantroom import`: history from CSV and Parquet files into where it is kept."""

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
import numpy as np

from plantroom.cli import options
from plantroom.cli.history_place import Where, open_place
from plantroom.cli.history_report import as_sentence, bar, file_report
from plantroom.cli.options import setting, together
from plantroom.cli.replay import Lines, cells, separator_of, zone_of
from plantroom.cli.replay_report import SHOWN_PROBLEMS
from plantroom.cli.wide_rows import wide_blocks
from plantroom.domain.installation import Installation
from plantroom.domain.points import PointTable
from plantroom.domain.site import Asset, Site
from plantroom.domain.suggestion import suggest
from plantroom.domain.units import conversion
from plantroom.simulators.demo import SITE_FILE
from plantroom.simulators.replay.cells import parse_constant, time_reader
from plantroom.simulators.replay.columns import parse_mapping
from plantroom.simulators.replay.recording import Layout, Recording
from plantroom.storage.files import load_installation
from plantroom.storage.history_files.block import Block, Reading
from plantroom.storage.history_files.csv_rows import count_lines, csv_blocks, csv_header
from plantroom.storage.history_files.parquet_rows import count_rows, parquet_blocks
from plantroom.storage.history_files.progress import Progress
from plantroom.storage.history_files.rejects import write_rejects
from plantroom.storage.history_files.taking import Count, Place, count, take

LONG: Final = frozenset({"asset", "point", "value"})
"""Columns by which a file with a sample in each row is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be imported, and how it is written."""

    table: PointTable
    reading: Reading
    layout: Layout
    asset: str | None
    work: Path | None
    about: str
    """All that makes the same file mean something else."""


@click.command(name="import")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@together(options.sites, options.data, options.influx, options.api, options.api_token)
@setting("--asset", "asset_id", metavar="ID", help="Asset that a file with a column for each point is of.")
@cells
@setting(
    "--unit",
    "units",
    multiple=True,
    type=Lines(),
    metavar="[ASSET/]POINT=UNIT",
    help="Unit of a point's values in the file; may be given several times. Default: the point's own.",
)
@setting(
    "--work",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where progress and rejected rows are kept. Default: beside each file.",
)
@setting("--strict", is_flag=True, help="Exit with status 1 if anything in a file could not be read.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on standard output.")
def import_(files: tuple[Path, ...], *, as_json: bool, strict: bool, **given: Any) -> None:
    """Bring the history in CSV or Parquet FILES into the time-series store.

    Rows that cannot be read are named and written beside the file; the rest is imported, and then looked for
    in the store. Stopped half way, the same command goes on where it was.
    """
    where = Where(**{name: given.pop(name) for name in ("data", "influx", "api", "api_token")})
    installation = load_installation(sites=given.pop("sites") or (SITE_FILE,))
    order = _order(installation, target=str(where), **given)
    with open_place(where, installation, to_write=True) as place:
        reports = [_import(path, order, place) for path in files]
    document = {"into": str(where), "files": reports, "complete": all(each["complete"] for each in reports)}
    if as_json:
        click.echo(json.dumps(document, ensure_ascii=False))
    else:
        for each in reports:
            click.echo(as_sentence(each))
    faults = any(each["rejected"] for each in reports) if strict else False
    sys.exit(0 if document["complete"] and not faults else 1)


def _order(installation: Installation, *, target: str, **given: Any) -> Order:
    """Return what the command line says.

    Raises:
        click.BadParameter: a value cannot be.
    """
    table = installation.table
    asset, site = _whose(given["asset_id"], table)
    zone = zone_of(given["timezone"]) if given["timezone"] else site.timezone
    scale, offset = _conversions(given["units"], table)
    layout = Layout(
        read_time=time_reader(given["time_format"], zone),
        separator=separator_of(given["separator"]),
        time_column=given["time_column"],
        decimal_comma=given["decimal_comma"],
        mappings=tuple(parse_mapping(text) for text in given["mappings"]),
        constants=dict(parse_constant(text, asset) for text in given["constants"]),
    )
    reading = Reading(
        table=table,
        read_time=layout.read_time,
        plain_utc=given["time_format"] == "iso",
        scale=scale,
        offset=offset,
        separator=layout.separator,
        decimal_comma=layout.decimal_comma,
    )
    options_ = {name: str(value) for name, value in sorted(given.items())}
    keys = hashlib.sha256(repr(table.keys).encode()).hexdigest()
    about = json.dumps([target, str(zone), keys, options_])
    return Order(
        table=table,
        reading=reading,
        layout=layout,
        asset=given["asset_id"],
        work=given["work"],
        about=about,
    )


def _whose(asset_id: str | None, table: PointTable) -> tuple[Asset | None, Site]:
    """Return the asset that is named, if one is, and the site by whose zone times are read."""
    if asset_id is None:
        return None, table.sites[0]
    if asset_id not in table.asset_number:
        hint = suggest(asset_id, table.asset_number)
        raise click.BadParameter(f"no asset {asset_id!r}; {hint}", param_hint="--asset")
    number = table.asset_number[asset_id]
    return table.assets[number], table.site_of[number]


def _conversions(
    units: tuple[str, ...], table: PointTable
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return what makes of a value in the file one in its point's unit: scale and offset, shape (points,)."""
    scale, offset = np.ones(len(table)), np.zeros(len(table))
    for text in units:
        named, equals, unit = text.rpartition("=")
        asset, _, point = named.strip().rpartition("/")
        numbers = [
            number for number, key in enumerate(table.keys) if key[1] == point and asset in ("", key[0])
        ]
        if not equals or not numbers:
            raise click.BadParameter(f"no such point: {text!r}", param_hint="--unit")
        for number in numbers:
            wanted = table.points[number].unit
            found = conversion(of=unit.strip(), to=wanted)
            if found is None:
                raise click.BadParameter(
                    f"{text!r}: {'/'.join(table.keys[number])} is in {wanted or 'no unit'}",
                    param_hint="--unit",
                )
            scale[number], offset[number] = found
    return scale, offset


def _import(path: Path, order: Order, place: Place) -> Mapping[str, Any]:
    folder = order.work or path.parent
    folder.mkdir(parents=True, exist_ok=True)
    stat = path.stat()
    identity = json.dumps([str(path.absolute()), stat.st_size, stat.st_mtime_ns, order.about])
    is_parquet = path.suffix == ".parquet"
    kept = folder / f".{path.name}.import"
    with Progress(kept, identity=identity, begins_after=0 if is_parquet else 1) as progress:
        _take(path, order, place, progress)
        counts = _look(path, order, place, progress)
        rejects = progress.rejects()
        rejected = folder / f"{path.name}.rejects.csv"
        write_rejects(rejected, path, rejects, has_lines=not is_parquet)
        report = file_report(path, progress, counts, rejects=rejects, rejected=rejected)
        # What was not found is to be imported anew, not gone on with.
        progress.forget()
    return report


def _take(path: Path, order: Order, place: Place, progress: Progress) -> None:
    """Write the rest of the file into the store; the first mistakes in it are named."""
    blocks = _blocks(path, order, after=progress.line)
    total = count_rows(path) if path.suffix == ".parquet" else count_lines(path)
    named = 0
    with bar(path.name, total, begun=progress.line) as show:
        for line, rejects in take(blocks, place=place, table=order.table, progress=progress):
            show(line)
            for each in rejects[: max(0, SHOWN_PROBLEMS - named)]:
                click.echo(f"{path}:{each.line}: {each.reason}", err=True)
            named += len(rejects)
    if named > SHOWN_PROBLEMS:
        click.echo(f"... and {named - SHOWN_PROBLEMS} more", err=True)


def _look(path: Path, order: Order, place: Place, progress: Progress) -> list[Count]:
    """Return for each series what is in the store of what was written."""
    counts: list[Count] = []
    seen = 0
    with bar(f"{path.name}: looking for it", progress.rows) as show:
        for each in count(progress, place=place, table=order.table):
            counts.append(each)
            seen += each.wanted
            show(seen)
    return counts


def _blocks(path: Path, order: Order, *, after: int) -> Iterator[Block]:
    """Return the blocks of `path`, whichever form it has.

    Raises:
        click.UsageError: it has a column for each point, and no asset is named.
    """
    if path.suffix == ".parquet":
        return parquet_blocks(path, order.reading, after=after)
    if set(csv_header(path, order.reading.separator)) >= LONG:
        return csv_blocks(path, order.reading, after=after)
    if order.asset is None:
        raise click.UsageError(f"{path} has no columns asset, point and value: say by --asset whose it is")
    asset = order.table.assets[order.table.asset_number[order.asset]]
    recording = Recording(path, layout=order.layout, asset=asset)
    return wide_blocks(recording, asset, order.reading, after=after)
