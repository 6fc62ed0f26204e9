"""Draws each dashboard from its panels' own queries, asked of a filled plant: `make previews`.

The pictures stand in for Grafana's. A plant is lived and put into an InfluxDB and a PostgreSQL; each panel
is asked as the tests ask it, and what comes back is drawn where it stands. Names on the command line choose.
"""

import math
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).parents[1] / "tests/support"))

import matplotlib as mpl
import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image
from rich.progress import track

from plantroom.dashboards.board import Board
from plantroom.dashboards.plant import Plant
from plantroom.dashboards.registry import boards
from plantroom.simulators.demo import SITE_FILE
from plantroom.storage.files.loader import load_installation
from plantroom_testing.filled_plant import FilledPlant, filled
from plantroom_testing.grafana_board import OpenBoard
from plantroom_testing.grafana_influxql import Cell, Frame, QueryError
from plantroom_testing.influx import InfluxServer
from plantroom_testing.postgres import make_server

FOLDER: Final = Path(__file__).parents[1] / "docs/dashboards"
HEADING: Final = """# What the dashboards look like

Previews drawn by Plantroom from the panels' own queries, not by Grafana: `make previews` lets the demo
building live a day with faults, fills InfluxDB and PostgreSQL with it, and draws what each query returns
where its panel stands. [What is where](../reference/dashboards.md).
"""
LABEL: Final = "Preview drawn by Plantroom from the panels' own queries, not by Grafana"
WIDTH: Final = 16.0
"""Inches of the 24 columns."""
ROW: Final = 0.235
"""Inches of one row of the grid."""
MOST_ROWS: Final = 78
"""Rows that are drawn: what is further down would make the picture too small to read."""
COLOURS: Final = 160
GROUND, PANEL, EDGE, TEXT, FAINT = "#111217", "#181b1f", "#2c3036", "#d8d9da", "#8e9ba3"
LINES: Final = (
    "#4cc3b6", "#8ab8ff", "#b39ddb", "#9ccc65", "#5c9ead",
    "#c58fb8", "#7986cb", "#b0a58f", "#66a182", "#a3c4dc",
)  # fmt: skip
READINGS_SPAN: Final = "now-6h"
"""For so long all of the plant's readings are there: what would show a day of them shows this."""
ZONE: Final = ZoneInfo("Asia/Shanghai")
SPANS: Final[Mapping[str, float]] = {"m": 1 / 60, "h": 1, "d": 24}

Document = Mapping[str, Any]


def main() -> None:
    """Draw the dashboards named on the command line, all by default, English, and write the page."""
    plan = Plant(load_installation(sites=[SITE_FILE], rules=()))
    chosen = [each for each in boards(plan) if not sys.argv[1:] or each.name in sys.argv[1:]]
    FOLDER.mkdir(parents=True, exist_ok=True)
    with lived() as plant:
        for board in track(chosen, description="dashboards"):
            draw(board.document("en"), plant, FOLDER / f"{board.name}.png")
    write_page(boards(plan))


def write_page(every: Sequence[Board]) -> None:
    """Write the page that shows the pictures there are."""
    drawn = [each for each in every if (FOLDER / f"{each.name}.png").exists()]
    systems = [each for each in drawn if not each.name.startswith("asset-")]
    machines = [each for each in drawn if each.name.startswith("asset-")]
    lines = [HEADING, "| | |", "|---|---|"]
    lines += [
        f"| [{each.title.en}](#{each.name}) {each.title.zh} | {each.description.en} |" for each in systems
    ]
    for title, group in (("", systems), ("One machine", machines)):
        lines += [f"\n## {title}"] if title and group else []
        for each in group:
            lines += [
                f'\n<a id="{each.name}"></a>',
                f"### {each.title.en}",
                f"![{each.title.en}]({each.name}.png)",
            ]
    (FOLDER / "README.md").write_text("\n".join(lines) + "\n", "utf-8")


