"""Bringing samples to the server: in sized requests, several at once, without those it refuses."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Final

import numpy as np
import numpy.typing as npt

from plantroom.domain.errors import StoreRejected, StoreUnavailable
from plantroom.domain.points import PointTable
from plantroom.domain.samples import FIRST_BAD, SampleBatch
from plantroom.storage.series.influx.connection import Fault, InfluxConnection, Refusal, pack
from plantroom.storage.series.influx.isolation import Refused, Rows, Search, halves, isolate
from plantroom.storage.series.influx.lanes import lanes_of, side_by_side
from plantroom.storage.series.influx.line_protocol import MAX_BYTES, LineEncoder
from plantroom.storage.series.influx.queries import known_series
from plantroom.storage.series.influx.refused_lately import Marks, RefusedLately
from plantroom.storage.series.port import Rejection

_LEAST_BYTES: Final = 1_000
"""Requests are not made smaller than this for a server's sake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Load:
    """Samples to send, ordered by time and point, without duplicates."""

    samples: SampleBatch
    told: npt.NDArray[np.bool_]


class Sender:
    """Sends to one database; used from one thread, it sends from several."""

    def __init__(self, connection: InfluxConnection, table: PointTable) -> None:
        self._connection = connection
        self._table = table
        self._lines = LineEncoder(table)
        self._field_of_point = _field_numbers(table)
        self._refused = RefusedLately()
        self._most_bytes = MAX_BYTES
        self._making = Lock()

    def send(self, samples: SampleBatch, told: npt.NDArray[np.bool_]) -> tuple[Rejection, ...]:
        """Send `samples`, ordered by time and point; `told` says which have their quality written.

        Raises:
            StoreUnavailable: some may have been kept, and none is known to be refused.
        """
        load = _Load(samples=samples, told=told)
        known, apart = self._set_aside(load)
        wanted = np.ones(len(samples), np.bool_)
        for rows in (*(each.rows for each in known), *apart):
            wanted[rows] = False
        found = self._send_lanes(load, np.flatnonzero(wanted))
        for rows in apart:
            found += self._send_one_by_one(load, rows)
        for part in found:
            if part.certain:
                self._refused.note(self._marks(load, part.rows), part.refusal)
        return _by_reason(known + [Rejection(rows=each.rows, reason=each.refusal.reason) for each in found])

    def _set_aside(self, load: _Load) -> tuple[list[Rejection], list[Rows]]:
        """Return what need not be sent, and what is better sent without the rest."""
        if self._refused.is_empty:
            return [], []
        marks = self._marks(load, np.arange(len(load.samples)))
        known = self._refused.known(marks)
        apart = self._refused.suspected(marks)
        for each in known:
            apart[each.rows] = False
        forms = np.unique(marks.form[apart]).tolist()
        return known, [np.flatnonzero(apart & (marks.form == form)) for form in forms]

    def _marks(self, load: _Load, rows: Rows) -> Marks:
        samples = load.samples
        point, is_bad = samples.point[rows], samples.quality[rows] >= FIRST_BAD
        way = np.where(np.isnan(samples.value[rows]), 3, np.where(is_bad, 2, load.told[rows]))
        return Marks(
            ts=samples.ts[rows],
            asset=self._table.asset_of[point],
            form=self._field_of_point[point] * 4 + way,
        )

    def _send_lanes(self, load: _Load, rows: Rows) -> list[Refused]:
        assets = self._table.asset_of[load.samples.point[rows]]
        works = [partial(self._send_lane, load, rows[own]) for own in lanes_of(assets)]
        return [each for found in side_by_side(works) for each in found]

    def _send_one_by_one(self, load: _Load, rows: Rows) -> list[Refused]:
        return [each for found in self._send_lane(load, rows) for each in found]

    def _send_lane(self, load: _Load, rows: Rows) -> Iterator[list[Refused]]:
        """Send the samples at `rows` request by request, and give what was refused of each."""
        is_all = len(rows) == len(load.samples)
        samples, told = (load.samples, load.told) if is_all else (load.samples.take(rows), load.told[rows])
        bodies = self._lines.bodies(samples, told, most_bytes=self._most_bytes)
        while (made := self._next_of(bodies)) is not None:
            part, body = made
            refusal = self._post(body, samples=len(rows[part]))
            yield [] if refusal is None else self._isolate(load, rows[part], refusal)

    def _next_of(self, bodies: Iterator[tuple[slice, bytes]]) -> tuple[slice, bytes] | None:
        """Make lines for one lane at a time, so that the first is soon on its way."""
        with self._making:
            return next(bodies, None)

    def _post(self, lines: bytes, *, samples: int) -> Refusal | None:
        refusal = self._connection.write(pack(lines))
        if refusal is not None and refusal.fault is Fault.SIZE and samples == 1:
            raise StoreUnavailable(f"InfluxDB at {self._connection.address.url}: one sample is too large")
        return refusal

    def _isolate(self, load: _Load, rows: Rows, refusal: Refusal) -> list[Refused]:
        if refusal.fault is Fault.SIZE:
            self._most_bytes = max(self._most_bytes // 2, _LEAST_BYTES)
        search = Search(
            send=partial(self._send_part, load),
            is_whole=partial(self._is_whole, load),
            divide=partial(self._divided, load),
        )
        return isolate(rows, refusal, search)

    def _send_part(self, load: _Load, rows: Rows) -> Refusal | None:
        """Send the samples at `rows` in one request."""
        lines = self._lines.lines(load.samples.take(rows), load.told[rows])
        return self._post(lines, samples=len(rows))

    def _is_whole(self, load: _Load, rows: Rows, refusal: Refusal) -> bool:
        """Return whether all lines were refused, for a fault that all samples of a line share."""
        if refusal.dropped != self._lines.lines_in(load.samples.take(rows)):
            return False
        form = self._marks(load, rows).form
        return refusal.fault in (Fault.AGE, Fault.LIMIT) or bool((form == form[0]).all())

    def _divided(self, load: _Load, rows: Rows, refusal: Refusal) -> list[Rows]:
        """Return the parts of `rows` that the refusal suggests, or halves where it helps no more."""
        group = self._suspicion(load, rows, refusal)
        parts = [rows[group == each] for each in np.unique(group)]
        return parts if len(parts) > 1 else halves(rows)

    def _suspicion(self, load: _Load, rows: Rows, refusal: Refusal) -> npt.NDArray[np.generic]:
        """Return a number that the rows have in common which are likely to share their fate; shape (n,)."""
        if refusal.fault is Fault.TYPE:
            return self._marks(load, rows).form
        if refusal.fault is Fault.LIMIT:
            return self._is_known(load, rows)
        if refusal.fault is Fault.AGE:
            starts = self._lines.line_starts(load.samples.take(rows))
            line = np.searchsorted(starts, np.arange(len(rows)), side="right") - 1
            return line < (refusal.dropped or 0)
        return np.zeros(len(rows))

    def _is_known(self, load: _Load, rows: Rows) -> npt.NDArray[np.bool_]:
        """Return which rows are of assets the server has, now that it took what it could."""
        try:
            known = known_series(self._connection, self._table)
        except StoreRejected:
            return np.zeros(len(rows), np.bool_)
        return known[self._table.asset_of[load.samples.point[rows]]]


def _by_reason(rejections: list[Rejection]) -> tuple[Rejection, ...]:
    """Return one rejection for each reason; a row that is in several keeps its first."""
    rows_by_reason: dict[str, list[Rows]] = {}
    for rejection in rejections:
        rows_by_reason.setdefault(rejection.reason, []).append(rejection.rows)
    taken = np.empty(0, np.int64)
    found = []
    for reason, rows in rows_by_reason.items():
        own = np.setdiff1d(np.concatenate(rows), taken)
        taken = np.concatenate([taken, own])
        if len(own):
            found.append(Rejection(rows=own, reason=reason))
    return tuple(found)


def _field_numbers(table: PointTable) -> npt.NDArray[np.int64]:
    """Return for each point a number that points of one class and name share; shape (points,)."""
    fields = [(asset.asset_class, point.name) for asset in table.assets for point in asset.points]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(fields))}
    return np.array([numbers[name] for name in fields], np.int64)
