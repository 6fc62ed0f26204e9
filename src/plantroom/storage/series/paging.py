"""A series read in parts, so that it need not fit into memory."""

from collections.abc import Iterator
from typing import Final

from plantroom.storage.series.history import ReadsOnePoint
from plantroom.storage.series.port import Series

PAGE: Final = 100_000
"""Samples in a part."""


def pages(
    source: ReadsOnePoint, *, asset: str, point: str, start: int, end: int, size: int = PAGE
) -> Iterator[Series]:
    """Give the samples with `start <= ts < end` (ms), oldest first, about `size` at a time."""
    while start < end:
        found = source.read(asset=asset, point=point, start=start, end=end, limit=size)
        if len(found):
            yield found
        if len(found) < size:
            return
        start = int(found.ts[-1]) + 1
