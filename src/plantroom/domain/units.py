"""Units that are the same quantity on another scale."""

from typing import Final
from unicodedata import normalize

# A unit's quantity, and how many of the quantity's base unit it is: base = factor * value + shift.
_SCALES: Final[dict[str, tuple[str, float, float]]] = {
    "W": ("power", 1, 0),
    "kW": ("power", 1e3, 0),
    "MW": ("power", 1e6, 0),
    "Wmin": ("energy", 1 / 60, 0),
    "Wh": ("energy", 1, 0),
    "kWh": ("energy", 1e3, 0),
    "MWh": ("energy", 1e6, 0),
    "J": ("energy", 1 / 3600, 0),
    "mV": ("voltage", 1e-3, 0),
    "V": ("voltage", 1, 0),
    "kV": ("voltage", 1e3, 0),
    "mA": ("current", 1e-3, 0),
    "A": ("current", 1, 0),
    "degC": ("temperature", 1, 0),
    "degF": ("temperature", 5 / 9, -160 / 9),
    "K": ("temperature", 1, -273.15),
    "Pa": ("pressure", 1, 0),
    "hPa": ("pressure", 1e2, 0),
    "mbar": ("pressure", 1e2, 0),
    "kPa": ("pressure", 1e3, 0),
    "bar": ("pressure", 1e5, 0),
    "MPa": ("pressure", 1e6, 0),
    "psi": ("pressure", 6894.757293168, 0),
    "l/s": ("flow", 3.6, 0),
    "l/min": ("flow", 0.06, 0),
    "l/h": ("flow", 1e-3, 0),
    "m3/h": ("flow", 1, 0),
    "m3/s": ("flow", 3600, 0),
    "l": ("volume", 1e-3, 0),
    "m3": ("volume", 1, 0),
    "mm": ("length", 1e-3, 0),
    "cm": ("length", 1e-2, 0),
    "m": ("length", 1, 0),
    "mm/s": ("speed", 1e-3, 0),
    "m/s": ("speed", 1, 0),
    "s": ("time", 1, 0),
    "min": ("time", 60, 0),
    "h": ("time", 3600, 0),
    "ms": ("time", 1e-3, 0),
    "d": ("time", 86400, 0),
    "Hz": ("frequency", 1, 0),
    "kHz": ("frequency", 1e3, 0),
    "kvar": ("reactive power", 1e3, 0),
    "var": ("reactive power", 1, 0),
    "kVA": ("apparent power", 1e3, 0),
    "VA": ("apparent power", 1, 0),
    "kg": ("mass", 1, 0),
    "t": ("mass", 1e3, 0),
}
_SIGNS: Final = {
    "degC": "°C",
    "degF": "°F",
    "m3": "m³",
    "m3/h": "m³/h",
    "m3/s": "m³/s",
    "ohm": "Ω",
    "m2": "m²",
}
"""Units as people write them, where files write them in ASCII."""
_PLURAL: Final = {"sec": "s", "day": "d", "days": "d", "hour": "h", "hours": "h"}


def conversion(*, of: str, to: str) -> tuple[float, float] | None:
    """Return `(scale, offset)` that make a value in `to` of one in `of`; None: they do not convert."""
    given, wanted = _spelt(of), _spelt(to)
    if given == wanted:
        return 1.0, 0.0
    if given not in _SCALES or wanted not in _SCALES:
        return _of_quotients(given, wanted)
    quantity, factor, shift = _SCALES[given]
    wanted_quantity, wanted_factor, wanted_shift = _SCALES[wanted]
    if quantity != wanted_quantity:
        return None
    return factor / wanted_factor, (shift - wanted_shift) / wanted_factor


def _of_quotients(given: str, wanted: str) -> tuple[float, float] | None:
    """Return the conversion of one quotient of units to another, such as `cm/min` to `m/h`."""
    if given.count("/") != 1 or wanted.count("/") != 1:
        return None
    above, below = (
        conversion(of=of, to=to) for of, to in zip(given.split("/"), wanted.split("/"), strict=True)
    )
    return None if above is None or below is None else (above[0] / below[0], 0.0)


def unit_per_hour(unit: str) -> str:
    """Return the unit of a change of something in `unit` within an hour; degrees change by kelvins."""
    spelt = _spelt(unit)
    powers = {"Wh": "W", "kWh": "kW", "MWh": "MW", "kvarh": "kvar", "h": ""}
    if spelt in powers:
        return powers[spelt]
    return f"{'K' if spelt == 'degC' else unit}/h" if unit else ""


def unit_sign(unit: str) -> str:
    """Return a unit as people write it."""
    return _SIGNS.get(unit, unit)


def difference_unit(unit: str) -> str:
    """Return the unit of a difference of two readings in `unit`: two temperatures are kelvins apart."""
    return "K" if _spelt(unit) == "degC" else unit


def _spelt(unit: str) -> str:
    spelt = normalize("NFKC", unit).replace("°C", "degC").replace("°F", "degF")
    return _PLURAL.get(spelt, spelt)
