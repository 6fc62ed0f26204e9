"""The kinds of panels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from grafana_foundation_sdk.models import (
    barchart,
    common,
    dashboard,
    gauge,
    stat,
    statetimeline,
    table,
    timeseries,
)

from plantroom.dashboards.colours import APART, NORMAL
from plantroom.dashboards.panel import BY_LIMIT, Picture, fixed, plain
from plantroom.dashboards.scale import ground, thresholds
from plantroom.domain.text import Text

_WIDE = 12
"""Columns from which a legend beside the lines leaves enough room for them."""


@dataclass(frozen=True, kw_only=True)
class TimeSeries(Picture):
    """Lines, or bars, over time, with the rules' limits behind them."""

    series: Sequence[Text | str] = ()
    """Names of the lines that are known beforehand: each keeps its colour in every panel."""
    alone: bool = False
    """Whether it is one machine's: its line is grey and takes the colour of the limit that it is beyond."""
    bars: bool = False
    stacked: bool = False
    holds: timedelta = timedelta(seconds=30)
    """How long a reading holds: a longer gap is a gap in the line."""
    legend: Sequence[str] = ("lastNotNull", "max")
    """What the legend says of each line."""

    def build(self, language: str) -> dashboard.Panel:
        """Return it as the SDK has it, without id and place."""
        by_limit = self.alone and len(self.queries) == 1 and bool(self.scale.limits)
        beside = not self.alone and self.width >= _WIDE
        options = timeseries.Options(
            legend=common.VizLegendOptions(
                display_mode=common.LegendDisplayMode.TABLE if beside else common.LegendDisplayMode.LIST,
                placement=common.LegendPlacement.RIGHT if beside else common.LegendPlacement.BOTTOM,
                show_legend=len(self.queries) > 1 or not self.alone,
                calcs=list(self.legend) if beside or self.alone else [],
            ),
            tooltip=common.VizTooltipOptions(
                mode=common.TooltipDisplayMode.MULTI, sort=common.SortOrder.DESCENDING
            ),
        )
        panel = self._panel(
            "timeseries",
            language,
            options,
            self._lines(by_limit=by_limit),
            thresholds=thresholds(self.scale.limits) if by_limit else ground(self.scale.limits),
            color=BY_LIMIT if by_limit else _colour(alone=self.alone and len(self.queries) == 1),
        )
        assert panel.field_config is not None
        panel.field_config.overrides = [
            *_apart([each if isinstance(each, str) else each.in_language(language) for each in self.series]),
            *(panel.field_config.overrides or []),
        ]
        return panel

    def _lines(self, *, by_limit: bool) -> common.GraphFieldConfig:
        drawn = common.GraphThresholdsStyleMode.DASHED_AND_AREA if self.scale.limits else None
        if by_limit:
            drawn = common.GraphThresholdsStyleMode.DASHED
        return common.GraphFieldConfig(
            draw_style=common.GraphDrawStyle.BARS if self.bars else common.GraphDrawStyle.LINE,
            line_width=1 if self.bars else 2,
            fill_opacity=70 if self.bars else 0,
            gradient_mode=common.GraphGradientMode.SCHEME if by_limit else common.GraphGradientMode.NONE,
            show_points=common.VisibilityMode.AUTO if not self.bars else common.VisibilityMode.NEVER,
            span_nulls=round(self.holds.total_seconds() * 1000),
            thresholds_style=common.GraphThresholdsStyleConfig(
                mode=drawn or common.GraphThresholdsStyleMode.OFF
            ),
            axis_soft_min=self.scale.least_shown,
            axis_soft_max=self.scale.most_shown,
            stacking=common.StackingConfig(
                mode=common.StackingMode.NORMAL if self.stacked else common.StackingMode.NONE, group="A"
            ),
        )


def _colour(*, alone: bool) -> dashboard.FieldColor:
    return (
        fixed(NORMAL)
        if alone
        else dashboard.FieldColor(mode=dashboard.FieldColorModeId.PALETTE_CLASSIC_BY_NAME)
    )


def _apart(series: Sequence[str]) -> list[dashboard.DashboardFieldConfigSourceOverrides]:
    """Return a colour for each known line; as many lines share one as there are more lines than colours."""
    sharing = {colour: series[number :: len(APART)] for number, colour in enumerate(APART)}
    return [
        dashboard.DashboardFieldConfigSourceOverrides(
            matcher=dashboard.MatcherConfig(
                id_val="byRegexp", options=f"/^({'|'.join(map(plain, names))})$/"
            ),
            properties=[dashboard.DynamicConfigValue(id_val="color", value=fixed(colour))],
        )
        for colour, names in sharing.items()
        if names
    ]


