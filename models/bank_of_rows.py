"""Detectors of many assets, whose next rows are scored at once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from plantroom.models.detector import Arrays, Scores, check_snapshot
from plantroom.models.frame import Floats, Mask, Members, Times
from plantroom.models.standardising import Standard

Who = Members | slice
"""Positions in the bank; a slice is everyone."""
_NEVER: Final = -(2**62)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How rows follow one another: what is ms has shape (assets,)."""

    depth: int
    """Rows that are looked at together."""
    weight: float
    """Of the newest in what is smoothed."""
    pause: Floats
    """Longer without a row, and what was looked at together starts anew."""
    forget: Floats
    """Longer without a row, and what was smoothed starts anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """How far stacked rows are from normal."""

    deviations: Callable[[Who, Floats], Floats]
    """Of stacked rows, in several directions: shape (rows, width)."""
    width: int
    size: Callable[[Floats], Floats]
    """Of smoothed deviations, as one number each."""
    unit: Floats
    """What counts as 1; shape (assets,)."""


class RowsBank:
    """Keeps for each asset its last rows and what was smoothed, and nothing else."""

    def __init__(self, standard: Standard, pace: Pace, measure: Measure) -> None:
        self._standard, self._pace, self._measure = standard, pace, measure
        assets, points = standard.centre.shape
        self._rows = np.zeros((assets, pace.depth, points))
        self._mean = np.zeros((assets, measure.width))
        self._last = np.full(assets, _NEVER)

    def push(self, member: Members, ts: Times, values: Floats, live: Mask) -> Scores:
        """Score the next row of each `member`."""
        raw = np.full(len(ts), np.nan)
        z, told = self._standard.at(self._who(member)).apply(values)
        used = live & told
        if used.all():
            raw[:] = self._scored(self._who(member), ts, z)
        elif used.any():
            raw[used] = self._scored(member[used], ts[used], z[used])
        return Scores(raw=raw)

    def snapshot(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return what it remembers."""
        return {"rows": self._rows.copy(), "mean": self._mean.copy(), "last": self._last.copy()}

    def restore(self, arrays: Arrays) -> None:
        """Go on from a snapshot.

        Raises:
            ValueError: it is none of a bank of this shape.
        """
        check_snapshot(arrays, {"rows": self._rows, "mean": self._mean, "last": self._last})
        self._rows = arrays["rows"].astype(np.float64)
        self._mean = arrays["mean"].astype(np.float64)
        self._last = arrays["last"].astype(np.int64)

    def _who(self, member: Members) -> Who:
        everyone = len(member) == len(self._last) and bool((member == np.arange(len(member))).all())
        return slice(None) if everyone else member

    def _scored(self, who: Who, ts: Times, z: Floats) -> Floats:
        away = ts - self._last[who]
        self._last[who] = ts
        rows = self._shifted(who, z, fresh=away > self._pace.pause[who])
        mean = self._mean[who]
        mean[away > self._pace.forget[who]] = 0
        mean += self._pace.weight * (self._measure.deviations(who, rows.reshape(len(rows), -1)) - mean)
        if not isinstance(who, slice):
            self._mean[who] = mean
        return self._measure.size(mean) / self._measure.unit[who]

    def _shifted(self, who: Who, z: Floats, *, fresh: Mask) -> Floats:
        rows = self._rows[who]
        rows[:, :-1] = rows[:, 1:]
        rows[:, -1] = z
        rows[fresh] = z[fresh, None]
        if not isinstance(who, slice):
            self._rows[who] = rows
        return rows
