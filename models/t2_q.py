"""The classical pair of statistics on principal components: within the model and outside it."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Final

import numpy as np
import numpy.typing as npt

from plantroom.models.detector import Arrays
from plantroom.models.frame import Floats
from plantroom.models.multivariate import Multivariate
from plantroom.models.pca import principal
from plantroom.models.replacing import replaced

CONFIDENCE: Final = 0.99
"""Share of normal rows that both limits are to hold."""
_LEAST: Final = 1e-6


class T2Q(Multivariate):
    """Hotelling's T2 of the principal components, or Q, the squared residual: the greater by its limit."""

    kind: ClassVar[str] = "t2_q"
    numbers: ClassVar[tuple[str, ...]] = (*Multivariate.numbers, "variance")

    def __init__(
        self, *, points: Sequence[str], depth: float = 10, variance: float = 0.8, **others: float
    ) -> None:
        super().__init__(points=points, depth=depth, **others)
        if not 0 < variance < 1:
            raise ValueError(f"variance must be between 0 and 1: {variance}")
        self.variance = float(variance)
        self.within_: Floats
        """Turns a stack into components whose squares add up to T2 by its limit."""
        self.outside_: Floats
        """Turns a stack into a residual whose squares add up to Q by its limit."""

    def _learn(self, pieces: Iterable[Floats]) -> None:
        values, vectors, rows = principal(pieces)
        kept = int(np.searchsorted(np.cumsum(values) / values.sum(), self.variance)) + 1
        along = vectors[:, :kept]
        self.within_ = along / np.sqrt(np.maximum(values[:kept], _LEAST) * t2_limit(kept, rows))
        rest = np.eye(len(vectors)) - along @ along.T
        self.outside_ = rest / np.sqrt(q_limit(values[kept:]))

    def deviations(self, stacks: Floats) -> Floats:
        """Return how far stacks are from normal, by direction."""
        return np.stack([_squares(stacks @ self.within_), _squares(stacks @ self.outside_)], axis=1)

    @staticmethod
    def _size(means: Floats) -> Floats:
        size: Floats = means.max(axis=1)
        return size

    def _replaced(self, offset: Floats) -> tuple[Floats, Floats]:
        form = self.within_ @ self.within_.T + self.outside_ @ self.outside_.T
        return replaced(offset, form, depth=self.depth)

    def _kept(self) -> dict[str, npt.NDArray[Any]]:
        return {"within": self.within_, "outside": self.outside_}

    def _take(self, arrays: Arrays) -> None:
        self.within_, self.outside_ = arrays["within"], arrays["outside"]


def t2_limit(kept: int, rows: int) -> float:
    """Return what T2 of `kept` components learnt from `rows` stays below by `CONFIDENCE`.

    Source: Hotelling 1931; for a new observation: Jackson, A User's Guide to Principal Components (1991).
    """
    from scipy.stats import f

    free = max(rows - kept, 1)
    return float(kept * (rows**2 - 1) / (rows * free) * f.ppf(CONFIDENCE, kept, free))


def q_limit(rest: Floats) -> float:
    """Return what Q stays below by `CONFIDENCE`, from the variances along the directions that are not kept.

    Source: Jackson and Mudholkar, Control procedures for residuals, Technometrics 21 (1979).
    """
    from scipy.stats import norm

    one, two, three = (float((rest**power).sum()) for power in (1, 2, 3))
    if two <= _LEAST**2:
        return _LEAST
    bend = max(1 - 2 * one * three / (3 * two**2), 0.05)
    spread = norm.ppf(CONFIDENCE) * np.sqrt(2 * two * bend**2) / one
    return float(one * (spread + 1 + two * bend * (bend - 1) / one**2) ** (1 / bend))


def _squares(rows: Floats) -> Floats:
    squares: Floats = np.einsum("nd,nd->n", rows, rows)
    return squares
