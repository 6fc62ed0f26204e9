"""What all kinds of panels have; the SDK turns them into Grafana's JSON."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Protocol

from grafana_foundation_sdk.models import dashboard

from plantroom.dashboards.queries import Query
from plantroom.dashboards.scale import Scale
from plantroom.dashboards.units import decimals, grafana_unit
from plantroom.dashboards.words import Word
from plantroom.domain.text import Text

MOST_POINTS: Final = 600
"""Points of a line. A day then asks for two minutes at least: no tier is asked for less than it has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataLink:
    """Where a click on a value or a row leads."""

    title: Text
    url: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Both:
    """A property that is not a text, in each language."""

    en: object
    zh: object

    def in_language(self, language: str) -> object:
        """Return it for one edition."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """What is different about the fields whose name matches `pattern` (a regular expression in slashes)."""

    pattern: Text
    properties: Sequence[tuple[str, object]]


class Panel(Protocol):
    """One picture that answers one question."""

    @property
    def title(self) -> Text:
        """What it shows."""

    @property
    def question(self) -> Text:
        """What a reader learns from it: its description."""

    @property
    def width(self) -> int:
        """Columns of 24."""

    @property
    def height(self) -> int:
        """Rows of 30 pixels."""

    def build(self, language: str) -> dashboard.Panel:
        """Return it as the SDK has it, without id and place."""


@dataclass(frozen=True, kw_only=True)
class Picture:
    """What all kinds of panels have."""

    title: Text
    question: Text
    queries: Sequence[Query]
    unit: str = ""
    decimals: int | None = None
    scale: Scale = field(default_factory=Scale)
    words: Sequence[Word] = ()
    """What the values 0, 1, ... are called."""
    links: Sequence[DataLink] = ()
    overrides: Sequence[Override] = ()
    transformations: Sequence[tuple[str, object]] = ()
    every: timedelta = timedelta(seconds=10)
    """Interval of the readings: no finer one is asked for."""
    time_shift: str = ""
    """How long before the chosen time it looks, like `7d`."""
    width: int = 12
    height: int = 8
    no_value: Text = field(default_factory=lambda: Text(en="no data", zh="无数据"))

    def _panel(
        self, kind: str, language: str, options: object, custom: object = None, **field_config: object
    ) -> dashboard.Panel:
        source = self.queries[0].source
        return dashboard.Panel(
            type_val=kind,
            title=self.title.in_language(language),
            description=self.question.in_language(language),
            datasource=source,
            targets=[query.target(_ref_id(number), language) for number, query in enumerate(self.queries)],
            options=options,
            field_config=self._field_config(language, custom, field_config),
            transformations=[
                dashboard.DataTransformerConfig(id_val=name, options=said)
                for name, said in self.transformations
            ],
            interval=f"{round(self.every.total_seconds())}s",
            max_data_points=MOST_POINTS,
            time_shift=self.time_shift or None,
        )

    def _field_config(
        self, language: str, custom: object, more: dict[str, object]
    ) -> dashboard.FieldConfigSource:
        places = self.decimals if self.decimals is not None else decimals(self.unit)
        defaults = dashboard.FieldConfig(
            unit=grafana_unit(self.unit),
            decimals=places,
            min_val=self.scale.low,
            max_val=self.scale.high,
            mappings=mappings(self.words, language),
            links=[
                dashboard.DashboardLink(
                    title=link.title.in_language(language),
                    url=link.url.in_language(language),
                    target_blank=link.url.en.startswith("${console}"),
                )
                for link in self.links
            ],
            no_value=self.no_value.in_language(language),
            custom=custom,
        )
        for name, value in more.items():
            setattr(defaults, name, value)
        return dashboard.FieldConfigSource(
            defaults=defaults, overrides=[_override(each, language) for each in self.overrides]
        )


def plain(name: str) -> str:
    """Return `name` so that a regular expression takes it literally."""
    return "".join(f"\\{letter}" if letter in r"\()[]{}.+*?^$|/" else letter for letter in name)


def _ref_id(number: int) -> str:
    return chr(ord("A") + number) if number < 26 else f"A{number}"


def _override(override: Override, language: str) -> dashboard.DashboardFieldConfigSourceOverrides:
    return dashboard.DashboardFieldConfigSourceOverrides(
        matcher=dashboard.MatcherConfig(id_val="byRegexp", options=override.pattern.in_language(language)),
        properties=[
            dashboard.DynamicConfigValue(
                id_val=name, value=value.in_language(language) if isinstance(value, Text | Both) else value
            )
            for name, value in override.properties
        ],
    )


def mappings(words: Sequence[Word], language: str) -> list[dashboard.ValueMapping]:
    """Return Grafana's mapping of the values 0, 1, ... to words."""
    if not words:
        return []
    options = {
        str(value): dashboard.ValueMappingResult(
            text=word.text.in_language(language), color=word.colour, index=value
        )
        for value, word in enumerate(words)
    }
    return [dashboard.ValueMap(options=options)]


def fixed(colour: str) -> dashboard.FieldColor:
    """Return one colour whatever the value."""
    return dashboard.FieldColor(mode=dashboard.FieldColorModeId.FIXED, fixed_color=colour)


BY_LIMIT: Final = dashboard.FieldColor(mode=dashboard.FieldColorModeId.THRESHOLDS)
