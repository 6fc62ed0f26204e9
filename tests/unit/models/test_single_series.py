"""A point alone as a model of an asset."""

import numpy as np
import pytest

from plantroom.models.detector import NotFittable
from plantroom.models.frame import Frame
from plantroom.models.single_series import LEAST_ROWS, SingleSeries


def rows(number: int, *, start: int = 0) -> Frame:
    rng = np.random.default_rng(number)
    row = start + np.arange(number)
    values = 5 + np.sin(row / 5) + rng.normal(0, 0.05, number)
    return Frame(
        ts=(row + 1) * 60_000,
        values=values[:, None],
        live=np.ones(number, bool),
        points=("current",),
    )


@pytest.fixture(scope="module")
def usual() -> SingleSeries:
    return SingleSeries(points=("current",)).fit(rows(1000))


def test_rows_like_the_past_are_as_usual_and_a_flat_one_is_not(usual: SingleSeries):
    later = rows(300, start=1000)
    flat = later.values.copy()
    flat[200:230] = flat[200]

    said = usual.score(later).raw
    stuck = usual.score(Frame(ts=later.ts, values=flat, live=later.live, points=later.points)).raw

    assert np.nanmax(said) < np.nanmax(stuck[200:240])
    np.testing.assert_array_equal(said[:200], stuck[:200])


def test_what_its_like_ended_with_is_what_was_expected(usual: SingleSeries):
    told = usual.explain(rows(300, start=1000))

    assert told[0].value == pytest.approx(told[0].expected, abs=0.4)


def test_missing_rows_are_a_gap(usual: SingleSeries):
    later = rows(300, start=1000)
    kept = later.rows(np.r_[0:100, 110:300])

    said = usual.score(kept).raw

    assert np.isnan(said[100:115]).all()
    assert np.isfinite(said[116:]).all()


def test_too_few_rows_are_refused():
    with pytest.raises(NotFittable, match=f"at least {LEAST_ROWS}"):
        SingleSeries(points=("current",)).fit(rows(LEAST_ROWS - 1))


def test_it_is_of_one_point():
    with pytest.raises(ValueError, match="one point"):
        SingleSeries(points=("current", "flow"))
