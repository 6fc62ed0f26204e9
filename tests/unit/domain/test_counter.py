"""What counters have counted, against an oracle that goes from reading to reading."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from plantroom.domain.counter import increments

REGISTER = st.floats(0, 1e7, allow_nan=False, width=32)
READINGS = st.lists(st.one_of(REGISTER, st.integers(0, 1000).map(float)), max_size=40)
WRAPS_AT = st.one_of(st.none(), st.sampled_from([100.0, 1000.0, 65536.0, 1e6]))


def counted(readings: list[float], wraps_at: float | None = None) -> list[float]:
    return [float(step) for step in increments(np.array(readings, np.float64), wraps_at=wraps_at)]


def one_increment(before: float, after: float, wraps_at: float | None) -> float:
    """The rules of the reference page, one after the other."""
    if after >= before:
        return after - before
    if wraps_at is not None:
        ahead = after - before + wraps_at
        if 0 <= ahead < wraps_at / 2:
            return ahead
    if after <= 0.1 * before:
        return after
    return 0.0


@pytest.mark.parametrize(
    ("readings", "wraps_at", "expected"),
    [
        pytest.param([], None, [], id="no reading"),
        pytest.param([7.0], None, [0.0], id="the first counts nothing"),
        pytest.param([7.0, 9.0, 9.0, 12.5], None, [0.0, 2.0, 0.0, 3.5], id="rises"),
        pytest.param([980.0, 990.0, 5.0, 10.0], 1000.0, [0.0, 10.0, 15.0, 5.0], id="wraps"),
        pytest.param([980.0, 990.0, 5.0, 10.0], None, [0.0, 10.0, 5.0, 5.0], id="no wrap known: reset"),
        pytest.param([400.0, 3.0, 8.0], 1000.0, [0.0, 3.0, 5.0], id="reset far from the wrap"),
        pytest.param([400.0, 399.9, 400.1], None, [0.0, 0.0, 0.2], id="correction"),
        pytest.param([50_000.0, 12_000.0, 12_001.0], None, [0.0, 0.0, 1.0], id="another meter"),
        pytest.param([999.0, 0.0], 1000.0, [0.0, 1.0], id="wraps onto zero"),
        pytest.param([5.0, 0.0, 0.0, 1.0], None, [0.0, 0.0, 0.0, 1.0], id="reset onto zero"),
    ],
)
def test_a_counter_counts(readings: list[float], wraps_at: float | None, expected: list[float]) -> None:
    assert counted(readings, wraps_at) == pytest.approx(expected)


@given(READINGS, WRAPS_AT)
@example([90.0, 40.0], 100.0)
@example([90.0, 39.999], 100.0)
@example([100.0, 10.0], None)
def test_columns_and_steps_agree(readings: list[float], wraps_at: float | None) -> None:
    steps = [one_increment(*pair, wraps_at) for pair in pairwise(readings)]

    assert counted(readings, wraps_at) == pytest.approx([0.0, *steps][: len(readings)])


@given(READINGS, WRAPS_AT)
def test_nothing_is_ever_counted_backwards(readings: list[float], wraps_at: float | None) -> None:
    assert all(step >= 0 for step in counted(readings, wraps_at))


@given(st.lists(st.integers(0, 499), min_size=1, max_size=60), st.integers(0, 999))
def test_a_register_that_wraps_counts_all_that_passed(steps: list[int], start: int) -> None:
    totals = np.concatenate(([start], start + np.cumsum(steps)))

    counted_ = increments((totals % 1000).astype(np.float64), wraps_at=1000.0)

    assert counted_.sum() == sum(steps)


@given(st.lists(st.integers(0, 1000), min_size=2, max_size=30), st.integers(1, 28))
def test_what_runs_after_a_reset_is_counted(steps: list[int], cut: int) -> None:
    before = 1_000_000 + np.cumsum(steps)
    after = np.cumsum(steps)
    readings = np.concatenate((before[:cut], after)).astype(np.float64)

    counted_ = increments(readings)

    first = before[:cut][0]
    assert counted_.sum() == (before[:cut][-1] - first) + after[-1]


@given(READINGS, st.integers(0, 40), WRAPS_AT)
def test_pieces_that_share_a_reading_count_what_the_whole_does(
    readings: list[float], cut: int, wraps_at: float | None
) -> None:
    whole = sum(counted(readings, wraps_at))
    pieces = sum(counted(readings[: cut + 1], wraps_at)) + sum(counted(readings[cut:], wraps_at))

    assert pieces == pytest.approx(whole)
