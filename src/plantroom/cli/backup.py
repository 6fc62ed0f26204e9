"""`plantroom backup`: everything that is kept, as one file."""

import json
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click
import duckdb
import httpx

from plantroom import __version__
from plantroom.cli import options
from plantroom.cli.door import Door, door_of
from plantroom.cli.lock import owned, owned_by_all
from plantroom.domain.errors import ApiUnavailable, StoreUnavailable
from plantroom.storage.backup import ASIDE, folder, influx_lines, records
from plantroom.storage.backup.archive import Source, write_archive
from plantroom.storage.backup.manifest import Manifest
from plantroom.storage.series.duckdb_copy import merge_log
from plantroom.storage.series.influx.address import InfluxAddress, parse_influx_url

_CONNECT_S: Final = 10.0
as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@options.together(options.data, options.database, options.influx)
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
@as_json
def backup(
    file: Path, *, data: Path, database: str | None, influx: str | None, force: bool, as_json: bool
) -> None:
    """Write everything that is kept to FILE, or to a new file in the directory FILE.

    The product may run meanwhile. What is not in --data is named as for the product: --database, --influx.
    """
    began = time.monotonic()
    target = _target(file, force=force)
    check_database(database)
    address = None if influx is None else influx_address(influx)
    if database is None and address is None and not data.is_dir():
        raise click.ClickException(f"there is no {data}: give --data, --database or --influx")
    try:
        with tempfile.TemporaryDirectory(prefix=".plantroom-backup-", dir=target.parent) as parts:
            work = _Work(data=data, database=database, influx=address, parts=Path(parts))
            manifest = work.write(target)
    except OSError as error:
        raise click.ClickException(f"{target} is not written: {error.strerror or error}") from error
    seconds = round(time.monotonic() - began, 1)
    size = target.stat().st_size
    figures = {"file": str(target), "bytes": size, "seconds": seconds, **summary(manifest)}
    click.echo(
        json.dumps(figures) if as_json else f"{target}: {size:,} bytes in {seconds} s: {sentence(manifest)}"
    )


def _target(file: Path, *, force: bool) -> Path:
    """Return where the archive is to be."""
    if file.is_dir():
        file = file / f"plantroom-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.tar.gz"
    if not file.absolute().parent.is_dir():
        raise click.ClickException(f"there is no directory {file.parent}")
    if file.exists() and not force:
        raise click.ClickException(f"{file} exists: choose another name, or give --force")
    return file


def check_database(database: str | None) -> None:
    """Do nothing where `database` can be backed up by itself.

    Raises:
        click.ClickException: it is SQLite, which belongs into the data directory.
    """
    if database is not None and database.startswith("sqlite"):
        raise click.ClickException("--database: PostgreSQL only; SQLite is taken from --data")


def influx_address(influx: str) -> InfluxAddress:
    """Return the address that an option says.

    Raises:
        click.ClickException: it cannot be read.
    """
    try:
        return parse_influx_url(influx)
    except ValueError as error:
        raise click.ClickException(f"--influx: {error}") from error


