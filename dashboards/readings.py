"""Panels of the readings of all machines of a class, made from what the class says of its points."""

from dataclasses import dataclass
from datetime import timedelta

from plantroom.dashboards.limits import Limit
from plantroom.dashboards.links import to_asset, to_console
from plantroom.dashboards.panel import DataLink
from plantroom.dashboards.panels import Stat, StateTimeline, TimeSeries
from plantroom.dashboards.plant import Plant
from plantroom.dashboards.queries import BY_ASSET, WHERE, Influx, highest, lowest, mean, state
from plantroom.dashboards.scale import Scale
from plantroom.dashboards.words import words_of
from plantroom.domain.text import Text

_READ = {"mean": mean, "highest": highest, "lowest": lowest}


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """The machines of one class, side by side."""

    plant: Plant
    asset_class: str
    where: str = WHERE

    def trend(
        self,
        point: str,
        question: Text,
        *,
        read: str = "mean",
        title: Text | None = None,
        width: int = 12,
        height: int = 8,
    ) -> TimeSeries:
        """Return a measurement over time, a line per machine; `read`: mean, highest or lowest."""
        declared = self.plant.point(self.asset_class, point)
        shared = self.plant.limits.shared(self.asset_class, point)
        own = self.plant.limits.own(self.asset_class, point)
        return TimeSeries(
            title=title or declared.label,
            question=_with_limits(question, shared, own, declared.unit),
            queries=[_READ[read](point, of=self.asset_class, where=self.where)],
            unit=declared.unit,
            scale=Scale(limits=shared),
            series=self.plant.assets(self.asset_class),
            every=max(declared.every, timedelta(seconds=10)),
            holds=declared.stale_after,
            links=self.links,
            width=width,
            height=height,
        )

    def states(
        self, point: str, question: Text, *, title: Text | None = None, width: int = 12, height: int = 8
    ) -> StateTimeline:
        """Return a state over time, a row per machine."""
        declared = self.plant.point(self.asset_class, point)
        return StateTimeline(
            title=title or declared.label,
            question=question,
            queries=[state(point, of=self.asset_class, where=self.where)],
            words=words_of(declared),
            every=max(declared.every, timedelta(seconds=10)),
            holds=declared.stale_after,
            links=self.links,
            width=width,
            height=height,
        )

    def now(
        self, point: str, question: Text, *, title: Text | None = None, width: int = 4, height: int = 4
    ) -> Stat:
        """Return the present reading of each machine."""
        declared = self.plant.point(self.asset_class, point)
        return Stat(
            title=title or declared.label,
            question=question,
            queries=[state(point, of=self.asset_class, where=self.where)],
            unit=declared.unit,
            words=words_of(declared),
            scale=Scale(limits=self.plant.limits.shared(self.asset_class, point)),
            every=max(declared.every, timedelta(seconds=10)),
            named=len(self.plant.assets(self.asset_class)) != 1,
            links=self.links,
            width=width,
            height=height,
        )

    def total(self, select: str, alias: Text = BY_ASSET) -> Influx:
        """Return one figure per machine for the whole chosen time."""
        return Influx(
            influxql=f'SELECT {select} FROM "$tier"."{self.asset_class}" WHERE {self.where} GROUP BY "asset"',
            alias=alias,
        )

    @property
    def links(self) -> tuple[DataLink, ...]:
        """Where a click on a machine's reading leads."""
        return (to_asset(self.asset_class), to_console())


def _with_limits(question: Text, shared: tuple[Limit, ...], own: tuple[Limit, ...], unit: str) -> Text:
    """Return the question with the limits that are drawn, and that there are others."""
    return Text(
        en=question.en + _said(shared, unit, "en") + (_OWN.en if own else ""),
        zh=question.zh + _said(shared, unit, "zh") + (_OWN.zh if own else ""),
    )


_OWN = Text(
    en="\n\nFurther limits differ between the machines: see the machine's own dashboard.",
    zh="\n\n另有限值因设备而异，见各设备仪表板。",
)


def _said(limits: tuple[Limit, ...], unit: str, language: str) -> str:
    if not limits:
        return ""
    heading = Text(en="Limits of the rules", zh="规则限值").in_language(language)
    lines = (
        f"- {each.title.in_language(language)}: {'>' if each.above else '<'} {each.value:g} {unit}".rstrip()
        for each in limits
    )
    return f"\n\n{heading}:\n" + "\n".join(lines)
