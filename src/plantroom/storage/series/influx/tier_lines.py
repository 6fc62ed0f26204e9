"""Lines of an InfluxDB tier: folding rows of what is finer, and writing the buckets."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from plantroom.storage.series.folding import weighted_means
from plantroom.storage.series.influx.line_protocol import escaped

LEAST: Final = "_MIN"
GREATEST: Final = "_MAX"
LAST: Final = "_LAST"
COUNT: Final = "_N"
"""Appended to a point's name: fields of a bucket beside the plain one, which is the mean."""
_MAX_LINES: Final = 5_000
_MAX_BUCKETS: Final = 6_000
"""Bounds of one request's body."""

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class TierRows:
    """Rows of one measurement, each of an asset at a time, with a bucket of each of `points`."""

    points: tuple[str, ...]
    assets: tuple[tuple[str, str], ...]
    """Asset and site of each row, (n,)."""
    ts: npt.NDArray[np.int64]
    """(n,)"""
    mean: Floats
    least: Floats
    greatest: Floats
    last: Floats
    """(n, points) as the others; any value where there is no sample."""
    count: Counts
    """(n, points); 0 where there is no sample."""

    def __len__(self) -> int:
        return len(self.ts)


def folded(rows: TierRows, *, every: int) -> TierRows:
    """Return `rows` in buckets of `every` ms; means weigh by counts."""
    if len(rows) == 0:
        return rows
    numbers = {asset: number for number, asset in enumerate(dict.fromkeys(rows.assets))}
    asset = np.array([numbers[each] for each in rows.assets], np.int64)
    bucket = rows.ts - rows.ts % every
    order = np.lexsort((rows.ts, bucket, asset))
    asset, bucket = asset[order], bucket[order]
    changes = (np.diff(asset) != 0) | (np.diff(bucket) != 0)
    begins = np.concatenate(([0], np.flatnonzero(changes) + 1))
    n = rows.count[order]
    there = n > 0
    count = np.add.reduceat(n, begins)
    newest = np.maximum.reduceat(np.where(there, np.arange(len(order))[:, None], -1), begins)
    known = list(numbers)
    return TierRows(
        points=rows.points,
        assets=tuple(known[number] for number in asset[begins].tolist()),
        ts=bucket[begins],
        mean=weighted_means(np.where(there, rows.mean[order], 0.0), n, begins),
        least=np.minimum.reduceat(np.where(there, rows.least[order], np.inf), begins),
        greatest=np.maximum.reduceat(np.where(there, rows.greatest[order], -np.inf), begins),
        last=np.take_along_axis(rows.last[order], newest, axis=0),
        count=count,
    )


def bodies(measurement: str, rows: TierRows, told: npt.NDArray[np.bool_]) -> Iterator[bytes]:
    """Give the lines of one request after another; `told` says which buckets are written, (n, points)."""
    kept = np.flatnonzero(told.any(axis=1))
    step = max(1, min(_MAX_LINES, _MAX_BUCKETS // max(1, len(rows.points))))
    heads = _heads(measurement, rows.assets)
    for first in range(0, len(kept), step):
        yield _body(heads, rows, told, kept[first : first + step])


def _body(
    heads: Sequence[bytes], rows: TierRows, told: npt.NDArray[np.bool_], some: npt.NDArray[np.int64]
) -> bytes:
    place, point = np.nonzero(told[some])
    line = some[place]
    begins = np.ones(len(line), np.bool_)
    begins[1:] = line[1:] != line[:-1]
    numbers = [_texts(column[line, point]) for column in (rows.mean, rows.least, rows.greatest, rows.last)]
    counts = _texts(rows.count[line, point])
    times = _texts(rows.ts[line])
    names = [_names(name) for name in rows.points]
    parts: list[bytes] = []
    end = b""
    columns = zip(line.tolist(), point.tolist(), begins.tolist(), *numbers, counts, times, strict=True)
    for row, number, begin, mean, least, greatest, last, count, time in columns:
        if begin:
            parts += (end, heads[row])
            end = b" %s\n" % time
        else:
            parts.append(b",")
        plain, low, high, latest, how_many = names[number]
        if count == b"0":
            # InfluxDB removes no field: only this says that the bucket has become empty.
            parts += (how_many[1:], b"0i")
            continue
        parts += (plain, mean, low, least, high, greatest, latest, last, how_many, count, b"i")
    parts.append(end)
    return b"".join(parts)


def _heads(measurement: str, assets: Sequence[tuple[str, str]]) -> list[bytes]:
    made = {
        (asset, site): b"%s,asset=%s,site=%s "
        % (escaped(measurement, meaning=", "), escaped(asset), escaped(site))
        for asset, site in dict.fromkeys(assets)
    }
    return [made[each] for each in assets]


def _names(point: str) -> tuple[bytes, ...]:
    name = point.encode()
    first = b"%s=" % name
    return (first, *(b",%s%s=" % (name, each.encode()) for each in (LEAST, GREATEST, LAST)), b",%s_N=" % name)


def _texts(column: npt.NDArray[Any]) -> list[bytes]:
    """Return each number of `column` as InfluxDB reads it."""
    if len(column) == 0:
        return []
    return msgspec.json.encode(column.tolist())[1:-1].split(b",")
