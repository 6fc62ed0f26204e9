"""Rows with a time and a column for each point of one asset, as `plantroom replay` takes them."""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from plantroom.domain.errors import Problem
from plantroom.domain.points import PointTable
from plantroom.domain.site import Asset
from plantroom.simulators.machine import Value
from plantroom.simulators.replay.recording import Recording
from plantroom.simulators.replay.recording import Row as WideRow
from plantroom.storage.history_files.block import NO_QUALITY, Block, Reading, Reject, Row, gather

_ROWS: Final = 10_000
"""Rows in a block."""


def wide_blocks(recording: Recording, asset: Asset, reading: Reading, *, after: int) -> Iterator[Block]:
    """Give the rows of `recording` behind line `after` as samples of `asset`, a block at a time."""
    found = (row for row in recording.rows() if row.line > after)
    while taken := list(islice(found, _ROWS)):
        samples: list[Row] = []
        rejects: list[Reject] = []
        for row in taken:
            if isinstance(row, Problem):
                rejects.append(Reject(row.line, row.message))
            else:
                samples += _samples(row, asset, reading.table)
        # What is left of a line may follow a mistake in it.
        last = taken[-1].line - isinstance(taken[-1], Problem)
        block = gather(samples, last_line=last)
        block.rejects = rejects
        yield reading.scaled(block)


def _samples(row: WideRow, asset: Asset, table: PointTable) -> Iterator[Row]:
    points = {point.name: point for point in asset.points}
    for name, value in row.values.items():
        number = table.number[asset.id, name]
        yield row.line, number, row.ts, _number(value, points[name].states), NO_QUALITY


def _number(value: Value, states: tuple[str, ...]) -> float:
    return float(states.index(value)) if isinstance(value, str) else float(value)
