"""Samples in a DuckDB file, owned by this process."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np
import numpy.typing as npt

from plantroom.domain.errors import StoreUnavailable
from plantroom.domain.points import PointTable
from plantroom.domain.samples import FIRST_BAD, SampleBatch
from plantroom.storage.series.admissible import finite_or_nan, split_admissible
from plantroom.storage.series.duckdb_appender import Appender
from plantroom.storage.series.duckdb_copy import Copier
from plantroom.storage.series.port import Buckets, Rejection, Series

PIECE: Final = 1_000_000
"""Rows that are sorted and moved in one go: about half a second, and sorted within the memory limit."""
PATIENCE_S: Final = 0.5
"""A call of `compact` begins no further piece after this time, seconds."""
_SETTINGS: Final[dict[str, str | bool | int | float | list[str]]] = {"memory_limit": "64MB", "threads": "1"}
# One thread: each query runs in its caller's. 64 MB: measured to be enough for everything done here.

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS series (id INTEGER, asset VARCHAR, point VARCHAR);
CREATE TABLE IF NOT EXISTS recent
    (series INTEGER, ts BIGINT, value DOUBLE, quality UTINYINT, arrival BIGINT);
CREATE TABLE IF NOT EXISTS settled
    (series INTEGER, ts BIGINT, value DOUBLE, quality UTINYINT, arrival BIGINT);
CREATE TABLE IF NOT EXISTS settled_until (arrival BIGINT);
INSERT INTO settled_until SELECT 0 WHERE NOT EXISTS (FROM settled_until);
"""
# `recent` is in order of arrival, which compresses to nothing. `settled` is a sequence of runs, each sorted
# by series and ts and without duplicates; a run's `arrival` is that of its last row. Wherever a sample occurs
# several times, the one with the greatest `arrival` counts.

_LATEST: Final = """
SELECT ts, arg_max(value, arrival) AS value, arg_max(quality, arrival) AS quality
FROM (FROM settled UNION ALL FROM recent)
WHERE series = $series AND ts >= $start AND ts < $end
GROUP BY ts
"""
_READ: Final = f"{_LATEST} ORDER BY ts LIMIT $limit"
_READ_MANY: Final = """
SELECT series, ts, value, quality, arrival FROM (FROM settled UNION ALL FROM recent)
WHERE ts >= $start AND ts < $end AND list_contains($series, series)
"""
_SPAN: Final = "SELECT min(ts), max(ts) FROM (FROM settled UNION ALL FROM recent)"
_READ_BUCKETS: Final = f"""
SELECT ts - (ts % $every + $every) % $every AS bucket,
    min(value) AS min, max(value) AS max, avg(value) AS mean, arg_max(value, ts) AS last, count(*) AS count
FROM ({_LATEST})
WHERE quality < {FIRST_BAD} AND NOT isnan(value)
GROUP BY bucket ORDER BY bucket LIMIT $limit
"""  # noqa: S608 - made of constants
_SETTLE: Final = """
INSERT INTO settled
SELECT series, ts, arg_max(value, arrival), arg_max(quality, arrival), $until
FROM recent WHERE arrival <= $until
GROUP BY series, ts ORDER BY series, ts
"""


