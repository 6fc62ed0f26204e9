import numpy as np
import pytest
from numpy.testing import assert_allclose

from plantroom.models.recent import Memory, recent, steady

MINUTE = 60_000
ALL = np.ones(5)


def minutes(*numbers: int) -> np.ndarray:
    return np.array(numbers, np.int64) * MINUTE


def test_a_constant_is_remembered_as_it_is() -> None:
    said = recent(minutes(1, 2, 3, 4, 5), np.full((5, 1), 7.0), ALL, 10 * MINUTE)

    assert_allclose(said.mean[:, 0], 7.0)


def test_the_weight_grows_to_its_steady_value() -> None:
    ts = np.arange(1, 400, dtype=np.int64) * MINUTE

    said = recent(ts, np.zeros((399, 1)), np.ones(399), 15 * MINUTE)

    assert said.weight[0] == pytest.approx(1)
    assert said.weight[-1] == pytest.approx(float(steady(MINUTE, 15 * MINUTE)))


def test_what_was_before_a_long_gap_is_forgotten() -> None:
    values = np.array([[100.0], [100.0], [1.0]])

    said = recent(minutes(1, 2, 2_000), values, np.ones(3), 10 * MINUTE)

    assert said.mean[-1, 0] == pytest.approx(1)
    assert said.weight[-1] == pytest.approx(1)


def test_a_row_of_no_weight_is_not_known_whatever_it_holds() -> None:
    values = np.array([[1.0], [np.nan], [np.inf], [1.0], [1e308]])

    said = recent(minutes(1, 2, 3, 4, 5), values, np.array([1.0, 0, 0, 1, 0]), 10 * MINUTE)

    assert_allclose(said.mean[:, 0], 1.0)


def test_nothing_known_is_nothing_remembered() -> None:
    said = recent(minutes(1, 2), np.ones((2, 1)), np.zeros(2), 10 * MINUTE)

    assert np.isnan(said.mean).all()


def test_rows_one_by_one_are_remembered_as_all_at_once() -> None:
    random = np.random.default_rng(1)
    ts = np.cumsum(random.integers(1, 90, 3_000)) * MINUTE
    values, weight = random.normal(size=(3_000, 2)), (random.random(3_000) < 0.8).astype(float)
    memory = Memory(3, 2)

    one_by_one = [
        memory.push(
            np.array([1]), ts[row : row + 1], values[row : row + 1], weight[row : row + 1], np.array([9e5])
        )
        for row in range(3_000)
    ]

    at_once = recent(ts, values, weight, 9e5)
    assert_allclose([each.mean[0] for each in one_by_one], at_once.mean, rtol=1e-9, atol=1e-12)
    assert_allclose([each.weight[0] for each in one_by_one], at_once.weight, rtol=1e-9)
