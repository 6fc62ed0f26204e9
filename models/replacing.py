"""What a point should have read for the others to be believed."""

from typing import Final

import numpy as np

from plantroom.models.frame import Floats

_LEAST: Final = 0.05
"""Directions of a form weaker than this, relative to its strongest, tell nothing of a point."""


def replaced(offset: Floats, form: Floats, *, depth: int) -> tuple[Floats, Floats]:
    """Return by how much `offset' form offset` falls if each point's part is taken down best, and by what.

    `offset` of shape (depth * points,) holds stacked rows, oldest first and so does what is taken off.
    """
    pull = form @ offset
    points = len(offset) // depth
    fall, change = np.zeros(points), np.zeros(len(offset))
    for point in range(points):
        own = slice(point, None, points)
        change[own] = np.linalg.pinv(form[own, own], rcond=_LEAST, hermitian=True) @ pull[own]
        fall[point] = max(float(change[own] @ pull[own]), 0.0)
    return fall, change
