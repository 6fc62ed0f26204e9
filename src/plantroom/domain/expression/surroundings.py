"""What an expression may name beside the points of its asset."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from plantroom.domain.quantity import Quantity
from plantroom.domain.site import Point

RELATIONS: Final = ("parent", "fed_by")
"""Assets whose points can be named: the one this is part of, and those that power it."""

_UNIT_OF_SUFFIX: Final = {
    "kw": "kW",
    "w": "W",
    "kva": "kVA",
    "kwh": "kWh",
    "a": "A",
    "v": "V",
    "hz": "Hz",
    "m3h": "m3/h",
    "m3": "m3",
    "bar": "bar",
    "kpa": "kPa",
    "pa": "Pa",
    "c": "degC",
    "degc": "degC",
    "k": "K",
    "m": "m",
    "mm": "mm",
    "ms": "m/s",
    "mms": "mm/s",
    "rpm": "rpm",
    "kg": "kg",
    "h": "h",
    "min": "min",
    "s": "s",
    "percent": "%",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Names around one asset, or around all assets of a class."""

    related: Mapping[str, Mapping[str, Point]] = field(default_factory=dict)
    """Points of the assets that a relation leads to, by relation and name."""
    rated: Collection[str] = ()
    params: Mapping[str, Quantity] = field(default_factory=dict)
    """The parameters of the rule with their defaults."""


NOTHING: Final = Surroundings()


def rated_unit(name: str) -> str | None:
    """Return the unit that the end of a rated quantity's name says; None: none, it goes with any."""
    return _UNIT_OF_SUFFIX.get(name.rpartition("_")[2]) if "_" in name else None
