"""Which part of a span of time is read from which tier."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from plantroom.storage.series.tiers import HOUR_MS, MINUTE_MS, Tier

_STALE_SPANS: Final = 50
"""So many separate stale spans are read one by one; of more, all that is between them as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """From `start` to before `end`, ms, whole buckets of `tier`."""

    tier: Tier | None
    """None: the samples themselves."""
    start: int
    end: int


def pieces_of(
    *, start: int, end: int, every: int, until: int, stale: npt.NDArray[np.int64]
) -> Iterator[Piece]:
    """Give the pieces of a span, oldest first, for buckets of `every` ms.

    Minutes can be relied on before `until`, but for those in the `stale` hours (their starts, ascending);
    hours before the hour of `until`. What no tier has whole, or has wrong, is read from the samples.
    """
    first, last = _up(start, MINUTE_MS), _down(min(end, until), MINUTE_MS)
    if every % MINUTE_MS or first >= last:
        first = last = end
    yield from _piece(None, start, min(first, end))
    at = first
    for since, to in _spans(stale):
        begin, finish = max(since, at), min(to, last)
        if begin < finish:
            yield from _sound(at, begin, every)
            yield from _piece(None, begin, finish)
            at = finish
    yield from _sound(at, last, every)
    yield from _piece(None, last, end)


def _sound(start: int, end: int, every: int) -> Iterator[Piece]:
    """Give the pieces of whole minutes, of hours where these will do."""
    first, last = _up(start, HOUR_MS), _down(end, HOUR_MS)
    if every % HOUR_MS or first >= last:
        first = last = end
    yield from _piece(Tier.MINUTES, start, first)
    yield from _piece(Tier.HOURS, first, last)
    yield from _piece(Tier.MINUTES, last, end)


def _piece(tier: Tier | None, start: int, end: int) -> Iterator[Piece]:
    if start < end:
        yield Piece(tier=tier, start=start, end=end)


def _spans(hours: npt.NDArray[np.int64]) -> Sequence[tuple[int, int]]:
    """Return the spans that `hours` make where they follow each other."""
    if len(hours) == 0:
        return []
    breaks = np.flatnonzero(np.diff(hours) > HOUR_MS) + 1
    if len(breaks) >= _STALE_SPANS:
        breaks = breaks[:0]
    bounds = [0, *breaks.tolist(), len(hours)]
    return [(int(hours[a]), int(hours[b - 1]) + HOUR_MS) for a, b in pairwise(bounds)]


def _up(ts: int, width: int) -> int:
    return -(-ts // width) * width


def _down(ts: int, width: int) -> int:
    return ts // width * width
