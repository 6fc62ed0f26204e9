"""Values as they were sent become numbers with a quality, by what the site files say of their points."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from itertools import repeat
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from plantroom.domain.points import PointTable
from plantroom.domain.samples import Quality
from plantroom.domain.site import Point, ValueType

Numbers = npt.NDArray[np.int32]


class Form(IntEnum):
    """What a value looks like in its message."""

    NUMBER = 0
    BOOLEAN = 1
    NAME = 2
    """Text that names a state of its point."""
    TEXT = 3
    """Any other text."""
    NULL = 4
    ARRAY = 5
    OBJECT = 6
    MISFIT = 7
    """Something that its mapping could not make a value of."""
    GONE = 8
    """No value: what was last said holds no more."""


class Gone:
    """Stands for a value that holds no more, since its device is gone."""


GONE: Final = Gone()


@dataclass(frozen=True, slots=True)
class Misfit:
    """Stands for a value that a mapping could not make."""

    why: str
    raw: Any
    """What was sent."""


_FORMS: Final[Mapping[type, int]] = {
    float: Form.NUMBER,
    int: Form.NUMBER,
    bool: Form.BOOLEAN,
    str: Form.TEXT,
    type(None): Form.NULL,
    list: Form.ARRAY,
    Misfit: Form.MISFIT,
    Gone: Form.GONE,
}
_TYPES: Final = tuple(ValueType)
_FITS: Final = np.array(
    [[form in fitting for form in Form] for fitting in (
        {Form.NUMBER},
        {Form.NUMBER, Form.BOOLEAN, Form.NAME},
        {Form.NAME},
    )]
)  # fmt: skip
"""Which forms each of `_TYPES` may have; shape (types, forms)."""

_SWITCH: Final = {
    spelling: value
    for word, value in (("true", 1.0), ("false", 0.0), ("on", 1.0), ("off", 0.0))
    for spelling in (word, word.capitalize(), word.upper())
}


class Measures:
    """Turns raw values into float64 and says what is wrong with each."""

    def __init__(self, table: PointTable) -> None:
        points = table.points
        self._points = points
        self._type = np.array([_TYPES.index(point.value_type) for point in points], np.intp)
        self._low = np.array([point.low for point in points], np.float64)
        self._high = np.array([point.high for point in points], np.float64)
        self._names = [_names(point.value_type, point.states) for point in points]

    def measure(
        self, point: Numbers, raw: Sequence[Any]
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
        """Return value, quality (`GOOD`, `STALE` or what is wrong) and `Form` of each raw value.

        Columns of shape (n,), the point number of each raw value among them; a bad value is NaN, except
        that one out of range is itself.
        """
        form = np.fromiter(map(_FORMS.get, map(type, raw), repeat(Form.OBJECT)), np.uint8, len(raw))
        odd = np.flatnonzero(form >= Form.TEXT)
        if len(odd):
            raw = self._look_up(point, raw, form, odd)
        value = np.fromiter(raw, np.float64, len(raw))
        kind = self._type[point]
        quality = np.zeros(len(raw), np.uint8)
        quality[(value < self._low[point]) | (value > self._high[point])] = Quality.RANGE
        misfit = ~_FITS[kind, form]
        misfit |= (kind == _TYPES.index(ValueType.BOOLEAN)) & np.isfinite(value) & (value != 0) & (value != 1)
        endless = ~np.isfinite(value)
        quality[endless] = Quality.NOT_A_NUMBER
        quality[misfit] = Quality.TYPE
        quality[form == Form.GONE] = Quality.STALE
        value[endless | misfit] = np.nan
        return value, quality, form

    def reason(self, point: int, quality: int, form: int) -> str:
        """Return in words what is wrong with a value of `point`, without the value."""
        which = self._points[point]
        if quality == Quality.RANGE:
            return f"{which.name}: {_limits(which)}"
        if quality == Quality.NOT_A_NUMBER:
            return f"{which.name}: not a number (NaN, infinite or too great)"
        got = "another text" if form == Form.TEXT and which.states else Form(form).name.lower()
        return f"{which.name}: expected {_expected(which)}, got {got}"

    def _look_up(
        self, point: Numbers, raw: Sequence[Any], form: npt.NDArray[np.uint8], odd: npt.NDArray[np.intp]
    ) -> Sequence[Any]:
        """Return `raw` with numbers only, marking in `form` the texts that have a meaning."""
        numbers = list(raw)
        for row in odd.tolist():
            text = raw[row]
            number = self._names[point[row]].get(text) if isinstance(text, str) else None
            numbers[row] = np.nan if number is None else number
            if number is not None:
                form[row] = Form.NAME
        return numbers


@cache
def _names(value_type: ValueType, states: tuple[str, ...]) -> Mapping[str, float]:
    """Return what number each text stands for; one mapping for all points that agree."""
    if value_type is ValueType.BOOLEAN:
        return _SWITCH
    return {state: float(position) for position, state in enumerate(states)}


def _limits(point: Point) -> str:
    unit = f" {point.unit}" if point.unit else ""
    if np.isinf(point.low):
        return f"above {point.high:g}{unit}"
    if np.isinf(point.high):
        return f"below {point.low:g}{unit}"
    return f"outside {point.low:g}..{point.high:g}{unit}"


def _expected(point: Point) -> str:
    if point.value_type is ValueType.STATE:
        return f"one of {', '.join(point.states)}"
    return "true or false" if point.value_type is ValueType.BOOLEAN else "a number"
