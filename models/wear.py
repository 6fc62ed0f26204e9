"""How far a wearing point has come from healthy (0) to its limit (1), and when it gets there.

Hypotheses about the way of wear stand side by side, each a filter: wear that goes on evenly, with the square
of time or exponentially, with more or less of a random walk about it. What has been read weighs them, and
their times to the limit are mixed, so that what is not known widens the interval.

Source: Gebraeel, Lawley, Li, Ryan (2005), Residual-life distributions from component degradation signals,
IIE Transactions 37 (line and exponential, Bayesian); Si, Wang, Chen, Hu, Zhou (2013), A Wiener-process-based
degradation model with a recursive filter algorithm, Mech. Syst. Signal Process. 35 (random walk, recursive);
Page (1954), Continuous inspection schemes, Biometrika 41 (the cumulative sum and when it left zero).
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from plantroom.models.frame import Floats, Mask, Times

DAY_MS: Final = 86_400_000
WALKS: Final = np.array([0.0, 0.03, 0.3, 3.0, 30.0])
"""Variance that a random walk adds in a day, as a multiple of that of an hour's reading."""
LEAST_HOURS: Final = 24
SURE: Final = 0.975
"""Probability of a rising wear below which nothing is said."""
HORIZON_DAYS: Final = 730.0
INTERVAL: Final = (0.1, 0.5, 0.9)
_SLACK = 0.5
_PRIOR_ROWS = 3.0
_CLIP = 4.0
_STEP_HOURS = 3
_LONGEST_GAP_MS = 14 * DAY_MS
_NEAREST_DAYS = 0.01
_HALVINGS = 14
_FOLLOWED = 6
_SQUARE_LIFT = 0.02
_EXP_LIFTS = np.array([0.05, 0.3])[:, None]
_EACH = (4, len(WALKS))

WEAR: Final = np.dtype(
    [
        ("rows", "i8"),
        ("since", "i8"),
        ("last", "i8"),
        ("above", "f8"),
        ("alarmed", "?"),
        ("dropped", "i8"),
        ("level", "f8", _EACH),
        ("drift", "f8", _EACH),
        ("p_level", "f8", _EACH),
        ("p_both", "f8", _EACH),
        ("p_drift", "f8", _EACH),
        ("squares", "f8", _EACH),
        ("evidence", "f8", _EACH),
    ]
)
"""What is remembered of an asset: a cumulative sum, and a filter of level and drift per hypothesis, whose
variances are multiples of that of an hour's reading."""


def steps(state: npt.NDArray[np.void], ts: Times, wear: Floats, noise: Floats, tolerance: Floats) -> None:
    """Take the wear of another hour of each asset into its `state`, in place; all of shape (assets,).

    `noise` is the standard deviation of a healthy hour, `tolerance` the cumulative sum it keeps below.
    """
    sum_up(state, wear, noise)
    state["alarmed"] |= state["above"] > tolerance
    fresh = _begins_anew(state, ts, wear, noise)
    state["alarmed"] &= ~fresh
    state["above"][fresh] = 0.0
    going = np.flatnonzero(~fresh)
    part = state[going]
    _filter(part, ts[going], wear[going], noise[going])
    state[going] = part
    _begin(state, fresh, ts, wear, noise)
    state["last"] = ts


def sum_up(state: npt.NDArray[np.void], wear: Floats, noise: Floats) -> None:
    """Add how far an hour is above healthy to the cumulative sum, which never falls below zero."""
    gain = np.clip(wear / noise - _SLACK, -_CLIP, _CLIP)
    state["above"] = np.maximum(0.0, state["above"] + gain)


def _begins_anew(state: npt.NDArray[np.void], ts: Times, wear: Floats, noise: Floats) -> Mask:
    """Return where nothing wears, a part was replaced, or the machine was away too long to go on from."""
    worn = np.flatnonzero(state["alarmed"])
    level = np.zeros(len(state))
    level[worn] = present(state[worn], noise[worn])[0]
    low = (wear < 0.5 * level) & (level - wear > _CLIP * noise)
    state["dropped"] = np.where(low, state["dropped"] + 1, 0)
    healthy = state["above"] <= 0.0
    away = ts - state["last"] > _LONGEST_GAP_MS
    return np.asarray(healthy | away | (state["dropped"] >= _STEP_HOURS) | (state["rows"] == 0))


