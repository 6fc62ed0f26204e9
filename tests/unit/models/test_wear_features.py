"""Features of wear."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from plantroom.models.wear_features import SLOPES, wear_features


def test_no_feature_looks_ahead():
    readings = np.random.default_rng(1).normal(size=(120, 3)).cumsum(axis=0)

    whole = wear_features(readings)

    for cycles in (1, 4, 19, 21, 70, 119):
        assert_array_equal(wear_features(readings[:cycles]), whole[:cycles])


def test_slopes_are_those_of_a_straight_line():
    readings = 0.5 * np.arange(100.0)[:, None]

    slopes = wear_features(readings)[:, 4:6]

    assert slopes[-1] == pytest.approx([0.5 * window for window in SLOPES])


def test_the_last_feature_is_the_number_of_the_cycle():
    assert_array_equal(wear_features(np.zeros((7, 2)))[:, -1], np.arange(1, 8))
