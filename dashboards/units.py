"""Our units in Grafana's: its ids, and how many decimals a person needs."""

from typing import Final

# Unit of ours: id of Grafana's, decimals. Ids that change the prefix by size (0.4 bar as 400 mbar) are left
# out where people think in one unit: `suffix:` shows the number as it is.
_UNITS: Final = {
    "": ("none", None),
    "%": ("percent", 1),
    "A": ("suffix:A", 1),
    "Hz": ("hertz", 2),
    "K": ("suffix:K", 1),
    "NTU": ("suffix:NTU", 2),
    "Pa": ("suffix:Pa", 0),
    "V": ("suffix:V", 1),
    "bar": ("suffix:bar", 2),
    "dBm": ("suffix:dBm", 0),
    "degC": ("celsius", 1),
    "h": ("suffix:h", 1),
    "kW": ("suffix:kW", 1),
    "kWh": ("kwatth", 1),
    "kvar": ("suffix:kvar", 1),
    "kvarh": ("suffix:kvarh", 1),
    "m": ("suffix:m", 2),
    "m/s": ("velocityms", 2),
    "m/s2": ("suffix:m/s²", 2),
    "m3": ("suffix:m³", 2),
    "m3/h": ("suffix:m³/h", 1),
    "mA": ("suffix:mA", 0),
    "mOhm": ("suffix:mΩ", 1),
    "mg/L": ("suffix:mg/L", 2),
    "min": ("suffix:min", 0),
    "mm": ("suffix:mm", 1),
    "mm/s": ("suffix:mm/s", 2),
    "pH": ("suffix:pH", 2),
    "ppm": ("ppm", 0),
    "rpm": ("rotrpm", 0),
    "s": ("suffix:s", 1),
    "uS/cm": ("suffix:µS/cm", 0),
}


def grafana_unit(unit: str) -> str:
    """Return Grafana's id for a unit of ours; one it does not know stands behind the number as it is."""
    known, _ = _UNITS.get(unit, (f"suffix:{unit}", None))
    return known


def decimals(unit: str) -> int | None:
    """Return how many decimals a reading in `unit` is shown with; None: as many as it has."""
    _, places = _UNITS.get(unit, ("", None))
    return places
