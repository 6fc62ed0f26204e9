"""Air on its way through an air handling unit: mixed, heated, cooled, warmed by the fan."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from plantroom.simulators.air_control import Commands, outdoor_share
from plantroom.simulators.coils import Coil
from plantroom.simulators.moist_air import M3H_PER_KG_S, OUTDOOR_CO2_PPM, humidity, moisture

ACTUATOR_TAU_S: Final = 20.0
MIXING_TAU_S: Final = 12.0
COIL_TAU_S: Final = 25.0
"""Water and metal of a coil of six rows."""
SENSOR_TAU_S: Final = 15.0
RETURN_TAU_S: Final = 60.0
STANDING_TAU_S: Final = 2700.0
"""Air that stands in a unit becomes as warm as the plant room around it."""
RETURN_RISE_C: Final = 0.3
"""By the return fan and the lights in the ceiling."""
WETTEST: Final = 96.0
"""Relative humidity, %, of air that stands in a unit whose coil is still wet."""

COOLING_LEAK: Final = 0.2
"""Opening of a valve that leaks as much as it gets while it is told to be closed."""
HEATING_LEAK: Final = 0.34
COIL_FOULING: Final = 0.75
"""Share of its surface that a coil loses as dirt grows between the fins."""


@dataclass(slots=True)
class Positions:
    """Where the actuators stand, 0 to 1; never changed once made."""

    damper: float = 0.0
    heating: float = 0.0
    cooling: float = 0.0
    stuck_damper: float = -1.0
    """Where it stood as it got stuck; below 0: it moves."""
    stuck_valve: float = -1.0

    def after(self, commands: Commands, faults: Mapping[str, float], dt: float) -> "Positions":
        """Return where they are `dt` seconds later: first order, some 60 s for most of the way."""
        left = decays(dt)[0]
        damper, cooling = commands.damper, commands.cooling
        stuck_damper = stuck_valve = -1.0
        if faults:
            damper, stuck_damper = self._damper(damper, faults)
            stuck = faults.get("stuck_cooling_valve", 0.0)
            if stuck:
                stuck_valve = self.stuck_valve if self.stuck_valve >= 0 else self.cooling
                cooling += stuck * (stuck_valve - cooling)
        return Positions(
            damper + (self.damper - damper) * left,
            commands.heating + (self.heating - commands.heating) * left,
            cooling + (self.cooling - cooling) * left,
            stuck_damper,
            stuck_valve,
        )

    def _damper(self, wanted: float, faults: Mapping[str, float]) -> tuple[float, float]:
        """Return where the damper goes and where it got stuck: a loose linkage follows the less."""
        stuck = faults.get("stuck_damper", 0.0)
        held = (self.stuck_damper if self.stuck_damper >= 0 else self.damper) if stuck else -1.0
        wanted += stuck * (held - wanted)
        wanted += faults.get("damper_stuck_open", 0.0) * (1 - wanted)
        return wanted * (1 - faults.get("damper_stuck_closed", 0.0)), held


@dataclass(slots=True)
class Air:
    """The air in a unit from section to section; never changed once made."""

    return_c: float
    mixed_c: float
    heated_c: float
    """Behind the heating coil, which comes before the cooling coil."""
    cooled_c: float
    supply_c: float
    """Behind the fan."""
    mixed_moisture: float
    moisture: float
    """Behind the cooling coil, kg/kg."""
    co2_ppm: float
    cooling_kw: float = 0.0
    heating_kw: float = 0.0
    condensed_kg_s: float = 0.0


@dataclass(slots=True)
class Entering:
    """What flows into a unit; never changed once made."""

    return_c: float
    return_moisture: float
    return_co2_ppm: float
    outdoor_c: float
    outdoor_moisture: float
    chilled_c: float
    chilled_share: float = 1.0
    """Of the chilled water that would flow with all pumps at work."""


@dataclass(slots=True)
class Stream:
    """What the fan does to the air; never changed once made."""

    flow_m3h: float
    rise_c: float
    """By how much it warms it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AirPath:
    """The sections of a unit, in the order mixing box, heating coil, cooling coil, fan."""

    heating_coil: Coil
    cooling_coil: Coil

    def moving(
        self,
        air: Air,
        entering: Entering,
        stream: Stream,
        positions: Positions,
        *,
        faults: Mapping[str, float],
        dt: float,
    ) -> Air:
        """Return the air `dt` seconds later while the fan runs.

        Mixing by mass (temperature, water and carbon dioxide alike), then the coils; each section follows
        with a lag of its own.
        """
        _, mixing, coil, sensor, returning, _ = decays(dt)
        kg_s = stream.flow_m3h / M3H_PER_KG_S
        share = outdoor_share(positions.damper)
        rest = 1 - share
        return_c = entering.return_c + RETURN_RISE_C
        return_c += (air.return_c - return_c) * returning
        mixed_c = share * entering.outdoor_c + rest * return_c
        mixed_c += (air.mixed_c - mixed_c) * mixing
        water = share * entering.outdoor_moisture + rest * entering.return_moisture
        heating, cooling, fouling = positions.heating, positions.cooling * entering.chilled_share, 0.0
        if faults:
            heating = max(heating, HEATING_LEAK * faults.get("leaking_heating_valve", 0.0))
            leak = COOLING_LEAK * faults.get("leaking_cooling_valve", 0.0)
            cooling = max(cooling, leak * entering.chilled_share)
            fouling = COIL_FOULING * faults.get("fouled_coil", 0.0)
        heated = self.heating_coil.heat(air_kg_s=kg_s, celsius=mixed_c, opening=heating)
        heated_c = heated.celsius + (air.heated_c - heated.celsius) * coil
        cooled = self.cooling_coil.cool(
            air_kg_s=kg_s,
            celsius=heated_c,
            water=water,
            inlet_c=entering.chilled_c,
            opening=cooling,
            fouling=fouling,
        )
        cooled_c = cooled.celsius + (air.cooled_c - cooled.celsius) * coil
        supply_c = cooled_c + stream.rise_c
        return Air(
            return_c,
            mixed_c,
            heated_c,
            cooled_c,
            supply_c + (air.supply_c - supply_c) * sensor,
            water,
            cooled.water + (air.moisture - cooled.water) * coil,
            share * OUTDOOR_CO2_PPM + rest * entering.return_co2_ppm,
            cooled.kw,
            heated.kw,
            kg_s * (water - cooled.water),
        )


