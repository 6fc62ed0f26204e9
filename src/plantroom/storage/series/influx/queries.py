"""What is asked of InfluxDB, and what its answers say."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from plantroom.domain.points import PointTable
from plantroom.domain.samples import FIRST_BAD
from plantroom.storage.series.arrays import latest_rows
from plantroom.storage.series.folding import empty_buckets
from plantroom.storage.series.influx.connection import InfluxConnection, Rows, identifier, literal
from plantroom.storage.series.influx.line_protocol import BAD, QUALITY, WITHOUT_VALUE
from plantroom.storage.series.port import EARLIEST, Buckets, Series

_STATEMENTS_PER_REQUEST: Final = 50


def samples_of(*, asset: str, point: str, start: int, end: int, limit: int) -> str:
    """Return the statement for a point's samples; its measurement is whatever the asset's class was."""
    fields = ", ".join(identifier(point + suffix) for suffix in ("", BAD, QUALITY))
    return (
        f"SELECT {fields} FROM /.*/ WHERE {_within(asset, start, end)} "  # noqa: S608 - all quoted
        f"ORDER BY time LIMIT {limit}"
    )


def buckets_of(*, asset: str, point: str, start: int, end: int, every: int, limit: int) -> str:
    """Return the statement for a point's values in buckets of `every` ms."""
    value = identifier(point)
    return (
        f"SELECT mean({value}), min({value}), max({value}), last({value}), count({value}) FROM /.*/ "  # noqa: S608 - all quoted
        f"WHERE {_within(asset, start, end)} GROUP BY time({every}ms) fill(none) ORDER BY time LIMIT {limit}"
    )


def replaced_values_of(*, asset: str, point: str, start: int, end: int) -> str:
    """Return the statement for the good values that a bad sample of the same time has replaced."""
    return (
        f"SELECT {identifier(point)} FROM /.*/ "  # noqa: S608 - all quoted
        f"WHERE {_within(asset, start, end)} AND {identifier(point + QUALITY)} >= {FIRST_BAD}"
    )


def last_qualities(connection: InfluxConnection, table: PointTable, *, since: int) -> npt.NDArray[np.int64]:
    """Ask for the last time (ms, from `since` on) at which each point has a quality; shape (points,)."""
    kinds = sorted({(asset.asset_class, point.name) for asset in table.assets for point in asset.points})
    last = np.full(len(table), EARLIEST - 1, np.int64)
    for first in range(0, len(kinds), _STATEMENTS_PER_REQUEST):
        some = kinds[first : first + _STATEMENTS_PER_REQUEST]
        answers = connection.query(
            [
                f"SELECT last({identifier(name + QUALITY)}) FROM {identifier(asset_class)} "  # noqa: S608 - all quoted
                f"WHERE time >= {since}ms GROUP BY asset"
                for asset_class, name in some
            ]
        )
        for (_, name), rows in zip(some, answers, strict=True):
            for row in rows:
                number = table.number.get((row.tags["asset"], name))
                if number is not None:
                    last[number] = row.values[0][0]
    return last


def known_series(connection: InfluxConnection, table: PointTable) -> npt.NDArray[np.bool_]:
    """Ask which assets the database has as their class; shape (assets,)."""
    (answer,) = connection.query(['SHOW TAG VALUES WITH KEY = "asset"'])
    known = {(rows.name, value) for rows in answer for _, value in rows.values}
    return np.array([(asset.asset_class, asset.id) in known for asset in table.assets], np.bool_)


def to_series(rows: list[Rows], *, asset_class: str | None, limit: int) -> Series:
    """Return the samples in the answer to `samples_of`.

    Where the asset was of several classes in turn, those under `asset_class` go before others.
    """
    if not rows:
        return Series(ts=np.empty(0, np.int64), value=np.empty(0, np.float64), quality=np.empty(0, np.uint8))
    rows = sorted(rows, key=lambda part: part.name == asset_class)
    time, good, bad, told = zip(*(row for part in rows for row in part.values), strict=True)
    ts = np.array(time, np.int64)
    code = np.nan_to_num(np.array(told, np.float64)).astype(np.int64)
    quality = (code % WITHOUT_VALUE).astype(np.uint8)
    value = np.where(quality < FIRST_BAD, np.array(good, np.float64), np.array(bad, np.float64))
    # The server reads field by field: a sample just being written may still lack its quality or its value.
    whole = np.flatnonzero(~np.isnan(value) | (code >= WITHOUT_VALUE))
    value[code >= WITHOUT_VALUE] = np.nan
    kept = whole[latest_rows(ts[whole])][:limit]
    return Series(ts=ts[kept], value=value[kept], quality=quality[kept])


def to_buckets(rows: Sequence[Rows]) -> Buckets:
    """Return buckets answered as mean, least, greatest, last and count; without empty ones, oldest first."""
    # As in `to_series`: a bucket just begun may lack a column.
    whole = [row for part in rows for row in part.values if None not in row and row[-1] > 0]
    if not whole:
        return empty_buckets()
    ts, mean, least, greatest, last, count = zip(*sorted(whole), strict=True)
    return Buckets(
        ts=np.array(ts, np.int64),
        min=np.array(least, np.float64),
        max=np.array(greatest, np.float64),
        mean=np.array(mean, np.float64),
        last=np.array(last, np.float64),
        count=np.array(count, np.int64),
    )


def _within(asset: str, start: int, end: int) -> str:
    return f"asset = {literal(asset)} AND time >= {start}ms AND time < {end}ms"
