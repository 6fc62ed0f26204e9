"""Samples of one point as JSON, whole or down-sampled."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from plantroom.api.problems import bad_value, needed
from plantroom.domain.report import from_rfc3339, to_rfc3339
from plantroom.domain.samples import quality_label
from plantroom.storage.series.port import Buckets, Series, TimeSeriesStore

DAY_MS: Final = 86_400_000
_WIDTH: Final = re.compile(r"([1-9][0-9]{0,8})(ms|s|m|h|d)", re.ASCII)
_UNIT_MS: Final = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": DAY_MS}


class Aggregate(Enum):
    """What a bucket tells of its samples."""

    MIN = "min"
    MAX = "max"
    MEAN = "mean"
    LAST = "last"
    COUNT = "count"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From `start` to before `end`, ms since the epoch, UTC."""

    start: int
    end: int

    @classmethod
    def parse(cls, *, start: str | None, end: str | None, cursor: int | None, now: int) -> "Span":
        """Return the span between two RFC 3339 times, or what is left of it after `cursor`.

        Raises:
            Problem: it ends before it starts.
        """
        until = from_rfc3339(end) if end else now
        since = from_rfc3339(start) if start else until - DAY_MS
        if since >= until:
            raise bad_value("start", f"must be before end: {to_rfc3339(since)} .. {to_rfc3339(until)}")
        return cls(start=since if cursor is None else max(since, cursor), end=until)


def read_samples(
    store: TimeSeriesStore | None,
    *,
    asset: str,
    point: str,
    span: Span,
    every: str | None,
    agg: Sequence[Aggregate],
    limit: int,
) -> bytes:
    """Return a part of a list of samples, or of buckets of `every`, as JSON.

    Raises:
        Problem: there is no store, or a parameter has a value it cannot have.
        StoreUnavailable: the store does not answer.
    """
    store = needed(store)
    if every is None:
        if agg:
            raise bad_value("agg", "needs every")
        series = store.read(asset=asset, point=point, start=span.start, end=span.end, limit=limit + 1)
        return _page(_samples(series), series.ts, limit=limit, step=1)
    width = _width(every)
    buckets = store.read_buckets(
        asset=asset, point=point, start=span.start, end=span.end, every=width, limit=limit + 1
    )
    return _page(_buckets(buckets, agg or list(Aggregate)), buckets.ts, limit=limit, step=width)


def _width(every: str) -> int:
    matched = _WIDTH.fullmatch(every)
    if matched is None:
        raise bad_value("every", f"must be a number and one of ms, s, m, h, d, such as 5m: {every!r}")
    width = int(matched[1]) * _UNIT_MS[matched[2]]
    if width > 366 * DAY_MS:
        raise bad_value("every", f"must be at most 366d: {every}")
    return width


def _page(items: list[dict[str, Any]], ts: npt.NDArray[np.int64], *, limit: int, step: int) -> bytes:
    following = str(int(ts[limit - 1]) + step) if len(items) > limit else None
    return msgspec.json.encode({"items": items[:limit], "next": following})


def _samples(series: Series) -> list[dict[str, Any]]:
    labels = {int(code): quality_label(int(code)) for code in np.unique(series.quality)}
    columns = zip(series.ts.tolist(), series.value.tolist(), series.quality.tolist(), strict=True)
    return [
        {"ts": to_rfc3339(ts), "value": _number(value), "quality": labels[quality]}
        for ts, value, quality in columns
    ]


def _buckets(buckets: Buckets, wanted: Sequence[Aggregate]) -> list[dict[str, Any]]:
    names = [aggregate.value for aggregate in wanted]
    columns = [getattr(buckets, name).tolist() for name in names]
    return [
        {"ts": to_rfc3339(ts)} | {name: _number(value) for name, value in zip(names, row, strict=True)}
        for ts, *row in zip(buckets.ts.tolist(), *columns, strict=True)
    ]


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
