"""How few random cuts set a row apart from others."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Final

import numpy as np
import numpy.typing as npt

from plantroom.models.detector import Arrays
from plantroom.models.frame import Floats
from plantroom.models.multivariate import Multivariate

_SAMPLE: Final = 256
_DEEPEST: Final = 8
_SEED: Final = 6


class IsolationForest(Multivariate):
    """Isolation forest, scored from plain arrays; what is above the mean of healthy rows, smoothed.

    Source: Liu, Ting and Zhou, Isolation forest, ICDM 2008.
    """

    kind: ClassVar[str] = "isolation_forest"
    numbers: ClassVar[tuple[str, ...]] = (*Multivariate.numbers, "trees")

    def __init__(
        self, *, points: Sequence[str], depth: float = 1, trees: float = 100, **others: float
    ) -> None:
        super().__init__(points=points, depth=depth, **others)
        if trees < 1:
            raise ValueError(f"trees must be at least 1: {trees}")
        self.trees = int(trees)
        self.column_: npt.NDArray[np.int64]
        """Column that each node of each tree cuts; shape (trees, nodes), as are the next."""
        self.cut_: Floats
        self.below_: npt.NDArray[np.int64]
        """The node for what is not above the cut; a leaf names itself."""
        self.above_: npt.NDArray[np.int64]
        self.length_: Floats
        """Cuts down to a node, and those that its rows would still need."""
        self.usual_: float

    def _learn(self, pieces: Iterable[Floats]) -> None:
        from sklearn.ensemble import IsolationForest as Forest

        stacks = np.concatenate(list(pieces))
        forest = Forest(n_estimators=self.trees, max_samples=min(_SAMPLE, len(stacks)), random_state=_SEED)
        trees = [each.tree_ for each in forest.fit(stacks).estimators_]
        nodes = max(tree.node_count for tree in trees)
        own = np.arange(nodes)
        self.column_ = np.stack([_padded(np.maximum(tree.feature, 0), nodes) for tree in trees])
        self.cut_ = np.stack([_padded(tree.threshold, nodes) for tree in trees])
        self.below_ = np.stack([_next(tree.children_left, own) for tree in trees])
        self.above_ = np.stack([_next(tree.children_right, own) for tree in trees])
        self.length_ = np.stack([_padded(_lengths(tree), nodes) for tree in trees])
        self.length_ /= float(_cuts_needed(np.array([min(_SAMPLE, len(stacks))]))[0])
        self.usual_ = 0.0
        self.usual_ = float(self.deviations(stacks).mean())

    def deviations(self, stacks: Floats) -> Floats:
        """Return how far stacks are from normal, by direction."""
        tree = np.arange(len(self.cut_))
        row = np.arange(len(stacks))[:, None]
        node = np.zeros((len(stacks), len(tree)), np.int64)
        for _ in range(_DEEPEST):
            above = stacks[row, self.column_[tree, node]] > self.cut_[tree, node]
            node = np.where(above, self.above_[tree, node], self.below_[tree, node])
        score: Floats = 2.0 ** -self.length_[tree, node].mean(axis=1, keepdims=True)
        return score - self.usual_

    @staticmethod
    def _size(means: Floats) -> Floats:
        return np.maximum(means[:, 0], 0)

    def _replaced(self, offset: Floats) -> tuple[Floats, Floats]:
        points = len(self.points)
        others = np.repeat(offset[None], points, axis=0)
        for point in range(points):
            others[point, point::points] = 0
        fall = self.deviations(offset[None])[0, 0] - self.deviations(others)[:, 0]
        return np.maximum(fall, 0), offset

    def _kept(self) -> dict[str, npt.NDArray[Any]]:
        return {
            "column": self.column_,
            "cut": self.cut_,
            "below": self.below_,
            "above": self.above_,
            "length": self.length_,
            "usual": np.array(self.usual_),
        }

    def _take(self, arrays: Arrays) -> None:
        self.column_, self.cut_, self.length_ = arrays["column"], arrays["cut"], arrays["length"]
        self.below_, self.above_ = arrays["below"], arrays["above"]
        self.usual_ = float(arrays["usual"])


def _padded(values: npt.NDArray[Any], nodes: int) -> npt.NDArray[Any]:
    return np.pad(values, (0, nodes - len(values)))


def _next(children: npt.NDArray[np.int64], own: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the node that follows each, a leaf after itself."""
    followers = _padded(children, len(own))
    return np.where(followers > 0, followers, own)


def _lengths(tree: Any) -> Floats:
    """Return the cuts down to each node, and those that its rows would still need to be set apart."""
    down = np.zeros(tree.node_count)
    for node in range(tree.node_count):
        for child in (tree.children_left[node], tree.children_right[node]):
            if child > 0:
                down[child] = down[node] + 1
    return down + _cuts_needed(tree.n_node_samples)


def _cuts_needed(rows: npt.NDArray[np.int64]) -> Floats:
    """Return the mean number of random cuts that set one of `rows` apart."""
    among = np.maximum(rows - 1, 1).astype(float)
    mean = 2 * (np.log(among) + np.euler_gamma) - 2 * among / (among + 1)
    return np.where(rows > 2, mean, np.where(rows == 2, 1.0, 0.0))
