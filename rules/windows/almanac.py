"""Columns of the calendar: the hour, the day of the week, whether people work at each asset's site."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from plantroom.domain.site import Site
from plantroom.domain.workdays import Day, day_at
from plantroom.rules.segments import NEVER, Floats, Rows, Times
from plantroom.rules.windows.grid import Grid

QUARTER: Final = 900_000
_HORIZON: Final = 8 * 86_400_000
"""For how long after its last event an asset is woken for the calendar, ms: a week with a holiday in it."""


class Almanac:
    """The calendars of the sites of a cohort's assets."""

    def __init__(self, sites: Sequence[Site]) -> None:
        """Know the site of each asset."""
        self._kinds = list(dict.fromkeys((site.timezone, site.holidays) for site in sites))
        numbers = {kind: number for number, kind in enumerate(self._kinds)}
        self._kind = np.array([numbers[site.timezone, site.holidays] for site in sites], np.intp)

    grid = Grid(QUARTER, _HORIZON)

    def column(self, name: str, member: Rows, time: Times) -> Floats:
        """Return what the calendar of each row's asset says at each row's time."""
        quarter = time // QUARTER
        pairs = np.stack((self._kind[member], np.where(time == NEVER, 0, quarter)))
        distinct, inverse = np.unique(pairs, axis=1, return_inverse=True)
        told = [getattr(_day(self._kinds[kind], number), name) for kind, number in distinct.T.tolist()]
        column = np.array(told, np.float64)[inverse.ravel()]
        column[time == NEVER] = np.nan
        return column


@lru_cache(maxsize=100_000)
def _day(kind: tuple[ZoneInfo, str], quarter: int) -> Day:
    zone, holidays = kind
    return day_at(quarter * QUARTER, zone=zone, holidays=holidays)
