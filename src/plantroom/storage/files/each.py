"""Which points a rule watches that is written once for many of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from plantroom.domain.site import Point, PointKind, ValueType
from plantroom.storage.files import values
from plantroom.storage.files.fields import Fields

ANY_CLASS: Final = "*"
_KEYS: Final = ("units", "except", "working")


@dataclass(frozen=True, slots=True, kw_only=True)
class Each:
    """Points of numbers that a rule watches, each by itself."""

    kind: PointKind
    units: frozenset[str]
    """Empty: any."""
    without: frozenset[str]
    """What it leaves out: `point`, or `class.point`."""
    working: Mapping[str, str]
    """By class when its machines work; where this is given, only assets of these classes are watched."""

    def watches(self, asset_class: str, point: Point) -> bool:
        """Whether it watches `point` of the assets of that class."""
        return (
            point.kind is self.kind
            and point.value_type is ValueType.NUMBER
            and (not self.units or point.unit in self.units)
            and not self.without & {point.name, f"{asset_class}.{point.name}"}
        )


def read_class(written: str) -> str:
    """Return the class of a rule, which may be any.

    Raises:
        ValueError: it is no name of a class.
    """
    return written if written == ANY_CLASS else values.point_name(written)


def read_each(fields: Fields) -> Each | None:
    """Return which points a rule watches one by one, None where it names its points itself."""
    if "each" not in fields:
        fields.know("each")
        for key in _KEYS:
            if key in fields:
                fields.problem(key, f"{key} is for rules with each: measurement")
            fields.know(key)
        return None
    return Each(
        kind=fields.optional("each", values.choice(PointKind), PointKind.MEASUREMENT),
        units=frozenset(unit for _, unit in fields.listed("units", values.unit)),
        without=frozenset(name for _, name in fields.listed("except", values.text)),
        working=fields.pairs("working", values.text),
    )
