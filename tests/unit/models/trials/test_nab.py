"""Detections in single series, and what they score."""

import numpy as np
import pytest

from plantroom.models.trials.nab import LIMIT, QUIET, detections, far, normalised, outcome, probation

WINDOWS = [(1000, 1099), (1500, 1599)]


def test_all_at_the_first_row_of_each_window_is_100():
    assert normalised([outcome("a", [1000, 1500], WINDOWS)]) == pytest.approx(100)


def test_nothing_found_is_0():
    assert normalised([outcome("a", [], WINDOWS)]) == pytest.approx(0)


def test_the_earlier_in_a_window_the_better():
    early, late = (outcome("a", [row], WINDOWS[:1]).score for row in (1005, 1090))

    assert 0 < late < early < 1


def test_only_the_first_detection_in_a_window_counts():
    assert outcome("a", [1005, 1010, 1090], WINDOWS) == outcome("a", [1005], WINDOWS)


@pytest.mark.parametrize(
    ("row", "cost"),
    [(500, -0.11), (1099 + 99 * 4, -0.11), (1100, 2 / (1 + np.exp(5 / 99)) * 0.11 - 0.11)],
    ids=["before any window", "long after one", "right after one"],
)
def test_a_detection_outside_costs_the_less_the_nearer_after_a_window(row: int, cost: float):
    assert outcome("a", [row], WINDOWS).score == pytest.approx(-2 + cost)
    assert outcome("a", [row], WINDOWS).false == 1


def test_people_are_not_told_again_and_not_in_probation():
    raw = np.zeros(1000)
    raw[[10, 200, 220, 200 + QUIET, 900]] = LIMIT

    assert detections(raw) == [200, 200 + QUIET, 900]


def test_probation_is_a_share_of_the_rows_at_most_750():
    assert (probation(1000), probation(22_000)) == (150, 750)


def test_a_shape_that_never_was_is_found():
    rng = np.random.default_rng(4)
    values = np.sin(np.arange(2500) / 12) + rng.normal(0, 0.05, 2500)
    values[1800:1830] = values[1800]

    told = detections(far(values))

    assert any(1800 <= row <= 1850 for row in told)
    assert len(told) <= 4


def test_later_values_change_no_earlier_score():
    values = np.random.default_rng(4).normal(size=600)

    np.testing.assert_array_equal(far(values)[:300], far(values[:300]))
