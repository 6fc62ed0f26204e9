"""What Grafana's InfluxDB data source (InfluxQL) sends and makes of the answers.

Source: Grafana's documentation of the data source's variables and macros, and the shape of its frames.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from plantroom_testing.grafana import Span, Value, Variable, escaped, interpolate, interval_text

Cell = float | str | bool | None


class QueryError(AssertionError):
    """A data source refused a query; the message has both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Columns of one length, as a panel gets them."""

    name: str
    columns: Mapping[str, Sequence[Cell]]
    labels: Mapping[str, str]
    """Of a time series' values."""

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))


def quoted(value: Value, variable: Variable, query: str) -> str:
    """Write a value where the query names no format: escaped where it stands in a regular expression."""
    if variable.multi:
        if isinstance(value, str):
            return value if _is_number(value) else escaped(value)
        return f"({'|'.join(escaped(each) for each in value)})"
    in_regex = re.search(rf"/\^?(.*)(\${variable.name})(.*)\$?/", query)
    if isinstance(value, str):
        return escaped(value) if in_regex else value
    return f"({'|'.join(escaped(each) for each in value)})" if in_regex else ",".join(value)


def render(query: str, variables: Mapping[str, Variable], span: Span, *, interval_ms: int) -> str:
    """Return the statement that the server gets."""
    # The macros are the data source's own, put in place after the variables.
    known = span.globals(interval_ms) | dict(variables)
    known = {name: each for name, each in known.items() if name not in ("__interval", "__interval_ms")}
    statement = interpolate(query, known, quoted)
    for macro, text in (
        ("$timeFilter", f"time >= {span.start}ms and time <= {span.end}ms"),
        ("$__interval_ms", str(interval_ms)),
        ("$__interval", interval_text(interval_ms)),
        ("$interval", interval_text(interval_ms)),
    ):
        statement = statement.replace(macro, text)
    return statement


@dataclass(frozen=True, slots=True, kw_only=True)
class InfluxSource:
    """A server and database as the data source is set up for."""

    url: str
    database: str
    auth: tuple[str, str] | None = None
    _client: httpx.Client = field(
        default_factory=lambda: httpx.Client(timeout=120), repr=False, compare=False
    )

    def close(self) -> None:
        """Close the connections kept alive."""
        self._client.close()

    def ask(self, statement: str) -> list[dict[str, Any]]:
        """Return the series of the first statement.

        Raises:
            QueryError: the server refuses it.
        """
        response = self._client.get(
            f"{self.url}/query",
            params={"db": self.database, "epoch": "ms", "q": statement},
            auth=self.auth,
        )
        answer = response.json()
        error = answer.get("error") or answer.get("results", [{}])[0].get("error")
        if error or not response.is_success:
            raise QueryError(f"{error or response.status_code}\n{statement}")
        series: list[dict[str, Any]] = answer["results"][0].get("series", [])
        return series

    def frames(self, statement: str, *, as_table: bool, alias: str = "") -> list[Frame]:
        """Return what a panel gets."""
        series = self.ask(statement)
        return _table(series) if as_table else _time_series(series, alias)

    def options(self, statement: str) -> list[str]:
        """Return what a variable's query offers: every frame's texts, or else its numbers, each once."""
        found: dict[str, None] = {}
        for each in self.ask(statement):
            column = 1 if "show tag values" in statement.lower() else 0
            if "time" in (name.lower() for name in each["columns"]):
                for index in range(1, len(each["columns"])):
                    found |= dict.fromkeys(str(row[index]) for row in each["values"])
            else:
                found |= dict.fromkeys(str(row[column]) for row in each["values"])
        return list(found)


def _table(series: list[dict[str, Any]]) -> list[Frame]:
    if not series:
        return []
    tags = list(series[0].get("tags", {}))
    first, *others = series[0]["columns"]
    columns: dict[str, list[Cell]] = {
        name: [] for name in ("Time" if first == "time" else first, *tags, *others)
    }
    for part in series:
        for row in part["values"]:
            cells = (row[0], *(part["tags"][tag] for tag in tags), *row[1:])
            for column, cell in zip(columns.values(), cells, strict=True):
                column.append(cell)
    return [Frame(name=series[0]["name"], columns=columns, labels={})]


def _time_series(series: list[dict[str, Any]], alias: str) -> list[Frame]:
    frames = []
    for part in series:
        tags = part.get("tags", {})
        times = [row[0] for row in part["values"]]
        for index, column in enumerate(part["columns"][1:], start=1):
            values = [row[index] for row in part["values"]]
            frames.append(
                Frame(
                    name=_name(part["name"], column, tags, alias),
                    columns={"Time": times, "Value": values},
                    labels=tags,
                )
            )
    return frames


def _name(measurement: str, column: str, tags: Mapping[str, str], alias: str) -> str:
    if not alias:
        said = ", ".join(f"{key}: {value}" for key, value in sorted(tags.items()))
        return f"{measurement}.{column}" + (f" {{{said}}}" if tags else "")

    def part(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        if name in ("m", "measurement"):
            return measurement
        if name == "col":
            return column
        return tags.get(name.removeprefix("tag_"), found[0])

    return re.sub(r"\$(\w+)|\[\[(.+?)\]\]", part, alias)


def _is_number(text: str) -> bool:
    return re.match(r"\s*[-+]?(\d|\.\d)", text) is not None