@contextmanager
def lived() -> Iterator[FilledPlant]:
    """Give a plant in servers of our own."""
    with tempfile.TemporaryDirectory() as readings, tempfile.TemporaryDirectory() as records:
        influx, postgres = InfluxServer(Path(readings)), make_server(Path(records))
        try:
            influx.start()
            postgres.start()
            with filled(influx, postgres, fine_hours=7) as plant:
                yield plant
        finally:
            influx.kill()
            postgres.stop()


def draw(document: Document, plant: FilledPlant, path: Path) -> None:
    """Draw one dashboard at its own span up to the plant's last reading."""
    span = document["time"]["from"]
    if span == "now-24h" and path.stem != "pipeline":
        span = READINGS_SPAN
    hours = hours_of(span)
    board = OpenBoard(document, plant.sources, plant.span(round(hours * 3_600_000)))
    folded = {
        panel["id"] for row in document["panels"] if row["type"] == "row" for panel in row.get("panels") or ()
    }
    panels = [each for each in board.panels if each["id"] not in folded]
    rows = [each for each in document["panels"] if each["type"] == "row"]
    height = min(MOST_ROWS, max(each["gridPos"]["y"] + each["gridPos"]["h"] for each in [*panels, *rows]))
    figure = plt.figure(figsize=(WIDTH, (height + 3) * ROW), facecolor=GROUND)
    page = Page(figure=figure, rows=height)
    page.head(document["title"], span)
    for row in rows:
        page.heading(row)
    for panel in panels:
        if panel["gridPos"]["y"] + panel["gridPos"]["h"] <= height:
            page.panel(panel, board)
    save(figure, path)
    plt.close(figure)


def hours_of(text: str) -> float:
    """Return the hours of `now-6h`."""
    return float(text[4:-1]) * SPANS[text[-1]]


