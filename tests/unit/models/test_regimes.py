"""Operating conditions found in settings."""

import numpy as np
import pytest

from plantroom.models.regimes import regimes_of

CONDITIONS = np.array([[0.0, 0.0, 100.0], [20.0, 0.7, 100.0], [42.0, 0.84, 60.0]])


def flights(conditions: np.ndarray, *, rows: int = 600) -> tuple[np.ndarray, np.ndarray]:
    """Return settings and readings: two sensors that follow the condition, one that stands still in each."""
    rng = np.random.default_rng(2)
    chosen = rng.integers(0, len(conditions), rows)
    settings = conditions[chosen] + rng.normal(0, 0.002, (rows, 3))
    sensors = np.column_stack((500 + 30 * chosen, 1400 - 100 * chosen, 7.0 * chosen))
    return settings, sensors + rng.normal(0, 1, (rows, 3)) * [1, 5, 0]


def test_conditions_are_told_apart_where_the_sensors_follow_them():
    settings, readings = flights(CONDITIONS)

    regimes = regimes_of(settings, readings, seed=0)

    assert len(regimes.centres) == 3
    assert np.abs(regimes.standardised(settings, readings)).max() < 6


def test_settings_that_change_nothing_are_one_condition():
    settings, readings = flights(CONDITIONS[:1])

    assert len(regimes_of(settings, readings, seed=0).centres) == 1


def test_a_sensor_that_stands_still_in_every_condition_is_left_out():
    settings, readings = flights(CONDITIONS)

    assert regimes_of(settings, readings, seed=0).varying.tolist() == [0, 1]


def test_readings_come_to_the_same_in_any_condition():
    settings, readings = flights(CONDITIONS)
    regimes = regimes_of(settings, readings, seed=0)

    worn = regimes.standardised(CONDITIONS, np.array([[503.0, 1400, 0], [533, 1300, 7], [563, 1200, 14]]))

    assert worn[:, 0] == pytest.approx([3, 3, 3], abs=0.5)
