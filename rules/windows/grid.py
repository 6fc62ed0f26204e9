"""Panes: equal parts of time that windows are made of, and the rows at which windows move on."""

from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np

from plantroom.rules.segments import FOREVER, NEVER, Times
from plantroom.rules.timeline import Timeline, distinct
from plantroom.rules.windows.sheet import ragged

FEWEST: Final = 12
"""A window is made of at least this many panes, if it is not shorter than that many seconds."""
_SECOND: Final = 1_000
_MINUTE: Final = 60_000
_HOUR: Final = 3_600_000
# Each divides the next, so that windows of different spans move on at the same times.
_PANES: Final = (
    _SECOND,
    5 * _SECOND,
    15 * _SECOND,
    30 * _SECOND,
    _MINUTE,
    5 * _MINUTE,
    15 * _MINUTE,
    _HOUR,
    6 * _HOUR,
    24 * _HOUR,
)


class Grid(NamedTuple):
    """Multiples of a pane since the epoch, at which something moves on."""

    pane: int
    """ms"""
    horizon: int
    """For how long after the last event it can, ms."""


def pane_of(span: int) -> int:
    """Return the longest pane that makes at least `FEWEST` of a window of `span`, ms."""
    return max((pane for pane in _PANES if pane * FEWEST <= span), default=_SECOND)


def with_edges(line: Timeline, grids: Iterable[Grid], *, quiet: Times, ticking: bool) -> Timeline:
    """Return `line` with rows at the edges of panes between its rows.

    `quiet`, shape (segments,), is when the last event of each asset was. An edge on a row needs none.
    """
    body = np.ones(len(line.time), np.bool_)
    body[line.heads] = False
    row = np.flatnonzero(body)
    start, end = line.time[row - 1], line.time[row].copy()
    clock = np.zeros(len(line.time), np.bool_)
    if ticking:
        clock[line.ends - 1] = True
    end += clock[row]
    event = line.time.copy()
    event[line.heads] = quiet
    event = event[row - 1]
    rows, times = [], []
    for pane, horizon in grids:
        first = start // pane + 1
        final = np.minimum((end - 1) // pane, (event + horizon) // pane)
        count = np.where(event == NEVER, 0, np.maximum(final - first + 1, 0))
        if count.any():
            rows.append(np.repeat(row, count))
            times.append((np.repeat(first, count) + ragged(count)) * pane)
    if not rows:
        return line
    return line.with_rows(*distinct(np.concatenate(rows), np.concatenate(times)))[0]


def next_edge(grids: Iterable[Grid], *, done: Times, quiet: Times) -> Times:
    """Return when the next pane of each asset ends while it can matter."""
    soonest = np.full(len(done), FOREVER)
    for pane, horizon in grids:
        edge = (done // pane + 1) * pane
        matters = (quiet != NEVER) & (edge <= quiet + horizon)
        soonest = np.where(matters, np.minimum(soonest, edge), soonest)
    return soonest
