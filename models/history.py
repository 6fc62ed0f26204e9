"""Rows of what was recorded, by the code that makes them live."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import numpy as np
import numpy.typing as npt

from plantroom.domain.model import Gate
from plantroom.domain.points import PointTable
from plantroom.domain.samples import FIRST_BAD, Quality
from plantroom.models.frame import Floats, Frame, Times
from plantroom.models.grid import Grid, Rows, Told
from plantroom.models.outline import Outline, outline_of

_AT_ONCE: Final = 250_000
"""Samples."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """What was recorded of one point, oldest first; shape (n,)."""

    ts: Times
    """ms since the epoch, UTC."""
    value: Floats
    quality: npt.NDArray[np.uint8]


def frame_of(
    table: PointTable,
    asset: str,
    *,
    points: Sequence[str],
    gates: Sequence[Gate],
    settle: timedelta,
    readings: Mapping[tuple[str, str], Readings],
) -> Frame:
    """Return the rows of `asset`, as the pipeline would have made them, with a column for each of `points`.

    `readings` are by asset and point, as `source_of` names those of `points` and `gates`; what is missing is
    unknown throughout. Historical and late readings count: what was sent as history is what there is to learn
    from. The last minute, of which nobody knows whether it is over, is left out.
    """
    outline = outline_of(
        table, table.assets[table.asset_number[asset]], points=points, gates=gates, settle=settle
    )
    told = _told(outline, [readings.get(table.keys[column.number]) for column in outline.columns])
    grid = Grid([outline])
    parts = [grid.take(told.take(slice(at, at + _AT_ONCE))) for at in range(0, max(len(told), 1), _AT_ONCE)]
    return _frame(parts, outline).columns(tuple(points))


def _frame(parts: Sequence[Rows], outline: Outline) -> Frame:
    return Frame(
        ts=np.concatenate([part.ts for part in parts]),
        values=np.concatenate([part.values for part in parts])[:, : len(outline.columns)],
        live=np.concatenate([part.live for part in parts]),
        points=outline.names,
    )


def _told(outline: Outline, recorded: Sequence[Readings | None]) -> Told:
    """Return all readings in the order of their time, those of other assets first."""
    own = np.array([column.own for column in outline.columns], np.bool_)
    sizes = [0 if each is None else len(each.ts) for each in recorded]
    column = np.repeat(np.arange(len(sizes)), sizes).astype(np.int16)
    there = [each for each in recorded if each is not None]
    ts = np.concatenate([np.empty(0, np.int64), *(each.ts for each in there)])
    quality = np.concatenate([np.empty(0, np.uint8), *(each.quality for each in there)])
    value = np.concatenate([np.empty(0), *(each.value for each in there)])
    value = np.where(np.isfinite(value) & (quality < FIRST_BAD), value, np.nan)
    # A time that is wrong says nothing of when it was.
    rows = np.flatnonzero(quality != Quality.CLOCK)
    rows = rows[np.lexsort((own[column[rows]], ts[rows]))]
    return Told(
        slot=np.zeros(len(rows), np.int32),
        column=column[rows],
        ts=ts[rows],
        value=value[rows],
        source=rows.astype(np.int32),
        own=None if own.all() else own[column[rows]],
    )
