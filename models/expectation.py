"""What regressions of some assets expect of rows, and how the residuals are judged: plain linear algebra."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final, Self

import numpy as np

from plantroom.models.detector import Scores
from plantroom.models.frame import Floats, Mask, Members
from plantroom.models.recent import Recent, steady

MINUTE: Final = 60_000.0
TOO_FAR: Final = 3.0
"""Times the usual distance of inputs beyond which nothing is expected."""
ENOUGH: Final = 0.5
"""Share of its steady weight that what is remembered must stand on."""
MOST: Final = 1e6
"""Healthy deviations beyond which a residual is no greater any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """What was learnt of each of some assets; the first axis of all is the asset."""

    centre: Floats
    scale: Floats
    """With `centre`, of the inputs."""
    weights: Floats
    """Of the columns of the design, in the unit of the target."""
    middle: Floats
    whiten: Floats
    """Turns a row's place among the inputs, less `middle`, into independent ones of variance 1."""
    usual: Floats
    """Distance from the middle within which a row counts wholly."""
    spread: Floats
    """Healthy standard deviation of the smoothed residual, in the unit of the target."""
    below: Floats
    above: Floats
    """How much a residual below and above nought counts, 0 or 1."""
    smooth: Floats
    """Memory of the smoothed residual, ms."""
    memory: Floats
    """Memory of the machine for its inputs, ms; 0: none."""
    every: Floats
    """Interval between rows, ms."""

    def of(self, member: Members) -> Self:
        """Return what was learnt of `member`."""
        return type(self)(**{each.name: getattr(self, each.name)[member] for each in fields(self)})


def together(learnt: Sequence[Learnt]) -> Learnt:
    """Return what was learnt of all, one after the other."""
    names = [each.name for each in fields(Learnt)]
    return Learnt(**{name: np.concatenate([getattr(one, name) for one in learnt]) for name in names})


def remembering(inputs: Floats, columns: Floats, past: Recent, enough: Mask) -> tuple[Floats, Floats]:
    """Return the place of each row among inputs, and its columns, with what is remembered of both."""
    remembered = np.where(enough[:, None], past.mean, np.nan)
    places = np.concatenate((inputs, remembered[:, : inputs.shape[1]]), axis=1)
    return places, np.concatenate((columns, remembered), axis=1)


def expect(learnt: Learnt, places: Floats, columns: Floats) -> tuple[Floats, Floats]:
    """Return what is expected of each row, NaN where nothing is, and how much the row counts, 0..1."""
    from_middle = np.einsum("...ij,...j->...i", learnt.whiten, places - learnt.middle)
    times = np.linalg.norm(from_middle, axis=1) / learnt.usual
    near = times <= TOO_FAR
    expected = np.where(near, np.einsum("...j,...j->...", columns, learnt.weights), np.nan)
    return expected, np.where(near, 1 / np.square(np.maximum(times, 1.0)), 0.0)


def residuals(learnt: Learnt, target: Floats, expected: Floats, counts: Floats) -> tuple[Floats, Floats]:
    """Return the residual of each row, bounded, and how much it counts."""
    with np.errstate(over="ignore", invalid="ignore"):
        residual = target - expected
    known = np.isfinite(residual)
    most = MOST * learnt.spread
    return np.clip(np.where(known, residual, 0.0), -most, most)[:, None], np.where(known, counts, 0.0)


def judged(
    learnt: Learnt, derived: tuple[str, ...], *, expected: Floats, counts: Floats, live: Mask, past: Recent
) -> Scores:
    """Return the scores of rows whose residuals, each counting `counts`, are smoothed in `past`."""
    enough = (counts > 0) & (past.weight >= ENOUGH * steady(learnt.every, learnt.smooth))
    residual = np.where(enough, past.mean[:, 0], np.nan)
    raw = np.where(residual < 0, learnt.below, learnt.above) * np.abs(residual) / learnt.spread
    said = (np.where(live, expected, np.nan), residual)
    return Scores(raw=raw, derived=dict(zip(derived, said, strict=True)))