def _begin(state: npt.NDArray[np.void], fresh: Mask, ts: Times, wear: Floats, noise: Floats) -> None:
    level = _age(wear[fresh])
    state["rows"][fresh] = 1
    state["since"][fresh] = ts[fresh]
    state["dropped"][fresh] = 0
    state["level"][fresh] = level
    state["p_level"][fresh] = 1 / _wear(level)[1] ** 2
    # A drift as fast as from healthy to the limit in a day is within one standard deviation.
    state["p_drift"][fresh] = ((_LIMIT - _age(np.zeros(1))) / noise[fresh, None, None]) ** 2
    for name in ("drift", "p_both", "squares", "evidence"):
        state[name][fresh] = 0.0


def _filter(state: npt.NDArray[np.void], ts: Times, wear: Floats, noise: Floats) -> None:
    """Predict, compare, correct (extended Kalman), with the variance of a reading learnt on the way."""
    days = (np.maximum(ts - state["last"], 0) / DAY_MS)[:, None, None]
    level = state["level"] + days * state["drift"]
    p_level = state["p_level"] + days * (2 * state["p_both"] + days * state["p_drift"]) + _WALKS * days
    p_both = state["p_both"] + days * state["p_drift"]
    expected, slope = _wear(level)
    spread = slope**2 * p_level + 1.0
    # An hour far off, a spike or a step, is held to be less far: else it would turn the whole line.
    reach = _CLIP * np.sqrt(spread * _variance(state, noise))
    off = np.clip(wear[:, None, None] - expected, -reach, reach)
    state["level"] = level + slope * p_level / spread * off
    state["drift"] += slope * p_both / spread * off
    state["p_drift"] -= (slope * p_both) ** 2 / spread
    state["p_both"] = p_both / spread
    state["p_level"] = p_level / spread
    state["squares"] += off**2 / spread
    state["evidence"] -= 0.5 * np.log(spread)
    state["rows"] += 1


def _age(wear: Floats) -> Floats:
    """Return what grows evenly, by form: wear, its square root, its logarithms; shape (assets, forms, 1)."""
    root = np.sqrt(np.maximum(wear, 0.0) + _SQUARE_LIFT)
    logs = np.log(np.maximum(wear, -0.5 * _EXP_LIFTS) + _EXP_LIFTS)
    return np.stack([wear, root, *logs], axis=1)[:, :, None]


def _wear(age: Floats) -> tuple[Floats, Floats]:
    """Return the wear at an age and how fast it grows with age, both of the shape of `age`."""
    root = np.maximum(age[:, 1:2], np.sqrt(_SQUARE_LIFT))
    powers = np.exp(np.minimum(age[:, 2:], 3.0))
    wear = np.concatenate([age[:, :1], root**2 - _SQUARE_LIFT, powers - _EXP_LIFTS], axis=1)
    return wear, np.concatenate([np.ones_like(root), 2 * root, powers], axis=1)


_LIMIT = _age(np.ones(1))
_WALKS = WALKS / _wear(_LIMIT)[1] ** 2
"""The random walk of each form, so that its wear walks alike at the limit."""


def _variance(state: npt.NDArray[np.void], noise: Floats) -> Floats:
    known = np.maximum(state["rows"] - 2, 0)[:, None, None]
    prior = _PRIOR_ROWS * noise[:, None, None] ** 2
    return np.asarray((prior + state["squares"]) / (_PRIOR_ROWS + known))


def _weights(state: npt.NDArray[np.void], noise: Floats) -> Floats:
    """Return how probable each hypothesis is; shape (assets, forms, walks)."""
    rows = (_PRIOR_ROWS + state["rows"])[:, None, None]
    logs = state["evidence"] - 0.5 * rows * np.log(_variance(state, noise))
    weights = np.exp(logs - logs.max(axis=(1, 2), keepdims=True))
    return np.asarray(weights / weights.sum(axis=(1, 2), keepdims=True))


