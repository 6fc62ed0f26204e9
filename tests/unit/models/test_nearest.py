"""How unlike its own past a series is."""

import numpy as np
import pytest

from plantroom.models.nearest import ENOUGH, MOST, NEAREST, WINDOW, Series


def pushed(series: Series, values: np.ndarray) -> np.ndarray:
    return np.array([series.push(value) for value in values])


def rhythm(rows: int) -> np.ndarray:
    return np.sin(np.arange(rows) / 5) + np.random.default_rng(1).normal(0, 0.05, rows)


def test_nothing_is_said_before_enough_is_known():
    said = pushed(Series(), rhythm(200))

    # As many windows as are compared with, none of which shares rows with the latest.
    first = 2 * WINDOW + NEAREST - 2 + ENOUGH
    assert np.isnan(said[: first - 1]).all()
    assert np.isfinite(said[first + 1 :]).all()


def test_a_shape_that_never_was_stands_out():
    values = rhythm(600)
    values[500:520] = values[500]

    said = pushed(Series(), values)

    assert said[505:525].max() > 1.5 * np.nanmax(said[:500])


def test_a_gap_breaks_windows_and_counts_as_one_row_however_long():
    values = rhythm(400)
    short, long = Series(), Series()

    pushed(short, np.concatenate((values[:300], [np.nan], values[300:])))
    said = pushed(long, np.concatenate((values[:300], np.full(5000, np.nan), values[300:])))

    np.testing.assert_array_equal(short.to_array(), long.to_array())
    assert np.isnan(said[300 : 5300 + WINDOW - 1]).all()
    assert np.isfinite(said[5300 + WINDOW :]).all()


def test_what_stands_still_is_as_usual_and_its_first_step_is_as_far_as_can_be():
    said = pushed(Series(), np.append(np.full(200, 7.0), 8.0))

    assert said[-2] == 0
    assert said[-1] == MOST


def test_it_goes_on_from_what_was_kept():
    series = Series()
    pushed(series, rhythm(300))

    kept = Series.from_array(series.to_array())

    np.testing.assert_array_equal(pushed(kept, rhythm(50)), pushed(series, rhythm(50)))


def test_units_do_not_matter():
    values = rhythm(400)

    np.testing.assert_allclose(pushed(Series(), 1000 * values), pushed(Series(), values), rtol=1e-6)


def test_an_array_of_something_else_is_no_series():
    with pytest.raises(ValueError, match="no series"):
        Series.from_array(np.zeros(3))