class _Work:
    """One backup on its way: parts that must be copied first are in a folder of its own."""

    def __init__(
        self, *, data: Path, database: str | None, influx: InfluxAddress | None, parts: Path
    ) -> None:
        self._data = data
        self._database = database
        self._influx = influx
        self._parts = parts
        self._members: dict[str, Path] = {}
        self._about: dict[str, Any] = {}
        self._counts: dict[str, int] = {}

    def write(self, target: Path) -> Manifest:
        """Copy what must be copied, in the order that keeps it consistent, and write the archive."""
        with _held(self._data) as running:
            if self._data.is_dir():
                say("copying state and records")
                self._members |= folder.copy_state(self._data, self._parts)
            self._take_records()
            self._take_samples(running)
            if self._data.is_dir():
                self._members |= folder.journal_held(self._data)
            say("checking")
            sources = {name: Source.of(path) for name, path in self._members.items()}
            manifest = Manifest(
                product=__version__,
                created=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
                counts=self._counts,
                members={name: source.member for name, source in sources.items()},
                **self._about,
            )
            write_archive(target, manifest, sources, told=lambda name, size: say(f"{name}: {size:,} bytes"))
        return manifest

    def _take_records(self) -> None:
        copy = self._members.get(folder.PREFIX + folder.RECORDS)
        if self._database is not None:
            if copy is not None:
                del self._members[folder.PREFIX + folder.RECORDS]
            say("dumping the records")
            dump = self._parts / records.MEMBER
            revision, counts = records.dump_postgres(self._database, dump)
            self._members[records.MEMBER] = dump
            self._about |= {"records": "postgresql", "revision": revision}
        elif copy is not None:
            revision, counts = records.look_at_file(copy)
            self._about |= {"records": "sqlite", "revision": revision}
        else:
            return
        self._counts |= counts

    def _take_samples(self, running: Door | None) -> None:
        path = self._data / folder.SAMPLES
        if self._influx is not None:
            say("reading the samples")
            members, lines = influx_lines.dump_influx(
                self._influx, self._parts, told=lambda policy, lines: say(f"{policy}: {lines:,} lines")
            )
            self._members |= members
            self._about["samples"] = "influxdb"
            self._counts["sample_lines"] = lines
        elif path.is_file():
            if running is not None:
                say("copying the samples")
                folder.check_room(self._data)
                _let_copy(running)
                path = self._data / ASIDE / folder.SAMPLES
            try:
                self._counts["sample_rows"] = merge_log(path)
            except duckdb.Error as error:
                raise StoreUnavailable(f"embedded time series {path}: {error}") from error
            self._members[folder.PREFIX + folder.SAMPLES] = path
            self._about["samples"] = "duckdb"


@contextmanager
def _held(data: Path) -> Iterator[Door | None]:
    """Keep `data` from changing under us; give the API of the product that runs on it, None if none does."""
    if not data.is_dir():
        yield None
        return
    with ExitStack() as stack:
        running = None
        try:
            stack.enter_context(owned_by_all(data))
        except click.ClickException as in_use:
            running = door_of(data)
            if running is None and (data / folder.SAMPLES).exists():
                raise click.ClickException(
                    f"{in_use.message}, which does not answer yet: try again"
                ) from None
        aside = data / ASIDE
        stack.enter_context(owned(aside))
        stack.callback(_clear, aside)
        _clear(aside)
        stack.enter_context(folder.holding_journal(data))
        yield running


def _clear(aside: Path) -> None:
    for path in aside.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != "lock":
            path.unlink()


def _let_copy(running: Door) -> None:
    """Let the process that owns the samples copy them.

    Raises:
        ApiUnavailable: it did not.
    """
    try:
        answer = httpx.put(
            f"{running.url}/api/v1/backup/samples",
            headers={"Authorization": f"Bearer {running.token}"},
            timeout=httpx.Timeout(None, connect=_CONNECT_S),
        )
    except httpx.HTTPError as error:
        raise ApiUnavailable(f"{running.url}: the samples were not copied: {error!r}") from error
    if not answer.is_success:
        raise ApiUnavailable(f"{running.url}: the samples were not copied: {answer.text[:500]}")


def summary(manifest: Manifest) -> dict[str, Any]:
    """Return what a manifest says, without its members."""
    return {
        "created": manifest.created,
        "product": manifest.product,
        "records": manifest.records,
        "revision": manifest.revision,
        "samples": manifest.samples,
        "counts": manifest.counts,
    }


def sentence(manifest: Manifest) -> str:
    """Return in words what is in a backup, and what is not."""
    counts: Mapping[str, int] = manifest.counts
    told = [
        f"{counts[key]:,} {name}"
        for key, name in (
            ("alarms", "alarms"),
            ("work_orders", "work orders"),
            ("tokens", "tokens"),
            ("sample_rows", "samples"),
            ("sample_lines", "lines of samples"),
        )
        if key in counts
    ]
    told += ["no records"] * (not manifest.records) + ["no samples"] * (not manifest.samples)
    return ", ".join(told)


def say(text: str) -> None:
    """Say on standard error how far it is."""
    click.echo(text, err=True)
