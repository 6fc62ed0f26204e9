"""How an air handling unit behaves in health, learnt from days on which nothing was wrong with it."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from plantroom.models.air_handling import (
    CHILLED,
    HELD,
    HOT,
    LEAST_WAY,
    SHARES,
    UNKNOWN,
    Habit,
    Habits,
    Readings,
    View,
)
from plantroom.models.frame import Floats, Mask

LEAST_ROWS: Final = 60
"""Fewer rows teach nothing."""
MARGIN: Final = 1.5
"""Limits are so many times the most that lasted as long as a symptom must on a healthy day."""
LEAST_GAIN: Final = 0.7
"""K; sensors of one unit agree no better."""
LEAST_SHARES: Final = (0.06, 0.15, 0.15, 0.15, 0.15)
LEAST_BEYOND: Final = 1.5
BLUR: Final = 0.3
OPENING: Final = 30.0
"""%, from which on a valve's healthy effect says what a wide open one must reach."""
NOISE: Final = 0.5
"""K by which half an hour of mixed air is off for no reason."""
SHARE_ERROR: Final = 0.1
SENSOR_ERROR: Final = 1.0
"""K; with `SHARE_ERROR`, how wrong dampers and the sensor of mixed air usually are in health."""
NOTHING: Final = 0.01
"""Share of the way to the water's temperature that is none."""
KEPT: Final = 0.6
"""Share of its healthy effect, at less opening, that a wide open valve must have."""


def habits_of(days: Sequence[Readings]) -> Habits:
    """Learn from healthy days; what they do not show stays as of a unit that nobody knows."""
    if not days:
        return UNKNOWN
    bias = _bias([View(day) for day in days])
    views = [View(day, bias) for day in days]
    usual, speed = _rise(views)
    return Habits(
        bias=bias,
        gains=tuple(_gain(views, number, usual) for number in range(len(SHARES))),
        speed=speed,
        shares=tuple(_share(views, number) for number in range(len(SHARES))),
        beyond=_limit([view.outside() for view in views], UNKNOWN.beyond, LEAST_BEYOND),
        soak=_limit([np.abs(view.soaked()) for view in views], UNKNOWN.soak, UNKNOWN.soak.limit),
        cooled=_least(
            [_cooled(view, usual) for view in views], [view.full_cold for view in views], UNKNOWN.cooled
        ),
        heated=_least(
            [_heated(view, usual) for view in views], [view.full_heat for view in views], UNKNOWN.heated
        ),
        blur=BLUR,
    )


def lasted(values: Floats) -> float:
    """Return the most that `values` had in all of `HELD` rows on end; minus infinity: never known so long."""
    if len(values) < HELD:
        return -np.inf
    return float(sliding_window_view(np.where(np.isnan(values), -np.inf, values), HELD).min(axis=1).max())


def _known(parts: Sequence[Floats]) -> Floats:
    values = np.concatenate(parts)
    return values[np.isfinite(values)]


def _limit(parts: Sequence[Floats], unknown: Habit, least: float, usual: float = 0.0) -> Habit:
    """Return a habit about `usual` by how far the healthy days, each a part, are from nought."""
    if len(_known(parts)) < LEAST_ROWS:
        return unknown
    return Habit(usual=usual, limit=max(least, MARGIN * max(lasted(part) for part in parts)))


def _bias(views: Sequence[View]) -> float:
    """Return by how many K mixed air reads too high, told from dampers' errors, which go with the gap.

    A least-squares fit of both that starts from neither: what the days do not tell apart stays 0.
    """
    gap, kind, above = (
        np.concatenate([part[view.rests] for part, view in zip(parts, views, strict=True)])
        for parts in (
            [view.gap for view in views],
            [view.kind for view in views],
            [view.mixed - view.returned - view.position * view.gap for view in views],
        )
    )
    known = np.isfinite(gap + above)
    if known.sum() < LEAST_ROWS:
        return 0.0
    columns = np.column_stack((gap[:, None] * (kind[:, None] == np.arange(len(SHARES))), np.ones(len(gap))))
    columns = columns[known]
    prior = NOISE**2 / np.square([*[SHARE_ERROR] * len(SHARES), SENSOR_ERROR])
    moments = columns.T @ columns / HELD + np.diag(prior)
    return float(np.linalg.solve(moments, columns.T @ above[known] / HELD)[-1])


def _rise(views: Sequence[View]) -> tuple[float, float]:
    """Return what the fan warms the air by at full speed, K, and the speed that this was learnt at."""
    passive = [view.no_heat & view.no_cold & view.runs for view in views]
    gains = [
        np.where(where, view.gain() / view.speed, np.nan) for view, where in zip(views, passive, strict=True)
    ]
    speeds = [np.where(where, view.speed, np.nan) for view, where in zip(views, passive, strict=True)]
    return _median(gains, UNKNOWN.gains[0].usual), _median(speeds, UNKNOWN.speed)


def _gain(views: Sequence[View], number: int, usual: float) -> Habit:
    away = [
        np.where(
            view.no_heat & view.no_cold & (view.kind == number), view.gain() - usual * view.speed, np.nan
        )
        for view in views
    ]
    unknown = Habit(usual=usual, limit=UNKNOWN.gains[number].limit)
    return _limit([np.abs(part) for part in away], unknown, LEAST_GAIN, usual)


def _share(views: Sequence[View], number: int) -> Habit:
    parts = [np.where(view.kind == number, view.share() - view.position, np.nan) for view in views]
    usual = _median(parts, UNKNOWN.shares[number].usual)
    away = [np.abs(part - usual) for part in parts]
    return _limit(away, UNKNOWN.shares[number], LEAST_SHARES[number], usual)


def _median(parts: Sequence[Floats], unknown: float) -> float:
    known = _known(parts)
    return float(np.median(known)) if len(known) >= LEAST_ROWS else unknown


def _cooled(view: View, rise: float) -> Floats:
    reached = (rise * view.speed - view.gain()) / np.maximum(view.mixed - CHILLED, LEAST_WAY)
    return np.where(view.no_heat & (view.cooling >= OPENING), reached, np.nan)


def _heated(view: View, rise: float) -> Floats:
    reached = (view.gain() - rise * view.speed) / np.maximum(HOT - view.mixed, LEAST_WAY)
    return np.where(view.no_cold & (view.heating >= OPENING), reached, np.nan)


def _least(parts: Sequence[Floats], wide: Sequence[Mask], unknown: Habit) -> Habit:
    """Return what a wide open valve must reach: part of what is usual, but no more than it did in health."""
    if len(_known(parts)) < LEAST_ROWS:
        return unknown
    usual = _median(parts, unknown.usual)
    failed = max(lasted(np.where(open_, -part, np.nan)) for part, open_ in zip(parts, wide, strict=True))
    return Habit(usual=usual, limit=max(min(max(unknown.limit, KEPT * usual), -failed / MARGIN), NOTHING))