def save(figure: Figure, path: Path) -> None:
    """Write the picture with few colours, which is a third of the size."""
    drawn = BytesIO()
    figure.savefig(drawn, dpi=100, facecolor=GROUND)
    with Image.open(drawn) as picture:
        small = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        small.save(path, optimize=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A picture of a dashboard, in the grid's own columns and rows."""

    figure: Figure
    rows: int

    def head(self, title: str, span: str) -> None:
        """Write what it is."""
        top = 1 - 0.9 / (self.rows + 3)
        self.figure.text(0.01, top, title, color=TEXT, fontsize=15, va="center", weight="bold")
        self.figure.text(
            0.99, top, f"{LABEL} · {span} to now", color=FAINT, fontsize=9, va="center", ha="right"
        )

    def heading(self, row: Document) -> None:
        """Write a section's title."""
        box = self._box(row["gridPos"])
        if box[1] > 0:
            sign = "›" if row.get("collapsed") else "⌄"
            self.figure.text(
                0.01, box[1] + box[3] / 2, f"{sign} {row['title']}", color=TEXT, fontsize=10, va="center"
            )

    def panel(self, panel: Document, board: OpenBoard) -> None:
        """Draw a panel with its frame and title."""
        left, bottom, width, height = self._box(panel["gridPos"])
        self.figure.add_artist(
            Rectangle(
                (left, bottom), width, height, facecolor=PANEL, edgecolor=EDGE, linewidth=0.8, zorder=-5
            )
        )
        title_at = bottom + height - 0.5 / (self.rows + 3)
        self.figure.text(
            left + 0.005,
            title_at,
            board.text(panel["title"]),
            color=TEXT,
            fontsize=8.5,
            va="center",
            weight="bold",
        )
        frames = [frame for answer in board.ask(panel) for frame in answer.frames]
        head = 1.15 / (self.rows + 3)
        inner = (
            left + 0.006,
            bottom + 0.15 / (self.rows + 3),
            width - 0.012,
            height - head - 0.2 / (self.rows + 3),
        )
        Drawing(figure=self.figure, panel=panel, box=inner).draw(frames)

    def _box(self, place: Mapping[str, int]) -> tuple[float, float, float, float]:
        row = 1 / (self.rows + 3)
        bottom = 1 - (place["y"] + place["h"] + 2) * row
        return place["x"] / 24 + 0.003, bottom + row * 0.1, place["w"] / 24 - 0.006, (place["h"] - 0.2) * row


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """What is inside a panel."""

    figure: Figure
    panel: Document
    box: tuple[float, float, float, float]

    def draw(self, frames: Sequence[Frame]) -> None:
        """Draw the answers as that kind of panel."""
        frames = [frame for frame in frames if has_values(frame)]
        if not frames:
            self._note(self._defaults.get("noValue") or "no data")
            return
        kinds = {
            "timeseries": self._lines,
            "state-timeline": self._states,
            "stat": self._stats,
            "gauge": self._stats,
            "bargauge": self._stats,
            "table": self._table,
            "barchart": self._bars,
        }
        kinds[self.panel["type"]](frames)

    @property
    def _defaults(self) -> Document:
        found: Document = self.panel["fieldConfig"]["defaults"]
        return found

    def _axes(self, left: float = 0.0, bottom: float = 0.0, right: float = 0.0) -> Axes:
        """Return axes in the panel's place, so many inches in from its sides."""
        width, height = self.figure.get_size_inches()
        x, y, w, h = self.box
        axes = self.figure.add_axes(
            (x + left / width, y + bottom / height, w - (left + right) / width, h - bottom / height)
        )
        axes.set_facecolor("none")
        axes.tick_params(colors=FAINT, labelsize=7, length=0)
        for spine in axes.spines.values():
            spine.set_visible(False)
        return axes

    def _note(self, text: str) -> None:
        axes = self._axes()
        axes.axis("off")
        axes.text(0.5, 0.5, text, color=FAINT, ha="center", va="center", fontsize=9)

    def _lines(self, frames: Sequence[Frame]) -> None:
        custom = self._defaults.get("custom", {})
        in_table = self.panel["options"]["legend"].get("placement") == "right"
        legend_width = min(2.6, 0.36 * self.box[2] * WIDTH) if in_table else 0.0
        axes = self._axes(left=0.5, bottom=0.36 if not in_table else 0.2, right=legend_width + 0.1)
        stacked = custom.get("stacking", {}).get("mode") == "normal"
        base: dict[float, float] = {}
        handles = []
        for number, frame in enumerate(frames):
            colour = self._colour_of(frame.name, number, len(frames))
            times, values = numbers_of(frame)
            if custom.get("drawStyle") == "bars":
                handles.append(
                    self._bar_series(axes, frames, times, values, colour, number, base if stacked else None)
                )
            else:
                gap = custom.get("spanNulls")
                handles.append(
                    line_with_gaps(axes, times, values, colour, gap if isinstance(gap, int) else 0)
                )
        self._limits(axes)
        self._scale(axes)
        axes.grid(visible=True, color=EDGE, linewidth=0.6)
        axes.set_axisbelow(True)
        locator = AutoDateLocator(minticks=3, maxticks=7)
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz=ZONE, show_offset=False))
        self._legend(axes, frames, handles, in_table=in_table)

    def _bar_series(
        self,
        axes: Axes,
        frames: Sequence[Frame],
        times: np.ndarray,
        values: np.ndarray,
        colour: str,
        number: int,
        base: dict[float, float] | None,
    ) -> Any:
        every = [at for frame in frames for at in numbers_of(frame)[0].tolist()]
        unique = np.unique(every)
        step = float(np.diff(unique).min()) if len(unique) > 1 else 1 / 24
        width = step * 0.8 / (1 if base is not None else len(frames))
        shift = 0.0 if base is not None else (number - (len(frames) - 1) / 2) * width
        bottoms = [0.0 if base is None else base.get(at, 0.0) for at in times.tolist()]
        for at, value in zip(times.tolist(), values.tolist(), strict=True):
            if base is not None and not math.isnan(value):
                base[at] = base.get(at, 0.0) + value
        return axes.bar(times + step / 2 + shift, np.nan_to_num(values), width, bottoms, color=colour)

    def _limits(self, axes: Axes) -> None:
        custom = self._defaults.get("custom", {})
        if custom.get("thresholdsStyle", {}).get("mode", "off") == "off":
            return
        steps = [each for each in self._defaults["thresholds"]["steps"] if each["value"] is not None]
        low, high = axes.get_ylim()
        wanted = [custom.get("axisSoftMin"), custom.get("axisSoftMax")]
        low, high = (
            min([low, *(each for each in wanted if each is not None)]),
            max([high, *(each for each in wanted if each is not None)]),
        )
        for each in steps:
            if low <= each["value"] <= high and each["color"] != "transparent":
                axes.axhline(each["value"], color=each["color"], linewidth=1, linestyle=(0, (4, 3)))
        axes.set_ylim(low, high + 0.03 * (high - low))

    def _scale(self, axes: Axes) -> None:
        low, high = self._defaults.get("min"), self._defaults.get("max")
        axes.set_ylim(bottom=low, top=high)
        unit = self._defaults.get("unit", "")
        places = None if unit.startswith("dt") else 0
        ticks = axes.get_yticks()
        spread = float(ticks[-1] - ticks[0]) if len(ticks) > 1 else 1.0
        places = places if spread > 8 else (1 if spread > 0.8 else 2)
        axes.yaxis.set_major_formatter(lambda value, _: written(value, unit, places))

    def _legend(self, axes: Axes, frames: Sequence[Frame], handles: Sequence[Any], *, in_table: bool) -> None:
        if not self.panel["options"]["legend"].get("showLegend"):
            return
        texts = [self._display(frame.name) + self._figures_of(frame, in_table=in_table) for frame in frames]
        place: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (1.0, 1.02)}
        if not in_table:
            longest = max(cjk_length(text) for text in texts)
            fitting = max(1, int(self.box[2] * WIDTH / (0.068 * longest + 0.36)))
            place = {"loc": "upper left", "bbox_to_anchor": (-0.04, -0.1), "ncols": fitting}
        most = max(1, int(self.box[3] * self.figure.get_size_inches()[1] / 0.15)) if in_table else fitting
        shown = axes.legend(
            handles[:most], texts[:most], frameon=False, fontsize=6.8, labelcolor=FAINT, handlelength=0.9,
            borderpad=0.1, labelspacing=0.25, **place,
        )  # fmt: skip
        for handle in shown.legend_handles:
            if handle is not None and hasattr(handle, "set_linewidth"):
                handle.set_linewidth(3)

    def _figures_of(self, frame: Frame, *, in_table: bool) -> str:
        calcs = self.panel["options"]["legend"].get("calcs") or []
        values = numbers_of(frame)[1]
        values = values[~np.isnan(values)]
        if not len(values) or not calcs or not in_table:
            return ""
        known = {
            "lastNotNull": values[-1],
            "max": values.max(),
            "min": values.min(),
            "mean": values.mean(),
            "sum": values.sum(),
        }
        said = [
            written(float(known[each]), self._defaults.get("unit", ""), self._defaults.get("decimals"))
            for each in calcs
        ]
        return "  " + " · ".join(said)

    def _states(self, frames: Sequence[Frame]) -> None:
        frames = frames[:24]
        axes = self._axes(
            left=min(
                0.4 * self.box[2] * WIDTH,
                0.068 * max(len(self._display(each.name)) for each in frames) + 0.15,
            ),
            bottom=0.2,
        )
        axes.set_ylim(len(frames) - 0.5, -0.5)
        axes.set_yticks(range(len(frames)), [self._display(frame.name) for frame in frames])
        for place, frame in enumerate(frames):
            words = self._words(frame.name)
            times, values = numbers_of(frame)
            for begin, end, value in runs(times, values, self._gap()):
                text, colour = words.get(f"{value:g}", (f"{value:g}", FAINT))
                axes.barh(place, end - begin, left=begin, height=0.8, color=colour)
                if end - begin > 0.12 * (times[-1] - times[0]):
                    axes.text(begin, place, f" {text}", color=GROUND, fontsize=6.5, va="center", clip_on=True)
        axes.xaxis_date(ZONE)
        locator = AutoDateLocator(minticks=3, maxticks=7)
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz=ZONE, show_offset=False))

    def _gap(self) -> float:
        for override in self.panel["fieldConfig"]["overrides"]:
            for each in override["properties"]:
                if each["id"] == "custom.spanNulls":
                    return float(each["value"]) / 86_400_000
        return 1.0

    def _stats(self, frames: Sequence[Frame]) -> None:
        axes = self._axes()
        axes.axis("off")
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
        shown = list(self._figures(frames))[:12]
        named = len(shown) > 1 or "name" in str(self.panel["options"].get("textMode", ""))
        wide = self.box[2] * WIDTH > 1.3 * self.box[3] * self.figure.get_size_inches()[1]
        columns = min(len(shown), 6) if wide else 1
        lines = -(-len(shown) // columns)
        for place, (name, text, colour) in enumerate(shown):
            x, y = (place % columns + 0.5) / columns, 1 - (place // columns + 0.5) / lines
            ink, is_filled = colour, self.panel["options"].get("colorMode") == "background_solid"
            if is_filled:
                axes.add_patch(
                    Rectangle(
                        (x - 0.48 / columns, y - 0.46 / lines), 0.96 / columns, 0.92 / lines, facecolor=colour
                    )
                )
                ink = GROUND
            size = max(8, min(22, 150 * self.box[2] / columns, 60 * self.box[3] * self.rows_high / lines))
            size = min(size, 1.55 * self.box[2] * WIDTH * 72 / columns / max(3, len(text)))
            axes.text(
                x,
                y + (0.1 / lines if named else 0),
                text,
                color=ink,
                ha="center",
                va="center",
                fontsize=size,
                weight="bold",
            )
            if named:
                axes.text(
                    x,
                    y - 0.3 / lines,
                    name[:30],
                    color=GROUND if is_filled else FAINT,
                    ha="center",
                    va="center",
                    fontsize=7,
                )

    @property
    def rows_high(self) -> float:
        """Inches of the picture, for sizes."""
        return float(self.figure.get_size_inches()[1])

    def _figures(self, frames: Sequence[Frame]) -> Iterator[tuple[str, str, str]]:
        """Yield name, text and colour of each figure."""
        words = self._words()
        for frame in frames:
            for name, cells in frame.columns.items():
                if name in ("Time", "time"):
                    continue
                last = [each for each in cells if each is not None][-1]
                said = self._display(frame.name if name == "Value" else name)
                if not isinstance(last, int | float):
                    yield said, str(last), TEXT
                    continue
                key = f"{last:g}"
                text, colour = words.get(key, (self._figure(last), self._limit_colour(float(last))))
                yield said, text, colour

    def _figure(self, value: float) -> str:
        unit = self._defaults.get("unit", "")
        for override in self.panel["fieldConfig"]["overrides"]:
            for each in override["properties"]:
                if each["id"] == "unit":
                    unit = str(each["value"])
        return written(value, unit, self._defaults.get("decimals"))

    def _limit_colour(self, value: float) -> str:
        steps = self._defaults.get("thresholds", {}).get("steps", [])
        reached = [each["color"] for each in steps if each["value"] is None or value >= each["value"]]
        return str(reached[-1]) if reached and reached[-1] != "transparent" else TEXT

    def _table(self, frames: Sequence[Frame]) -> None:
        (frame,) = frames[:1]
        axes = self._axes()
        axes.axis("off")
        height = self.box[3] * self.figure.get_size_inches()[1]
        most = max(1, int(height / 0.205) - 1)
        columns = {
            name: cells for name, cells in frame.columns.items() if not self._property(name, "custom.hidden")
        }
        texts = {name: [self._cell(name, each) for each in cells[:most]] for name, cells in columns.items()}
        widths = [
            max(len(name), 3, *(cjk_length(text) for text, _ in cells)) for name, cells in texts.items()
        ]
        total, x = sum(widths) + 1.2 * len(widths), 0.0
        axes.set_xlim(0, total)
        axes.set_ylim(most + 1, 0)
        for (name, cells), width in zip(texts.items(), widths, strict=True):
            axes.text(
                x + 0.3, 0.55, name, color="#6e9fff", fontsize=7, va="center", weight="bold", clip_on=True
            )
            for row, (text, colour) in enumerate(cells, start=1):
                if colour is not None:
                    axes.add_patch(Rectangle((x, row + 0.08), width + 0.9, 0.84, facecolor=colour))
                axes.text(
                    x + 0.3, row + 0.5, text[: max(6, int(width))],
                    color=TEXT if colour is None else ink_on(colour),
                    fontsize=6.8, va="center", clip_on=True,
                )  # fmt: skip
            x += width + 1.2

    def _cell(self, name: str, cell: Cell) -> tuple[str, str | None]:
        mapping = self._property(name, "mappings")
        key = f"{cell:g}" if isinstance(cell, int | float) else str(cell)
        for each in mapping or ():
            if key in each["options"]:
                option = each["options"][key]
                return option["text"], option.get("color")
        if cell is None:
            return "", None
        if isinstance(cell, str):
            return cell[:46], None
        unit = str(self._property(name, "unit") or self._defaults.get("unit") or "")
        places = self._property(name, "decimals")
        return written(
            float(cell), unit, self._defaults.get("decimals") if places is None else int(places)
        ), None

    def _bars(self, frames: Sequence[Frame]) -> None:
        (frame,) = frames[:1]
        names = list(frame.columns)
        labels = [str(each) for each in frame.columns[names[0]]]
        axes = self._axes(left=0.4, bottom=0.36)
        at, base = np.arange(len(labels)), np.zeros(len(labels))
        for number, name in enumerate(names[1:]):
            values = np.array([float(each or 0) for each in frame.columns[name]])
            axes.bar(at, values, 0.6, base, color=self._colour_of(name, number, 9), label=name)
            base += values
        axes.set_xticks(at, labels)
        axes.grid(visible=True, axis="y", color=EDGE, linewidth=0.6)
        axes.set_axisbelow(True)
        axes.legend(
            frameon=False, fontsize=6.8, labelcolor=FAINT, ncols=6, loc="upper left",
            bbox_to_anchor=(-0.03, -0.11),
            handlelength=0.9,
        )  # fmt: skip

    def _property(self, name: str, wanted: str) -> Any:
        for override in self.panel["fieldConfig"]["overrides"]:
            if matches(override["matcher"], name):
                for each in override["properties"]:
                    if each["id"] == wanted:
                        return each["value"]
        return None

    def _display(self, name: str) -> str:
        return str(self._property(name, "displayName") or name)

    def _colour_of(self, name: str, number: int, count: int) -> str:
        own = self._property(name, "color") or self._defaults.get("color") or {}
        if own.get("mode") == "fixed" and own.get("fixedColor"):
            return str(own["fixedColor"])
        if own.get("mode") == "thresholds" and count == 1:
            return FAINT
        return LINES[number % len(LINES)]

    def _words(self, name: str = "") -> Mapping[str, tuple[str, str]]:
        mappings = self._property(name, "mappings") or self._defaults.get("mappings") or ()
        return {
            value: (option["text"], option.get("color") or TEXT)
            for each in mappings
            for value, option in each["options"].items()
        }


def has_values(frame: Frame) -> bool:
    """Return whether there is anything but times."""
    return any(
        each is not None
        for name, cells in frame.columns.items()
        if name not in ("Time", "time")
        for each in cells
    )


def numbers_of(frame: Frame) -> tuple[np.ndarray, np.ndarray]:
    """Return times (days, as matplotlib has them) and values (NaN for none), both float64 of shape (n,)."""
    at = [date2num(datetime.fromtimestamp(float(each or 0) / 1000, UTC)) for each in frame.columns["Time"]]
    value = [math.nan if each is None else float(each) for each in frame.columns["Value"]]
    return np.array(at, float), np.array(value, float)


def line_with_gaps(axes: Axes, times: np.ndarray, values: np.ndarray, colour: str, gap_ms: int) -> Any:
    """Draw a line that is interrupted where no value came for longer than `gap_ms`."""
    kept = ~np.isnan(values)
    times, values = times[kept], values[kept]
    step = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    breaks = np.flatnonzero(np.diff(times) > max(gap_ms / 86_400_000, 1.5 * step)) + 1
    handle: Any = None
    for part_t, part_v in zip(np.split(times, breaks), np.split(values, breaks), strict=True):
        alone = "o" if len(part_t) == 1 else ""
        (handle,) = axes.plot(part_t, part_v, color=colour, linewidth=1.3, marker=alone, markersize=2)
    return handle


def runs(times: np.ndarray, values: np.ndarray, gap: float) -> Iterator[tuple[float, float, float]]:
    """Yield from when to when (days) a state lasted; a longer `gap` than that ends it."""
    kept = ~np.isnan(values)
    times, values = times[kept], values[kept]
    step = float(np.median(np.diff(times))) if len(times) > 1 else 0.01
    begin = 0
    for place in range(1, len(times) + 1):
        is_last = place == len(times)
        if is_last or values[place] != values[begin] or times[place] - times[place - 1] > max(gap, 2 * step):
            until = (
                times[place - 1] + step if is_last else min(times[place], times[place - 1] + max(gap, step))
            )
            yield float(times[begin]), float(until), float(values[begin])
            begin = place


def written(value: float, unit: str, places: int | None) -> str:
    """Return a number as Grafana shows it in a unit of ours."""
    if math.isnan(value):
        return ""
    if unit.startswith("dateTime"):
        return f"{datetime.fromtimestamp(value / 1000, ZONE):%Y-%m-%d %H:%M}"
    if unit == "dtdurationms":
        return lasting(value / 1000)
    known = {
        "celsius": " °C",
        "percent": "%",
        "hertz": " Hz",
        "rotrpm": " rpm",
        "velocityms": " m/s",
        "ppm": " ppm",
        "kwatth": " kWh",
    }
    shown = f"{value:.{places}f}" if places is not None else f"{value:.4g}"
    suffix = f" {unit.removeprefix('suffix:')}" if unit.startswith("suffix:") else known.get(unit, "")
    return shown + suffix


def lasting(seconds: float) -> str:
    """Return a length of time in its two largest units."""
    for unit, size, smaller, small in (("d", 86400, "h", 3600), ("h", 3600, "min", 60), ("min", 60, "s", 1)):
        if seconds >= size:
            return f"{int(seconds // size)} {unit} {int(seconds % size // small)} {smaller}"
    return f"{seconds:.0f} s"


def matches(matcher: Document, name: str) -> bool:
    """Return whether an override is about the field of that name."""
    if matcher["id"] == "byName":
        return bool(matcher["options"] == name)
    if matcher["id"] != "byRegexp":
        return False
    return re.search(str(matcher["options"]).strip("/"), name) is not None


def cjk_length(text: str) -> int:
    """Return how wide a text is in Latin letters."""
    return sum(2 if ord(letter) > 0x2E7F else 1 for letter in text)


def ink_on(colour: str) -> str:
    """Return what can be read on a colour."""
    red, green, blue, _ = to_rgba(colour)
    return GROUND if 0.3 * red + 0.59 * green + 0.11 * blue > 0.45 else TEXT


if __name__ == "__main__":
    mpl.use("agg")
    mpl.rcParams["font.family"] = ["DejaVu Sans"]
    try:
        main()
    except QueryError as error:
        sys.exit(str(error))
