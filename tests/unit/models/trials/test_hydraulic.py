import numpy as np
import pytest

from plantroom.models.frame import Floats
from plantroom.models.trials.hydraulic import (
    BLOCK,
    FOLDS,
    blocks_of,
    discriminant,
    features_of,
    macro_f1,
    runs_of,
)

CYCLES = 10 * BLOCK


def sensors(condition: np.ndarray, *, seed: int = 1) -> dict[str, Floats]:
    """Return a pressure whose middle sags with the condition, and a temperature that wanders."""
    random = np.random.default_rng(seed)
    course = np.sin(np.linspace(0, 3, 180))
    course = course - 0.1 * condition[:, None] * np.exp(-np.square(np.linspace(-3, 3, 180)))
    wander = np.cumsum(random.normal(0, 0.3, len(condition)))
    return {
        "PS": course + random.normal(0, 0.05, (len(condition), 180)),
        "TS": wander[:, None] + random.normal(0, 0.1, (len(condition), 60)),
    }


def test_cycles_of_a_block_are_held_out_together() -> None:
    number = np.arange(CYCLES)

    fold = blocks_of(number)

    assert set(fold) == set(range(FOLDS))
    assert all(len(set(fold[first : first + BLOCK])) == 1 for first in range(0, CYCLES, BLOCK))


def test_blocks_that_are_missing_do_not_shift_the_folds() -> None:
    number = np.concatenate((np.arange(135), np.arange(225, 360)))

    assert runs_of(number).tolist() == [0] * 135 + [1] * 135
    assert len(set(blocks_of(number)[:45])) == 1


def test_each_cycle_is_described_by_itself() -> None:
    both = sensors(np.repeat([0, 1], 20))
    one = {name: readings[7:8] for name, readings in both.items()}

    assert features_of(one)[0] == pytest.approx(features_of(both)[7])
    assert features_of(both)[3, -features_of(both).shape[1] // 2 :][:60] == pytest.approx(both["TS"][3])


def test_conditions_of_blocks_that_were_not_seen_are_told() -> None:
    condition = np.tile(np.repeat([0, 1, 2], 15), CYCLES // 45)

    score = macro_f1(discriminant, features_of(sensors(condition)), condition, blocks_of(np.arange(CYCLES)))

    assert score > 0.95


def test_conditions_that_nothing_tells_are_not_told() -> None:
    condition = np.tile(np.repeat([0, 1, 2], 15), CYCLES // 45)
    blind = features_of(sensors(np.zeros(CYCLES)))

    assert macro_f1(discriminant, blind, condition, blocks_of(np.arange(CYCLES))) < 0.6
