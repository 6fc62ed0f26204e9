"""What is usual at each quarter of an hour of the week, by the local clock."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from plantroom.models.frame import Floats, Times

DAY: Final = 86_400_000
SLOT: Final = 900_000
"""Length of a slot, ms."""
PER_DAY: Final = DAY // SLOT
PER_WEEK: Final = 7 * PER_DAY
THURSDAY: Final = 3
"""Day of the week, from Monday, on which the epoch began."""
SUNDAY: Final = 6
LEAST_TIMES: Final = 2
"""Weeks or days that a slot must have been seen in."""
NEIGHBOURS: Final = 4
"""Slots on either side whose deviations count with a slot's own."""
LEAST_SHARE: Final = 0.25
"""No slot deviates less than this share of what all do."""

Days = npt.NDArray[np.int64]
Slots = npt.NDArray[np.integer[Any]]


def days_of(texts: str) -> Days:
    """Return the days since the epoch of ISO dates with commas between them.

    Raises:
        ValueError: one is no date.
    """
    dates = [date.fromisoformat(text.strip()) for text in texts.split(",") if text.strip()]
    return np.array(sorted((each - date(1970, 1, 1)).days for each in dates), np.int64)


def moment(ts: Times, offset: Floats | float, holidays: Days) -> Floats:
    """Return the place of each row in the week, in slots from Monday, 0..`PER_WEEK`; holidays are Sundays.

    `offset` from UTC is in ms; `holidays` has shape (holidays,), or (rows, holidays) with -1 for none.
    """
    local = ts - 1 + np.asarray(offset, np.int64)
    day = local // DAY
    free = (day[:, None] == holidays).any(axis=1)
    weekday = np.where(free, SUNDAY, (day + THURSDAY) % 7)
    return weekday * PER_DAY + (local % DAY) / SLOT


def between(table: Floats, row: Slots | int, at: Floats) -> Floats:
    """Return what `row`s of `table` (rows, slots) say at places in the week: between the middles of slots."""
    from_middle = at - 0.5
    left = np.floor(from_middle).astype(np.int64)
    share = from_middle - left
    whole = (1 - share) * table[row, left % PER_WEEK] + share * table[row, (left + 1) % PER_WEEK]
    middle: Floats = table[row, np.floor(at).astype(np.int64) % PER_WEEK]
    return np.where(np.isfinite(whole), whole, middle)


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """What is usual and how far readings stray from it, each of shape (slots,); NaN where never seen."""

    usual: Floats
    deviation: Floats


def week_of(at: Floats, day: Days, values: Floats) -> Week:
    """Learn from known `values` at places in the week, on `day`s since the epoch.

    A slot that was seen in fewer than two weeks is as those at its time on working days, or at weekends, and
    else as those of all days.
    """
    slot = np.floor(at).astype(np.int64) % PER_WEEK
    weekday, time = np.divmod(np.arange(PER_WEEK), PER_DAY)
    usual = np.full(PER_WEEK, np.nan)
    for group in (np.arange(PER_WEEK), time + np.where(weekday > 4, PER_DAY, 0), time):
        medians = _seen_often(group[slot], day, values)[group]
        usual = np.where(np.isnan(usual), medians, usual)
    away = np.abs(values - between(usual[None], 0, at))
    known = np.isfinite(away)
    return Week(usual=usual, deviation=_deviations(slot[known], away[known], usual))


def _seen_often(group: Slots, day: Days, values: Floats) -> Floats:
    medians, _ = medians_of(group, values)
    seen = np.unique((day - day.min()) * PER_WEEK + group) % PER_WEEK
    return np.where(np.bincount(seen, minlength=PER_WEEK) >= LEAST_TIMES, medians, np.nan)


def medians_of(group: Slots, values: Floats) -> tuple[Floats, npt.NDArray[np.intp]]:
    """Return the median and the count of the values of each of `PER_WEEK` groups."""
    ordered = values[np.lexsort((values, group))]
    count = np.bincount(group, minlength=PER_WEEK)
    first = np.cumsum(count) - count
    low, high = first + np.maximum(count - 1, 0) // 2, first + count // 2
    last = max(len(values) - 1, 0)
    middle = (ordered[np.minimum(low, last)] + ordered[np.minimum(high, last)]) / 2
    return np.where(count > 0, middle, np.nan), count


def _deviations(slot: Slots, away: Floats, usual: Floats) -> Floats:
    """Return a robust standard deviation of each slot with its neighbours."""
    own, _ = medians_of(slot, away)
    near = sliding_window_view(np.concatenate((own[-NEIGHBOURS:], own, own[:NEIGHBOURS])), 2 * NEIGHBOURS + 1)
    known = np.isfinite(near)
    mean = np.where(known, near, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    whole = float(np.median(away)) if len(away) else np.nan
    return np.where(np.isfinite(usual), 1.4826 * np.maximum(mean, LEAST_SHARE * whole), np.nan)
