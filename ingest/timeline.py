"""How far the evaluated samples of each point have come."""

from typing import Final

import numpy as np
import numpy.typing as npt

from plantroom.domain.points import PointTable
from plantroom.domain.samples import FIRST_BAD, Quality, SampleBatch

BITS: Final = 42
"""Enough for a time, in ms since the epoch, until the year 2109; leaves 21 bits for groups."""

Times = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


def newest_before(
    group: npt.NDArray[np.int32], time: Times, start: Times, *, step: Mask | None = None
) -> Times:
    """Return for each row the newest time of its group before it; all of shape (n,), times from 0 to 2**42.

    `start` is what the row's group had come to before the first row. A row raises its group's newest to its
    `time` where that is newer; where `step` is true, by at least one. A row of time 0 raises nothing.
    """
    if not len(group):
        return np.empty(0, np.int64)
    order = np.argsort(group, kind="stable")
    ordered = group[order]
    first = np.concatenate(([True], ordered[1:] != ordered[:-1]))
    steps = _within(first, step[order]) if step is not None else np.zeros(len(group), np.int64)
    # max(newest + step, time) is a plain running maximum once the steps so far are taken off; lifting each
    # group above the one before lets one running maximum serve them all.
    lift = (np.cumsum(first) - 1) << BITS
    raised = np.maximum(np.maximum(time[order] - steps, 0), start[order]) + lift
    newest = np.maximum.accumulate(raised) - lift + steps
    before = np.where(first, start[order], np.concatenate(([0], newest[:-1])))
    unsorted = np.empty_like(before)
    unsorted[order] = before
    return unsorted


def _within(first: Mask, step: Mask) -> Times:
    """Return the steps so far in each group, the row's own among them."""
    steps = np.cumsum(step)
    within: Times = steps - (steps - step)[first][np.cumsum(first) - 1]
    return within


class Timeline:
    """The time of the last evaluated sample of each point, and of each asset."""

    def __init__(self, table: PointTable) -> None:
        self._table = table
        self.newest: Times = np.zeros(len(table), np.int64)
        """Time of the last evaluated sample of each point, ms since the epoch, 0 where there is none."""
        self._row = np.empty(len(table), np.int32)
        self._of_asset: Times = np.zeros(len(table.assets), np.int64)

    def at_arrival(
        self, asset: npt.NDArray[np.int32], ts: Times, arrived: Times, *, timed: Mask, timeless: Mask
    ) -> Times:
        """Return `ts` with times for `timeless` readings: their arrival, or just after their asset's newest.

        Readings are in order; those neither `timed` nor `timeless` stay as they are and move nothing.
        Times increase per asset, not only per point, so that a reading has one time for all its values.
        """
        if not timeless.any():
            return ts
        time = np.where(timeless, arrived, np.where(timed, ts, 0))
        before = newest_before(asset, time, self._of_asset[asset], step=timeless)
        return np.where(timeless, np.maximum(before + 1, arrived), ts)

    def before(self, point: npt.NDArray[np.int32], ts: Times, *, timed: Mask) -> Times:
        """Return for each sample the time its point had come to; only `timed` samples take it further."""
        if self._all_differ(point):
            return self.newest[point]
        return newest_before(point, np.where(timed, ts, 0), self.newest[point])

    def _all_differ(self, point: npt.NDArray[np.int32]) -> bool:
        """Return whether no point occurs twice, which is the rule and saves sorting."""
        rows = np.arange(len(point), dtype=np.int32)
        self._row[point] = rows
        return bool((self._row[point] == rows).all())

    def restore(self, point: npt.NDArray[np.int32], newest: Times) -> None:
        """Take up where another timeline was with these points."""
        self.newest[point] = newest
        np.maximum.at(self._of_asset, self._table.asset_of[point], newest)

    def advance(self, batch: SampleBatch) -> None:
        """Note which samples of `batch` are evaluated."""
        evaluated = (batch.quality == Quality.GOOD) | (batch.quality >= FIRST_BAD)
        point, ts = batch.point[evaluated], batch.ts[evaluated]
        np.maximum.at(self.newest, point, ts)
        np.maximum.at(self._of_asset, self._table.asset_of[point], ts)
