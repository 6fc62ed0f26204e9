"""From which score on a machine is abnormal: so that a healthy one is called so as seldom as is stated.

The rule on `anomaly` fires after it was above its limit for ten minutes on end. So what counts of a score is
what it held for that long, and of that the greatest of each block of some hours: their tail is fitted by a
Gumbel distribution, and the limit is the level that is passed so seldom.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf, log
from typing import Final

import numpy as np

from plantroom.models.frame import Floats, Mask, Times

MONTH_MS: Final = 30 * 86_400_000
FALSE_ALARMS_PER_MONTH: Final = 0.01
"""Of an asset: a building of a hundred has one a month at most, each asset one in eight years."""
HELD_ROWS: Final = 10
"""So many rows on end a score must pass the limit before the rule fires (its `for`)."""
LONGEST_GAP: Final = 3
"""Rows: a point that is silent for longer is unknown, and what was held is forgotten."""
BLOCK_ROWS: Final = 360
"""Six hours: longer than any score remembers, so that blocks tell something new."""
_LEAST_BLOCKS: Final = 20
_SHORTEST_BLOCK: Final = 60
_EULER: Final = 0.5772156649015329
FLOOR: Final = 1.25
"""The limit is at least so many times what a healthy machine was seen to hold."""
LEAST_RAW: Final = 1.0
"""Of kinds that scale their scores so that 1 is what healthy rows do reach."""
CERTAINTY: Final = 1.0
"""Standard errors that are added to the fitted level: five limits of six then keep what is stated."""
RAISED_BY: Final = 1.1
"""A false alarm raises the limit to so many times what it held..."""
RAISED_MOST: Final = 2.0
"""...but never beyond so many times what the healthy rows ask for: people cannot talk a model deaf."""
KEPT_BELOW: Final = 0.9
"""A limit stays below this part of what a real fault held, which it would else no longer find."""
_LONGEST_PAUSE_MS: Final = 86_400_000
"""Time without rows counts as time of a healthy machine up to this; beyond, nothing is known of it."""
SHORT_MONTHS: Final = 0.25
"""Held-out time of less than this says little of what comes once in years, which is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Where a model's limit lies and why; in raw scores."""

    value: float
    """Infinite: the model never said anything that a limit could be set on."""
    fitted: float
    """Level that the tail alone says is passed as seldom as is stated."""
    error: float
    """Standard error of `fitted`."""
    greatest: float
    """That a healthy machine was seen to hold."""
    months: float
    """Of held-out healthy time that it stands on."""
    blocks: int

    @property
    def is_uncertain(self) -> bool:
        """Whether it stands on so little that it may well be wrong."""
        return self.months < SHORT_MONTHS


def held(ts: Times, raw: Floats, *, every: int) -> Floats:
    """Return what each row's score has held for `HELD_ROWS` rows, NaN where it was not known for so long."""
    known = np.flatnonzero(~np.isnan(raw))
    result = np.full(len(raw), np.nan)
    if len(known) < HELD_ROWS:
        return result
    breaks = np.diff(ts[known], prepend=ts[known[0]]) > LONGEST_GAP * every
    row = np.arange(len(known))
    since = row - np.maximum.accumulate(np.where(breaks, row, 0))
    least = np.lib.stride_tricks.sliding_window_view(raw[known], HELD_ROWS).min(axis=1)
    whole = since[HELD_ROWS - 1 :] >= HELD_ROWS - 1
    result[known[HELD_ROWS - 1 :][whole]] = least[whole]
    return result


def limit_of(
    ts: Times,
    raw: Floats,
    *,
    every: int,
    asked: Mask,
    per_month: float = FALSE_ALARMS_PER_MONTH,
    least: float = LEAST_RAW,
) -> Limit:
    """Return the limit that a healthy machine passes `per_month` times in a month.

    `ts` and `raw` are of all rows, `asked` are those that were not learnt from; no limit is below `least`.
    """
    told = held(ts, raw, every=every)
    seen = told[asked & ~np.isnan(told)]
    if not len(seen):
        return Limit(value=inf, fitted=inf, error=inf, greatest=0.0, months=0.0, blocks=0)
    size = int(np.clip(len(seen) // _LEAST_BLOCKS, _SHORTEST_BLOCK, BLOCK_ROWS))
    greatest = np.maximum.reduceat(seen, np.arange(0, len(seen), size))
    months = float((np.minimum(np.diff(ts[asked]), _LONGEST_PAUSE_MS).sum() + every) / MONTH_MS)
    fitted, error = _level(greatest, passed=min(per_month * months / len(greatest), 0.5))
    most = float(greatest.max())
    value = max(fitted + CERTAINTY * error, FLOOR * most, least)
    return Limit(value=value, fitted=fitted, error=error, greatest=most, months=months, blocks=len(greatest))


def moved(limit: Limit, *, false_alarms: Sequence[float], real_faults: Sequence[float]) -> Limit:
    """Return `limit` after what people said of alarms, given what the model's score held during each."""
    asked = [RAISED_BY * peak for peak in false_alarms if np.isfinite(peak)]
    found = [KEPT_BELOW * peak for peak in real_faults if peak > limit.value]
    value = min([RAISED_MOST * limit.value, max(asked, default=limit.value), *found])
    return replace(limit, value=max(value, limit.value))


def alarms(ts: Times, ratio: Floats, *, every: int) -> int:
    """Return how often the rule fires on `ratio`, which is a score in units of its limit."""
    told = held(ts, ratio, every=every)
    firing = told > 1
    return int(np.sum(firing & ~np.concatenate(([False], firing[:-1]))))


def _level(greatest: Floats, *, passed: float) -> tuple[float, float]:
    """Return the level that a block passes with probability `passed`, and its standard error.

    Source: Gumbel by L-moments, Hosking 1990; the variance is Phien's, in Stedinger et al., Handbook of
    Hydrology 1993, 18.2.
    """
    ordered = np.sort(greatest)
    n = len(ordered)
    mean = float(ordered.mean())
    if n == 1:
        return mean, mean
    second = float((2 * np.arange(n) / (n - 1) - 1) @ ordered) / n
    scale = second / log(2)
    reduced = -log(-log(1 - passed))
    variance = (
        (1.1128 - 0.9066 / n) + (0.4574 - 1.1722 / n) * reduced + (0.8046 - 0.1855 / n) * reduced**2
    ) / (n - 1)
    return mean - _EULER * scale + scale * reduced, scale * max(variance, 0.0) ** 0.5
