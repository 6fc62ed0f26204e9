"""What the cells of a recording mean: times and values."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from math import isfinite, nan
from typing import Final

from plantroom.domain.names import check_point
from plantroom.domain.site import Asset, ValueType
from plantroom.simulators.machine import Value
from plantroom.simulators.replay.columns import Column, RecordingInvalid, typed

MISSING: Final = frozenset({"", "-", "na", "n/a", "#n/a", "nan", "null", "none"})
"""Cells, in lower case, that say that there is no value."""
_TRUE: Final = frozenset({"true", "on", "yes", "1"})
_FALSE: Final = frozenset({"false", "off", "no", "0"})
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)


def time_reader(format_: str, zone: tzinfo) -> Callable[[str], int]:
    """Return what turns a cell into ms since the epoch; times without an offset are in `zone`.

    `format_`: `iso`, `epoch` (seconds), `epoch-ms`, or a pattern of strptime.
    The function raises ValueError for a cell that is no such time.
    """
    if format_ == "iso":
        return lambda cell: _from_iso(cell, zone)
    if format_ == "epoch":
        return lambda cell: _from_number(cell, factor=1000)
    if format_ == "epoch-ms":
        return lambda cell: _from_number(cell, factor=1)
    return lambda cell: _milliseconds(_parsed(cell, format_), zone)


def read_value(cell: str, column: Column, *, decimal_comma: bool = False) -> Value | None:
    """Return the value in `cell`, None where there is none.

    Raises:
        ValueError: it is no value that the column may have.
    """
    text = cell.strip()
    if text.lower() in MISSING:
        return None
    if column.value_type is ValueType.STATE:
        return _state(text, column)
    if column.value_type is ValueType.BOOLEAN or (
        column.value_type is None and text.lower() in ("true", "false")
    ):
        return _boolean(text)
    return _number(text.replace(",", ".") if decimal_comma else text) * column.scale + column.offset


def parse_constant(text: str, asset: Asset | None) -> tuple[str, Value]:
    """Return the point and the value that `point=value` says.

    Raises:
        RecordingInvalid: it says nothing of the kind, or the point cannot have that value.
    """
    point, _, written = (part.strip() for part in text.partition("="))
    try:
        column = Column(index=0, name=check_point(point), point=point)
        value = read_value(written, column if asset is None else typed(column, asset))
    except ValueError as error:
        raise RecordingInvalid(f"constant must be POINT=VALUE: {text!r}: {error}") from None
    if value is None:
        raise RecordingInvalid(f"constant must be POINT=VALUE: {text!r}")
    return point, value


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = nan
    # float() also reads digits grouped by underscores, which no recorder writes.
    if not isfinite(value) or "_" in text:
        raise ValueError(f"is no number: {text!r}")
    return value


def _boolean(text: str) -> bool:
    word = text.lower().removesuffix(".0")
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ValueError(f"is neither true nor false: {text!r}")


def _state(text: str, column: Column) -> str:
    if text not in column.states:
        raise ValueError(f"must be one of {list(column.states)}: {text!r}")
    return text


def _from_iso(cell: str, zone: tzinfo) -> int:
    text = cell.strip()
    try:
        return _milliseconds(datetime.fromisoformat(text), zone)
    except ValueError:
        hint = ", use --time-format epoch or epoch-ms" if text.replace(".", "").isdigit() else ""
        raise ValueError(f"is no ISO 8601 time{hint}: {cell!r}") from None


def _from_number(cell: str, *, factor: int) -> int:
    try:
        return round(_number(cell.strip()) * factor)
    except ValueError:
        raise ValueError(f"is no number of seconds or milliseconds: {cell!r}") from None


def _parsed(cell: str, pattern: str) -> datetime:
    try:
        return datetime.strptime(cell.strip(), pattern)  # noqa: DTZ007 - the zone is added later
    except ValueError:
        raise ValueError(f"is no time like {pattern!r}: {cell!r}") from None


def _milliseconds(time: datetime, zone: tzinfo) -> int:
    aware = time if time.tzinfo is not None else time.replace(tzinfo=zone)
    try:
        return (aware - _EPOCH) // _MS
    except OverflowError:
        raise ValueError(f"time is out of range: {time}") from None
