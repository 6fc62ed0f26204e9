"""Draws what each fault of the shipped scenarios does to the readings: `make charts`.

For each scenario with faults: the demo building with them in colour over the same building, seed and days
without them in grey, and a page in docs/explanation/faults/ for each asset class. Names on the command line
choose scenarios.
"""

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Final

import matplotlib as mpl
import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.dates import ConciseDateFormatter
from PIL import Image
from rich.progress import track

from plantroom.cli.scenarios import SHIPPED, scenario_called, simulation_of, sites_of
from plantroom.domain.scenario import Scenario
from plantroom.domain.site import Point, Site
from plantroom.simulators.recording import Recorder
from plantroom.storage.files.scenarios import scenario_names

FOLDER: Final = Path(__file__).parents[1] / "docs/explanation/faults"
COARSE: Final = timedelta(seconds=60)
"""Readings are taken no more often: a picture of hours shows no more."""
SOUND_COLOUR: Final = "#9a9a9a"
FAULTY_COLOUR: Final = "#c0392b"
SPAN_COLOUR: Final = "#fdf1ef"
COLOURS: Final = 48
"""Enough for lines and grey text; a picture takes a third of the room."""


@dataclass(frozen=True, slots=True)
class Course:
    """The readings of one point: times (datetime64[ms], UTC) and values, both 1-d of one length."""

    times: np.ndarray
    values: np.ndarray


def main() -> None:
    """Draw the scenarios named on the command line, all that have faults by default, and write the pages."""
    names = sys.argv[1:] or scenario_names(SHIPPED)
    drawn = [each for each in map(scenario_called, names) if each.faults and each.chart and each.start]
    FOLDER.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor() as pool:
        for _ in track(pool.map(draw, drawn), total=len(drawn), description="charts"):
            pass
    write_pages(
        [each for each in map(scenario_called, scenario_names(SHIPPED)) if each.faults and each.chart]
    )


def draw(scenario: Scenario) -> None:
    """Make the picture of one scenario."""
    (site,) = sites_of(())
    chart = charted(scenario, site)
    coarse = coarsened(site)
    faulty = courses(coarse, scenario, chart)
    sound = courses(coarse, replace(scenario, faults=()), chart)
    figure, axes = plt.subplots(
        len(chart),
        1,
        sharex=True,
        figsize=(7.2, 0.6 + 1.25 * len(chart)),
        squeeze=False,
        layout="constrained",
    )
    points = {(asset.id, point.name): point for asset in site.assets for point in asset.points}
    for axis, place in zip(axes[:, 0], chart, strict=True):
        draw_point(axis, points[place], sound[place], faulty[place])
        axis.set_title(f"{place[0]}  {points[place].label.en}", fontsize=8, loc="left", pad=2)
        shade(axis, scenario)
    axes[-1, 0].xaxis.set_major_formatter(ConciseDateFormatter(axes[-1, 0].xaxis.get_major_locator()))
    save(figure, FOLDER / f"{scenario.name}.png")
    plt.close(figure)


def charted(scenario: Scenario, site: Site) -> list[tuple[str, str]]:
    """Return the assets and points that the scenario's picture shows."""
    first = scenario.faults[0].asset or next(
        asset.id for asset in site.assets if asset.asset_class == scenario.faults[0].asset_class
    )
    return [
        (asset or first, point) for asset, _, point in (written.rpartition(".") for written in scenario.chart)
    ]


def coarsened(site: Site) -> Site:
    """Return the site with no point read more often than a picture shows."""
    assets = tuple(
        replace(asset, points=tuple(replace(each, every=max(each.every, COARSE)) for each in asset.points))
        for asset in site.assets
    )
    return replace(site, assets=assets)


def courses(
    site: Site, scenario: Scenario, places: Iterable[tuple[str, str]]
) -> Mapping[tuple[str, str], Course]:
    """Return what the points show in the scenario."""
    recorder = Recorder(simulation_of(site, scenario))
    number = {(each.asset, each.point.name): place for place, each in enumerate(recorder.series)}
    parts: dict[tuple[str, str], list[tuple[np.ndarray, np.ndarray]]] = defaultdict(list)
    for block in recorder.blocks(scenario.duration):
        for place in places:
            chosen = block.series == number[place]
            parts[place].append((block.ts[chosen], block.values[chosen]))
    return {place: course_of(parts[place], site) for place in places}


def course_of(parts: Sequence[tuple[np.ndarray, np.ndarray]], site: Site) -> Course:
    """Return one course of the parts, in the site's own time."""
    ts = np.concatenate([times for times, _ in parts])
    offset = 0.0
    if len(ts):
        local = datetime.fromtimestamp(ts[0] / 1000, UTC).astimezone(site.timezone)
        offset = (local.utcoffset() or timedelta()).total_seconds()
    times = (ts + round(offset * 1000)).astype("datetime64[ms]")
    return Course(times=times, values=np.concatenate([values for _, values in parts]))