@dataclass(frozen=True, kw_only=True)
class StateTimeline(Picture):
    """States over time, one row per machine or point, in words and colours."""

    holds: timedelta = timedelta(seconds=30)

    def build(self, language: str) -> dashboard.Panel:
        """Return it as the SDK has it, without id and place."""
        options = statetimeline.Options(
            show_value=common.VisibilityMode.AUTO,
            row_height=0.85,
            merge_values=True,
            align_value=common.TimelineValueAlignment.LEFT,
            legend=common.VizLegendOptions(
                display_mode=common.LegendDisplayMode.LIST,
                placement=common.LegendPlacement.BOTTOM,
                show_legend=bool(self.words),
                calcs=[],
            ),
            tooltip=common.VizTooltipOptions(mode=common.TooltipDisplayMode.SINGLE),
        )
        panel = self._panel(
            "state-timeline",
            language,
            options,
            statetimeline.FieldConfig(line_width=0, fill_opacity=85),
            color=BY_LIMIT,
            thresholds=thresholds(self.scale.limits),
        )
        assert panel.field_config is not None
        # The SDK's field configuration has no such member; a gap longer than a state holds stays a gap.
        gap = dashboard.DynamicConfigValue(
            id_val="custom.spanNulls", value=round(self.holds.total_seconds() * 1000)
        )
        panel.field_config.overrides = [
            dashboard.DashboardFieldConfigSourceOverrides(
                matcher=dashboard.MatcherConfig(id_val="byType", options="number"), properties=[gap]
            ),
            *(panel.field_config.overrides or []),
        ]
        return panel


@dataclass(frozen=True, kw_only=True)
class Stat(Picture):
    """Numbers to be read from across the room."""

    reduce: str = "lastNotNull"
    width: int = 4
    height: int = 4
    named: bool = False
    """Whether each number has its series' name with it."""
    filled: bool = False
    """Whether the colour fills the tile: what must be seen from afar."""
    sparkline: bool = False

    def build(self, language: str) -> dashboard.Panel:
        """Return it as the SDK has it, without id and place."""
        options = stat.Options(
            graph_mode=common.BigValueGraphMode.AREA if self.sparkline else common.BigValueGraphMode.NONE,
            color_mode=(
                common.BigValueColorMode.BACKGROUND_SOLID if self.filled else common.BigValueColorMode.VALUE
            ),
            justify_mode=common.BigValueJustifyMode.AUTO,
            text_mode=common.BigValueTextMode.VALUE_AND_NAME if self.named else common.BigValueTextMode.VALUE,
            reduce_options=common.ReduceDataOptions(values=False, calcs=[self.reduce], fields=""),
            orientation=common.VizOrientation.AUTO,
        )
        return self._panel(
            "stat", language, options, color=BY_LIMIT, thresholds=thresholds(self.scale.limits)
        )


@dataclass(frozen=True, kw_only=True)
class Gauge(Picture):
    """A reading between its least and greatest value."""

    width: int = 4
    height: int = 6

    def build(self, language: str) -> dashboard.Panel:
        """Return it as the SDK has it, without id and place."""
        options = gauge.Options(
            show_threshold_labels=False,
            show_threshold_markers=True,
            reduce_options=common.ReduceDataOptions(values=False, calcs=["lastNotNull"], fields=""),
            orientation=common.VizOrientation.AUTO,
        )
        return self._panel(
            "gauge", language, options, color=BY_LIMIT, thresholds=thresholds(self.scale.limits)
        )


@dataclass(frozen=True, kw_only=True)
class Table(Picture):
    """Rows, as the query returns them."""

    width: int = 24
    sort_by: Sequence[tuple[str, bool]] = ()
    """Columns, and whether the greatest comes first."""
    footer: bool = False

    def build(self, language: str) -> dashboard.Panel:
        """Return it as the SDK has it, without id and place."""
        options = table.Options(
            show_header=True,
            cell_height=common.TableCellHeight.SM,
            sort_by=[
                common.TableSortByFieldState(display_name=name, desc=down) for name, down in self.sort_by
            ],
            footer=common.TableFooterOptions(show=self.footer, reducer=["sum"], count_rows=False),
        )
        custom = common.TableFieldOptions(
            align=common.FieldTextAlignment.AUTO, cell_options=common.TableAutoCellOptions(), inspect=False
        )
        return self._panel("table", language, options, custom, thresholds=thresholds(self.scale.limits))


@dataclass(frozen=True, kw_only=True)
class Bars(Picture):
    """One bar, or group of bars, per row: amounts side by side."""

    x_field: str = ""
    stacked: bool = False
    horizontal: bool = False
    colours: Mapping[str, str] = field(default_factory=dict)
    """Of the fields, by name in either language."""

    def build(self, language: str) -> dashboard.Panel:
        """Return it as the SDK has it, without id and place."""
        options = barchart.Options(
            x_field=self.x_field or None,
            orientation=common.VizOrientation.HORIZONTAL
            if self.horizontal
            else common.VizOrientation.VERTICAL,
            stacking=common.StackingMode.NORMAL if self.stacked else common.StackingMode.NONE,
            show_value=common.VisibilityMode.AUTO,
            bar_width=0.85,
            legend=common.VizLegendOptions(
                display_mode=common.LegendDisplayMode.LIST,
                placement=common.LegendPlacement.BOTTOM,
                show_legend=True,
                calcs=[],
            ),
            tooltip=common.VizTooltipOptions(mode=common.TooltipDisplayMode.MULTI),
        )
        panel = self._panel(
            "barchart",
            language,
            options,
            barchart.FieldConfig(fill_opacity=85, line_width=0),
            color=fixed(APART[0]),
            thresholds=thresholds(self.scale.limits),
        )
        assert panel.field_config is not None
        panel.field_config.overrides = [
            *(
                dashboard.DashboardFieldConfigSourceOverrides(
                    matcher=dashboard.MatcherConfig(id_val="byName", options=name),
                    properties=[dashboard.DynamicConfigValue(id_val="color", value=fixed(colour))],
                )
                for name, colour in self.colours.items()
            ),
            *(panel.field_config.overrides or []),
        ]
        return panel
