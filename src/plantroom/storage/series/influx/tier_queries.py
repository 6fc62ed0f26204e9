"""What is asked of InfluxDB to make tiers and to read them, and what its answers say."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from plantroom.domain.samples import FIRST_BAD
from plantroom.storage.series.influx.connection import Rows, identifier, literal
from plantroom.storage.series.influx.line_protocol import QUALITY, WITHOUT_VALUE
from plantroom.storage.series.influx.tier_lines import COUNT, GREATEST, LAST, LEAST, TierRows

DONE: Final = "plantroom_down_sampled"
STALE: Final = "plantroom_stale"
_ENDINGS: Final = ("", LEAST, GREATEST, LAST, COUNT)
_POINT: Final = re.compile(r"[a-z][a-z0-9_]*")
_STATEMENTS_PER_REQUEST: Final = 50

Kept = Mapping[tuple[tuple[str, str], int], Sequence[int]]
"""How many samples the buckets of each point have, by asset and site, and time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What is asked for: `start <= ts < end` (ms) of some assets, or of all of the sites."""

    start: int
    end: int
    sites: tuple[str, ...]
    assets: tuple[str, ...] | None

    @property
    def condition(self) -> str:
        """What follows WHERE."""
        kept = f"time >= {self.start}ms AND time < {self.end}ms AND {_one_of('site', self.sites)}"
        return kept if self.assets is None else f"{kept} AND {_one_of('asset', self.assets)}"


def samples_of(measurement: str, points: Sequence[str], span: Span) -> str:
    """Return the statement for samples of many assets."""
    fields = [identifier(point + ending) for point in points for ending in ("", QUALITY)]
    return _rows_with(fields, measurement, span)


def minutes_of(measurement: str, points: Sequence[str], span: Span) -> str:
    """Return the statement for the buckets of many assets."""
    return _rows_with(
        [identifier(point + ending) for point in points for ending in _ENDINGS], measurement, span
    )


def counts_of(measurement: str, points: Sequence[str], span: Span) -> str:
    """Return the statement for how many samples the buckets of many assets have."""
    return _rows_with([identifier(point + COUNT) for point in points], measurement, span)


def buckets_of(*, asset: str, point: str, start: int, end: int) -> str:
    """Return the statement for the buckets of a point, whatever its asset's class was."""
    fields = ", ".join(identifier(point + ending) for ending in _ENDINGS)
    return (
        f"SELECT {fields} FROM /.*/ "  # noqa: S608 - all quoted
        f"WHERE asset = {literal(asset)} AND time >= {start}ms AND time < {end}ms"
    )


def progress_of(sites: Sequence[str]) -> str:
    """Return the statement for how far down-sampling has come."""
    return f'SELECT "until", "raw_since" FROM "{DONE}" WHERE {_one_of("site", sites)}'  # noqa: S608 - quoted


def stale_of(sites: Sequence[str], *, limit: int) -> str:
    """Return the statement for stale hours of any asset."""
    return (
        f'SELECT "touched", "asset" FROM "{STALE}" '  # noqa: S608 - all quoted
        f'WHERE {_one_of("site", sites)} AND "touched" > "done" ORDER BY time LIMIT {limit}'
    )


def stale_hours_of(asset: str, *, start: int, end: int) -> str:
    """Return the statement for the stale hours of an asset."""
    return (
        f'SELECT "touched" FROM "{STALE}" WHERE asset = {literal(asset)} AND "touched" > "done" '  # noqa: S608 - all quoted
        f"AND time >= {start}ms AND time < {end}ms"
    )


def first_samples(
    kinds: Mapping[str, Sequence[str]], sites: Sequence[str], *, since: int
) -> Iterator[list[str]]:
    """Give the statements of one request after another for the oldest value of every kind of point."""
    statements = [
        f"SELECT {identifier(point)} FROM {identifier(measurement)} "  # noqa: S608 - all quoted
        f"WHERE {_one_of('site', sites)} AND time >= {since}ms ORDER BY time LIMIT 1"
        for measurement, points in kinds.items()
        for point in points
    ]
    for first in range(0, len(statements), _STATEMENTS_PER_REQUEST):
        yield statements[first : first + _STATEMENTS_PER_REQUEST]


def point_fields(rows: Sequence[Rows]) -> Iterator[tuple[str, list[str]]]:
    """Give each measurement in the answer to SHOW FIELD KEYS with the fields that points have."""
    for part in rows:
        names = [name for name, kind in part.values if kind == "float" and _POINT.fullmatch(name)]
        if names and not part.name.startswith("plantroom_"):
            yield part.name, names


def rows_of_samples(answer: Sequence[Rows], points: tuple[str, ...]) -> TierRows:
    """Return the good samples in the answer to `samples_of`, each as a bucket of one."""
    ts, columns, assets = _columns(answer, 2 * len(points))
    value, told = columns[:, 0::2], np.nan_to_num(columns[:, 1::2])
    good = ~np.isnan(value) & (told % WITHOUT_VALUE < FIRST_BAD) & (told < WITHOUT_VALUE)
    return TierRows(
        points=points,
        assets=assets,
        ts=ts,
        mean=value,
        least=value,
        greatest=value,
        last=value,
        count=good.astype(np.int64),
    )


def rows_of_minutes(answer: Sequence[Rows], points: tuple[str, ...]) -> TierRows:
    """Return the buckets in the answer to `minutes_of`."""
    ts, columns, assets = _columns(answer, len(_ENDINGS) * len(points))
    mean, least, greatest, last, count = (
        columns[:, place :: len(_ENDINGS)] for place in range(len(_ENDINGS))
    )
    return TierRows(
        points=points,
        assets=assets,
        ts=ts,
        mean=mean,
        least=least,
        greatest=greatest,
        last=last,
        count=np.nan_to_num(count).astype(np.int64),
    )


def kept_counts(answer: Sequence[Rows]) -> Kept:
    """Return what the answer to `counts_of` says."""
    return {
        ((asset, site), ts): [count or 0 for count in counts]
        for part in answer
        for ts, *counts, asset, site in part.values
    }


def told_beside(made: TierRows, kept: Kept, *, since: int) -> npt.NDArray[np.bool_]:
    """Return which of the buckets `made` are to be written over those `kept`, (n, points).

    Those that have become empty are among them. Before `since` (ms), where samples may have been forgotten,
    none is replaced by one of fewer.
    """
    told = made.count > 0
    for row, key in enumerate(zip(made.assets, made.ts.tolist(), strict=True)):
        if key in kept:
            had = np.array(kept[key])
            told[row] = made.count[row] >= np.maximum(had, 1) if key[1] < since else told[row] | (had > 0)
    return told


def _rows_with(fields: Sequence[str], measurement: str, span: Span) -> str:
    return (
        f"SELECT {', '.join(fields)}, asset, site FROM {identifier(measurement)} "  # noqa: S608 - all quoted
        f"WHERE {span.condition}"
    )


def _one_of(tag: str, values: Sequence[str]) -> str:
    return "(" + " OR ".join(f"{tag} = {literal(value)}" for value in values) + ")"


def _columns(
    answer: Sequence[Rows], width: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], tuple[tuple[str, str], ...]]:
    """Return the times, the fields (NaN where there is none), and the asset and site of each row."""
    rows = [row for part in answer for row in part.values]
    if not rows:
        return np.empty(0, np.int64), np.empty((0, width)), ()
    ts, *fields, assets, sites = zip(*rows, strict=True)
    columns = np.array(fields, np.float64).T
    return np.array(ts, np.int64), columns, tuple(zip(assets, sites, strict=True))
