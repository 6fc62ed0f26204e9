"""Samples in an InfluxDB server."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

import numpy as np

from plantroom.domain.errors import StoreRejected, StoreUnavailable
from plantroom.domain.points import PointTable
from plantroom.domain.samples import SampleBatch
from plantroom.storage.series.admissible import finite_or_nan, split_admissible
from plantroom.storage.series.arrays import bucketed, latest_samples
from plantroom.storage.series.influx.address import InfluxAddress
from plantroom.storage.series.influx.connection import InfluxConnection
from plantroom.storage.series.influx.marks import QualityMarks
from plantroom.storage.series.influx.queries import (
    buckets_of,
    last_qualities,
    replaced_values_of,
    samples_of,
    to_buckets,
    to_series,
)
from plantroom.storage.series.influx.sending import Sender
from plantroom.storage.series.port import EARLIEST, LATEST, Buckets, Rejection, Series

LOOK_BACK_MS: Final = 600_000
"""Samples older than this at the first write say their quality always: live ones are at most 5 min old."""
_NO_LIMIT: Final = 2**31


class InfluxStore:
    """A `TimeSeriesStore` in one database of a server; nobody else may write the same assets."""

    def __init__(
        self, address: InfluxAddress, table: PointTable, *, timeout: timedelta = timedelta(seconds=20)
    ) -> None:
        self._connection = InfluxConnection(address, timeout=timeout)
        self._table = table
        self._sender = Sender(self._connection, table)
        self._marks: QualityMarks | None = None

    def write(self, batch: SampleBatch) -> tuple[Rejection, ...]:
        """See `TimeSeriesStore`."""
        rows, rejections = split_admissible(batch, points=len(self._table))
        rows = rows[latest_samples(batch.ts[rows], batch.point[rows], points=len(self._table))]
        samples = batch.take(rows)
        samples = replace(samples, value=finite_or_nan(samples.value))
        marks = self._known_marks(samples)
        told = marks.told(samples)
        marks.note(samples, told)
        refused = self._sender.send(samples, told)
        return rejections + tuple(replace(each, rows=np.sort(rows[each.rows])) for each in refused)

    def read(self, *, asset: str, point: str, start: int, end: int, limit: int) -> Series:
        """See `TimeSeriesStore`."""
        start, end = max(start, EARLIEST), min(end, LATEST)
        asset_class = self._class_of(asset)
        if start >= end or limit < 1:
            return to_series([], asset_class=asset_class, limit=0)
        statement = samples_of(asset=asset, point=point, start=start, end=end, limit=limit)
        (rows,) = self._connection.query([statement])
        return to_series(rows, asset_class=asset_class, limit=limit)

    def read_buckets(
        self, *, asset: str, point: str, start: int, end: int, every: int, limit: int
    ) -> Buckets:
        """See `TimeSeriesStore`."""
        start, end = max(start, EARLIEST), min(end, LATEST)
        if start >= end or limit < 1:
            return to_buckets([])
        buckets, replaced = self._connection.query(
            [
                buckets_of(asset=asset, point=point, start=start, end=end, every=every, limit=limit),
                replaced_values_of(asset=asset, point=point, start=start, end=end),
            ]
        )
        if replaced or len({rows.name for rows in buckets}) > 1:
            # The server would count values that are no longer there, or a time twice.
            samples = self.read(asset=asset, point=point, start=start, end=end, limit=_NO_LIMIT)
            return bucketed(samples, every=every, limit=limit)
        return to_buckets(buckets)

    def compact(self) -> None:
        """See `TimeSeriesStore`; the server does its own housekeeping."""

    def close(self) -> None:
        """See `TimeSeriesStore`."""
        self._connection.close()

    def _known_marks(self, samples: SampleBatch) -> QualityMarks:
        """Return the marks, asking the server for them the first time; written samples must be among them."""
        if self._marks is None:
            newest = int(samples.ts.max()) if len(samples) else 0
            since = max(newest - LOOK_BACK_MS, EARLIEST)
            try:
                found = last_qualities(self._connection, self._table, since=since)
            except StoreRejected as error:
                # Nothing is written without knowing, and nothing is the samples' fault.
                raise StoreUnavailable(str(error)) from error
            self._marks = QualityMarks(found, since=since)
        return self._marks

    def _class_of(self, asset: str) -> str | None:
        """Return the asset's class as the site files have it now."""
        number = self._table.asset_number.get(asset)
        return None if number is None else self._table.assets[number].asset_class
