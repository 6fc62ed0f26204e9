"""Which column of a recording is which point."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from plantroom.domain.errors import NameInvalid, PlantroomError
from plantroom.domain.names import POINT_PATTERN, check_point
from plantroom.domain.site import Asset, ValueType

_NUMBER = r"[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?"
_target = re.compile(
    rf"\s*(?P<point>{POINT_PATTERN})\s*(?:\*\s*(?P<scale>-?{_NUMBER})\s*)?(?P<offset>[+-]\s*{_NUMBER}\s*)?"
)


class RecordingInvalid(PlantroomError, ValueError):
    """A recording, or what was said about it, cannot be used at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMapping:
    """What a column is: `point = column * scale + offset`."""

    column: str
    point: str
    scale: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column to be read."""

    index: int
    name: str
    point: str
    scale: float = 1.0
    offset: float = 0.0
    value_type: ValueType | None = None
    """None: not known, so a cell may be a number or true and false."""
    states: tuple[str, ...] = ()


def parse_mapping(text: str) -> ColumnMapping:
    """Return what `COLUMN=point`, `COLUMN=point*scale` or `COLUMN=point*scale+offset` says.

    Raises:
        RecordingInvalid: it says nothing of the kind.
    """
    column, equals, target = text.rpartition("=")
    match = _target.fullmatch(target)
    if not equals or not column or match is None:
        raise RecordingInvalid(f"mapping must be COLUMN=point[*scale][+offset]: {text!r}")
    return ColumnMapping(
        column=column.strip(),
        point=match["point"],
        scale=float(match["scale"] or 1.0),
        offset=float((match["offset"] or "0").replace(" ", "")),
    )


def choose_columns(
    header: Sequence[str], *, mappings: Iterable[ColumnMapping], asset: Asset | None, time_column: int
) -> tuple[Column, ...]:
    """Return the columns to read: the mapped ones, else those that are called like a point of the asset.

    Where the asset's points are not known, every column whose name may be a point's is taken.

    Raises:
        RecordingInvalid: a mapped column or point does not exist, or no column is left.
    """
    wanted = tuple(mappings) or _called_like_points(header, asset=asset, time_column=time_column)
    if not wanted:
        raise RecordingInvalid(
            f"no column is called like a point, name them by --map; columns: {_list(header)}"
        )
    columns = tuple(_column(mapping, header=header, asset=asset) for mapping in wanted)
    doubled = sorted(
        {column.point for column in columns if [c.point for c in columns].count(column.point) > 1}
    )
    if doubled:
        raise RecordingInvalid(f"two columns are mapped to one point: {_list(doubled)}")
    return columns


def _called_like_points(
    header: Sequence[str], *, asset: Asset | None, time_column: int
) -> tuple[ColumnMapping, ...]:
    names = [name for index, name in enumerate(header) if index != time_column]
    if asset is not None:
        known = {point.name for point in asset.points}
        names = [name for name in names if name in known]
    return tuple(ColumnMapping(column=name, point=name) for name in names if _may_be_point(name))


def _column(mapping: ColumnMapping, *, header: Sequence[str], asset: Asset | None) -> Column:
    if mapping.column not in header:
        raise RecordingInvalid(f"no column {mapping.column!r}; columns: {_list(header)}")
    column = Column(
        index=list(header).index(mapping.column),
        name=mapping.column,
        point=mapping.point,
        scale=mapping.scale,
        offset=mapping.offset,
    )
    return column if asset is None else typed(column, asset)


def typed(column: Column, asset: Asset) -> Column:
    """Return `column` with what its point may hold.

    Raises:
        RecordingInvalid: the asset has no such point.
    """
    for point in asset.points:
        if point.name == column.point:
            return replace(column, value_type=point.value_type, states=point.states)
    points = _list(point.name for point in asset.points)
    raise RecordingInvalid(f"{asset.id} has no point {column.point!r}; points: {points}")


def _may_be_point(name: str) -> bool:
    try:
        check_point(name)
    except NameInvalid:
        return False
    return True


def _list(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in names) or "none"