def present(state: npt.NDArray[np.void], noise: Floats) -> tuple[Floats, Floats]:
    """Return the wear as it is now, smoothed, and what it grows by in a day; shape (assets,)."""
    weights = _weights(state, noise)
    wear, slope = _wear(state["level"])
    growth = (weights * slope * state["drift"]).sum(axis=(1, 2))
    return (weights * wear).sum(axis=(1, 2)), growth


def days_to_limit(state: npt.NDArray[np.void], noise: Floats) -> Floats:
    """Return the quantiles `INTERVAL` of the days until wear is 1, shape (assets, 3); NaN: not estimable.

    Estimable is what has worn for a day of rows, surely grows, and has its upper end within `HORIZON_DAYS`.
    """
    days = np.full((len(state), len(INTERVAL)), np.nan)
    told = np.flatnonzero(state["alarmed"] & (state["rows"] >= LEAST_HOURS))
    if len(told):
        days[told] = _quantiles(state[told], noise[told])
    return days


def _quantiles(state: npt.NDArray[np.void], noise: Floats) -> Floats:
    weights, variance = _weights(state, noise), _variance(state, noise)
    freedom = _PRIOR_ROWS + np.maximum(state["rows"] - 2, 0)
    rises = _student(state["drift"] / np.sqrt(state["p_drift"] * variance), freedom[:, None, None])
    sure = (weights * rises).sum(axis=(1, 2)) >= SURE
    # What is hardly likely costs as much to follow as what is, and changes nothing.
    chosen = np.argsort(-weights.reshape(len(state), -1), axis=1)[:, :_FOLLOWED]
    likely = [
        np.take_along_axis(np.broadcast_to(each, weights.shape).reshape(len(state), -1), chosen, axis=1)
        for each in (weights, state["level"] - _LIMIT, state["drift"], *_spread(state, variance))
    ]
    found = _search(np.stack(likely)[:, :, None], freedom[:, None, None])
    estimable = sure & np.isfinite(found).all(axis=1)
    return np.where(estimable[:, None], found, np.nan)


def _spread(state: npt.NDArray[np.void], variance: Floats) -> tuple[Floats, Floats, Floats]:
    """Return variance now, what a day adds to it, and what a day squared adds."""
    a_day = 2 * state["p_both"] + _WALKS
    return state["p_level"] * variance, a_day * variance, state["p_drift"] * variance


def _search(likely: Floats, freedom: Floats) -> Floats:
    """Return by bisection when the limit is reached with the probabilities `INTERVAL`; inf: too far ahead."""
    weights, short, drift, now, a_day, a_day_squared = likely
    weights = weights / weights.sum(axis=2, keepdims=True)

    def reached(days: Floats) -> Floats:
        ahead = days[:, :, None]
        spread = now + ahead * (a_day + ahead * a_day_squared)
        past = _student((short + ahead * drift) / np.sqrt(spread), freedom)
        return np.asarray((weights * past).sum(axis=2))

    low = np.full((len(weights), len(INTERVAL)), np.log(_NEAREST_DAYS))
    high = np.full_like(low, np.log(HORIZON_DAYS))
    at_once, at_last = reached(np.exp(low)) >= INTERVAL, reached(np.exp(high)) >= INTERVAL
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        is_past = reached(np.exp(middle)) >= INTERVAL
        low, high = np.where(is_past, low, middle), np.where(is_past, middle, high)
    return np.where(at_once, 0.0, np.where(at_last, np.exp(high), np.inf))


def _student(x: Floats, freedom: Floats) -> Floats:
    """Return the distribution function of Student's t, to three decimals.

    Source: Abramowitz and Stegun 26.7.8 to the normal, whose function is a hyperbolic tangent (Page 1977).
    """
    normal = x * (1 - 1 / (4 * freedom)) / np.sqrt(1 + x**2 / (2 * freedom))
    return np.asarray(0.5 * (1 + np.tanh(np.sqrt(2 / np.pi) * (normal + 0.044715 * normal**3))))