def standing(air: Air, entering: Entering, dt: float) -> Air:
    """Return the air `dt` seconds later while the unit stands: it becomes like the plant room around it."""
    left = decays(dt)[5]
    around = 0.75 * entering.return_c + 0.25 * entering.outdoor_c
    water = entering.return_moisture
    return Air(
        around + (air.return_c - around) * left,
        around + (air.mixed_c - around) * left,
        around + (air.heated_c - around) * left,
        around + (air.cooled_c - around) * left,
        around + (air.supply_c - around) * left,
        water,
        water + (air.moisture - water) * left,
        entering.return_co2_ppm + (air.co2_ppm - entering.return_co2_ppm) * left,
    )


def at_rest(celsius: float) -> Air:
    """Return the air of a unit that has stood for long."""
    water = moisture(celsius, 50.0)
    return Air(celsius, celsius, celsius, celsius, celsius, water, water, OUTDOOR_CO2_PPM)


def duct_humidity(celsius: float, water: float) -> float:
    """Return the relative humidity, %, behind a coil: the fan's warmth keeps it below what drips."""
    return min(WETTEST, humidity(celsius, water))


@lru_cache(maxsize=64)
def decays(dt: float) -> tuple[float, float, float, float, float, float]:
    """Return what is left after `dt` seconds of each lag: exp(-dt / tau), in the order below."""
    actuator, mixing, coil, sensor, returning, resting = (
        math.exp(-dt / tau)
        for tau in (
            ACTUATOR_TAU_S,
            MIXING_TAU_S,
            COIL_TAU_S,
            SENSOR_TAU_S,
            RETURN_TAU_S,
            STANDING_TAU_S,
        )
    )
    return actuator, mixing, coil, sensor, returning, resting
