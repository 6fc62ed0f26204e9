"""Detections in single series, scored as the Numenta anomaly benchmark does.

Source: NAB v1.1, sweeper.py and scorer.py; standard profile.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from plantroom.models.frame import Floats
from plantroom.models.nearest import Series

FALSE_COST: Final = 0.11
MISSED_COST: Final = 1.0
LIMIT: Final = 2.5
"""Standard deviations from which on a window is a detection; for all series."""
QUIET: Final = 50
"""Rows after a detection in which there is no other."""

Windows = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one series."""

    name: str
    windows: int
    found: int
    false: int
    score: float


def far(values: Floats) -> Floats:
    """Return by how many standard deviations each value's window is unlike its past; NaN: cannot say."""
    series = Series()
    return np.array([series.push(value) for value in values])


def detections(raw: Floats) -> list[int]:
    """Return the rows after probation from which on people would be told."""
    told: list[int] = []
    for row in np.flatnonzero(np.nan_to_num(raw) >= LIMIT).tolist():
        if row >= probation(len(raw)) and (not told or row - told[-1] >= QUIET):
            told.append(row)
    return told


def probation(rows: int) -> int:
    """Return how many rows at the start are not scored."""
    return int(min(0.15 * rows, 750))


def outcome(name: str, told: Sequence[int], windows: Windows) -> Outcome:
    """Score detections: in a window the first, more if early; outside, a cost, less if soon after one."""
    score = 0.0
    found = 0
    inside: set[int] = set()
    for first, last in windows:
        hits = [row for row in told if first <= row <= last]
        inside.update(hits)
        found += bool(hits)
        position = -(last - hits[0] + 1) / (last - first + 1) if hits else 0.0
        score += _sigmoid(position) / _sigmoid(-1.0) if hits else -MISSED_COST
    false = [row for row in told if row not in inside]
    score += FALSE_COST * sum(_outside(row, windows) for row in false)
    return Outcome(name=name, windows=len(windows), found=found, false=len(false), score=score)


def _outside(row: int, windows: Windows) -> float:
    before = [each for each in windows if each[1] < row]
    if not before:
        return -1.0
    first, last = before[-1]
    position = (row - last) / max(last - first, 1)
    return -1.0 if position > 3.0 else _sigmoid(position)


def _sigmoid(position: float) -> float:
    return 2 / (1 + math.exp(5 * position)) - 1


def normalised(outcomes: Sequence[Outcome]) -> float:
    """Return the score between that of no detection, 0, and of all at the windows' first rows alone, 100."""
    windows = sum(each.windows for each in outcomes)
    if not windows:
        return math.nan
    least = -MISSED_COST * windows
    return 100 * (sum(each.score for each in outcomes) - least) / (windows - least)
