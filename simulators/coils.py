"""Coils: heat between water in pipes and the air around them.

Source: effectiveness and number of transfer units of a counterflow exchanger (Incropera, Fundamentals of
Heat and Mass Transfer, chapter 11); the wet coil by differences of enthalpy (Braun, Klein and
Mitchell 1989, as in the ASHRAE HVAC 2 Toolkit). Dry or wet: whichever gives more heat.
"""

import math
from dataclasses import dataclass
from typing import Final

from plantroom.simulators.moist_air import (
    CP_AIR,
    CP_VAPOUR,
    EVAPORATION,
    enthalpy,
    saturated_at,
    saturated_enthalpy,
    vapour_of,
)

HOT_WATER_C: Final = 55.0
"""A boiler or heat pump that no asset stands for keeps it."""
SATURATION_SLOPE: Final = 2.7
"""By how many kJ/kg saturated air gains for each kelvin between 7 and 16 °C."""
SURFACE_EXPONENT: Final = 0.6
"""How the transfer from the surface to the air grows with the flow of the air (finned tubes: 0.5 to 0.7)."""
CLOSED: Final = 0.003
"""A valve open by less is shut: its seat gives way a little."""
_EQUAL: Final = 0.999


@dataclass(slots=True)
class Leaving:
    """The air behind a coil; never changed once made."""

    celsius: float
    water: float
    """kg in a kilogram of dry air."""
    kw: float
    """Heat that the water took, or for a heating coil gave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coil:
    """A coil for `air_kg_s` of air."""

    air_kg_s: float
    surface_kw_k: float
    """From the surface to the air, at that flow."""
    pipes_kw_k: float
    """From the water to the surface."""
    water_kw_k: float
    """Heat that the water carries for each kelvin with the valve open."""

    def cool(
        self, *, air_kg_s: float, celsius: float, water: float, inlet_c: float, opening: float, fouling: float
    ) -> Leaving:
        """Return the air after a coil whose valve is open by `opening` and which lost the share `fouling`."""
        if opening < CLOSED or air_kg_s <= 0 or inlet_c >= celsius:
            return Leaving(celsius, water, 0.0)
        surface = (1 - fouling) * self.surface_kw_k * (air_kg_s / self.air_kg_s) ** SURFACE_EXPONENT
        carried = self.water_kw_k * opening_share(opening)
        air_kw_k = CP_AIR * air_kg_s
        overall = surface * self.pipes_kw_k / (surface + self.pipes_kw_k)
        dry_kw = _exchanged(overall, air_kw_k, carried) * (celsius - inlet_c)
        entering = enthalpy(celsius, water)
        # Between air and saturated air at the water's temperature heat flows by enthalpy.
        overall = surface / CP_AIR / (1 + SATURATION_SLOPE * surface / (CP_AIR * self.pipes_kw_k))
        excess = entering - saturated_enthalpy(inlet_c)
        kw = max(dry_kw, _exchanged(overall, air_kg_s, carried / SATURATION_SLOPE) * excess)
        passed = math.exp(-surface / air_kw_k)
        at_surface = entering - kw / (air_kg_s * (1 - passed))
        # Saturated air of that heat content is the warmer of the two where some of the water condenses.
        with_all_c = (at_surface - EVAPORATION * water) / (CP_AIR + CP_VAPOUR * water)
        surface_c = max(with_all_c, saturated_at(at_surface))
        leaving_c = surface_c + (celsius - surface_c) * passed
        return Leaving(leaving_c, min(water, vapour_of(leaving_c, entering - kw / air_kg_s)), kw)

    def heat(
        self, *, air_kg_s: float, celsius: float, opening: float, inlet_c: float = HOT_WATER_C
    ) -> Leaving:
        """Return the air after a heating coil whose valve is open by `opening`; its water stays."""
        if opening < CLOSED or air_kg_s <= 0:
            return Leaving(celsius, 0.0, 0.0)
        surface = self.surface_kw_k * (air_kg_s / self.air_kg_s) ** SURFACE_EXPONENT
        overall = surface * self.pipes_kw_k / (surface + self.pipes_kw_k)
        air_kw_k = CP_AIR * air_kg_s
        kw = _exchanged(overall, air_kw_k, self.water_kw_k * opening_share(opening)) * (inlet_c - celsius)
        return Leaving(celsius + kw / air_kw_k, 0.0, kw)


def opening_share(opening: float) -> float:
    """Return the share of the water that a valve open by `opening` lets through.

    Near the equal-percentage valve that makes up for a coil giving most of its heat at little water.
    """
    return opening * opening * math.sqrt(opening)


def cooling_coil(air_kg_s: float, *, rows: float = 1.0) -> Coil:
    """Return a coil that cools that much air from 27 °C and 60 % to 12 °C with its valve mostly open.

    `rows`: its depth as a share of the usual six.
    """
    surface = 3.3 * rows * CP_AIR * air_kg_s
    return Coil(
        air_kg_s=air_kg_s,
        surface_kw_k=surface,
        pipes_kw_k=2.4 * surface,
        # 30 kJ/kg taken at 5 K, and two fifths to spare.
        water_kw_k=1.4 * 30.0 / 5.0 * air_kg_s,
    )


def heating_coil(air_kg_s: float, *, rise_c: float = 22.0) -> Coil:
    """Return a coil that warms that much air of 10 °C by about `rise_c` with the valve open."""
    effectiveness = rise_c / (HOT_WATER_C - 10.0)
    surface = -1.5 * math.log(1 - effectiveness) * CP_AIR * air_kg_s
    return Coil(
        air_kg_s=air_kg_s,
        surface_kw_k=surface,
        pipes_kw_k=5.0 * surface,
        water_kw_k=1.25 * rise_c / 15.0 * CP_AIR * air_kg_s,
    )


def _exchanged(overall: float, first: float, second: float) -> float:
    """Return the heat for each unit of difference at the inlets: effectiveness times the lesser capacity."""
    least, most = (first, second) if first < second else (second, first)
    ratio = least / most
    units = overall / least
    if ratio > _EQUAL:
        return least * units / (1 + units)
    left = math.exp(-units * (1 - ratio))
    return least * (1 - left) / (1 - ratio * left)
