"""Exponentially weighted means over rows, whatever the pieces they come in."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from plantroom.models.frame import Floats

_BLOCK: Final = 128


def smoothed(rows: Floats, *, weight: float, before: Floats | None) -> Floats:
    """Return the mean of each row and all earlier ones, the newest with `weight` (0..1].

    `rows` have shape (rows, columns); `before`, of shape (columns,), is the mean until then, by default 0.
    """
    means = np.empty_like(rows)
    before = np.zeros(rows.shape[1]) if before is None else before
    for start, stop in blocks(len(rows), _BLOCK):
        ages = np.arange(1, stop - start + 1)
        weights = weight * np.tril((1 - weight) ** np.abs(ages[:, None] - ages))
        means[start:stop] = weights @ rows[start:stop] + (1 - weight) ** ages[:, None] * before
        before = means[stop - 1]
    return means


def blocks(length: int, size: int) -> Iterator[tuple[int, int]]:
    """Yield start and stop of the pieces of at most `size` that `length` falls into."""
    for start in range(0, length, size):
        yield start, min(start + size, length)
