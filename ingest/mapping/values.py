"""What a payload has at a path becomes a value such as our own messages have."""

import math
import re
import struct
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from plantroom.domain.mapping import MappedPoint, Registers
from plantroom.domain.site import Point, ValueType
from plantroom.domain.units import conversion
from plantroom.ingest.decode import Unreadable

Convert: TypeAlias = Callable[[Any], Any]
"""Returns the value; raises `Unreadable` where there is none."""

_NUMBER: Final = re.compile(r"\s*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?\s*", re.ASCII)
_DIGITS: Final = 400
"""No number is written with more; longer texts are not looked at."""
_CODES: Final[Mapping[Registers, str]] = {
    Registers.INT16: "h",
    Registers.UINT16: "H",
    Registers.INT32: "i",
    Registers.UINT32: "I",
    Registers.INT64: "q",
    Registers.UINT64: "Q",
    Registers.FLOAT32: "f",
    Registers.FLOAT64: "d",
}
_LEAST_WORD: Final = -0x8000
_GREATEST_WORD: Final = 0xFFFF


def converter(mapped: MappedPoint, point: Point) -> Convert:
    """Return what makes a value of `point` of what stands at the path of `mapped`."""
    steps: list[Convert] = []
    if mapped.registers is not None:
        steps.append(_registers(mapped.registers, low_word_first=mapped.low_word_first))
    if mapped.bit is not None:
        steps.append(_bit(mapped.bit))
    elif mapped.values:
        steps.append(_meaning(mapped.values, point.value_type))
    elif point.value_type is ValueType.NUMBER:
        steps += _scaled(mapped, point)
    else:
        steps.append(_switch if point.value_type is ValueType.BOOLEAN else number)
    return steps[0] if len(steps) == 1 else _chain(steps)


def number(raw: Any) -> Any:
    """Return a number as float, also one written as text; anything else as it is."""
    if raw.__class__ is float:
        return raw
    if raw.__class__ is int:
        return _float(raw)
    if raw.__class__ is str and len(raw) <= _DIGITS and _NUMBER.fullmatch(raw):
        return float(raw)
    return raw


def _float(whole: int) -> float:
    try:
        return float(whole)
    except OverflowError:
        return math.inf if whole > 0 else -math.inf


def _switch(raw: Any) -> Any:
    """Return a number that is written as text as float: 1 is true in text payloads too."""
    return number(raw) if raw.__class__ is not str or raw.strip() in {"0", "1"} else raw.strip()


def _scaled(mapped: MappedPoint, point: Point) -> list[Convert]:
    by_unit = conversion(of=mapped.unit, to=point.unit) if mapped.unit else (1.0, 0.0)
    if by_unit is None:
        raise ValueError(f"{mapped.unit} cannot be converted to {point.unit} of {point.name}")
    scale, offset = mapped.scale * by_unit[0], mapped.offset * by_unit[0] + by_unit[1]
    if (scale, offset) == (1.0, 0.0):
        return [number]

    def scaled(raw: Any) -> Any:
        value = number(raw)
        return value * scale + offset if value.__class__ is float else value

    return [scaled]


def _registers(kind: Registers, *, low_word_first: bool) -> Convert:
    code = ">" + _CODES[kind]
    count = struct.calcsize(code) // 2

    def read(raw: Any) -> float:
        words = raw if isinstance(raw, list) else [raw]
        if len(words) != count:
            raise Unreadable(f"expected {count} register{'s' if count > 1 else ''}, got {len(words)}")
        if low_word_first:
            words = words[::-1]
        packed = struct.pack(f">{count}H", *(_word(word) for word in words))
        return float(struct.unpack(code, packed)[0])

    return read


def _word(raw: Any) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int | float) or raw != raw // 1:
        raise Unreadable("expected registers, whole numbers of 16 bits")
    if not _LEAST_WORD <= raw <= _GREATEST_WORD:
        raise Unreadable("expected registers, whole numbers of 16 bits")
    return int(raw) & _GREATEST_WORD


def _bit(position: int) -> Convert:
    def read(raw: Any) -> bool:
        value = number(raw)
        if value.__class__ is not float or not value.is_integer():
            raise Unreadable(f"expected a whole number to take bit {position} of")
        return bool(int(raw) >> position & 1)

    return read


def _meaning(values: Mapping[str, str], value_type: ValueType) -> Convert:
    meant = {word: _value(written, value_type) for word, written in values.items()}
    known = ", ".join(values)

    def read(raw: Any) -> Any:
        word = _word_for(raw)
        if word not in meant:
            raise Unreadable(f"expected one of {known}, got another value")
        return meant[word]

    return read


def _value(written: str, value_type: ValueType) -> float | bool | str:
    if value_type is ValueType.NUMBER:
        return float(written)
    return written == "true" if value_type is ValueType.BOOLEAN else written


def _word_for(raw: Any) -> str | None:
    """Return a value as it is written in `values`."""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, float | int):
        value = _float(raw) if isinstance(raw, int) else raw
        return str(int(value)) if value.is_integer() else repr(value)
    return raw.strip() if isinstance(raw, str) else None


def _chain(steps: list[Convert]) -> Convert:
    def read(raw: Any) -> Any:
        for step in steps:
            raw = step(raw)
        return raw

    return read
