import numpy as np
import pytest

from plantroom.models.detector import NotFittable
from plantroom.models.standardising import FARTHEST, Standard


def rows(count: int = 500):
    rng = np.random.default_rng(1)
    load = rng.normal(0, 1, (count, 1))
    return 20 + load * [1, -2, 0.5] + rng.normal(0, 0.1, (count, 3))


def test_rows_become_standard_deviations_and_back():
    values = rows()
    standard = Standard.of(values)

    z, told = standard.apply(values)

    np.testing.assert_allclose(z.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(z.std(axis=0), 1)
    np.testing.assert_allclose(standard.restored(z), values)
    assert told.all()


def test_what_is_unknown_is_filled_from_what_moves_with_it():
    values = rows()
    standard = Standard.of(values)
    whole, _ = standard.apply(values)
    values[:, 1] = np.nan

    z, told = standard.apply(values)

    assert told.all()
    np.testing.assert_allclose(z[:, 1], whole[:, 1], atol=0.6)
    np.testing.assert_array_equal(z[:, [0, 2]], whole[:, [0, 2]])


def test_many_assets_at_once_are_as_each_alone():
    each = [Standard.of(rows() * factor) for factor in (1, 5)]
    values = rows(2) * [[1], [5]]
    values[0, 0] = np.nan

    z, told = Standard.of_many(each).apply(values)

    alone = [standard.apply(row[None])[0][0] for standard, row in zip(each, values, strict=True)]
    np.testing.assert_allclose(z, alone)
    assert told.all()


def test_readings_are_bounded():
    z, _ = Standard.of(rows()).apply(np.array([[1e300, -1e300, 20.0]]))

    assert z[0, 0] == FARTHEST
    assert z[0, 1] == -FARTHEST


def test_less_than_half_of_the_points_tell_nothing():
    _, told = Standard.of(rows()).apply(np.array([[20, np.nan, np.inf], [20, 20, np.nan]]))

    assert told.tolist() == [False, True]


def test_a_point_mostly_unknown_or_constant_is_not_judged():
    values = rows()
    values[: len(values) // 2 + 1, 0] = np.nan
    values[:, 2] = 3.3

    standard = Standard.of(values)

    assert (standard.scale > 0).tolist() == [False, True, False]


def test_too_few_rows_are_refused_with_their_number():
    with pytest.raises(NotFittable, match="59 rows"):
        Standard.of(rows(59))


def test_nothing_that_varies_is_refused():
    with pytest.raises(NotFittable, match="constant"):
        Standard.of(np.full((100, 2), 0.1 + 0.2))


def test_a_spike_among_what_was_learnt_changes_nothing():
    values = rows(3000)
    spiked = values.copy()
    spiked[1500, 0] = 1e6

    clean, standard = Standard.of(values), Standard.of(spiked)

    np.testing.assert_allclose(standard.scale, clean.scale, rtol=1e-3)
    np.testing.assert_allclose(standard.centre, clean.centre, rtol=1e-3)


def test_a_state_that_is_rare_but_real_is_kept():
    values = rows(3000)
    values[:, 2] = np.where(np.arange(3000) % 300 == 0, 100.0, 0.0)

    assert Standard.of(values).scale[2] > 5
