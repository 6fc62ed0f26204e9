"""The city's water as it comes into a building: pressure, temperature, quality."""

import math
from typing import Final

from plantroom.simulators.world import World

MEAN_BAR: Final = 3.05
"""In front of a building of a city whose network keeps 2.8 bar or more (GB 50013: 28 m serve six storeys)."""
NIGHT_BAR: Final = 0.2
"""Half of the swing between a quiet network at 3 h and a busy one in the afternoon."""
PEAKS: Final = ((7.5, 1.3, 0.12), (19.0, 1.6, 0.16))
"""When everybody draws water: hour, width in hours, what it takes of the pressure in bar."""

YEARLY_MEAN_C: Final = 17.0
SEASONAL_SWING_C: Final = 8.0
"""Pipes lie 1 m deep: three quarters of the air's swing are left there, and it comes three weeks late."""
WARMEST_DAY: Final = 226
TURBIDITY_NTU: Final = 0.30
"""GB 5749-2022 allows 1 NTU at the tap."""
CHLORINE_MG_L: Final = 0.55
"""GB 5749-2022 asks for 0.3 mg/L leaving the works and 0.05 mg/L at the end of the network."""
PH: Final = 7.5
CONDUCTIVITY_US_CM: Final = 420.0

INDOORS_K: Final = 1.0
"""What it gains from standing in the basement."""

_TURN: Final = 2 * math.pi


def pressure_bar(world: World) -> float:
    """Return the pressure in front of the building, bar: high at night, least when everybody draws."""
    hour = world.hour
    bar = MEAN_BAR + NIGHT_BAR * math.cos(_TURN * (hour - 3) / 24)
    for peak, width, taken in PEAKS:
        bar -= taken * math.exp(-(((hour - peak) / width) ** 2))
    return bar


def temperature_c(world: World) -> float:
    """Return the temperature of the water in the street's pipes: a yearly cosine that lags the air's."""
    day = world.local.toordinal() % 365.2425
    return YEARLY_MEAN_C + SEASONAL_SWING_C * math.cos(_TURN * (day - WARMEST_DAY) / 365.2425)


def indoors_c(world: World) -> float:
    """Return its temperature in the building's pipes and tanks."""
    return temperature_c(world) + INDOORS_K
