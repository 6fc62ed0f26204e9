"""Panels of the readings of all machines of a class, made from what the class says of its points."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from plantroom.dashboards.limits import Limit
from plantroom.dashboards.links import to_asset, to_console
from plantroom.dashboards.own_limits import FEW_VALUES, drawn, exactly, in_severity, limit_lines
from plantroom.dashboards.panel import Both, DataLink, Override, mappings
from plantroom.dashboards.panels import Stat, StateTimeline, TimeSeries
from plantroom.dashboards.plant import Plant
from plantroom.dashboards.queries import BY_ASSET, WHERE, Influx, highest, lowest, mean, over_time, state
from plantroom.dashboards.scale import Scale
from plantroom.dashboards.words import words_of
from plantroom.domain.site import Point
from plantroom.domain.text import Text

FINEST = timedelta(seconds=10)
BRIDGED = timedelta(minutes=6)
"""A shorter gap is none on a chart: it is for alarms to tell of silent devices."""
TALLEST = 18
"""Rows of the grid that fit on a laptop's screen."""
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
        declared = self._point(point)
        shared = self.plant.limits.shared(self.asset_class, point)
        own = self.plant.limits.own(self.asset_class, point)
        few = drawn(own, most=FEW_VALUES)
        return TimeSeries(
            title=title or declared.label,
            question=with_limits(question, [*shared, *few], declared.unit, more=len(few) < len(own)),
            queries=[
                _READ[read](point, of=self.asset_class, where=self.where),
                *limit_lines(few, of=self.asset_class, where=self.where),
            ],
            overrides=in_severity(few),
            unit=declared.unit,
            scale=Scale(limits=shared),
            series=self.plant.assets(self.asset_class),
            every=max(declared.every, FINEST),
            holds=holds(declared),
            links=self.links,
            width=width,
            height=height,
        )

    def trends(
        self, points: Mapping[str, Text], question: Text, *, title: Text, width: int = 12, height: int = 8
    ) -> TimeSeries:
        """Return several points of one unit over time, a line per machine and point, named as given."""
        declared = [self._point(point) for point in points]
        shared = self._of_all(points)
        return TimeSeries(
            title=title,
            question=with_limits(question, shared, declared[0].unit),
            queries=[
                mean(point, of=self.asset_class, where=self.where, alias=_beside_asset(name))
                for point, name in points.items()
            ],
            unit=declared[0].unit,
            scale=Scale(limits=shared),
            series=[
                Text(en=f"{asset} {name.en}", zh=f"{asset} {name.zh}")
                for asset in self.plant.assets(self.asset_class)
                for name in points.values()
            ],
            every=max(FINEST, *(each.every for each in declared)),
            holds=holds(*declared),
            links=self.links,
            width=width,
            height=height,
        )

    def computed(
        self,
        select: str,
        question: Text,
        *,
        title: Text,
        unit: str,
        every: timedelta = FINEST,
        decimals: int | None = None,
        scale: Scale | None = None,
        width: int = 12,
        height: int = 8,
    ) -> TimeSeries:
        """Return what InfluxQL works out of several points, a line per machine."""
        return TimeSeries(
            title=title,
            question=question,
            queries=[over_time(select, of=self.asset_class, where=self.where)],
            unit=unit,
            decimals=decimals,
            scale=scale or Scale(),
            series=self.plant.assets(self.asset_class),
            every=every,
            holds=max(3 * every, BRIDGED),
            links=self.links,
            width=width,
            height=height,
        )

    def counted(
        self,
        point: str,
        question: Text,
        *,
        title: Text,
        every: timedelta = timedelta(minutes=10),
        width: int = 12,
        height: int = 8,
    ) -> TimeSeries:
        """Return by how much a counter grew in each interval, as bars; a reset counts nothing."""
        declared = self._point(point)
        return TimeSeries(
            title=title,
            question=question,
            queries=[
                over_time(
                    f'non_negative_difference(last("{point}$last"))',
                    of=self.asset_class,
                    where=self.where,
                    fill="none",
                )
            ],
            unit=declared.unit,
            decimals=None if declared.unit else 0,
            series=self.plant.assets(self.asset_class),
            every=max(every, declared.every),
            bars=True,
            stacked=True,
            legend=("sum", "max"),
            links=self.links,
            width=width,
            height=height,
        )

    def states(
        self, point: str, question: Text, *, title: Text | None = None, width: int = 12, height: int = 8
    ) -> StateTimeline:
        """Return a state over time, a row per machine."""
        declared = self._point(point)
        return StateTimeline(
            title=title or declared.label,
            question=question,
            queries=[state(point, of=self.asset_class, where=self.where)],
            words=words_of(declared),
            every=max(declared.every, FINEST),
            holds=holds(declared),
            links=self.links,
            width=width,
            height=self._height(1, height),
        )

    def state_rows(
        self, points: Sequence[str], question: Text, *, title: Text, width: int = 24, height: int = 8
    ) -> StateTimeline:
        """Return several states over time, a row per machine and point."""
        declared = [self._point(point) for point in points]
        return StateTimeline(
            title=title,
            question=question,
            queries=[
                state(each.name, of=self.asset_class, where=self.where, alias=_beside_asset(each.label))
                for each in declared
            ],
            overrides=[in_words(each) for each in declared],
            every=max(FINEST, *(each.every for each in declared)),
            holds=holds(*declared),
            links=self.links,
            width=width,
            height=self._height(len(points), height),
        )

    def now(
        self, point: str, question: Text, *, title: Text | None = None, width: int = 4, height: int = 4
    ) -> Stat:
        """Return the present reading of each machine."""
        declared = self._point(point)
        shared = self.plant.limits.shared(self.asset_class, point)
        return Stat(
            title=title or declared.label,
            question=with_limits(question, shared, declared.unit),
            queries=[state(point, of=self.asset_class, where=self.where)],
            unit=declared.unit,
            words=words_of(declared),
            scale=Scale(limits=shared),
            every=max(declared.every, FINEST),
            named=len(self.plant.assets(self.asset_class)) != 1,
            links=self.links,
            width=width,
            height=height,
        )

    def summed(self, select: str) -> Influx:
        """Return the sum over the machines in each interval."""
        return Influx(
            influxql=(
                f'SELECT sum("each") FROM (SELECT {select} AS "each" FROM "$tier"."{self.asset_class}" '
                f'WHERE {self.where} GROUP BY time($__interval), "asset" fill(none)) '
                "WHERE $timeFilter GROUP BY time($__interval) fill(null)"
            ),
            alias=self.plant.installation.classes[self.asset_class].label,
        )

    @property
    def links(self) -> tuple[DataLink, ...]:
        """Where a click on a machine's reading leads."""
        return (to_asset(self.asset_class), to_console())

    def _of_all(self, points: Collection[str]) -> list[Limit]:
        """Return the limits that each of `points` has: a chart's ground is the same for all its lines."""
        shared = self.plant.limits.shared(self.asset_class, *points)
        points_of: dict[tuple[float, bool, str], set[str]] = {}
        for limit in shared:
            points_of.setdefault(_bound(limit), set()).add(limit.point)
        return [limit for limit in shared if points_of[_bound(limit)] == set(points)]

    def _height(self, rows_each: int, least: int) -> int:
        """Return the height at which each row of states can be read."""
        rows = rows_each * len(self.plant.assets(self.asset_class))
        return max(least, min(3 + round(0.8 * rows), TALLEST))

    def _point(self, name: str) -> Point:
        return self.plant.point(self.asset_class, name)


