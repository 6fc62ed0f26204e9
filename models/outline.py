"""What the rows of one asset are made of: its points, how long each holds, and the gates on them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from plantroom.domain.model import Gate
from plantroom.domain.points import PointTable
from plantroom.domain.site import Asset, Point, PointKind, ValueType

_OWN: Final = ""
_MILLISECOND: Final = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One point of an asset's rows."""

    name: str
    """As in the plan: `flow`, `parent.running`."""
    number: int
    """In the point table."""
    holds: int
    """How long a value holds, ms."""
    averaged: bool
    """Whether a row has the mean of a minute, instead of the last."""
    own: bool
    """Whether it is the asset's own; of another's only what was last told counts."""
    gate: tuple[float, float] | None = None
    """Between which values, both included, the asset may be judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """The columns of an asset; a point that it does not have is none of them."""

    columns: tuple[Column, ...]
    settle: int
    """ms."""
    shut: bool = False
    """Whether there is a gate on a point that it does not have: nothing of it may ever be judged."""

    @property
    def names(self) -> tuple[str, ...]:
        """The columns by name."""
        return tuple(column.name for column in self.columns)


def source_of(asset: Asset, name: str) -> tuple[str, str]:
    """Return asset and point that `name` in a model of `asset` means; no asset: there is none.

    `parent.x` is of what it is part of, `fed_by.x` of the first that feeds it.
    """
    relation, _, point = name.rpartition(".")
    if relation == _OWN:
        return asset.id, point
    if relation == "parent":
        return asset.parent or "", point
    return (asset.fed_by[0] if relation == "fed_by" and asset.fed_by else ""), point


def units_of(table: PointTable, asset: Asset, names: Iterable[str]) -> Mapping[str, str]:
    """Return in which unit each point is that `asset` has, by its name in a model."""
    numbers = ((name, table.number.get(source_of(asset, name))) for name in names)
    return {name: table.points[number].unit for name, number in numbers if number is not None}


def outline_of(
    table: PointTable, asset: Asset, *, points: Iterable[str], gates: Sequence[Gate], settle: timedelta
) -> Outline:
    """Return how the rows of `asset` are made for models of `points`."""
    bounds = _bounds(gates)
    columns = []
    for name in dict.fromkeys((*points, *bounds)):
        number = table.number.get(source_of(asset, name), -1)
        if number >= 0 and table.points[number].kind is not PointKind.DERIVED:
            columns.append(_column(name, number, table.points[number], gate=bounds.get(name)))
    known = {column.name for column in columns}
    return Outline(
        columns=tuple(columns), settle=settle // _MILLISECOND, shut=any(name not in known for name in bounds)
    )


def _column(name: str, number: int, point: Point, *, gate: tuple[float, float] | None) -> Column:
    own = "." not in name
    is_quantity = point.value_type is ValueType.NUMBER and point.kind is not PointKind.COUNTER
    return Column(
        name=name,
        number=number,
        holds=point.stale_after // _MILLISECOND,
        averaged=own and is_quantity and point.kind is not PointKind.STATUS,
        own=own,
        gate=gate,
    )


def _bounds(gates: Sequence[Gate]) -> Mapping[str, tuple[float, float]]:
    bounds: dict[str, tuple[float, float]] = {}
    for gate in gates:
        low, high = bounds.get(gate.point, (gate.low, gate.high))
        bounds[gate.point] = max(low, gate.low), min(high, gate.high)
    return bounds
