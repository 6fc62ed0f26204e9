"""What the readings of a wearing machine say of its wear so far, cycle by cycle; nothing looks ahead."""

from typing import Final

import numpy as np

from plantroom.models.frame import Floats

SMOOTHINGS: Final = (0.1, 0.04, 0.25)
FIRST: Final = 20
"""Cycles that are taken for what the machine was when new."""
SLOPES: Final = (30, 60)
_FEWEST = 5


def wear_features(readings: Floats) -> Floats:
    """Return features of each cycle from it and those before; `readings` (cycles, sensors) of one machine.

    Per sensor three smoothed levels, two of them also above what was first, and what two slopes come to in
    their windows; and the number of the cycle. Shape (cycles, 6 * sensors + 1).
    """
    cycle = np.arange(1.0, len(readings) + 1)[:, None]
    first = np.cumsum(readings, axis=0) / cycle
    first[FIRST:] = first[FIRST - 1 : FIRST]
    usual, slow, quick = (_smoothed(readings, share) for share in SMOOTHINGS)
    slopes = [_slope(readings, window) * window for window in SLOPES]
    return np.hstack([usual, slow, usual - first, quick - first, *slopes, cycle])


def _smoothed(readings: Floats, share: float) -> Floats:
    smooth = readings.copy()
    for row in range(1, len(smooth)):
        smooth[row] = smooth[row - 1] + share * (readings[row] - smooth[row - 1])
    return smooth


def _slope(readings: Floats, window: int) -> Floats:
    """Return the least-squares slope over the last `window` cycles; 0 until there are a few."""
    slope = np.zeros_like(readings)
    for row in range(_FEWEST - 1, len(readings)):
        lately = readings[max(0, row - window + 1) : row + 1]
        cycle = np.arange(len(lately)) - (len(lately) - 1) / 2
        slope[row] = cycle @ lately / (cycle @ cycle)
    return slope
