"""What Grafana 11 makes of a query's text before a data source sees it: variables, formats, intervals.

Source: Grafana's documentation of variables (syntax, formats, global variables) and of query intervals.
"""

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final
from urllib.parse import quote

ALL: Final = "$__all"
"""The value of a variable of which everything is chosen."""
_VARIABLE: Final = re.compile(
    r"\$(?P<plain>\w+)|\[\[(?P<old>\w+?)(?::(?P<old_format>\w+))?\]\]"
    r"|\$\{(?P<braced>\w+)(?:\.(?P<path>[^:}]+))?(?::(?P<format>[^}]+))?\}"
)
_STEPS_MS: Final = (
    *(1, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 20_000, 30_000, 60_000, 120_000),
    *(300_000, 600_000, 900_000, 1_200_000, 1_800_000, 3_600_000, 7_200_000, 10_800_000, 21_600_000),
    *(43_200_000, 86_400_000, 604_800_000, 2_592_000_000, 31_536_000_000),
)
"""The widths Grafana rounds an interval to, ms."""
_BELOW_MS: Final = {
    1: 10,
    43_200_000: 86_400_000,
    86_400_000: 604_800_000,
    604_800_000: 1_814_400_000,
    2_592_000_000: 3_628_800_000,
}
"""Where the next width begins, when that is not half-way between the two."""
_UNITS_MS: Final = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}

Value = str | tuple[str, ...]
Default = Callable[[Value, "Variable", str], str]
"""How a data source writes a value when the query names no format: value, variable, whole query."""


@dataclass(frozen=True, slots=True)
class Span:
    """What the time picker says; ms since the epoch, UTC, both ends included."""

    start: int
    end: int

    def globals(self, interval_ms: int) -> "dict[str, Variable]":
        """Return the variables that Grafana itself has."""
        length = self.end - self.start
        values = {
            "__from": str(self.start),
            "__to": str(self.end),
            "__interval": interval_text(interval_ms),
            "__interval_ms": str(interval_ms),
            "__range": f"{round(length / 1000)}s",
            "__range_s": str(round(length / 1000)),
            "__range_ms": str(length),
        }
        return {name: Variable(name=name, value=value) for name, value in values.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A dashboard's variable and what is chosen of it."""

    name: str
    value: Value
    multi: bool = False
    include_all: bool = False
    all_value: str = ""
    options: tuple[str, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    """What people see of a value, where that is not the value."""

    @property
    def is_custom_all(self) -> bool:
        """Whether everything is chosen and the dashboard says how that is written."""
        return bool(self.all_value) and self._is_all

    @property
    def chosen(self) -> Value:
        """The values that are chosen; of everything each one."""
        return self.options if self._is_all else self.value

    @property
    def _is_all(self) -> bool:
        return self.value in (ALL, (ALL,))


def interpolate(text: str, variables: Mapping[str, Variable], default: Default) -> str:
    """Return `text` with variables in place of their names; unknown names stay as they are."""

    def value_of(found: re.Match[str]) -> str:
        name = found["plain"] or found["old"] or found["braced"]
        format_ = found["old_format"] or found["format"]
        if name not in variables:
            return found[0]
        variable = variables[name]
        if variable.is_custom_all and format_ not in ("text", "percentencode"):
            return interpolate(variable.all_value, variables, default)
        if format_ is None:
            return default(variable.chosen, variable, text)
        return _formatted(variable, format_)

    return _VARIABLE.sub(value_of, text)


def names_in(text: str) -> set[str]:
    """Return the names of all variables that `text` may refer to."""
    return {found["plain"] or found["old"] or found["braced"] for found in _VARIABLE.finditer(text)}


def plain(value: Value, variable: Variable, query: str) -> str:
    """Write a value as text outside queries does: as it is, several in braces."""
    del variable, query
    return value if isinstance(value, str) else "{" + ",".join(value) + "}"


def interval_of(span: Span, *, points: int, least_ms: int = 0) -> int:
    """Return the width of a bucket, ms, so that about `points` fit into `span`."""
    raw = (span.end - span.start) / points
    for step, following in pairwise(_STEPS_MS):
        if raw < _BELOW_MS.get(step, (step + following) / 2):
            return max(step, least_ms)
    return max(_STEPS_MS[-1], least_ms)


def interval_text(ms: int) -> str:
    """Return a width as queries write it: the largest unit that is in it, whole."""
    for unit in ("d", "h", "m", "s"):
        if ms >= _UNITS_MS[unit]:
            return f"{ms // _UNITS_MS[unit]}{unit}"
    return f"{ms}ms"


def milliseconds(text: str) -> int:
    """Return a width written like `5m`, or `>5m`, in ms."""
    found = re.fullmatch(r">?(\d+(?:\.\d+)?)(ms|[smhdw])", text)
    if found is None:
        raise ValueError(f"interval must be a number and a unit: {text!r}")
    return math.floor(float(found[1]) * _UNITS_MS[found[2]])


def escaped(text: str) -> str:
    """Return `text` so that a regular expression takes it literally; slashes stay."""
    return re.sub(r"[\\^$.*+?()\[\]{}|]", r"\\\g<0>", text)


def _formatted(variable: Variable, format_: str) -> str:
    name, _, argument = format_.partition(":")
    value = variable.chosen
    if name == "date":
        return _date(str(value), argument)
    if name == "text":
        return " + ".join(variable.texts.get(each, each) for each in _several(value))
    if name == "queryparam":
        return "&".join(f"var-{variable.name}={quote(each, safe='')}" for each in _several(value))
    if name not in _FORMATS:
        raise ValueError(f"variable {variable.name} has an unknown format: {format_}")
    return _FORMATS[name](value)


def _regex(value: Value) -> str:
    found = [escaped(each).replace("/", r"\/") for each in _several(value)]
    return found[0] if len(found) == 1 else f"({'|'.join(found)})"


def _several(value: Value) -> Sequence[str]:
    return (value,) if isinstance(value, str) else value


def _date(ms: str, argument: str) -> str:
    if argument == "seconds":
        return str(round(int(ms) / 1000))
    if argument not in ("", "iso"):
        raise ValueError(f"date format is not one that Plantroom's dashboards use: {argument}")
    at = datetime.fromtimestamp(int(ms) / 1000, UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"


def _quoted(mark: str, escape: str) -> Callable[[Value], str]:
    return lambda value: ",".join(f"{mark}{each.replace(mark, escape)}{mark}" for each in _several(value))


_FORMATS: Final[Mapping[str, Callable[[Value], str]]] = {
    "csv": lambda value: ",".join(_several(value)),
    "doublequote": _quoted('"', r"\""),
    "glob": lambda value: plain(value, Variable(name="", value=value), ""),
    "json": lambda value: json.dumps(value, ensure_ascii=False),
    "percentencode": lambda value: quote(plain(value, Variable(name="", value=value), ""), safe=""),
    "pipe": lambda value: "|".join(_several(value)),
    "raw": lambda value: ",".join(_several(value)),
    "regex": _regex,
    "singlequote": _quoted("'", r"\'"),
    "sqlstring": _quoted("'", "''"),
}
