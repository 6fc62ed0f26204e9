"""A cooling tower's basin: what evaporates, what the float valve lets in, what is blown down."""

import math
from dataclasses import dataclass
from typing import Final

from plantroom.simulators import city_water
from plantroom.simulators.machine import approach

M2_PER_KW: Final = 1 / 175
"""Area of the basin for each kW rejected."""
M3_PER_KW: Final = 1 / 115
"""Water in basin and pipes for each kW rejected."""
SHUT_M: Final = 0.32
"""Level at which the float valve is shut."""
OPEN_M: Final = 0.22
"""Level at which it is wide open."""
OVERFLOW_M: Final = 0.40
LEAST_M: Final = 0.02
VALVE_M3H_PER_KW: Final = 6 / 700
"""What the float valve lets in when wide open; some four times the evaporation."""
DRIFT_SHARE: Final = 2e-5
"""Of the water's flow, carried away as drops: 0.002 %, usual for modern eliminators."""
BLOWDOWN_M3H_PER_KW: Final = 0.8 / 700
CYCLES_OPEN: Final = 3.6
CYCLES_SHUT: Final = 3.2
"""Blow-down opens and shuts at these multiples of the city water's conductivity."""


@dataclass(slots=True, kw_only=True)
class Basin:
    """The water of a tower; never changed once made."""

    level_m: float = SHUT_M
    conductivity: float = CYCLES_OPEN * city_water.CONDUCTIVITY_US_CM
    """µS/cm."""
    is_blowing_down: bool = True
    makeup_m3: float = 0.0
    """Since it was built."""
    makeup_m3h: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BasinSize:
    """How large a tower's basin and its pipes are."""

    cooling_kw: float

    def after(
        self,
        basin: Basin,
        *,
        dt: float,
        water_m3h: float,
        evaporated_m3h: float,
        stuck_open: float,
        shut_off: float,
        scaling: float,
    ) -> Basin:
        """Return the basin `dt` seconds later: what comes in less what goes out stays in it, water as salt.

        The float valve lets in the more the lower the level (a first-order lag, exact for any `dt`), salt
        stays when water evaporates: V dC/dt = makeup x C(city) - (blow-down + drift) x C.
        Source: ASHRAE Handbook HVAC Systems and Equipment, cooling towers: cycles of concentration.
        """
        area = self.cooling_kw * M2_PER_KW
        most = VALVE_M3H_PER_KW * self.cooling_kw * (1 - shut_off)
        lost = DRIFT_SHARE * water_m3h
        blowing = self._blows_down(basin) if water_m3h > 0 else False
        if blowing:
            lost += BLOWDOWN_M3H_PER_KW * self.cooling_kw * (1 - scaling)
        least = stuck_open * most
        hours = dt / 3600
        level, came = _float_valve(
            basin.level_m, area=area, most=most, least=least, out=evaporated_m3h + lost, hours=hours
        )
        spilt = max(0.0, level - OVERFLOW_M) * area
        level = min(OVERFLOW_M, level)
        level = max(LEAST_M, level)
        rest = self.cooling_kw * M3_PER_KW - area * SHUT_M
        before, volume = rest + area * basin.level_m, rest + area * level
        # Salt comes with the make-up and leaves with drift, blow-down and overflow, as much as is in them.
        renewed = (lost * hours + spilt) / before
        kept = math.exp(-renewed)
        salt = basin.conductivity * before * kept
        salt += came * city_water.CONDUCTIVITY_US_CM * ((1 - kept) / renewed if renewed > 0 else 1.0)
        return Basin(
            level_m=level,
            conductivity=salt / volume,
            is_blowing_down=blowing,
            makeup_m3=basin.makeup_m3 + came,
            makeup_m3h=came / hours if hours > 0 else basin.makeup_m3h,
        )

    def _blows_down(self, basin: Basin) -> bool:
        if basin.level_m < OPEN_M / 2:  # the low-level switch keeps what is left
            return False
        limit = CYCLES_SHUT if basin.is_blowing_down else CYCLES_OPEN
        return basin.conductivity > limit * city_water.CONDUCTIVITY_US_CM


def _float_valve(
    level_m: float, *, area: float, most: float, least: float, out: float, hours: float
) -> tuple[float, float]:
    """Return the level and the water that came in, m³, when `out` m³/h leave.

    Between `least` and `most` m³/h the flow is proportional to how far the level is below the shut mark.
    """
    if hours <= 0:
        return level_m, 0.0
    if most <= 0:
        level = max(LEAST_M, level_m - out * hours / area)
        return level, 0.0
    gain = most / (SHUT_M - OPEN_M)
    balance = SHUT_M - out / gain
    level = approach(level_m, balance, dt=hours, tau=area / gain)
    came = out * hours + area * (level - level_m)
    came = min(most * hours, max(least * hours, came))
    return level_m + (came - out * hours) / area, came
