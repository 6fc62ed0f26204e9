"""From the scores of an asset's models to its derived points."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from plantroom.domain.model import (
    ANOMALY,
    ANOMALY_CONFIRMED,
    DAYS_TO_LIMIT,
    DAYS_TO_LIMIT_HIGH,
    DAYS_TO_LIMIT_LOW,
)
from plantroom.domain.points import PointTable
from plantroom.domain.samples import SampleBatch
from plantroom.domain.site import PointKind
from plantroom.models.bundle import Bundle
from plantroom.models.derived import Derived, nothing
from plantroom.models.detector import Scores
from plantroom.models.frame import Floats, Members
from plantroom.models.grid import Rows

_DAYS: Final = (DAYS_TO_LIMIT, DAYS_TO_LIMIT_LOW, DAYS_TO_LIMIT_HIGH)


class Saying:
    """Gathers what the models say of some rows."""

    def __init__(self, table: PointTable, bundles: Sequence[Bundle]) -> None:
        self._confirmed = np.array([bundle.confirmed for bundle in bundles], float)
        names = dict.fromkeys((ANOMALY, ANOMALY_CONFIRMED, *_DAYS))
        names |= dict.fromkeys(
            name for bundle in bundles for fitted in bundle.models for name in fitted.detector.derived
        )
        self._place = {name: number for number, name in enumerate(names)}
        numbers = [[table.number.get((bundle.asset, name), -1) for name in names] for bundle in bundles]
        self._number = np.array(numbers, np.int32).reshape(len(bundles), len(names))
        """Number of each derived point of each asset, -1 for what the asset does not have."""
        derived = np.array([*(point.kind is PointKind.DERIVED for point in table.points), False], np.bool_)
        # What a device sends under such a name stays what the device says.
        self._number[~derived[self._number]] = -1

    def begin(self, rows: Rows) -> None:
        """Take rows that nothing is said of yet."""
        self._rows = rows
        self._said = np.full((len(rows), len(self._place)), np.nan)

    def add(self, row: Members, scores: Scores, *, limit: Floats) -> None:
        """Add what some models say of `row`s; only of a machine that may be judged it counts."""
        live = self._rows.live[row]
        ratio = np.where(live & np.isfinite(limit), scores.raw / limit, np.nan)
        np.fmax.at(self._said[:, self._place[ANOMALY]], row, ratio)
        for name, value in scores.derived.items():
            if name not in _DAYS and name in self._place:
                told = live & ~np.isnan(value)
                self._said[row[told], self._place[name]] = value[told]
        if DAYS_TO_LIMIT in scores.derived:
            self._add_days(row, live, scores)

    def _add_days(self, row: Members, live: npt.NDArray[np.bool_], scores: Scores) -> None:
        """Keep the least of an asset, with the interval that belongs to it."""
        unknown = np.full(len(row), np.nan)
        days = np.stack([scores.derived.get(name, unknown) for name in _DAYS], axis=1)
        # Several of one asset may be among them: the greatest first, so that the least is written last.
        order = np.argsort(-days[:, 0], kind="stable")
        order = order[(live & ~np.isnan(days[:, 0]))[order]]
        columns = np.array([self._place[name] for name in _DAYS])
        less = order[~(self._said[row[order], columns[0]] <= days[order, 0])]
        self._said[row[less][:, None], columns] = days[less]

    def end(self, batch: SampleBatch) -> Derived:
        """Return as samples what was said of the rows that `batch` has completed."""
        rows, said = self._rows, self._said
        judged = ~np.isnan(said[:, self._place[ANOMALY]])
        said[judged, self._place[ANOMALY_CONFIRMED]] = self._confirmed[rows.slot[judged]]
        told = ~np.isnan(said) & (self._number[rows.slot] >= 0)
        telling = np.flatnonzero(told.any(axis=1))
        if not len(telling):
            return nothing()
        before = batch.message[rows.source[telling]]
        order = np.argsort(before, kind="stable")
        telling = telling[order]
        message, column = np.nonzero(told[telling])
        row = telling[message]
        return Derived(
            point=self._number[rows.slot[row], column],
            value=said[row, column],
            message=message.astype(np.int32),
            ts=rows.ts[telling],
            arrived=batch.arrived[rows.source[telling]],
            before=before[order],
        )
