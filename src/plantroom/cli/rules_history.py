"""Where the past comes from: recorded files, the time-series store, or the API of what runs on it."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import click

from plantroom.cli.door import door_of
from plantroom.cli.lock import owned_by_all
from plantroom.cli.rules_api import ApiSamples
from plantroom.cli.wiring import open_store
from plantroom.domain.installation import Installation
from plantroom.domain.report import from_rfc3339
from plantroom.rules.trial.truth import Truth
from plantroom.storage.recordings import RecordedHistory, read_labels
from plantroom.storage.series.duckdb_history import DuckDbHistory
from plantroom.storage.series.duckdb_store import DuckDbStore
from plantroom.storage.series.history import History, PointByPoint

_USUAL = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What the command line says about where the past comes from, and which part of it."""

    recordings: tuple[Path, ...]
    data: Path
    influx: str | None
    api: str | None
    api_token: str | None
    since: datetime | None
    until: datetime | None


@contextmanager
def open_history(source: Source, installation: Installation) -> Iterator[History]:
    """Give the history that `source` names.

    Raises:
        click.ClickException: there is none, or it cannot be reached.
    """
    table = installation.table
    with ExitStack() as stack:
        if source.recordings:
            yield stack.enter_context(closing(RecordedHistory(source.recordings, table)))
        elif source.influx is not None:
            store = open_store(source.influx, data=source.data, installation=installation)
            yield PointByPoint(stack.enter_context(store), table)
        elif source.api is not None:
            samples = stack.enter_context(ApiSamples(source.api, source.api_token))
            yield PointByPoint(samples, table)
        else:
            yield _kept(source, installation, stack)


def _kept(source: Source, installation: Installation, stack: ExitStack) -> History:
    """Return the history in the data directory, through the API if one runs on it."""
    path = source.data / "samples.duckdb"
    if not path.is_file():
        raise click.ClickException(f"no samples in {source.data}: give --data, --influx or --recording")
    try:
        stack.enter_context(owned_by_all(source.data))
    except click.ClickException as in_use:
        found = door_of(source.data)
        if found is None:
            raise click.ClickException(f"{in_use.message}, or give the --api of what runs there") from None
        samples = stack.enter_context(ApiSamples(found.url, found.token))
        return PointByPoint(samples, installation.table)
    store = stack.enter_context(closing(DuckDbStore(path, installation.table)))
    return DuckDbHistory(store, installation.table)


def span_of(source: Source, history: History, installation: Installation) -> tuple[int, int]:
    """Return from when to before when to look, ms: all of a recording, otherwise the last week.

    Raises:
        click.ClickException: there is nothing.
    """
    there = history.span()
    zone = installation.table.sites[0].timezone
    end = ms_of(source.until, zone) if source.until else None
    begin = ms_of(source.since, zone) if source.since else None
    if source.recordings and there is not None:
        begin, end = begin or there[0], end or there[1] + 1
    now = round(datetime.now(UTC).timestamp() * 1000)
    end = now if end is None else end
    begin = end - round(_USUAL / timedelta(milliseconds=1)) if begin is None else begin
    if there is not None:
        begin, end = max(begin, there[0]), min(end, there[1] + 1)
    if begin >= end:
        raise click.ClickException("there are no samples in that time")
    return begin, end


def ms_of(moment: datetime, zone: tzinfo) -> int:
    """Return a moment as ms since the epoch; one without a zone is in `zone`."""
    local = moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
    return round(local.timestamp() * 1000)


def truths_of(source: Source, labels: Path | None) -> tuple[Truth, ...] | None:
    """Return the faults that the labels tell of, by default those beside the recordings; None: no labels."""
    files = [labels] if labels else [path.with_suffix(".labels.csv") for path in source.recordings]
    there = [file for file in files if labels or file.is_file()]
    if not there:
        return None
    return tuple(
        Truth(
            asset=label.asset,
            fault=label.fault,
            point=label.point,
            start=from_rfc3339(label.start),
            end=None if label.end is None else from_rfc3339(label.end),
            severity=label.severity,
        )
        for file in there
        for label in read_labels(file)
    )
