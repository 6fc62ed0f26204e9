"""From a score that comes and goes to one that is abnormal or not."""

from dataclasses import dataclass
from math import isnan

import numpy as np

from plantroom.models.frame import Floats, Mask


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding:
    """When a score counts as abnormal, and when no longer."""

    threshold: float
    on: int = 1
    """Rows on end above the threshold that it takes."""
    off: int = 1
    """Rows on end back below it that end it."""
    hysteresis: float = 1.0
    """Part of the threshold that counts as back below."""

    def __post_init__(self) -> None:
        if self.on < 1 or self.off < 1 or not 0 < self.hysteresis <= 1:
            raise ValueError(f"on and off must be at least 1, hysteresis above 0, at most 1: {self}")


def decided(raw: Floats, how: Deciding) -> Mask:
    """Return for each row whether things are abnormal, from it and those before it.

    A row without a score changes nothing and counts for nothing.
    """
    abnormal = []
    state, against = False, 0
    for score in raw.tolist():
        if not isnan(score):
            contrary = score < how.hysteresis * how.threshold if state else score > how.threshold
            against = against + 1 if contrary else 0
            if against >= (how.off if state else how.on):
                state, against = not state, 0
        abnormal.append(state)
    return np.array(abnormal, bool)
