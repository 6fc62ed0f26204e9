"""Linear regression that outliers do not turn, and what it is worth on rows that it has not seen."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from plantroom.models.frame import Floats

Folds = npt.NDArray[np.intp]

HUBER = 1.345
"""Residuals beyond so many robust standard deviations count less. Source: Huber 1964, 95 % efficient."""
ROUNDS = 8
FOLDS = 5
BLOCKS = 20


def deviation(residual: Floats) -> float:
    """Return the standard deviation of a normal distribution with this median of distances from 0."""
    return float(1.4826 * np.median(np.abs(residual)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """Weights of the columns, learnt from all rows, and of each fold without it."""

    weights: Floats
    """Shape (columns,)."""
    without: Floats
    """Shape (folds, columns)."""


def folds(rows: int) -> Folds:
    """Return a fold for each of `rows`: blocks in turn, so that neighbours are in one."""
    return np.arange(rows) * BLOCKS // max(rows, 1) % FOLDS


def fit(columns: Floats, target: Floats, fold: Folds, strength: float) -> Fit:
    """Fit `target` (rows,) by `columns` (rows, columns), the first of which is not shrunk."""
    importance = np.ones(len(target))
    for _ in range(ROUNDS):
        weights = _solve(*_moments(columns, target, importance), strength)
        residual = target - columns @ weights
        usual = deviation(residual)
        if usual <= 1e-12 * max(1.0, float(np.abs(target).max())):
            break
        importance = np.minimum(1.0, HUBER * usual / np.maximum(np.abs(residual), 1e-300))
    without = [
        _solve(*_moments(columns[kept], target[kept], importance[kept]), strength)
        for kept in (fold != one for one in range(FOLDS))
    ]
    return Fit(weights=weights, without=np.stack(without))


def _moments(columns: Floats, target: Floats, importance: Floats) -> tuple[Floats, Floats]:
    weighted = columns * importance[:, None]
    return weighted.T @ columns, weighted.T @ target


def _solve(gram: Floats, product: Floats, strength: float) -> Floats:
    shrink = np.full(len(gram), strength * gram[0, 0] + 1e-9)
    shrink[0] = 1e-9
    return np.asarray(np.linalg.solve(gram + np.diag(shrink), product), np.float64)
