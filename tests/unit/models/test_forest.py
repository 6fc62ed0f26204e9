"""Trees as plain arrays."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.ensemble import GradientBoostingRegressor

from plantroom.models.forest import Forest, boosted


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    return np.random.default_rng(5).normal(size=(400, 8))


@pytest.fixture(scope="module")
def target(rows: np.ndarray) -> np.ndarray:
    return np.sin(rows[:, 0]) + rows[:, 1] ** 2


def test_it_predicts_bit_for_bit_what_scikit_learn_does(rows, target, monkeypatch: pytest.MonkeyPatch):
    fitted = []

    def kept(**settings):
        fitted.append(GradientBoostingRegressor(**settings))
        return fitted[-1]

    monkeypatch.setattr("sklearn.ensemble.GradientBoostingRegressor", kept)
    others = np.random.default_rng(6).normal(size=(300, 8))

    trees = boosted(rows, target, seed=3)

    assert_array_equal(trees.predict(others), fitted[0].predict(others))
    assert np.corrcoef(trees.predict(rows), target)[0, 1] > 0.9


def test_the_same_seed_makes_the_same_trees(rows, target):
    first, second = boosted(rows, target, seed=3, trees=40), boosted(rows, target, seed=3, trees=40)

    for name, array in first.to_arrays().items():
        assert_array_equal(second.to_arrays()[name], array, err_msg=name)


def test_kept_trees_predict_the_same(rows, target):
    trees = boosted(rows, target, seed=3, trees=40)

    assert_array_equal(Forest.from_arrays(trees.to_arrays()).predict(rows), trees.predict(rows))


@pytest.mark.parametrize(
    "broken",
    [
        lambda arrays: {name: array for name, array in arrays.items() if name != "left"},
        lambda arrays: arrays | {"right": arrays["right"] + 10**6},
        lambda arrays: arrays | {"value": arrays["value"][:-1]},
    ],
    ids=["a column missing", "a child beyond", "a value missing"],
)
def test_what_is_no_forest_is_refused(rows, target, broken):
    arrays = broken(boosted(rows, target, seed=3, trees=40).to_arrays())

    with pytest.raises(ValueError, match="no trees"):
        Forest.from_arrays(arrays)
