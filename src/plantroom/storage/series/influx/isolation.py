"""Finding the samples for which a server refuses a request."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from plantroom.storage.series.influx.connection import Refusal

MAX_ATTEMPTS: Final = 1_000
"""Requests spent on telling good samples from refused ones, then no part is divided any further."""

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Samples that were sent without others, and refused."""

    rows: Rows
    refusal: Refusal
    certain: bool
    """Whether all of them are refused; else good ones may be among them, which the server has kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """How samples are sent and told apart."""

    send: Callable[[Rows], Refusal | None]
    is_whole: Callable[[Rows, Refusal], bool]
    """Whether all the rows sent share the fault."""
    divide: Callable[[Rows, Refusal], list[Rows]]
    """Gives smaller parts, ascending in themselves, at best the faulty rows and the others."""


def isolate(rows: Rows, refusal: Refusal, search: Search) -> list[Refused]:
    """Send `rows`, which were refused, in ever smaller parts until only refused ones are left; return those.

    A server keeps what it can of a refused request, so even where the attempts are used up no good sample is
    lost: it may only be returned as refused.
    """
    found, attempts = [], 0
    open_ = [(rows, refusal)]
    while open_:
        part, refusal = open_.pop()
        certain = len(part) == 1 or search.is_whole(part, refusal)
        if certain or attempts + 2 > MAX_ATTEMPTS:
            found.append(Refused(rows=part, refusal=refusal, certain=certain))
            continue
        for smaller in search.divide(part, refusal):
            answer = search.send(smaller)
            attempts += 1
            if answer is not None:
                open_.append((smaller, answer))
    return found


def halves(rows: Rows) -> list[Rows]:
    """Return `rows` in two parts."""
    middle = len(rows) // 2
    return [rows[:middle], rows[middle:]]
