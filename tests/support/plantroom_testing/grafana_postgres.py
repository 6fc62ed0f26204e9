"""What Grafana's PostgreSQL data source sends and makes of the answers.

Source: Grafana's documentation of the data source's macros, and the shape of its frames.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

import psycopg

from plantroom_testing.grafana import Span, Value, Variable, interpolate, milliseconds
from plantroom_testing.grafana_influxql import Cell, Frame, QueryError

_MACRO: Final = re.compile(r"\$([_a-zA-Z0-9]+)\(([^)]*)\)")
"""An argument cannot hold parentheses of its own: it ends at the first that closes."""


def quoted(value: Value, variable: Variable, query: str) -> str:
    """Write a value where the query names no format: quoted where several can be chosen."""
    del query
    if isinstance(value, tuple):
        return ",".join(_literal(each) for each in value)
    return _literal(value) if variable.multi or variable.include_all else value.replace("'", "''")


def render(query: str, variables: Mapping[str, Variable], span: Span, *, interval_ms: int) -> str:
    """Return the statement that the server gets.

    Raises:
        QueryError: there is no such macro, or it lacks an argument.
    """
    statement = interpolate(query, span.globals(interval_ms) | dict(variables), quoted)

    def replacement(found: re.Match[str]) -> str:
        name, arguments = found[1], [each.strip(" ") for each in found[2].split(",")]
        if name == "__timeGroup" and statement[found.end() :].startswith(","):
            name = "__timeGroupAlias"
        return _macro(name, arguments, span)

    return _MACRO.sub(replacement, statement)


def _macro(name: str, arguments: Sequence[str], span: Span) -> str:
    bare, is_alias = name.removesuffix("Alias"), name.endswith("Alias")
    first = arguments[0]
    start, end = _rfc3339(span.start), _rfc3339(span.end)
    simple = {
        "__time": f'{first} AS "time"',
        "__timeEpoch": f'extract(epoch from {first}) as "time"',
        "__timeFilter": f"{first} BETWEEN '{start}' AND '{end}'",
        "__timeFrom": f"'{start}'",
        "__timeTo": f"'{end}'",
        "__unixEpochFilter": f"{first} >= {span.start // 1000} AND {first} <= {span.end // 1000}",
    }
    if name in simple:
        return simple[name]
    if bare not in ("__timeGroup", "__unixEpochGroup"):
        raise QueryError(f'unknown macro "{name}"')
    if len(arguments) < 2:
        raise QueryError(f"macro {name} needs time column and interval and optional fill value")
    seconds = f"{milliseconds(arguments[1].strip(chr(39))) / 1000:g}"
    inner = f"extract(epoch from {first})" if bare == "__timeGroup" else f"({first})"
    return f"floor({inner}/{seconds})*{seconds}" + (' AS "time"' if is_alias else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresSource:
    """A database as the data source is set up for."""

    conninfo: str

    def ask(self, statement: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Return the columns' names and the rows.

        Raises:
            QueryError: the server refuses it.
        """
        with psycopg.connect(self.conninfo, autocommit=True, options="-c TimeZone=UTC") as connection:
            try:
                cursor = connection.execute(statement.encode())
            except psycopg.Error as error:
                raise QueryError(f"{error}\n{statement}") from error
            return [each.name for each in cursor.description or ()], cursor.fetchall()

    def frames(self, statement: str, *, as_table: bool) -> list[Frame]:
        """Return what a panel gets.

        Raises:
            QueryError: a time series lacks its times, or they are not in order.
        """
        names, rows = self.ask(statement)
        columns = {name: [_cell(row[index]) for row in rows] for index, name in enumerate(names)}
        if "time" in columns:
            columns["time"] = [_time(cell) for cell in columns["time"]]
        if as_table:
            return [Frame(name="", columns=columns, labels={})] if rows else []
        return _time_series(columns, statement)

    def options(self, statement: str) -> dict[str, str]:
        """Return what a variable's query offers: the text of each value."""
        names, rows = self.ask(statement)
        if "__text" in names and "__value" in names:
            text, value = names.index("__text"), names.index("__value")
            return {str(row[value]): str(row[text]) for row in rows}
        return {str(cell): str(cell) for row in rows for cell in row}


def _time_series(columns: Mapping[str, list[Cell]], statement: str) -> list[Frame]:
    if "time" not in columns:
        raise QueryError(f"no time column found\n{statement}")
    times = columns["time"]
    if None in times:
        raise QueryError(f"a time is null\n{statement}")
    if times != sorted(times, key=lambda at: float(at or 0)):
        raise QueryError(f"long series must be sorted ascending by time\n{statement}")
    texts = [name for name, cells in columns.items() if any(isinstance(cell, str) for cell in cells)]
    values = [name for name in columns if name not in ("time", *texts)]
    series: dict[tuple[str, tuple[str, ...]], tuple[list[Cell], list[Cell]]] = {}
    for row, at in enumerate(times):
        labels = tuple(str(columns[name][row]) for name in texts)
        for name in values:
            own = series.setdefault((name, labels), ([], []))
            own[0].append(at)
            own[1].append(columns[name][row])
    return [
        Frame(
            name=" ".join(labels) if labels and len(values) == 1 else " ".join((name, *labels)),
            columns={"Time": at, "Value": cells},
            labels=dict(zip(texts, labels, strict=True)),
        )
        for (name, labels), (at, cells) in series.items()
    ]


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _rfc3339(ms: int) -> str:
    at = datetime.fromtimestamp(ms / 1000, UTC)
    fraction = f".{at.microsecond // 1000:03}".rstrip("0").rstrip(".")
    return f"{at:%Y-%m-%dT%H:%M:%S}{fraction}Z"


def _cell(value: Any) -> Cell:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return value.replace(tzinfo=value.tzinfo or UTC).timestamp() * 1000
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _time(cell: Cell) -> Cell:
    """Return a time in ms, of seconds if it is so small."""
    if isinstance(cell, str) or cell is None:
        return cell
    return cell * 1000 if cell < 1e11 else cell
