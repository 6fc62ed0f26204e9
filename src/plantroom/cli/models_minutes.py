"""The minutes that models learn from: of a store, behind the API, or of recorded files."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, Final, Protocol

import click
import numpy as np

from plantroom.cli.history_api import ApiHistory
from plantroom.cli.history_place import Where, open_place
from plantroom.cli.rules_api import ApiSamples
from plantroom.domain.installation import Installation
from plantroom.domain.points import PointTable
from plantroom.domain.report import from_rfc3339, to_rfc3339
from plantroom.domain.samples import Quality
from plantroom.models.history import Readings
from plantroom.models.outline import Column, Outline
from plantroom.storage.recordings import RecordedHistory
from plantroom.storage.series.duckdb_store import DuckDbStore
from plantroom.storage.series.port import Buckets
from plantroom.storage.series.tiered_store import TieredStore

MINUTE: Final = 60_000
_ALL: Final = 2**31 - 1
_PAGE: Final = 10_000

Recorded = Mapping[tuple[str, str], Readings]
"""By asset and point."""


class Minutes(Protocol):
    """What was read of machines, minute by minute."""

    def newest(self, asset: str) -> int | None:
        """Return when the asset was last heard of, ms; None: it is not known."""

    def read(self, outline: Outline, *, start: int, end: int) -> Recorded:
        """Return the readings of its columns with `start <= ts < end`, ms."""


@contextmanager
def open_minutes(
    where: Where, recordings: tuple[Path, ...], installation: Installation
) -> Iterator[tuple[Minutes, ApiSamples | None]]:
    """Give the minutes that the command line names, and the API that they come through, if they do.

    Raises:
        click.ClickException: there are none, or they cannot be reached.
    """
    with ExitStack() as stack:
        if recordings:
            history = stack.enter_context(closing(RecordedHistory(recordings, installation.table)))
            yield RecordedMinutes(history, installation.table), None
            return
        place = stack.enter_context(open_place(where, installation, to_write=False))
        if isinstance(place, ApiHistory):
            yield ApiMinutes(place, installation.table), place
            return
        if not isinstance(place, TieredStore):
            raise click.ClickException(f"no minutes in {where}")
        yield StoreMinutes(place, installation.table), None


class StoreMinutes:
    """Of a store in this process."""

    def __init__(self, store: TieredStore, table: PointTable) -> None:
        self._store, self._table = store, table
        raw = store.raw
        self._span = raw.span() if isinstance(raw, DuckDbStore) else None

    def newest(self, asset: str) -> int | None:  # noqa: ARG002 - of all assets together, which is one query
        """See `Minutes`."""
        return None if self._span is None else self._span[1]

    def read(self, outline: Outline, *, start: int, end: int) -> Recorded:
        """See `Minutes`."""
        found = {}
        for column in outline.columns:
            asset, point = self._table.keys[column.number]
            buckets = self._store.read_buckets(
                asset=asset, point=point, start=start, end=end, every=MINUTE, limit=_ALL
            )
            found[asset, point] = readings_of(buckets, column)
        return found


class ApiMinutes:
    """Behind the API of a running product."""

    def __init__(self, api: ApiSamples, table: PointTable) -> None:
        self._api, self._table = api, table

    def newest(self, asset: str) -> int | None:
        """See `Minutes`."""
        points = self._api.ask("GET", f"/assets/{asset}")["points"]
        heard = [from_rfc3339(each["latest"]["ts"]) for each in points if each["latest"] is not None]
        return max(heard, default=None)

    def read(self, outline: Outline, *, start: int, end: int) -> Recorded:
        """See `Minutes`."""
        found = {}
        for column in outline.columns:
            asset, point = self._table.keys[column.number]
            items = list(self._items(asset, point, start=start, end=end))
            buckets = Buckets(
                ts=np.array([from_rfc3339(each["ts"]) for each in items], np.int64),
                min=_column(items, "min"),
                max=_column(items, "max"),
                mean=_column(items, "mean"),
                last=_column(items, "last"),
                count=np.array([each["count"] for each in items], np.int64),
            )
            found[asset, point] = readings_of(buckets, column)
        return found

    def _items(self, asset: str, point: str, *, start: int, end: int) -> Iterator[dict[str, Any]]:
        wanted: dict[str, Any] = {
            "point": point,
            "start": to_rfc3339(start),
            "end": to_rfc3339(end),
            "every": "1m",
            "limit": _PAGE,
        }
        cursor: str | None = None
        while True:
            page = self._api.ask(
                "GET", f"/assets/{asset}/samples", params=wanted | ({"cursor": cursor} if cursor else {})
            )
            yield from page["items"]
            cursor = page["next"]
            if cursor is None:
                return


class RecordedMinutes:
    """Of recorded files, whose every reading counts."""

    def __init__(self, history: RecordedHistory, table: PointTable) -> None:
        self._history, self._table = history, table
        self._span = history.span()

    def newest(self, asset: str) -> int | None:  # noqa: ARG002 - a recording ends for all at once
        """See `Minutes`."""
        return None if self._span is None else self._span[1]

    def read(self, outline: Outline, *, start: int, end: int) -> Recorded:
        """See `Minutes`."""
        numbers = np.array([column.number for column in outline.columns], np.intp)
        batch = self._history.read(numbers, start=start, end=end)
        found = {}
        for number in numbers.tolist():
            rows = batch.point == number
            found[self._table.keys[number]] = Readings(
                ts=batch.ts[rows], value=batch.value[rows], quality=batch.quality[rows]
            )
        return found


def readings_of(buckets: Buckets, column: Column) -> Readings:
    """Return minutes as readings that make the same row: a mean or the last value, told at the minute's end.

    A value that the column's gate would not have let through is told before it: the gate was shut meanwhile.
    """
    end = buckets.ts + MINUTE - 1
    value = buckets.mean if column.averaged else buckets.last
    ts = end
    if column.gate is not None:
        low, high = column.gate
        shut = (buckets.min < low) | (buckets.max > high)
        ts = np.concatenate((buckets.ts[shut], end))
        value = np.concatenate((np.where(buckets.min < low, buckets.min, buckets.max)[shut], value))
        order = np.argsort(ts, kind="stable")
        ts, value = ts[order], value[order]
    return Readings(ts=ts, value=value, quality=np.full(len(ts), Quality.GOOD, np.uint8))


def _column(items: list[dict[str, Any]], name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([np.nan if each[name] is None else each[name] for each in items], np.float64)
