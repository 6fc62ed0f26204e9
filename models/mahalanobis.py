"""How far readings are from where they usually lie, by how they usually scatter together."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from plantroom.models.bank_of_rows import Measure, Who
from plantroom.models.detector import Arrays
from plantroom.models.frame import Floats
from plantroom.models.multivariate import Multivariate
from plantroom.models.replacing import replaced


class Mahalanobis(Multivariate):
    """Mahalanobis distance of smoothed rows, with a shrunk covariance.

    Source: Ledoit and Wolf, A well-conditioned estimator for large-dimensional covariance matrices (2004).
    """

    kind: ClassVar[str] = "mahalanobis"

    def __init__(self, *, points: Sequence[str], depth: float = 1, **others: float) -> None:
        super().__init__(points=points, depth=depth, **others)
        self.whitening_: Floats
        """Turns a row into one whose columns are uncorrelated, each of standard deviation 1."""

    def _learn(self, pieces: Iterable[Floats]) -> None:
        from sklearn.covariance import ledoit_wolf

        covariance, _ = ledoit_wolf(np.concatenate(list(pieces)), assume_centered=True)
        values, vectors = np.linalg.eigh(covariance)
        self.whitening_ = vectors / np.sqrt(np.maximum(values, 1e-6))

    def deviations(self, stacks: Floats) -> Floats:
        """Return how far stacks are from normal, by direction."""
        return stacks @ self.whitening_

    def _replaced(self, offset: Floats) -> tuple[Floats, Floats]:
        return replaced(offset, self.whitening_ @ self.whitening_.T, depth=self.depth)

    def _kept(self) -> dict[str, npt.NDArray[Any]]:
        return {"whitening": self.whitening_}

    def _take(self, arrays: Arrays) -> None:
        self.whitening_ = arrays["whitening"]

    @classmethod
    def _measure(cls, detectors: Sequence[Self], unit: Floats) -> Measure:
        whitening = np.stack([each.whitening_ for each in detectors])

        def deviations(who: Who, stacks: Floats) -> Floats:
            white: Floats = np.einsum("nd,nde->ne", stacks, whitening[who])
            return white

        return Measure(deviations=deviations, width=whitening.shape[2], size=cls._size, unit=unit)
