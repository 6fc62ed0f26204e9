"""`plantroom restore`: what `plantroom backup` wrote, in its place again."""

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from plantroom.cli import options
from plantroom.cli.backup import as_json, check_database, influx_address, say, sentence, summary
from plantroom.cli.lock import owned_by_all
from plantroom.storage.backup import folder, influx_lines, records
from plantroom.storage.backup.archive import extract, read_manifest
from plantroom.storage.backup.manifest import Manifest
from plantroom.storage.durable import make_folder
from plantroom.storage.records import open_records
from plantroom.storage.records.migrate import check_known
from plantroom.storage.series.influx.address import InfluxAddress


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@options.together(options.data, options.database, options.influx)
@click.option(
    "--force", is_flag=True, help="Restore where something is already; what was there is kept aside."
)
@as_json
def restore(
    file: Path, *, data: Path, database: str | None, influx: str | None, force: bool, as_json: bool
) -> None:
    """Put the backup FILE in its place: --data, and --database and --influx where they are in it.

    Nothing is touched before all of it is checked. The product must not run.
    """
    began = time.monotonic()
    check_database(database)
    try:
        manifest = read_manifest(file)
        if manifest.revision:
            check_known(manifest.revision)
        address = None if influx is None else influx_address(influx)
        work = _Work(manifest, data=data, database=database, influx=address)
        done = work.restore(file, force=force)
    except OSError as error:
        raise click.ClickException(f"{file} is not restored: {error.strerror or error}") from error
    figures = {
        "file": str(file),
        "seconds": round(time.monotonic() - began, 1),
        **summary(manifest),
        **done,
    }
    click.echo(json.dumps(figures) if as_json else _told(manifest, done))


def _told(manifest: Manifest, done: dict[str, Any]) -> str:
    lines = [f"restored the backup of {manifest.created}: {sentence(manifest)}"]
    if done["too_old"]:
        lines.append(f"{done['too_old']:,} lines are older than the retention policy keeps")
    lines += [f"what was there before: {where}" for where in done["before"]]
    return "\n".join(lines)


class _Work:
    """One backup on its way back."""

    def __init__(
        self, manifest: Manifest, *, data: Path, database: str | None, influx: InfluxAddress | None
    ) -> None:
        self._data = data
        self._database = database
        self._influx = influx
        self._dumps = [name for name in manifest.members if name.startswith(influx_lines.PREFIX)]
        self._stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
        self._demand(manifest)

    def _demand(self, manifest: Manifest) -> None:
        """Do nothing if the options say where each part belongs, and no more.

        Raises:
            click.UsageError: they do not.
        """
        for option, given, kind, found in (
            ("--database", self._database, "postgresql", manifest.records),
            ("--influx", self._influx, "influxdb", manifest.samples),
        ):
            if found == kind and given is None:
                raise click.UsageError(f"the backup has a part for {option}: say where it belongs")
            if found != kind and given is not None:
                raise click.UsageError(f"the backup has nothing for {option}, but {found or 'nothing'}")

    def restore(self, file: Path, *, force: bool) -> dict[str, Any]:
        """Check everything, put it in its place, and return what was done with what was there."""
        with ExitStack() as stack:
            stack.enter_context(owned_by_all(self._data))
            self._check_targets(force=force)
            staging = stack.enter_context(_staging(self._data))
            say("unpacking and checking")
            extract(file, staging, told=lambda name, size: say(f"{name}: {size:,} bytes"))
            fresh = staging / folder.PREFIX
            make_folder(fresh)
            if (fresh / folder.RECORDS).exists():
                open_records(f"sqlite:///{(fresh / folder.RECORDS).absolute()}").close()
            too_old = self._fill_influx(staging)
            before = self._fill_database(staging)
            aside = self._data / f"{folder.REPLACED}{self._stamp}"
            if folder.replace(self._data, fresh, aside=aside):
                before.append(str(aside))
        return {"before": before, "too_old": too_old}

    def _check_targets(self, *, force: bool) -> None:
        """Do nothing if there is nothing in the way.

        Raises:
            click.ClickException: something is there, or in use.
        """
        there = []
        if folder.all_in(self._data):
            there.append(str(self._data))
        if self._database is not None:
            if others := records.others_on(self._database):
                raise click.ClickException(
                    f"the records database has {others} other connections: stop the product first"
                )
            if records.holds_tables(self._database):
                there.append("the records database")
        if self._influx is not None:
            influx_lines.check_policies(self._influx, self._dumps)
            if influx_lines.holds_samples(self._influx):
                there.append(f"InfluxDB's database {self._influx.database}")
        if there and not force:
            raise click.ClickException(
                f"{' and '.join(there)} is not empty: give --force to restore all the same"
            )

    def _fill_influx(self, staging: Path) -> int:
        """Write the lines, and return how many were too old to be kept."""
        too_old = 0
        for name in self._dumps:
            assert self._influx is not None
            say(f"writing {name}")
            _, refused = influx_lines.restore_influx(self._influx, name, staging / name)
            too_old += refused
        return too_old

    def _fill_database(self, staging: Path) -> list[str]:
        """Restore the dump of the records, and return the schema that has what was there."""
        if self._database is None:
            return []
        say("restoring the records")
        aside = records.ASIDE + self._stamp.lower()
        moved = records.restore_postgres(self._database, staging / records.MEMBER, aside=aside)
        open_records(self._database).close()
        return [f"schema {aside}"] if moved else []


@contextmanager
def _staging(data: Path) -> Iterator[Path]:
    staging = data / folder.STAGING
    shutil.rmtree(staging, ignore_errors=True)
    make_folder(staging)
    try:
        yield staging
    finally:
        shutil.rmtree(staging)
