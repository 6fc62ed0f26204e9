"""Spans and moments as people write them on the command line."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import click

from plantroom.storage.files import values

_NUMBER: Final = re.compile(r"\d+(\.\d+)?")


class Span(click.ParamType[timedelta]):
    """Seconds, or a span with its unit such as `90s`, `2h` or `7d`."""

    name = "SPAN"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Return the span."""
        if isinstance(value, timedelta):
            return value
        if _NUMBER.fullmatch(str(value)):
            return timedelta(seconds=float(value))
        try:
            return values.duration(str(value))
        except ValueError as error:
            self.fail(f"{error}; a bare number is seconds", param, ctx)


class Start(click.ParamType[datetime]):
    """A moment such as `2026-07-15` or `2026-07-15T06:00` (of the site, without a zone), or `-7d`: ago."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the moment; without a zone, it is the site's."""
        if isinstance(value, datetime):
            return value
        written = str(value)
        try:
            if written.startswith("-"):
                return datetime.now(UTC) - values.duration(written[1:])
            return datetime.fromisoformat(written)
        except ValueError:
            self.fail(f"{written!r}; expected a time such as 2026-07-15T06:00, or -7d", param, ctx)


class Pace(click.ParamType[float]):
    """How many times as fast as the clock: a number over 0, or `max`."""

    name = "N|max"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number, infinite for `max`."""
        if value == "max":
            return float("inf")
        try:
            pace = float(value)
        except ValueError:
            pace = 0.0
        if not 0 < pace < float("inf"):
            self.fail(f"{value!r}; expected a number over 0, or max", param, ctx)
        return pace
