"""A dashboard's variables, panels and annotations, asked of real servers as Grafana asks them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from re import Match, search
from typing import Any, Final

from plantroom_testing import grafana_influxql, grafana_postgres
from plantroom_testing.grafana import (
    ALL,
    Span,
    Value,
    Variable,
    interpolate,
    interval_of,
    milliseconds,
    names_in,
    plain,
)
from plantroom_testing.grafana_influxql import Frame, InfluxSource
from plantroom_testing.grafana_postgres import PostgresSource

Document = Mapping[str, Any]
_LEAST_INTERVAL_MS: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The data sources, by uid."""

    influx: Mapping[str, InfluxSource]
    postgres: Mapping[str, PostgresSource]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one target of a panel got."""

    ref_id: str
    statement: str
    frames: Sequence[Frame]


@dataclass
class OpenBoard:
    """A dashboard as a person has it open, with a time span chosen."""

    document: Document
    sources: Sources
    span: Span
    chosen: Mapping[str, Value] = field(default_factory=dict)
    """What is chosen instead of the dashboard's own choice."""
    variables: dict[str, Variable] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for document in _by_dependence(self.document["templating"]["list"]):
            self.variables[document["name"]] = self._variable(document)

    @property
    def panels(self) -> Iterator[Document]:
        """All panels that ask something, those in folded rows as well."""
        for panel in self.document["panels"]:
            if panel["type"] == "row":
                yield from panel.get("panels") or ()
            elif panel.get("targets"):
                yield panel

    def ask(self, panel: Document) -> list[Answer]:
        """Return what the panel's targets get; a repeated panel is asked for its first value."""
        span = self._span_of(panel)
        interval_ms = self._interval_ms(panel, span)
        variables = self._variables_of(panel)
        return [
            self._answer(target, panel, variables, span, interval_ms)
            for target in panel["targets"]
            if not target.get("hide")
        ]

    def annotations(self) -> Iterator[tuple[str, list[Frame]]]:
        """Yield name and events of each layer."""
        for layer in self.document["annotations"]["list"]:
            source = self.sources.postgres[layer["datasource"]["uid"]]
            query = layer["target"]["rawSql"]
            statement = grafana_postgres.render(query, self.variables, self.span, interval_ms=60_000)
            yield layer["name"], source.frames(statement, as_table=True)

    def text(self, text: str) -> str:
        """Return a title with the variables in it."""
        return interpolate(text, self.variables, plain)

    def _answer(
        self,
        target: Document,
        panel: Document,
        variables: Mapping[str, Variable],
        span: Span,
        interval_ms: int,
    ) -> Answer:
        uid = (target.get("datasource") or panel["datasource"])["uid"]
        frames: Sequence[Frame]
        if uid in self.sources.influx:
            statement = grafana_influxql.render(target["query"], variables, span, interval_ms=interval_ms)
            frames = self.sources.influx[uid].frames(
                statement,
                as_table=target["resultFormat"] == "table",
                alias=interpolate(target["alias"], variables, plain),
            )
        else:
            statement = grafana_postgres.render(target["rawSql"], variables, span, interval_ms=interval_ms)
            frames = self.sources.postgres[uid].frames(statement, as_table=target["format"] == "table")
        return Answer(ref_id=target["refId"], statement=statement, frames=frames)

    def _span_of(self, panel: Document) -> Span:
        back = milliseconds(panel["timeShift"]) if panel.get("timeShift") else 0
        start = self.span.start
        if panel.get("timeFrom"):
            start = self.span.end - milliseconds(panel["timeFrom"].removeprefix("now-"))
        return Span(start - back, self.span.end - back)

    def _interval_ms(self, panel: Document, span: Span) -> int:
        points = panel.get("maxDataPoints") or panel["gridPos"]["w"] * 70
        least = milliseconds(panel["interval"]) if panel.get("interval") else _LEAST_INTERVAL_MS
        return interval_of(span, points=points, least_ms=least)

    def _variables_of(self, panel: Document) -> Mapping[str, Variable]:
        repeated = panel.get("repeat")
        if not repeated:
            return self.variables
        variable = self.variables[repeated]
        first = variable.options[0] if variable.value in (ALL, (ALL,)) else variable.value[0]
        return self.variables | {repeated: replace(variable, value=(first,))}

    def _variable(self, document: Document) -> Variable:
        name, kind = document["name"], document["type"]
        if kind == "constant":
            return Variable(name=name, value=document["query"])
        if kind != "query":
            raise AssertionError(f"variable {name} is of a kind that nothing is known of: {kind}")
        options = self._options(document)
        multi = bool(document.get("multi"))
        variable = Variable(
            name=name,
            value="",
            multi=multi,
            include_all=bool(document.get("includeAll")),
            all_value=document.get("allValue") or "",
            options=tuple(options),
            texts=options,
        )
        return replace(variable, value=self.chosen.get(name, self._own_choice(document, options)))

    def _own_choice(self, document: Document, options: Mapping[str, str]) -> Value:
        current = (document.get("current") or {}).get("value", "")
        if current in (ALL, [ALL]):
            return (ALL,) if document.get("multi") else ALL
        first = next(iter(options), "")
        if document.get("multi"):
            return tuple(each for each in current if each in options) or (first,)
        return current if current in options else first

    def _options(self, document: Document) -> Mapping[str, str]:
        uid = document["datasource"]["uid"]
        query = document["query"]
        text = query if isinstance(query, str) else query.get("query") or query["rawSql"]
        if uid in self.sources.influx:
            statement = grafana_influxql.render(text, self.variables, self.span, interval_ms=60_000)
            found = {each: each for each in self.sources.influx[uid].options(statement)}
        else:
            statement = grafana_postgres.render(text, self.variables, self.span, interval_ms=60_000)
            found = self.sources.postgres[uid].options(statement)
        regex = document.get("regex") or ""
        return _kept(found, regex) if regex else found


def _kept(options: Mapping[str, str], regex: str) -> Mapping[str, str]:
    """Return the options that `regex` matches; a group in it is what is kept of them."""
    pattern = regex.strip("/")
    kept: dict[str, str] = {}
    for value, text in options.items():
        found: Match[str] | None = search(pattern, value)
        if found is not None:
            part = found[1] if found.lastindex else value
            kept[part] = part if found.lastindex else text
    return kept


def _by_dependence(documents: Sequence[Document]) -> list[Document]:
    """Return the variables so that each comes after those it refers to."""
    names = {document["name"] for document in documents}
    left, done, ordered = list(documents), set[str](), list[Document]()
    while left:
        ready = [each for each in left if names_in(str(each.get("query", ""))) & names <= done]
        if not ready:
            raise AssertionError(f"variables refer to each other: {[each['name'] for each in left]}")
        ordered += ready
        done |= {each["name"] for each in ready}
        left = [each for each in left if each["name"] not in done]
    return ordered
