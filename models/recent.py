"""Means of what was lately, the older the less; by time, so that a gap is a gap."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from plantroom.models.detector import Arrays, Contribution
from plantroom.models.frame import Floats, Frame, Members, Times

BLOCK: float = 20.0
"""Lengths of memory whose weights are summed at once: e^20 leaves a double eight digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """What is remembered after each row."""

    mean: Floats
    """Shape (rows, columns); NaN where nothing was known yet."""
    weight: Floats
    """How much the mean stands on, shape (rows,); `steady` where every row was known for long."""


def steady(every: float | Floats, memory: float | Floats) -> Floats:
    """Return the weight of a mean that has known every row for long; both in ms."""
    return np.asarray(1 / -np.expm1(-np.asarray(every) / memory))


def recent(ts: Times, values: Floats, weight: Floats, memory: float) -> Recent:
    """Remember the rows of one machine; `values` (rows, columns), each counting `weight`, `memory` in ms.

    A row of weight 0 is not known, whatever its values are.
    """
    counted = np.where(weight[:, None] > 0, values, 0.0) * weight[:, None]
    sums = np.column_stack((counted, weight))
    age = (ts - ts[0]) / memory if len(ts) else np.empty(0)
    block = np.floor(age / BLOCK)
    edges = np.flatnonzero(np.diff(block, prepend=-1.0, append=np.inf))
    carried, at = np.zeros(sums.shape[1]), 0.0
    for first, last in pairwise(edges):
        since = age[first:last] - age[first]
        grown = np.cumsum(sums[first:last] * np.exp(since)[:, None], axis=0)
        sums[first:last] = (grown + carried * np.exp(at - age[first])) * np.exp(-since)[:, None]
        carried, at = sums[last - 1], age[last - 1]
    return _recent(sums)


def held_against(
    point: str, frame: Frame, expected: Floats, past: Recent, memory: float
) -> tuple[Contribution, ...]:
    """Say what `point` lately was and what was expected of it.

    `past` remembers how far it was off; `memory` is in ms.
    """
    known = frame.live & np.isfinite(expected) & np.isfinite(frame.columns((point,)).values[:, 0])
    should = recent(frame.ts, expected[:, None], known.astype(float), memory).mean[-1, 0]
    value = should + past.mean[-1, 0]
    return (Contribution(point=point, share=1.0, value=float(value), expected=float(should)),)


def _recent(sums: Floats) -> Recent:
    weight = sums[:, -1]
    mean = np.full((len(sums), sums.shape[1] - 1), np.nan)
    np.divide(sums[:, :-1], weight[:, None], out=mean, where=weight[:, None] > 1e-9)
    return Recent(mean=mean, weight=weight)


class Memory:
    """The same for many assets, a row of each at a time."""

    def __init__(self, assets: int, columns: int) -> None:
        self._ts = np.zeros(assets, np.int64)
        self._sums = np.zeros((assets, columns + 1))

    def push(self, member: Members, ts: Times, values: Floats, weight: Floats, memory: Floats) -> Recent:
        """Remember the next row of each `member`; as `recent`, with a `memory` for each row."""
        fade = np.exp(-np.maximum(ts - self._ts[member], 0) / memory)
        counted = np.where(weight[:, None] > 0, values, 0.0) * weight[:, None]
        sums = self._sums[member] * fade[:, None] + np.column_stack((counted, weight))
        self._sums[member] = sums
        self._ts[member] = ts
        return _recent(sums)

    def snapshot(self, name: str) -> dict[str, npt.NDArray[Any]]:
        """Return what is remembered, under names that begin with `name`."""
        return {f"{name}_ts": self._ts.copy(), f"{name}_sums": self._sums.copy()}

    def restore(self, name: str, arrays: Arrays) -> Self:
        """Go on from a snapshot.

        Raises:
            ValueError: it is none, or of other assets.
        """
        try:
            ts, sums = arrays[f"{name}_ts"], arrays[f"{name}_sums"]
        except KeyError as error:
            raise ValueError(f"no {error} in the snapshot") from error
        if ts.shape != self._ts.shape or sums.shape != self._sums.shape:
            raise ValueError(f"snapshot of {sums.shape}, not of {self._sums.shape}")
        self._ts, self._sums = ts.astype(np.int64), sums.astype(np.float64)
        return self
