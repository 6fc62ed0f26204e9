"""Where history is kept: an InfluxDB server, a data directory, or behind the API of what runs on it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from plantroom.cli.door import door_of
from plantroom.cli.history_api import ApiHistory
from plantroom.cli.lock import owned_by_all
from plantroom.cli.wiring import open_store
from plantroom.domain.installation import Installation
from plantroom.storage.history_files.taking import Place
from plantroom.storage.series.influx.address import parse_influx_url


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """What the command line says about it."""

    data: Path
    influx: str | None
    api: str | None
    api_token: str | None

    def __str__(self) -> str:
        """Return it in words that hold no secret.

        Raises:
            click.ClickException: the URL of InfluxDB cannot be read.
        """
        if self.influx is not None:
            try:
                address = parse_influx_url(self.influx)
            except ValueError as error:
                raise click.ClickException(f"--influx: {error}") from error
            policy = f"?rp={address.retention_policy}" if address.retention_policy else ""
            return f"{address.url}/{address.database}{policy}"
        return self.api or str(self.data.absolute())


@contextmanager
def open_place(where: Where, installation: Installation, *, to_write: bool) -> Iterator[Place]:
    """Give what `where` names.

    Raises:
        click.ClickException: there is none, or it cannot be reached.
    """
    with ExitStack() as stack:
        behind: tuple[str, str | None] | None = None
        if where.influx is None and where.api is not None:
            behind = where.api, where.api_token
        elif where.influx is None:
            behind = _own(where.data, stack, to_write=to_write)
        if behind is not None:
            yield stack.enter_context(ApiHistory(*behind, installation.table))
            return
        yield stack.enter_context(open_store(where.influx, data=where.data, installation=installation))


def _own(data: Path, stack: ExitStack, *, to_write: bool) -> tuple[str, str] | None:
    """Own the data directory, or return the URL and token of the API of what runs on it."""
    if not to_write and not data.is_dir():
        raise _no_samples(data)
    try:
        stack.enter_context(owned_by_all(data))
    except click.ClickException as in_use:
        found = door_of(data)
        if found is None:
            raise click.ClickException(f"{in_use.message}, or give the --api of what runs there") from None
        return found.url, found.token
    if not to_write and not (data / "samples.duckdb").is_file():
        raise _no_samples(data)
    return None


def _no_samples(data: Path) -> click.ClickException:
    return click.ClickException(f"no samples in {data}: give --data, --influx or --api")
