"""The time until a wear path reaches its limit, told on the way, against the truth."""

from dataclasses import dataclass

import numpy as np
import pytest

from plantroom.models.wear import DAY_MS, WEAR, days_to_limit, present, steps

NOISE = 0.03
ONSET = 5.0
LIFE = 20.0
PATHS = 120
HOURS = int((ONSET + 0.9 * LIFE) * 24)
FORMS = {
    "even": lambda part: part,
    "square": lambda part: part**2,
    "exponential": lambda part: np.expm1(3 * part) / np.expm1(3),
}


@dataclass(frozen=True, kw_only=True)
class Told:
    """What was said of each path at some parts of its life, and what was so; days."""

    truth: np.ndarray
    low: np.ndarray
    middle: np.ndarray
    high: np.ndarray

    @property
    def coverage(self) -> float:
        """Of those that were estimated and do reach the limit."""
        known = np.isfinite(self.middle) & np.isfinite(self.truth)
        return float(np.mean((self.low <= self.truth)[known] & (self.truth <= self.high)[known]))


def told(form: str, *, walk: float = 0.0, parts: tuple[float, ...]) -> list[Told]:
    """Go through simulated paths hour by hour; `walk` is the standard deviation of a day's random walk."""
    rng = np.random.default_rng(7)
    days = np.arange(int((ONSET + 3 * LIFE) * 24)) / 24
    part = np.maximum(days - ONSET, 0) / LIFE
    walked = np.cumsum(rng.normal(0, walk / 24**0.5, (PATHS, len(days))) * (part > 0), axis=1)
    wear = FORMS[form](part) + walked
    end = np.where((wear >= 1).any(axis=1), days[(wear >= 1).argmax(axis=1)], np.nan)
    read = wear + rng.normal(0, NOISE, wear.shape)
    state, noise, tolerance = np.zeros(PATHS, WEAR), np.full(PATHS, NOISE), np.full(PATHS, 12.0)
    said = []
    asked = {round((ONSET + part * LIFE) * 24) for part in parts}
    for hour in range(HOURS + 1):
        steps(state, np.full(PATHS, int(days[hour] * DAY_MS)), read[:, hour], noise, tolerance)
        if hour in asked:
            low, middle, high = days_to_limit(state, noise).T
            left = np.where(end > days[hour], end - days[hour], np.nan)
            said.append(Told(truth=left, low=low, middle=middle, high=high))
    return said


@pytest.mark.parametrize("form", sorted(FORMS))
def test_the_interval_narrows_as_wear_goes_on(form: str):
    said = told(form, parts=(0.5, 0.7, 0.9))

    widths = [float(np.nanmedian(each.high - each.low)) for each in said]
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < 0.5 * widths[0]
    assert np.nanmedian(np.abs(said[-1].middle - said[-1].truth)) < 0.5


def test_the_interval_of_80_percent_holds_about_80_percent_of_what_happens():
    paths = [("even", 0.0), ("square", 0.0), ("exponential", 0.0), ("even", 0.05)]

    said = [each for form, walk in paths for each in told(form, walk=walk, parts=(0.5, 0.7, 0.9))]

    assert np.mean([np.isfinite(each.middle).mean() for each in said]) > 0.8
    assert 0.75 <= np.mean([each.coverage for each in said]) <= 0.92
    assert min(each.coverage for each in said) > 0.55


def test_a_walk_without_a_direction_is_hardly_ever_estimated():
    rng = np.random.default_rng(3)
    read = np.cumsum(rng.normal(0, 0.01, (300, 24 * 30)), axis=1) + rng.normal(0, NOISE, (300, 24 * 30))
    state, noise, tolerance = np.zeros(300, WEAR), np.full(300, NOISE), np.full(300, 12.0)

    estimated = []
    for hour in range(24 * 30):
        steps(state, np.full(300, hour * DAY_MS // 24), read[:, hour], noise, tolerance)
        if hour % 24 == 0:
            estimated.append(np.isfinite(days_to_limit(state, noise)[:, 1]).mean())

    assert np.mean(estimated) < 0.05


def test_what_it_grows_by_in_a_day_is_told():
    state, noise, tolerance = np.zeros(1, WEAR), np.full(1, NOISE), np.full(1, 12.0)
    rng = np.random.default_rng(1)

    for hour in range(24 * 10):
        wear = 0.05 * hour / 24 + rng.normal(0, NOISE, 1)
        steps(state, np.array([hour * DAY_MS // 24]), wear, noise, tolerance)

    level, growth = present(state, noise)
    assert level[0] == pytest.approx(0.5, abs=0.03)
    assert growth[0] == pytest.approx(0.05, abs=0.01)
