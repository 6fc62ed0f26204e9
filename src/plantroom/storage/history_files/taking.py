"""Bringing the rows of a file into a store, and seeing that they are there."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from plantroom.domain.points import PointTable
from plantroom.domain.samples import SampleBatch
from plantroom.storage.history_files.block import Block, Reject
from plantroom.storage.history_files.progress import Progress
from plantroom.storage.series.history import ReadsOnePoint
from plantroom.storage.series.paging import pages
from plantroom.storage.series.port import Rejection


class Place(ReadsOnePoint, Protocol):
    """Where history is kept."""

    def write(self, batch: SampleBatch) -> tuple[Rejection, ...]:
        """See `TimeSeriesStore`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Of one series: how many samples there should be, and how many of them there are."""

    asset: str
    point: str
    wanted: int
    held: int
    first_ts: int
    """ms since the epoch."""
    last_ts: int


def take(
    blocks: Iterable[Block], *, place: Place, table: PointTable, progress: Progress
) -> Iterator[tuple[int, list[Reject]]]:
    """Write `blocks`, and give after each the last line dealt with and what was rejected.

    Raises:
        StoreUnavailable: the place is away; taken again, it goes on behind the last line given.
    """
    for block in blocks:
        refused = place.write(block.samples(table)) if len(block) else ()
        kept = np.ones(len(block), np.bool_)
        rejects = list(block.rejects)
        for each in refused:
            kept[each.rows] = False
            rejects += [Reject(line, each.reason) for line in block.line[each.rows].tolist()]
        progress.note(
            point=block.point[kept],
            ts=block.ts[kept],
            rejects=rejects,
            line=block.last_line,
            without_value=block.without_value,
        )
        yield block.last_line, rejects


def count(progress: Progress, *, place: Place, table: PointTable) -> Iterator[Count]:
    """Look for everything that was stored, and give for each series what is there."""
    for number, times in progress.times():
        asset, point = table.keys[number]
        first, last = int(times[0]), int(times[-1])
        held = sum(
            int(np.isin(part.ts, times, assume_unique=True).sum())
            for part in pages(place, asset=asset, point=point, start=first, end=last + 1)
        )
        yield Count(asset=asset, point=point, wanted=len(times), held=held, first_ts=first, last_ts=last)
