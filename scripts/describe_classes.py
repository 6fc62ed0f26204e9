#!/usr/bin/env python3
"""Print docs/reference/asset-classes.md from the tables of the shipped asset classes."""

import sys
from collections.abc import Iterator
from math import isfinite

from plantroom.domain.site import AssetClass, Point, ValueType
from plantroom.storage.files.classes import shipped_classes

INTRODUCTION = """# Asset classes

The points that the machines of each shipped class usually have. No machine needs all of them: a rule whose
points never come stays unknown and raises nothing. A site file changes points and adds others
([files](files.md)). Ranges are what a sensor can plausibly read, a failing machine included; outside them a
reading is kept as bad. *every* is the expected interval. Machines of the systems `elevators` and `fire` are
monitored only: none of their points is a command, and a file that declares one is refused.

This page is printed by `scripts/describe_classes.py`; the tables are the files of
`src/plantroom/storage/files/classes/`.
"""


def page() -> str:
    """Return the whole page."""
    lines = [INTRODUCTION]
    for asset_class in sorted(shipped_classes().values(), key=lambda each: (each.system, each.name)):
        lines += [*section(asset_class), ""]
    return "\n".join(lines).rstrip() + "\n"


def section(asset_class: AssetClass) -> Iterator[str]:
    """Yield the lines about one class."""
    brick = f", Brick `{asset_class.brick}`" if asset_class.brick else ""
    yield f"## `{asset_class.name}`: {asset_class.label.en}, {asset_class.label.zh}"
    yield f"System `{asset_class.system}`{brick}."
    yield ""
    yield "| point | kind | unit or states | range | every | English | Chinese | Brick |"
    yield "|---|---|---|---|---|---|---|---|"
    for point in asset_class.points:
        yield f"| {' | '.join(cells(point))} |"


def cells(point: Point) -> tuple[str, ...]:
    """Return what the row of a point says."""
    brick = f"`{point.brick}`" if point.brick else ""
    return (
        f"`{point.name}`",
        point.kind.value,
        measured_in(point),
        plausible(point),
        interval(point.every.total_seconds()),
        point.label.en,
        point.label.zh,
        brick,
    )


def measured_in(point: Point) -> str:
    """Return the unit, or what values there are."""
    if point.value_type is ValueType.NUMBER:
        return point.unit
    return "true, false" if point.value_type is ValueType.BOOLEAN else ", ".join(point.states)


def plausible(point: Point) -> str:
    """Return the range of a number."""
    if point.value_type is not ValueType.NUMBER:
        return ""
    return f"{point.low:g} … {point.high:g}" if isfinite(point.high) else f"from {point.low:g}"


def interval(seconds: float) -> str:
    """Return a duration as files write it."""
    for unit, size in (("h", 3600), ("m", 60)):
        if seconds >= size and seconds % size == 0 and seconds > 60:
            return f"{seconds / size:g}{unit}"
    return f"{seconds:g}s"


if __name__ == "__main__":
    sys.stdout.write(page())
