"""What is given to a building from outside: the weather and its people."""

import math
from datetime import datetime
from itertools import pairwise
from typing import Final

YEARLY_MEAN_C: Final = 17.0
SEASONAL_SWING_C: Final = 11.0
DAILY_SWING_C: Final = 4.0
HOTTEST_DAY: Final = 205
HOTTEST_HOUR: Final = 15

_WORKDAY: Final = (
    (0, 0.05),
    (7, 0.05),
    (9, 0.95),
    (12, 0.9),
    (13, 0.7),
    (14, 0.95),
    (18, 0.8),
    (21, 0.1),
    (24, 0.05),
)
"""(hour, share of the people who are in); straight lines in between. An office building with shops."""
_WEEKEND_SHARE: Final = 0.3


def outdoor_temperature(local: datetime) -> float:
    """Return the outdoor temperature, °C: a yearly and a daily cosine, hottest in late July at 15:00.

    Source: the amplitudes are those of monthly means and daily ranges of a warm temperate climate.
    """
    day = local.timetuple().tm_yday
    season = SEASONAL_SWING_C * math.cos(2 * math.pi * (day - HOTTEST_DAY) / 365)
    time_of_day = DAILY_SWING_C * math.cos(2 * math.pi * (_hour(local) - HOTTEST_HOUR) / 24)
    return YEARLY_MEAN_C + season + time_of_day


def occupancy(local: datetime) -> float:
    """Return the share of the building's people who are in, 0 to 1."""
    hour = _hour(local)
    share = 0.0
    for (start, before), (end, after) in pairwise(_WORKDAY):
        if start <= hour < end:
            share = before + (after - before) * (hour - start) / (end - start)
    return share if local.weekday() < 5 else share * _WEEKEND_SHARE


def _hour(local: datetime) -> float:
    return local.hour + local.minute / 60 + local.second / 3600
