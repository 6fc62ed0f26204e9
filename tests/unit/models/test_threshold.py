from math import inf

import numpy as np
import pytest

from plantroom.models.frame import Floats, Times
from plantroom.models.threshold import (
    FLOOR,
    KEPT_BELOW,
    LEAST_RAW,
    MONTH_MS,
    RAISED_MOST,
    Limit,
    alarms,
    held,
    limit_of,
    moved,
)

EVERY = 60_000
DAY = 1440


def minutes(rows: int) -> Times:
    return np.arange(1, rows + 1, dtype=np.int64) * EVERY


def noise(rows: int, *, seed: int, memory: int = 15) -> Floats:
    """Return a score as detectors make it: the size of smoothed noise, which 99 % of rows keep below 1."""
    white = np.random.default_rng(seed).normal(size=rows + 20 * memory)
    weights = np.exp(-np.arange(10 * memory) / memory)
    smooth = np.abs(np.convolve(white, weights / weights.sum())[20 * memory : 20 * memory + rows])
    return smooth / np.quantile(smooth, 0.99)


def limit_on(raw: Floats, *, per_month: float = 0.01) -> Limit:
    return limit_of(
        minutes(len(raw)), raw, every=EVERY, asked=np.ones(len(raw), np.bool_), per_month=per_month
    )


def limit(value: float = 2.0) -> Limit:
    return Limit(value=value, fitted=value, error=0.1, greatest=1.0, months=1.0, blocks=100)


def test_what_is_held_is_the_least_of_ten_rows() -> None:
    raw = np.array([5.0] * 9 + [3.0] + [5.0] * 5)

    assert held(minutes(15), raw, every=EVERY)[8:12].tolist() == pytest.approx([np.nan, 3, 3, 3], nan_ok=True)


def test_a_gap_begins_anew_and_a_row_that_is_missing_does_not() -> None:
    raw = np.full(30, 5.0)
    ts = minutes(30)
    ts[15:] += 10 * EVERY
    raw[20] = np.nan

    told = held(ts, raw, every=EVERY)

    assert np.flatnonzero(~np.isnan(told)).tolist() == [*range(9, 15), *range(25, 30)]


def test_nine_minutes_above_the_limit_are_no_alarm_and_ten_are_one() -> None:
    ratio = np.array([0.0] * 20 + [2.0] * 9 + [0.0] * 20 + [2.0] * 10 + [0.0] * 5)

    assert alarms(minutes(len(ratio)), ratio, every=EVERY) == 1


def test_healthy_machines_pass_the_limit_no_more_often_than_is_stated() -> None:
    false_alarms = 0
    for seed in range(20):
        raw = noise(70 * DAY, seed=seed)
        limited = limit_on(raw[: 10 * DAY], per_month=0.5)
        rest = raw[10 * DAY :] / limited.fitted
        false_alarms += alarms(minutes(len(rest)), rest, every=EVERY)

    # Twenty machines, two months each, at half a false alarm a month. Noise has lighter tails than Gumbel's.
    assert 1 <= false_alarms <= 20


def test_the_limit_stands_above_the_level_by_what_is_not_known() -> None:
    short, long = limit_on(noise(2 * DAY, seed=1)), limit_on(noise(20 * DAY, seed=1))

    assert short.error > 2 * long.error
    assert short.is_uncertain
    assert not long.is_uncertain
    assert short.value >= short.fitted + short.error


def test_a_rarer_false_alarm_asks_for_a_greater_limit() -> None:
    raw = noise(10 * DAY, seed=3)

    assert limit_on(raw, per_month=0.01).fitted > limit_on(raw, per_month=1).fitted


def test_the_limit_is_never_below_what_was_seen_of_a_healthy_machine() -> None:
    raw = noise(10 * DAY, seed=4)
    raw[5000:5020] = 9.0

    limited = limit_on(raw)

    assert limited.greatest == 9.0
    assert limited.value >= FLOOR * 9.0


def test_a_score_that_never_moves_still_has_a_limit() -> None:
    assert limit_on(np.zeros(5 * DAY)).value == LEAST_RAW


def test_a_model_that_never_says_anything_raises_nothing() -> None:
    assert limit_on(np.full(DAY, np.nan)).value == inf


def test_time_in_which_it_cannot_be_told_does_not_count_as_quiet() -> None:
    raw = noise(20 * DAY, seed=5)
    raw[np.arange(len(raw)) % DAY > DAY // 4] = np.nan

    limited = limit_on(raw)

    assert limited.months == pytest.approx(20 / 30)
    assert limited.blocks == pytest.approx(20, abs=1)


def test_only_rows_that_were_not_learnt_count() -> None:
    raw = noise(20 * DAY, seed=6)
    raw[:DAY] = 50
    ts = minutes(len(raw))

    assert limit_of(ts, raw, every=EVERY, asked=ts > 10 * DAY * EVERY).greatest < 50


def test_a_false_alarm_raises_the_limit_so_that_it_would_not_have_fired() -> None:
    assert moved(limit(2.0), false_alarms=[2.5], real_faults=[]).value > 2.5


def test_false_alarms_cannot_raise_it_without_bound() -> None:
    assert moved(limit(2.0), false_alarms=[50.0], real_faults=[]).value == RAISED_MOST * 2.0


def test_a_real_fault_is_still_found_after_false_alarms() -> None:
    assert moved(limit(2.0), false_alarms=[3.0], real_faults=[2.6]).value == pytest.approx(KEPT_BELOW * 2.6)


def test_a_real_fault_alone_changes_nothing() -> None:
    assert moved(limit(2.0), false_alarms=[], real_faults=[2.1, 9.0]).value == 2.0


def test_the_month_is_of_thirty_days() -> None:
    assert limit_on(noise(15 * DAY, seed=7)).months == pytest.approx(15 * DAY * EVERY / MONTH_MS)


def test_weeks_that_lie_apart_count_for_no_more_than_they_are() -> None:
    raw = noise(14 * DAY, seed=8)
    ts = minutes(len(raw))
    ts[7 * DAY :] += 90 * DAY * EVERY

    limited = limit_of(ts, raw, every=EVERY, asked=np.ones(len(ts), np.bool_))

    assert limited.months == pytest.approx(15 / 30, rel=1e-3)