def holds(*points: Point) -> timedelta:
    """Return for how long without a reading the lines of `points` go on."""
    return max(BRIDGED, *(point.stale_after for point in points))


def _bound(limit: Limit) -> tuple[float, bool, str]:
    return (limit.value, limit.above, limit.rule)


def _beside_asset(name: Text) -> Text:
    return Text(en=f"{BY_ASSET.en} {name.en}", zh=f"{BY_ASSET.zh} {name.zh}")


def in_words(point: Point) -> Override:
    """Return that the series whose name ends with the point's label has its words."""
    words = words_of(point)
    return Override(
        pattern=exactly(point.label, before="(^| )"),
        properties=[("mappings", Both(en=mappings(words, "en"), zh=mappings(words, "zh")))],
    )


_OTHERS = Text(
    en="\n\nFurther limits differ between the machines: see the machine's own dashboard.",
    zh="\n\n另有限值因设备而异，见各设备仪表板。",
)
_LIMITS = Text(en="\n\nLimits of the rules:\n", zh="\n\n规则限值：\n")


def with_limits(question: Text, limits: Sequence[Limit], unit: str, *, more: bool = False) -> Text:
    """Return the question with the limits that are drawn, and whether there are others."""
    said = {
        language: question.in_language(language)
        + (_LIMITS.in_language(language) if limits else "")
        + "\n".join(dict.fromkeys(_said(each, unit, language) for each in limits))
        + (_OTHERS.in_language(language) if more else "")
        for language in ("en", "zh")
    }
    return Text(en=said["en"], zh=said["zh"])


def _said(limit: Limit, unit: str, language: str) -> str:
    sign = ">" if limit.above else "<"
    return f"- {limit.title.in_language(language)}: {sign} {limit.value:g} {unit}".rstrip()
