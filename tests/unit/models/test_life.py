"""Days to the limit of one wearing point."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from plantroom.domain.model import DAYS_TO_LIMIT, DAYS_TO_LIMIT_HIGH, DAYS_TO_LIMIT_LOW
from plantroom.models.detector import NotFittable
from plantroom.models.frame import Frame
from plantroom.models.life import Life

EVERY = 600_000
ROWS_A_DAY = 144
START = 20_000 * 86_400_000


def vibration(
    days: int, wear: Callable[[np.ndarray], np.ndarray] = np.zeros_like, *, start: int = 0, level: float = 2.0
) -> Frame:
    """Return rows of a machine with a daily rhythm, `wear` (mm/s) by the day, from day `start` on."""
    rng = np.random.default_rng(days + start)
    day = np.arange(days * ROWS_A_DAY) / ROWS_A_DAY
    values = level + 0.2 * np.sin(2 * np.pi * day) + wear(day) + rng.normal(0, 0.1, len(day))
    return Frame(
        ts=START + ((start + day) * 86_400_000).astype(np.int64) + EVERY,
        values=values[:, None],
        live=np.arange(len(day)) % 100 < 80,
        points=("vibration",),
        every=EVERY,
    )


@pytest.fixture(scope="module")
def bearing() -> Life:
    return Life(points=("vibration",), limit=7.0).fit(vibration(14))


def after(frame: Frame, later: Frame) -> Frame:
    return Frame(
        ts=np.concatenate((frame.ts, later.ts)),
        values=np.concatenate((frame.values, later.values)),
        live=np.concatenate((frame.live, later.live)),
        points=frame.points,
        every=frame.every,
    )


def last(column: np.ndarray) -> float:
    return float(column[np.isfinite(column)][-1])


def test_a_bearing_that_wears_evenly_reaches_its_limit_when_told(bearing: Life):
    worn = vibration(15, lambda day: 0.25 * day, start=14)

    said = bearing.score(worn).derived

    assert last(said[DAYS_TO_LIMIT]) == pytest.approx(5.0, abs=0.5)
    assert last(said[DAYS_TO_LIMIT_LOW]) < last(said[DAYS_TO_LIMIT]) < last(said[DAYS_TO_LIMIT_HIGH])


def test_what_it_does_is_told_in_numbers(bearing: Life):
    worn = vibration(15, lambda day: 0.25 * np.maximum(day - 5, 0), start=14)

    wear = bearing.wear(worn)

    assert wear is not None
    assert wear.level == pytest.approx(4.5, abs=0.2)
    assert wear.healthy == pytest.approx(2.0, abs=0.1)
    assert wear.per_day == pytest.approx(0.25, abs=0.04)
    assert (wear.since - START) / 86_400_000 == pytest.approx(19, abs=1.0)
    assert bearing.explain(worn)[0].value == wear.level


def test_a_healthy_bearing_is_not_estimated(bearing: Life):
    healthy = vibration(60, start=14)

    assert np.isnan(bearing.score(healthy).derived[DAYS_TO_LIMIT]).all()
    assert bearing.wear(healthy) is None
    assert bearing.explain(healthy) == ()


def test_it_raises_nothing_by_itself(bearing: Life):
    assert np.isnan(bearing.score(vibration(15, lambda day: 0.25 * day, start=14)).raw).all()


def test_a_new_bearing_begins_a_new_life(bearing: Life):
    worn = vibration(14, lambda day: 0.3 * day, start=14)
    replaced = vibration(5, start=28)

    said = bearing.score(after(worn, replaced)).derived[DAYS_TO_LIMIT]

    assert np.isfinite(said[len(worn) - 1])
    assert np.isnan(said[len(worn) + ROWS_A_DAY :]).all()
    assert bearing.wear(after(worn, replaced)) is None


def test_after_three_weeks_away_what_was_does_not_go_on(bearing: Life):
    worn = vibration(10, lambda day: 0.3 * day, start=14)
    back = vibration(1, lambda day: 0 * day + 3, start=45)

    said = bearing.score(after(worn, back)).derived[DAYS_TO_LIMIT]

    assert np.isnan(said[len(worn) + 12 :]).all()


def test_a_weekend_off_does_not_matter(bearing: Life):
    first = vibration(8, lambda day: 0.3 * day, start=14)
    second = vibration(4, lambda day: 0.3 * (day + 8), start=24)

    assert last(bearing.score(after(first, second)).derived[DAYS_TO_LIMIT]) == pytest.approx(4.7, abs=2.0)


def test_a_step_is_no_wear(bearing: Life):
    stepped = vibration(10, lambda day: np.where(day > 3, 1.5, 0.0), start=14)

    said = bearing.score(stepped).derived[DAYS_TO_LIMIT]

    assert np.isnan(said[7 * ROWS_A_DAY :]).all()


def test_beyond_the_limit_nothing_is_left(bearing: Life):
    worn = vibration(24, lambda day: 0.25 * day, start=14)

    assert last(bearing.score(worn).derived[DAYS_TO_LIMIT]) == 0.0


def test_spikes_do_not_turn_the_line(bearing: Life):
    worn = vibration(15, lambda day: 0.25 * day + np.where(day * 24 % 50 < 1, 20.0, 0.0), start=14)

    assert last(bearing.score(worn).derived[DAYS_TO_LIMIT]) == pytest.approx(5.0, abs=1.0)


def test_a_limit_below_is_reached_by_falling():
    falls = Life(points=("vibration",), limit=1.0, side="low").fit(vibration(14))

    said = falls.score(vibration(5, lambda day: -0.15 * day, start=14)).derived

    assert last(said[DAYS_TO_LIMIT]) == pytest.approx(1.7, abs=0.7)


def test_days_to_the_limit_go_down_day_by_day(bearing: Life):
    said = bearing.score(vibration(15, lambda day: 0.25 * day, start=14)).derived[DAYS_TO_LIMIT]

    daily = [last(said[: day * ROWS_A_DAY]) for day in range(6, 16)]
    assert all(later < earlier for earlier, later in pairwise(daily))


@pytest.mark.parametrize(
    ("life", "healthy", "reason"),
    [
        (Life(points=("vibration",), limit=7.0), vibration(1, level=2.0).rows(slice(0, 60)), "hours"),
        (Life(points=("vibration",), limit=1.5), vibration(14), "no way from its limit"),
        (Life(points=("vibration",), limit=7.0, side="low"), vibration(14), "no way from its limit"),
    ],
    ids=["too short", "beyond the limit", "on the wrong side"],
)
def test_what_it_cannot_learn_from_is_refused(life: Life, healthy: Frame, reason: str):
    with pytest.raises(NotFittable, match=reason):
        life.fit(healthy)


@pytest.mark.parametrize(
    "settings",
    [{"points": ("a", "b")}, {"points": ("a",), "side": "up"}],
    ids=["two points", "no side"],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any]):
    with pytest.raises(ValueError, match=r"must be|one point"):
        Life(limit=7.0, **settings)