def draw_point(axis: Axes, point: Point, sound: Course, faulty: Course) -> None:
    """Draw both courses; numbers as lines, states as steps, gaps as gaps."""
    style = {"drawstyle": "steps-post"} if point.states or point.value_type.value == "boolean" else {}
    axis.plot(*with_gaps(sound, point), color=SOUND_COLOUR, linewidth=0.9, label="sound", **style)
    axis.plot(*with_gaps(faulty, point), color=FAULTY_COLOUR, linewidth=1.0, label="faulty", **style)
    axis.set_ylabel(point.unit or None, fontsize=8)
    if point.states:
        axis.set_yticks(range(len(point.states)), point.states)
    elif point.value_type.value == "boolean":
        axis.set_yticks([0, 1], ["no", "yes"])
        axis.set_ylim(-0.15, 1.15)
    axis.tick_params(labelsize=7)
    axis.spines[["top", "right"]].set_visible(False)
    axis.margins(x=0)


def with_gaps(course: Course, point: Point) -> tuple[np.ndarray, np.ndarray]:
    """Return times and values with a break wherever readings are missing for long."""
    order = np.argsort(course.times, kind="stable")
    times, values = course.times[order], course.values[order]
    usual = max(point.every, COARSE).total_seconds() * 1000
    after = np.flatnonzero(np.diff(times).astype(np.int64) > 2.5 * usual) + 1
    return np.insert(times, after, times[after - 1] + 1), np.insert(values, after, np.nan)


def shade(axis: Axes, scenario: Scenario) -> None:
    """Show behind the readings when each fault is there."""
    assert scenario.start is not None
    for fault in scenario.faults:
        begin = np.datetime64(scenario.start + fault.at)
        end = np.datetime64(scenario.start + (fault.at + fault.lasts if fault.lasts else scenario.duration))
        axis.axvspan(begin, end, color=SPAN_COLOUR, zorder=0)


def save(figure: plt.Figure, path: Path) -> None:
    """Write the picture with few colours."""
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=90)
    Image.open(buffer).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


def write_pages(scenarios: Sequence[Scenario]) -> None:
    """Write a page for each class of what its faults look like, and the page that leads to them."""
    by_class: dict[str, list[Scenario]] = defaultdict(list)
    for scenario in scenarios:
        by_class[page_of(scenario)].append(scenario)
    for name, members in by_class.items():
        (FOLDER / f"{name}.md").write_text("\n".join(page(name, members)), encoding="utf-8")
    (FOLDER / "README.md").write_text("\n".join(front(by_class)), encoding="utf-8")


def page_of(scenario: Scenario) -> str:
    """Return the page that a scenario stands on: the class of the asset it befalls first."""
    if len(scenario.faults) > 1 and len({fault.asset for fault in scenario.faults}) > 1:
        return "storms"
    fault = scenario.faults[0]
    if fault.point is not None:
        return "instruments"
    if fault.fault in ("dead_gateway", "flapping_link", "store_and_forward", "clock_skew"):
        return "connections"
    (site,) = sites_of(())
    return next((asset.asset_class for asset in site.assets if asset.id == fault.asset), "storms")


def page(name: str, scenarios: Sequence[Scenario]) -> Iterator[str]:
    """Return the lines of one page."""
    yield f"# Faults: {name.replace('_', ' ')}"
    yield ""
    yield "Made by `make charts` from the scenarios in `simulators/scenarios/`. Grey: the same building, days"
    yield "and seed without the fault; red: with it. The shade says when it is there."
    yield ""
    for scenario in scenarios:
        names = ", ".join(
            dict.fromkeys(
                f"`{fault.fault}` on {fault.asset}{f'.{fault.point}' if fault.point else ''}"
                for fault in scenario.faults
            )
        )
        yield f"## {scenario.title.en} ({scenario.title.zh})"
        yield ""
        yield f"`plantroom simulate --scenario {scenario.name}`: {names}."
        yield ""
        yield scenario.expect.en
        yield ""
        if scenario.start:
            yield f"![{scenario.title.en}]({scenario.name}.png)"
            yield ""


def front(by_class: Mapping[str, Sequence[Scenario]]) -> Iterator[str]:
    """Return the lines of the page that leads to the others."""
    count = sum(len(members) for members in by_class.values())
    yield "# What each fault looks like"
    yield ""
    yield f"{count} scenarios, each drawn over the same building without the fault. Made by `make charts`."
    yield ""
    yield "| page | faults |"
    yield "|---|---|"
    for name, members in sorted(by_class.items()):
        faults = dict.fromkeys(fault.fault for scenario in members for fault in scenario.faults)
        yield f"| [{name.replace('_', ' ')}]({name}.md) | {', '.join(f'`{each}`' for each in faults)} |"
    yield ""


if __name__ == "__main__":
    mpl.use("agg")
    main()
