"""Rows rebuilt from the few directions in which healthy ones move: what cannot be rebuilt is abnormal."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Final, Self

import numpy as np
import numpy.typing as npt

from plantroom.models.bank_of_rows import Measure, Who
from plantroom.models.detector import Arrays
from plantroom.models.frame import Floats
from plantroom.models.multivariate import Multivariate
from plantroom.models.replacing import replaced

_SHARE: Final = 0.1
"""Of the mean spread of all points that is added to each, so that none counts more than ten times as much."""
_LEAST: Final = 0.01
"""Standard deviations: less is noise of the arithmetic, however exact the healthy rows were."""


class Pca(Multivariate):
    """Principal components of stacked rows; scores the residual after them, smoothed by direction.

    Smoothing the residual rather than its size lets noise cancel out, so a small lasting deviation shows.
    With `scaling` 1 each point's residual counts by its own usual spread: little is a lot for a point that
    follows others closely. With 0 all count alike, for rows too few to show that spread.
    """

    kind: ClassVar[str] = "pca"
    numbers: ClassVar[tuple[str, ...]] = (*Multivariate.numbers, "variance", "scaling")

    def __init__(
        self,
        *,
        points: Sequence[str],
        depth: float = 10,
        variance: float = 0.8,
        scaling: float = 1,
        **others: float,
    ) -> None:
        super().__init__(points=points, depth=depth, **others)
        if not (0 < variance < 1 and 0 <= scaling <= 1):
            raise ValueError(f"must have 0 < variance < 1, 0 <= scaling <= 1: {variance}, {scaling}")
        self.variance, self.scaling = float(variance), float(scaling)
        self.components_: Floats
        """Directions as columns: shape (depth * points, kept)."""
        self.weights_: Floats
        """Of the residual in each column of a stack."""

    def _learn(self, pieces: Iterable[Floats]) -> None:
        values, vectors, _ = principal(pieces)
        share = np.cumsum(values) / values.sum()
        self.components_ = vectors[:, : int(np.searchsorted(share, self.variance)) + 1].copy()
        self.weights_ = np.ones(len(vectors))

    def _weigh(self, pieces: Iterable[Floats]) -> None:
        total, rows = np.zeros(len(self.weights_)), 0
        for piece in pieces:
            total += np.einsum("nd,nd->d", piece, piece)
            rows += len(piece)
        spread = np.sqrt(total.reshape(self.depth, -1).mean(axis=0) / rows)
        usual = np.maximum(spread + _SHARE * spread[self.standard_.scale > 0].mean(), _LEAST)
        self.weights_ = np.tile(usual**-self.scaling, self.depth)

    def deviations(self, stacks: Floats) -> Floats:
        """Return how far stacks are from normal, by direction."""
        return (stacks - (stacks @ self.components_) @ self.components_.T) * self.weights_

    def _replaced(self, offset: Floats) -> tuple[Floats, Floats]:
        rest = (np.eye(len(offset)) - self.components_ @ self.components_.T) * self.weights_
        return replaced(offset, rest @ rest.T, depth=self.depth)

    def _kept(self) -> dict[str, npt.NDArray[Any]]:
        return {"components": self.components_, "weights": self.weights_}

    def _take(self, arrays: Arrays) -> None:
        self.components_, self.weights_ = arrays["components"], arrays["weights"]

    @classmethod
    def _measure(cls, detectors: Sequence[Self], unit: Floats) -> Measure:
        kept = max(each.components_.shape[1] for each in detectors)
        components = np.stack([_rows(each.components_, kept) for each in detectors])
        weights = np.stack([each.weights_ for each in detectors])

        def deviations(who: Who, stacks: Floats) -> Floats:
            directions = components[who]
            along = np.einsum("nd,nrd->nr", stacks, directions)
            rest: Floats = stacks - np.einsum("nr,nrd->nd", along, directions)
            return rest * weights[who]

        return Measure(deviations=deviations, width=components.shape[2], size=cls._size, unit=unit)


def principal(pieces: Iterable[Floats]) -> tuple[Floats, Floats, int]:
    """Return variances of stacks along their principal directions, these as columns, and how many stacks.

    The greatest comes first.
    """
    total: Floats | float = 0.0
    rows = 0
    for piece in pieces:
        total = total + piece.T @ piece
        rows += len(piece)
    values, vectors = np.linalg.eigh(np.asarray(total) / rows)
    return np.maximum(values[::-1], 0), vectors[:, ::-1], rows


def _rows(components: Floats, kept: int) -> Floats:
    """Return directions as rows, with directions of nothing added up to `kept`."""
    return np.pad(components.T, ((0, kept - components.shape[1]), (0, 0)))
