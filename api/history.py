"""Samples of the past put into the time-series store: nothing evaluates them."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from plantroom.api.documents.common import parse_time
from plantroom.api.documents.history import HistoryDocument, HistoryIn, RejectedDocument, SeriesIn
from plantroom.api.problems import bad_value, needed
from plantroom.domain.points import PointTable
from plantroom.domain.samples import SampleBatch
from plantroom.domain.times import plain_times
from plantroom.storage.history_files.block import NO_QUALITY, as_history, quality_of
from plantroom.storage.series.port import Rejection, TimeSeriesStore

_UNKNOWN = -1


def store_history(store: TimeSeriesStore | None, table: PointTable, given: HistoryIn) -> HistoryDocument:
    """Store what is given, and say what cannot be.

    Raises:
        Problem: there is no store, or a column holds what it cannot.
        StoreUnavailable: the store does not answer.
    """
    store = needed(store)
    sizes = [len(each.ts) for each in given.series]
    samples = _samples(table, given.series)
    rejections = store.write(samples) if len(samples) else ()
    rejected = list(_by_series(rejections, sizes))
    return HistoryDocument(stored=len(samples) - sum(len(each.rows) for each in rejected), rejected=rejected)


def _samples(table: PointTable, series: Sequence[SeriesIn]) -> SampleBatch:
    """Return all series as one batch, points that are not known with a number that no store takes."""
    numbers = [table.number.get((each.asset, each.point), _UNKNOWN) for each in series]
    point = np.repeat(np.array(numbers, np.int32), [len(each.ts) for each in series])
    columns = [_columns(each, number) for number, each in enumerate(series)]
    ts, value, quality = (np.concatenate(column) for column in zip(*columns, strict=True))
    return as_history(table, point=point, ts=ts, value=value, quality=quality)


def _columns(
    given: SeriesIn, number: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], npt.NDArray[np.uint8]]:
    ts = plain_times(given.ts)
    try:
        if ts is None:
            ts = np.array([parse_time(text) for text in given.ts], np.int64)
    except ValueError as error:
        raise bad_value(f"series.{number}.ts", str(error)) from error
    quality = np.full(len(ts), NO_QUALITY, np.uint8)
    try:
        if given.quality is not None:
            quality = np.array([quality_of(word) for word in given.quality], np.uint8)
    except ValueError as error:
        raise bad_value(f"series.{number}.quality", str(error)) from error
    return ts, np.array([np.nan if each is None else each for each in given.value], np.float64), quality


def _by_series(rejections: Sequence[Rejection], sizes: Sequence[int]) -> Iterator[RejectedDocument]:
    """Give what a store rejects of the batch, for each series."""
    ends = np.cumsum(sizes)
    for rejection in rejections:
        series = np.searchsorted(ends, rejection.rows, side="right")
        for number in np.unique(series).tolist():
            rows = rejection.rows[series == number] - (ends[number] - sizes[number])
            yield RejectedDocument(series=number, rows=rows.tolist(), reason=rejection.reason)
