"""Air with water in it: what it holds and how warm it is.

Source: ASHRAE Handbook Fundamentals, chapter 1 (Psychrometrics), at sea level.
"""

from typing import Final

from plantroom.simulators.world import vapour_pressure

CP_AIR: Final = 1.006
"""Dry air, kJ/kgK."""
CP_VAPOUR: Final = 1.86
EVAPORATION: Final = 2501.0
"""Water at 0 °C, kJ/kg."""
PRESSURE_HPA: Final = 1013.25
M3H_PER_KG_S: Final = 3000.0
"""Cubic metres an hour of a kilogram a second: 1.2 kg/m³."""
OUTDOOR_CO2_PPM: Final = 420.0
_MASSES: Final = 0.62198
"""Of water to that of dry air, of equal volumes."""


def saturated_moisture(celsius: float) -> float:
    """Return the most water that a kilogram of dry air holds, kg."""
    pressure = vapour_pressure(celsius)
    return _MASSES * pressure / (PRESSURE_HPA - pressure)


def moisture(celsius: float, humidity: float) -> float:
    """Return the water in a kilogram of dry air at a relative humidity in %, kg."""
    pressure = vapour_pressure(celsius) * humidity / 100
    return _MASSES * pressure / (PRESSURE_HPA - pressure)


def humidity(celsius: float, water: float) -> float:
    """Return the relative humidity, %, 0 to 100, of air with so much water (kg/kg)."""
    pressure = PRESSURE_HPA * water / (_MASSES + water)
    return min(100.0, 100 * pressure / vapour_pressure(celsius))


def enthalpy(celsius: float, water: float) -> float:
    """Return the heat content, kJ per kilogram of dry air."""
    return CP_AIR * celsius + water * (EVAPORATION + CP_VAPOUR * celsius)


def saturated_enthalpy(celsius: float) -> float:
    """Return the heat content of saturated air, kJ per kilogram of dry air."""
    return enthalpy(celsius, saturated_moisture(celsius))


def saturated_at(kj_kg: float) -> float:
    """Return the temperature of saturated air of that heat content, °C.

    A polynomial through the function before, within 0.02 K from 2 to 34 °C.
    """
    h = kj_kg
    rest = 2.7532039008e-05 + h * -6.36807857792e-08
    return -5.9071851126 + h * (0.67599512702 + h * (-0.0052770620094 + h * rest))


def vapour_of(celsius: float, kj_kg: float) -> float:
    """Return the water in a kilogram of dry air of that temperature and heat content, kg."""
    return (kj_kg - CP_AIR * celsius) / (EVAPORATION + CP_VAPOUR * celsius)
