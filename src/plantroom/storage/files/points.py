"""Tables of points, as an asset class declares them and an asset changes them."""

from dataclasses import replace
from datetime import timedelta
from math import inf

from plantroom.domain.names import check_point
from plantroom.domain.site import LIFE_SAFETY_SYSTEMS, Point, PointKind, ValueType
from plantroom.domain.text import Text
from plantroom.storage.files import values
from plantroom.storage.files.fields import Fields


def read_points(owner: Fields, base: tuple[Point, ...], *, system: str) -> tuple[Point, ...]:
    """Return `base` changed and extended by what stands under `points`; `base` itself if nothing does."""
    if "points" not in owner:
        owner.know("points")
        return base
    table = {point.name: point for point in base}
    for name, fields in owner.entries("points"):
        try:
            check_point(name)
        except ValueError as error:
            fields.note(str(error))
            continue
        point = _read_point(name, fields, table.get(name))
        if point.kind is PointKind.COMMAND and system in LIFE_SAFETY_SYSTEMS:
            fields.note(
                f"{name}: machines of system {system} are monitored only, kind command does not exist"
            )
        if point.kind is PointKind.DERIVED:
            fields.note(f"{name}: kind derived is for what models say, which no file declares")
        fields.finish()
        table[name] = point
    return tuple(table.values())


def _read_point(name: str, fields: Fields, base: Point | None) -> Point:
    states = tuple(state for _, state in fields.listed("states", values.text))
    kept = base.value_type if base is not None else ValueType.NUMBER
    value_type = fields.optional("type", values.choice(ValueType), ValueType.STATE if states else kept)
    start = base if base is not None and base.value_type is value_type else _fresh(name, value_type, base)
    point = replace(
        start,
        kind=fields.optional("kind", values.choice(PointKind), start.kind),
        every=fields.optional("every", values.interval, start.every),
        label=fields.texts("label", start.label),
        brick=fields.optional("brick", values.text, start.brick),
    )
    if value_type is ValueType.NUMBER:
        return _read_wrap(fields, _read_range(fields, point), start)
    _refuse(fields, ("unit", "min", "max", "wraps_at"), value_type)
    return _read_states(fields, point, states) if value_type is ValueType.STATE else _no_states(fields, point)


def _fresh(name: str, value_type: ValueType, base: Point | None) -> Point:
    kind = PointKind.MEASUREMENT if value_type is ValueType.NUMBER else PointKind.STATUS
    return Point(
        name=name,
        kind=kind,
        value_type=value_type,
        every=base.every if base is not None else timedelta(seconds=10),
        label=base.label if base is not None else Text(en=name.replace("_", " ")),
    )


def _read_range(fields: Fields, point: Point) -> Point:
    _refuse(fields, ("states",), ValueType.NUMBER)
    unit = fields.optional("unit", values.unit, point.unit)
    # A range in another unit says nothing about this one.
    low, high = (point.low, point.high) if unit == point.unit else (-inf, inf)
    low = fields.optional("min", values.number, low)
    high = fields.optional("max", values.number, high)
    if low >= high:
        key = "max" if "max" in fields else "min"
        fields.problem(key, f"expected min below max, got min {low:g} and max {high:g}")
    return replace(point, unit=unit, low=low, high=high)


def _read_wrap(fields: Fields, point: Point, base: Point) -> Point:
    # As with the range: where a register is full says nothing in another unit.
    kept = base.wraps_at if point.unit == base.unit and point.kind is PointKind.COUNTER else None
    wraps_at = fields.optional("wraps_at", values.number, kept)
    if wraps_at is not None and point.kind is not PointKind.COUNTER:
        fields.problem("wraps_at", f"wraps_at goes with kind counter only, not {point.kind.value}")
        return point
    if wraps_at is not None and wraps_at <= 0:
        fields.problem("wraps_at", f"wraps_at: expected a number above 0, got {wraps_at:g}")
        return point
    return replace(point, wraps_at=wraps_at)


def _read_states(fields: Fields, point: Point, states: tuple[str, ...]) -> Point:
    twice = sorted({state for state in states if states.count(state) > 1})
    if twice:
        fields.problem("states", f"states: given twice: {', '.join(twice)}")
    if not states and not point.states:
        fields.problem("states", "a point of type state needs its states, such as states: [stopped, heating]")
    return replace(point, states=states or point.states)


def _no_states(fields: Fields, point: Point) -> Point:
    _refuse(fields, ("states",), ValueType.BOOLEAN)
    return point


def _refuse(fields: Fields, keys: tuple[str, ...], value_type: ValueType) -> None:
    for key in keys:
        if key in fields:
            fields.problem(key, f"{key} does not go with type {value_type.value}")
        fields.know(key)
