"""Rows rebuilt from the few directions in which healthy ones move: what cannot be rebuilt is abnormal."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from plantroom.models.bank_of_rows import Measure, Who
from plantroom.models.detector import Arrays
from plantroom.models.frame import Floats
from plantroom.models.multivariate import Multivariate
from plantroom.models.replacing import replaced


class Pca(Multivariate):
    """Principal components of stacked rows; scores the residual after them, smoothed by direction.

    Smoothing the residual rather than its size lets noise cancel out, so a small lasting deviation shows.
    """

    kind: ClassVar[str] = "pca"
    numbers: ClassVar[tuple[str, ...]] = (*Multivariate.numbers, "variance")

    def __init__(
        self, *, points: Sequence[str], depth: float = 10, variance: float = 0.8, **others: float
    ) -> None:
        super().__init__(points=points, depth=depth, **others)
        if not 0 < variance < 1:
            raise ValueError(f"variance must be between 0 and 1: {variance}")
        self.variance = float(variance)
        self.components_: Floats

    def _learn(self, pieces: Iterable[Floats]) -> None:
        values, vectors, _ = principal(pieces)
        share = np.cumsum(values) / values.sum()
        self.components_ = vectors[:, : int(np.searchsorted(share, self.variance)) + 1].copy()

    def deviations(self, stacks: Floats) -> Floats:
        """Return how far stacks are from normal, by direction."""
        return stacks - (stacks @ self.components_) @ self.components_.T

    def _replaced(self, offset: Floats) -> tuple[Floats, Floats]:
        rest = np.eye(len(offset)) - self.components_ @ self.components_.T
        return replaced(offset, rest, depth=self.depth)

    def _kept(self) -> dict[str, npt.NDArray[Any]]:
        return {"components": self.components_}

    def _take(self, arrays: Arrays) -> None:
        self.components_ = arrays["components"]

    @classmethod
    def _measure(cls, detectors: Sequence[Self], unit: Floats) -> Measure:
        kept = max(each.components_.shape[1] for each in detectors)
        components = np.stack([_rows(each.components_, kept) for each in detectors])

        def deviations(who: Who, stacks: Floats) -> Floats:
            directions = components[who]
            along = np.einsum("nd,nrd->nr", stacks, directions)
            rest: Floats = stacks - np.einsum("nr,nrd->nd", along, directions)
            return rest

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
