"""Trees that were fitted by scikit-learn, kept and asked as plain arrays."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from plantroom.models.detector import Arrays
from plantroom.models.frame import Floats

_LEAF = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Forest:
    """A constant and the sum of trees; nodes of all trees in one row, children by their place in it."""

    base: Floats
    """Shape ()."""
    roots: npt.NDArray[np.int64]
    left: npt.NDArray[np.int64]
    """Where a value at or below the threshold goes; -1: a leaf."""
    right: npt.NDArray[np.int64]
    feature: npt.NDArray[np.int64]
    threshold: Floats
    value: Floats

    def predict(self, rows: Floats) -> Floats:
        """Return the prediction for each of `rows`, bit for bit that of scikit-learn; shape (rows,)."""
        # scikit-learn compares single precision with double.
        rows = rows.astype(np.float32)
        node = np.broadcast_to(self.roots, (len(rows), len(self.roots))).copy()
        number = np.arange(len(rows))[:, None]
        while (inner := self.left[node] != _LEAF).any():
            low = rows[number, np.where(inner, self.feature[node], 0)] <= self.threshold[node]
            node = np.where(inner, np.where(low, self.left[node], self.right[node]), node)
        steps = np.column_stack((np.broadcast_to(self.base, len(rows)), self.value[node]))
        # Summed one tree after the other, as it was learnt.
        return np.asarray(np.cumsum(steps, axis=1)[:, -1])

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the trees."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """Return the trees that `to_arrays` kept.

        Raises:
            ValueError: `arrays` are none.
        """
        try:
            made = cls(**{each.name: arrays[each.name] for each in fields(cls)})
        except KeyError as error:
            raise ValueError(f"no trees: {error} is missing") from error
        nodes = len(made.left)
        children = np.concatenate((made.roots, made.left, made.right))
        if not (len(made.right) == len(made.feature) == len(made.threshold) == len(made.value) == nodes):
            raise ValueError(f"no trees: columns of different lengths beside {nodes} nodes")
        if (children >= nodes).any() or (children < _LEAF).any():
            raise ValueError("no trees: a child that is no node")
        return made


def boosted(rows: Floats, target: Floats, *, seed: int, trees: int = 200) -> Forest:
    """Fit gradient-boosted trees to `target`.

    Source: Friedman, Stochastic gradient boosting, Comput. Stat. Data Anal. 38 (2002).
    """
    from sklearn.ensemble import GradientBoostingRegressor

    model = GradientBoostingRegressor(
        n_estimators=trees,
        learning_rate=0.07,
        max_depth=5,
        subsample=0.5,
        max_features=0.15,
        min_samples_leaf=20,
        random_state=seed,
    ).fit(rows, target)
    fitted = [each.tree_ for each in model.estimators_[:, 0]]
    return _joined(fitted, base=float(np.ravel(model.init_.constant_)[0]), rate=model.learning_rate)


def _joined(trees: Sequence[Any], *, base: float, rate: float) -> Forest:
    """Return the trees in one row of nodes, each worth `rate` of what it says."""
    counts = np.array([tree.node_count for tree in trees])
    roots = np.concatenate(([0], np.cumsum(counts)[:-1]))
    shift = np.repeat(roots, counts)

    def children(name: str) -> npt.NDArray[np.int64]:
        own = np.concatenate([getattr(tree, name) for tree in trees])
        return np.where(own == _LEAF, _LEAF, own + shift)

    return Forest(
        base=np.asarray(base),
        roots=roots,
        left=children("children_left"),
        right=children("children_right"),
        feature=np.concatenate([tree.feature for tree in trees]).astype(np.int64),
        threshold=np.concatenate([tree.threshold for tree in trees]),
        value=rate * np.concatenate([tree.value[:, 0, 0] for tree in trees]),
    )