class DuckDbStore:
    """A `TimeSeriesStore` in one file that no other process may open meanwhile.

    Raises:
        StoreUnavailable: another process has the file, or it cannot be used.
    """

    def __init__(self, path: Path, table: PointTable) -> None:
        self._path = path
        self._keys = table.keys
        self._opening = threading.Lock()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._ids: dict[tuple[str, str], int] = {}
        self._id_of_point: npt.NDArray[np.int32] = np.empty(0, np.int32)
        self._next_arrival = 0
        self._appender: Appender | None = None
        self._copier = Copier()
        with self._translated_errors():
            self._open()

    def write(self, batch: SampleBatch) -> tuple[Rejection, ...]:
        """See `TimeSeriesStore`."""
        rows, rejections = split_admissible(batch, points=len(self._keys))
        if len(rows) == 0:
            return rejections
        kept = batch if len(rows) == len(batch) else batch.take(rows)
        with self._translated_errors():
            appender = self._appender_for(len(kept))
            first = self._next_arrival
            self._next_arrival += len(kept)
            appender.append(
                series=self._id_of_point[kept.point],
                ts=kept.ts,
                value=finite_or_nan(kept.value),
                quality=kept.quality,
                arrival=np.arange(first, self._next_arrival),
            )
        return rejections

    def read(self, *, asset: str, point: str, start: int, end: int, limit: int) -> Series:
        """See `TimeSeriesStore`."""
        columns = self._fetch(
            _READ, {"series": self.series_of(asset, point), "start": start, "end": end, "limit": limit}
        )
        return Series(ts=columns["ts"], value=columns["value"], quality=columns["quality"])

    def read_buckets(
        self, *, asset: str, point: str, start: int, end: int, every: int, limit: int
    ) -> Buckets:
        """See `TimeSeriesStore`."""
        columns = self._fetch(
            _READ_BUCKETS,
            {
                "series": self.series_of(asset, point),
                "start": start,
                "end": end,
                "every": every,
                "limit": limit,
            },
        )
        return Buckets(
            ts=columns["bucket"],
            min=columns["min"],
            max=columns["max"],
            mean=columns["mean"],
            last=columns["last"],
            count=columns["count"],
        )

    def span(self) -> tuple[int, int] | None:
        """See `History`."""
        with self.cursor() as cursor:
            ((first, last),) = cursor.execute(_SPAN).fetchall()
        return None if first is None else (int(first), int(last))

    def read_many(
        self, keys: Sequence[tuple[str, str]], *, start: int, end: int
    ) -> tuple[npt.NDArray[np.int64], Series]:
        """Return the samples of all `keys` with `start <= ts < end`, by time, and the place of each key."""
        found = [self._ids.get(key, -1) for key in keys]
        place = np.full(max(self._ids.values(), default=0) + 2, -1, np.int64)
        place[found] = np.arange(len(keys))
        columns = self._fetch(_READ_MANY, {"series": found, "start": start, "end": end})
        order = np.lexsort((columns["arrival"], columns["series"], columns["ts"]))
        series, ts = columns["series"][order], columns["ts"][order]
        counts = np.append((np.diff(ts) != 0) | (np.diff(series) != 0), np.ones(min(1, len(ts)), np.bool_))
        kept = order[counts]
        return place[columns["series"][kept]], Series(
            ts=columns["ts"][kept], value=columns["value"][kept], quality=columns["quality"][kept]
        )

    def drop_before(self, ts: int) -> None:
        """Forget the samples older than `ts` (ms)."""
        with self.cursor() as cursor, transaction(cursor):
            cursor.execute("DELETE FROM settled WHERE ts < ?", [ts])
            cursor.execute("DELETE FROM recent WHERE ts < ?", [ts])

    def compact(self) -> None:
        """Sort what came last by series and time, so that reading one series touches little of the file."""
        begun = time.monotonic()
        while self._settle_piece() and time.monotonic() - begun < PATIENCE_S:
            pass

    def count_rows(self) -> int:
        """Return how many rows the file holds, those included that compaction will find to be replaced."""
        with self.cursor() as cursor:
            ((settled,),) = cursor.execute("SELECT count(*) FROM settled").fetchall()
            ((recent,),) = cursor.execute("SELECT count(*) FROM recent").fetchall()
            return int(settled + recent)

    def copy_aside(self, folder: str) -> None:
        """Write all that is there now to a file of the same name in `folder` beside it, or none at all."""
        with self.cursor() as cursor:
            self._copier.copy(cursor, self._path.parent / folder / self._path.name)

    def close(self) -> None:
        """See `TimeSeriesStore`."""
        self._copier.interrupt()
        with self._opening:
            if self._appender is not None:
                self._appender.close()
                self._appender = None
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _settle_piece(self) -> bool:
        """Move the `PIECE` oldest rows of `recent` to `settled`; return False if there are not so many."""
        with self.cursor() as cursor:
            ((first, last),) = cursor.execute("SELECT min(arrival), max(arrival) FROM recent").fetchall()
            if first is None or last - first + 1 < PIECE:
                return False
            until = {"until": first + PIECE - 1}
            with transaction(cursor):
                cursor.execute(_SETTLE, until)
                cursor.execute("DELETE FROM recent WHERE arrival <= $until", until)
                cursor.execute("UPDATE settled_until SET arrival = $until", until)
        return True

    def series_of(self, asset: str, point: str) -> int:
        """Return the series' id, or one that no series has."""
        return self._ids.get((asset, point), -1)

    def series_made(self, asset: str, point: str) -> int:
        """Return the series' id, which it gets now if it has none."""
        with self.cursor() as cursor:
            self._ids = _ids_with_all(((asset, point),), cursor)
            return self._ids[asset, point]

    def _fetch(self, query: str, parameters: dict[str, Any]) -> dict[str, npt.NDArray[Any]]:
        with self.cursor() as cursor:
            columns: dict[str, npt.NDArray[Any]] = cursor.execute(query, parameters).fetchnumpy()
            return columns

    def _appender_for(self, rows: int) -> Appender:
        """Return what appends `rows` rows; its owner is the one thread that writes."""
        connection = self._open()
        if self._appender is None or self._appender.room < rows:
            if self._appender is not None:
                self._appender.close()
            self._appender = Appender(connection, rows=rows)
        return self._appender

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Give a connection of this call's own, so that readers neither wait for nor disturb the writer."""
        with self._translated_errors():
            cursor = self._open().cursor()
            try:
                yield cursor
            finally:
                cursor.close()

    @contextmanager
    def _translated_errors(self) -> Iterator[None]:
        try:
            yield
        except duckdb.FatalException as error:
            # DuckDB refuses everything on a database whose file it could not write; opened again, it works.
            with suppress(duckdb.Error):
                self.close()
            raise StoreUnavailable(f"embedded time series {self._path}: {error}") from error
        except duckdb.Error as error:
            raise StoreUnavailable(self._explain(error)) from error

    def _explain(self, error: duckdb.Error) -> str:
        if "lock on file" in str(error):
            return (
                f"embedded time series {self._path} is in use by another process: it has one owner, "
                f"`plantroom up`; other processes need --influx ({error})"
            )
        return f"embedded time series {self._path}: {error}"

    def _open(self) -> duckdb.DuckDBPyConnection:
        with self._opening:
            if self._connection is None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                connection = duckdb.connect(self._path, config=_SETTINGS)
                connection.execute(_SCHEMA)
                self._ids = _ids_with_all(self._keys, connection)
                self._id_of_point = np.array([self._ids[key] for key in self._keys], np.int32)
                self._next_arrival = _first_free_arrival(connection)
                self._connection = connection
            return self._connection


