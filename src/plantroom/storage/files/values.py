"""What one written value may be; each reader raises ValueError saying what it expected."""

import math
import re
from collections.abc import Callable
from datetime import timedelta
from enum import Enum
from typing import Final, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from plantroom.domain.json_path import compile_path
from plantroom.domain.names import check_id, check_point
from plantroom.domain.quantity import Quantity
from plantroom.domain.suggestion import suggest
from plantroom.domain.workdays import known_calendars

E = TypeVar("E", bound=Enum)

_NUMBER: Final = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_LEADING_ZERO: Final = re.compile(r"[+-]?0[0-9]+")
_DURATION_PART: Final = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*(ms|s|sec|m|min|h|d)(?![a-z])")
_UNITS: Final = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "sec": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
_LONGEST_UNIT: Final = 32
_LONGEST: Final = timedelta(days=3660)
_DURATION: Final = "expected a duration such as 30s, 10m, 2h or 1d"


def text(written: str) -> str:
    """Return any text but an empty one."""
    if not written.strip():
        raise ValueError("expected a text, got an empty one")
    return written


def unit(written: str) -> str:
    """Return a unit of measurement, "" for none."""
    if len(written) > _LONGEST_UNIT or written != written.strip():
        raise ValueError(f"expected a unit such as m3/h, got {written!r}")
    return written


def number(written: str) -> float:
    """Return a finite number, `1e3` included; one that begins with 0 could be meant octal and is refused."""
    if _NUMBER.fullmatch(written) is None:
        raise ValueError(f"expected a number, got {written!r}")
    if _LEADING_ZERO.match(written):
        raise ValueError(f"expected a number without leading zeros, got {written}")
    value = float(written)
    if not math.isfinite(value):
        raise ValueError(f"expected a number that is not so large, got {written}")
    return value


def boolean(written: str) -> bool:
    """Return true or false; `yes` and `on` are texts."""
    if written not in {"true", "false"}:
        raise ValueError(f"expected true or false, got {written!r}")
    return written == "true"


def duration(written: str) -> timedelta:
    """Return a span such as `30s`, `1h30m` or `30 min`; a bare number other than 0 says no unit: refused."""
    if written == "0":
        return timedelta(0)
    total, end = timedelta(0), 0
    while part := _DURATION_PART.match(written, end):
        amount = float(part[1])
        if amount * _UNITS[part[2]].total_seconds() > _LONGEST.total_seconds():
            raise ValueError(f"expected at most {_LONGEST.days}d, got {written}")
        total, end = total + amount * _UNITS[part[2]], part.end()
    if end == 0 or end != len(written):
        missing = ", with its unit" if _NUMBER.fullmatch(written) else ""
        raise ValueError(f"{_DURATION}{missing}, got {written!r}")
    return total


def interval(written: str) -> timedelta:
    """Return a duration that is not 0."""
    span = duration(written)
    if not span:
        raise ValueError(f"{_DURATION}, more than 0, got {written!r}")
    return span


def choice(kind: type[E]) -> Callable[[str], E]:
    """Return the reader of the values of an enum."""
    known = [str(each.value) for each in kind]

    def read(written: str) -> E:
        if written not in known:
            raise ValueError(f"expected one of {', '.join(known)}, got {written!r}")
        return kind(written)

    return read


def identifier(what: str) -> Callable[[str], str]:
    """Return the reader of names of sites, assets, rules and packs."""

    def read(written: str) -> str:
        return check_id(written, what=what)

    return read


def point_name(written: str) -> str:
    """Return the name of a point, a class or a rated quantity."""
    return check_point(written)


def quantity(written: str) -> Quantity:
    """Return a number, with its unit if one is written."""
    return Quantity.parse(written)


def holidays(written: str) -> str:
    """Return the code of a country whose public holidays are known."""
    known = known_calendars()
    if written not in known:
        raise ValueError(
            f"expected the code of a country such as CN, got {written!r}; {suggest(written, known)}"
        )
    return written


def timezone(written: str) -> ZoneInfo:
    """Return a zone of the IANA time zone database."""
    try:
        return ZoneInfo(written)
    except (KeyError, ValueError, OSError):
        hint = suggest(written, available_timezones())
        raise ValueError(f"expected a time zone such as Asia/Shanghai, got {written!r}; {hint}") from None


def json_path(written: str) -> str:
    """Return a JMESPath expression."""
    compile_path(written)
    return written
