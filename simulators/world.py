"""What a building is given from outside: the weather, its people, the time."""

import math
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final

import numpy as np

YEARLY_MEAN_C: Final = 17.0
SEASONAL_SWING_C: Final = 11.0
DAILY_SWING_C: Final = 4.0
HOTTEST_DAY: Final = 205
HOTTEST_HOUR: Final = 15
FRONTS_C: Final = 2.4
"""How far passing fronts take the temperature from the season's mean (standard deviation)."""
_FRONT_DAYS: Final = (2.7, 4.3, 6.1, 9.7)
"""Periods in which fronts pass; none is a multiple of another, so that no week is like the last."""
CLOUD_FROM_WEEK: Final = (1.9, 3.7, 7.3)
DEW_POINT_BELOW_C: Final = 4.0
"""How far the dew point of the day's air lies under its coldest hour's temperature."""
DRIER_IN_WINTER_C: Final = 3.0
BRIGHTEST_W_M2: Final = 950.0
"""Clear sky, sun overhead."""
LATITUDE: Final = math.radians(31.2)

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
_TURN: Final = 2 * math.pi


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """How it is outside and who is in, at one moment."""

    local: datetime
    """Time at the site."""
    hour: float
    """Of the day at the site, 0 to 24."""
    outdoor_c: float
    humidity: float
    """Relative, outdoors, %."""
    wet_bulb_c: float
    sun_w_m2: float
    """Global radiation on level ground."""
    occupancy: float
    """Share of the building's people who are in, 0 to 1."""

    @property
    def is_workday(self) -> bool:
        """Whether it is Monday to Friday."""
        return self.local.weekday() < 5


class Climate:
    """The weather of a warm temperate climate: season, time of day and fronts; the same for the same seed."""

    def __init__(self, seed: int = 0) -> None:
        phases = np.random.default_rng((seed, 0xC11)).uniform(
            0, _TURN, len(_FRONT_DAYS) + len(CLOUD_FROM_WEEK)
        )
        self._fronts = tuple(zip(_FRONT_DAYS, phases[: len(_FRONT_DAYS)].tolist(), strict=True))
        self._clouds = tuple(zip(CLOUD_FROM_WEEK, phases[len(_FRONT_DAYS) :].tolist(), strict=True))

    def at(self, local: datetime) -> World:
        """Return the world at `local`."""
        hour = hour_of(local)
        days = local.toordinal() + hour / 24
        front = FRONTS_C * _wave(self._fronts, days)
        cloud = 0.5 + 0.5 * clamp_unit(_wave(self._clouds, days))
        daily = DAILY_SWING_C * (1.25 - 0.5 * cloud)
        mean = seasonal_mean(local) + front
        outdoor_c = mean + daily * math.cos(_TURN * (hour - HOTTEST_HOUR) / 24)
        summer = math.cos(_TURN * (local.timetuple().tm_yday - HOTTEST_DAY) / 365)
        dew_c = (
            mean
            - DAILY_SWING_C
            - DEW_POINT_BELOW_C * (1 - 0.6 * cloud)
            + DRIER_IN_WINTER_C * min(0.0, summer)
        )
        humidity = relative_humidity(outdoor_c, dew_c)
        return World(
            local=local,
            hour=hour,
            outdoor_c=outdoor_c,
            humidity=humidity,
            wet_bulb_c=wet_bulb(outdoor_c, humidity),
            sun_w_m2=BRIGHTEST_W_M2 * sun_height(local) * (1 - 0.7 * cloud),
            occupancy=occupancy(local),
        )


def seasonal_mean(local: datetime) -> float:
    """Return the mean temperature of that day of the year, °C: a yearly cosine, hottest in late July.

    Source: mean and swing are those of the monthly means of Shanghai, rounded (WMO normals 4 to 29 °C).
    """
    return YEARLY_MEAN_C + SEASONAL_SWING_C * math.cos(
        _TURN * (local.timetuple().tm_yday - HOTTEST_DAY) / 365
    )


def sun_height(local: datetime) -> float:
    """Return the sine of the sun's height, 0 at night; the site's time is taken as solar time.

    Source: Cooper (1969), declination 23.45° sin(360 (284 + n) / 365).
    """
    declination = math.radians(23.45) * math.sin(_TURN * (284 + local.timetuple().tm_yday) / 365)
    angle = _TURN * (hour_of(local) - 12) / 24
    height = math.sin(LATITUDE) * math.sin(declination) + math.cos(LATITUDE) * math.cos(
        declination
    ) * math.cos(angle)
    return max(0.0, height)


def relative_humidity(celsius: float, dew_point_c: float) -> float:
    """Return the relative humidity, %, 15 to 100, of air with that dew point.

    Source: Magnus formula with the constants of Alduchov and Eskridge (1996).
    """
    return min(100.0, max(15.0, 100 * vapour_pressure(dew_point_c) / vapour_pressure(celsius)))


def vapour_pressure(celsius: float) -> float:
    """Return the pressure of saturated water vapour, hPa (Magnus, Alduchov and Eskridge 1996)."""
    return 6.1094 * math.exp(17.625 * celsius / (celsius + 243.04))


def wet_bulb(celsius: float, humidity: float) -> float:
    """Return the wet-bulb temperature, °C, of air of that relative humidity (%); never above `celsius`.

    Source: Stull (2011), doi 10.1175/JAMC-D-11-0143.1, within 1 K for 5 to 99 % and -20 to 50 °C.
    """
    found = (
        celsius * math.atan(0.151977 * math.sqrt(humidity + 8.313659))
        + math.atan(celsius + humidity)
        - math.atan(humidity - 1.676331)
        + 0.00391838 * humidity**1.5 * math.atan(0.023101 * humidity)
        - 4.686035
    )
    return min(celsius, float(found))


def occupancy(local: datetime) -> float:
    """Return the share of the building's people who are in, 0 to 1."""
    hour = hour_of(local)
    share = 0.0
    for (start, before), (end, after) in pairwise(_WORKDAY):
        if start <= hour < end:
            share = before + (after - before) * (hour - start) / (end - start)
    return share if local.weekday() < 5 else share * _WEEKEND_SHARE


def hour_of(local: datetime) -> float:
    """Return the hour of the day, 0 to 24."""
    return local.hour + local.minute / 60 + (local.second + local.microsecond / 1e6) / 3600


def clamp_unit(value: float) -> float:
    """Return the number nearest to `value` from -1 to 1."""
    return max(-1.0, min(1.0, value))


def _wave(parts: tuple[tuple[float, float], ...], days: float) -> float:
    """Return a sum of waves of variance 1."""
    scale = math.sqrt(2 / len(parts))
    return scale * sum(math.cos(_TURN * days / period + phase) for period, phase in parts)
