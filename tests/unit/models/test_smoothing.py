import numpy as np
import pytest

from plantroom.models.smoothing import blocks, smoothed


@pytest.mark.parametrize("length", [0, 1, 127, 128, 129, 1000])
def test_it_is_the_exponentially_weighted_mean(length: int):
    rows = np.random.default_rng(1).normal(0, 1, (length, 3))
    mean, wanted = np.array([1.0, 2.0, 3.0]), []
    for row in rows:
        mean = 0.9 * mean + 0.1 * row
        wanted.append(mean)

    said = smoothed(rows, weight=0.1, before=np.array([1.0, 2.0, 3.0]))

    np.testing.assert_allclose(said, np.reshape(wanted, (length, 3)), rtol=1e-12)


def test_all_weight_on_the_newest_is_the_row_itself():
    rows = np.random.default_rng(1).normal(0, 1, (300, 2))

    np.testing.assert_array_equal(smoothed(rows, weight=1, before=None), rows)


def test_blocks_cover_a_length_once():
    assert list(blocks(10, 4)) == [(0, 4), (4, 8), (8, 10)]
    assert list(blocks(0, 4)) == []
