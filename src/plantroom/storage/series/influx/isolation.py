"""Finding the samples for which a server refuses a request."""

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

from plantroom.storage.series.influx.connection import Refusal
from plantroom.storage.series.port import Rejection

MAX_ATTEMPTS: Final = 1_000
"""Requests spent on telling good samples from refused ones, then no group is divided any further."""

Rows = npt.NDArray[np.int64]


def isolate(
    rows: Rows,
    *,
    groups: npt.NDArray[np.generic],
    send: Callable[[Rows], Refusal | None],
    lines_in: Callable[[Rows], int],
) -> tuple[Rejection, ...]:
    """Send `rows` in ever smaller parts until only refused ones are left, and return those.

    `groups` says of each row what it is likely to share its fate with, shape (n,): the parts are these at
    first, then halves. A server keeps what it can of a refused request, so even where the attempts are used
    up no good sample is lost: it may only be returned as refused.
    """
    parts = [rows[groups == group] for group in np.unique(groups)]
    rejections, attempts = [], 0
    while parts:
        part = parts.pop()
        refusal = send(part)
        attempts += 1
        if refusal is None:
            continue
        if len(part) == 1 or refusal.dropped == lines_in(part) or attempts + len(parts) + 2 > MAX_ATTEMPTS:
            rejections.append(Rejection(rows=part, reason=refusal.reason))
            continue
        middle = len(part) // 2
        parts += [part[middle:], part[:middle]]
    return _joined_by_reason(rejections)


def _joined_by_reason(rejections: list[Rejection]) -> tuple[Rejection, ...]:
    rows_by_reason: dict[str, list[Rows]] = {}
    for rejection in rejections:
        rows_by_reason.setdefault(rejection.reason, []).append(rejection.rows)
    return tuple(
        Rejection(rows=np.sort(np.concatenate(rows)), reason=reason)
        for reason, rows in rows_by_reason.items()
    )
