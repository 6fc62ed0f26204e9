"""The points of a mapping, checked against the assets that it can be about."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from plantroom.domain.json_path import WHOLE
from plantroom.domain.mapping import POINT, MappedPoint, Registers
from plantroom.domain.site import Asset, Point, ValueType
from plantroom.domain.suggestion import suggest
from plantroom.domain.units import conversion
from plantroom.storage.files import values
from plantroom.storage.files.fields import Fields

_WORD_ORDERS: Final = {"high_first": False, "low_first": True}
_HIGHEST_BIT: Final = 63


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where the values come from."""

    names_points: bool
    """Whether the topic does."""
    is_text: bool
    assets: Sequence[Asset]
    """Those that they can be of."""
    is_fixed: bool
    """Whether it is one asset, whatever the topic."""


def read_mapped_points(mapping: Fields, source: Source) -> tuple[MappedPoint, ...]:
    """Return what stands under `points`."""
    if "points" not in mapping:
        mapping.know("points")
        if not source.names_points:
            mapping.problem("points", f"points is missing, and the topic does not capture {{{POINT}}}")
        return ()
    found: dict[str, MappedPoint] = {}
    labels: dict[str, str] = {}
    for name, fields in mapping.entries("points", shorthand="path"):
        point = _read_point(name, fields, source)
        known = _points_called(name, fields, source)
        _check_fit(point, known, fields)
        fields.finish()
        if source.names_points and point.label in labels:
            fields.note(f"label: {point.label} is {labels[point.label]} already")
        labels[point.label] = name
        found[name] = point
    return tuple(found.values())


def _read_point(name: str, fields: Fields, source: Source) -> MappedPoint:
    label = fields.optional("label", values.text, name)
    if "label" in fields and not source.names_points:
        fields.problem("label", f"label goes with a topic that captures {{{POINT}}}")
    return MappedPoint(
        name=name,
        path=_read_path(fields, source),
        label=label if source.names_points else "",
        registers=fields.optional("registers", values.choice(Registers), None),
        low_word_first=fields.optional("word_order", _word_order, default=False),
        bit=fields.optional("bit", _bit, None),
        values=fields.pairs("values", values.text),
        scale=fields.optional("scale", _scale, 1.0),
        offset=fields.optional("offset", values.number, 0.0),
        unit=fields.optional("unit", values.unit, ""),
        required=fields.optional("required", values.boolean, default=False),
    )


def _read_path(fields: Fields, source: Source) -> str:
    if source.is_text:
        if "path" in fields:
            fields.problem("path", "path does not go with payload: text, which is the value itself")
        fields.know("path")
        return WHOLE
    if source.names_points:
        return fields.optional("path", values.json_path, WHOLE)
    return fields.required("path", values.json_path) or WHOLE


def _points_called(name: str, fields: Fields, source: Source) -> list[Point]:
    """Return the points of that name which the mapping can be about."""
    found = [point for asset in source.assets for point in asset.points if point.name == name]
    if not found and source.assets:
        names = {point.name for asset in source.assets for point in asset.points}
        who = source.assets[0].id if source.is_fixed else "no asset of the site"
        fields.note(f"{who} has {'no' if source.is_fixed else 'a'} point {name!r}; {suggest(name, names)}")
    return list(dict.fromkeys(found))


def _check_fit(mapped: MappedPoint, points: Sequence[Point], fields: Fields) -> None:
    """Note what cannot be done for one of the points that the values can be of."""
    _check_company(mapped, fields)
    for point in points:
        if point.value_type is ValueType.NUMBER:
            _check_unit(mapped, point, fields)
        else:
            _refuse(fields, f"with {point.name}, of type {point.value_type.value}")
        if mapped.bit is not None and point.value_type is not ValueType.BOOLEAN:
            fields.problem("bit", f"bit goes with a point of type boolean, not {point.value_type.value}")
        for word, value in mapped.values.items():
            mistake = _wrong(value, point)
            if mistake:
                fields.problem("values", f"values: {word}: {mistake}")


def _check_company(mapped: MappedPoint, fields: Fields) -> None:
    """Note keys that do not go together, whatever the point."""
    if "word_order" in fields and mapped.registers is None:
        fields.problem("word_order", "word_order goes with registers")
    if mapped.bit is not None and mapped.values:
        fields.problem("values", "values does not go with bit, which is true or false")
    if mapped.values:
        _refuse(fields, "with values, which say what is meant")


def _refuse(fields: Fields, why: str) -> None:
    for key in ("scale", "offset", "unit"):
        if key in fields:
            fields.problem(key, f"{key} does not go {why}")


def _check_unit(mapped: MappedPoint, point: Point, fields: Fields) -> None:
    if mapped.unit and conversion(of=mapped.unit, to=point.unit) is None:
        have = point.unit or "no unit"
        fields.problem(
            "unit", f"unit: {mapped.unit} cannot be converted to {have} of {point.name}: use scale"
        )


def _wrong(written: str, point: Point) -> str:
    """Return why what is written is no value of `point`, "" if it is one."""
    if point.value_type is ValueType.STATE:
        known = ", ".join(point.states)
        return "" if written in point.states else f"expected one of {known}, got {written!r}"
    try:
        values.number(written) if point.value_type is ValueType.NUMBER else values.boolean(written)
    except ValueError as error:
        return str(error)
    return ""


def _word_order(written: str) -> bool:
    if written not in _WORD_ORDERS:
        raise ValueError(f"expected one of {', '.join(_WORD_ORDERS)}, got {written!r}")
    return _WORD_ORDERS[written]


def _bit(written: str) -> int:
    if not written.isdecimal() or int(written) > _HIGHEST_BIT:
        raise ValueError(f"expected a bit from 0 to {_HIGHEST_BIT}, got {written!r}")
    return int(written)


def _scale(written: str) -> float:
    value = values.number(written)
    if not value:
        raise ValueError("expected a number other than 0")
    return value