@contextmanager
def transaction(cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Make all that a block does one change, or none."""
    cursor.begin()
    try:
        yield
    except BaseException:
        with suppress(duckdb.Error):
            cursor.rollback()
        raise
    cursor.commit()


def _ids_with_all(
    keys: tuple[tuple[str, str], ...], connection: duckdb.DuckDBPyConnection
) -> dict[tuple[str, str], int]:
    """Return the id of each series in the file by (asset, point), after adding those of `keys`."""
    found = connection.execute("SELECT asset, point, id FROM series").fetchall()
    ids = {(asset, point): series for asset, point, series in found}
    missing = [key for key in keys if key not in ids]
    if missing:
        fresh = range(len(ids), len(ids) + len(missing))
        connection.execute(
            "INSERT INTO series SELECT unnest($ids), unnest($assets), unnest($points)",
            {
                "ids": list(fresh),
                "assets": [asset for asset, _ in missing],
                "points": [point for _, point in missing],
            },
        )
        ids.update(zip(missing, fresh, strict=True))
    return ids


def _first_free_arrival(connection: duckdb.DuckDBPyConnection) -> int:
    # All rows are fetched: a result with rows left keeps its transaction open, and so keeps the log from
    # being merged into the file.
    ((last,),) = connection.execute(
        "SELECT greatest((SELECT max(arrival) FROM settled_until), (SELECT max(arrival) FROM recent))"
    ).fetchall()
    return int(last) + 1
