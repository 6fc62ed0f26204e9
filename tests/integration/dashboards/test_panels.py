"""Every dashboard's queries, asked as Grafana asks them of real servers with a plant in them."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

import pytest

from plantroom.dashboards.board import LANGUAGES, Board
from plantroom.dashboards.plant import Plant
from plantroom.dashboards.registry import boards
from plantroom_testing.filled_plant import FilledPlant
from plantroom_testing.grafana import Value
from plantroom_testing.grafana_board import Answer, OpenBoard
from plantroom_testing.grafana_influxql import Frame
from plantroom_testing.plant_history import DAY_MS, HOUR_MS
from plantroom_testing.simulation import demo

SPANS: Final = {"1 h": HOUR_MS, "7 d": 7 * DAY_MS, "90 d": 90 * DAY_MS}
"""One for each tier."""
TIERS: Final = {"1 h": "autogen", "7 d": "minutes", "90 d": "hours"}

MAY_BE_EMPTY: Final[Mapping[tuple[str, str, str], str]] = {
    ("work-orders", "Time to acknowledge", "1 h"): "nobody acknowledged an alarm in the last hour",
    ("work-orders", "Faults that came again", "1 h"): "no fault came twice within an hour",
}
"""Dashboard, panel and span that rightly show nothing of this plant, and why."""

SERIES_PANELS: Final = frozenset({"timeseries", "state-timeline", "stat", "gauge", "barchart", "bargauge"})


pytestmark = pytest.mark.timeout(900)  # the first test waits until the plant has been lived


@cache
def all_boards() -> Mapping[str, Board]:
    return {board.name: board for board in boards(Plant(demo()))}


def opened(
    plant: FilledPlant,
    name: str,
    span: str,
    *,
    language: str = "en",
    chosen: Mapping[str, Value] | None = None,
) -> OpenBoard:
    document = all_boards()[name].document(language)
    return OpenBoard(document, plant.sources, plant.span(SPANS[span]), chosen or {})


def values(frame: Frame) -> list[Any]:
    """Return what is not a time and not missing."""
    return [
        cell
        for name, cells in frame.columns.items()
        if name not in ("Time", "time")
        for cell in cells
        if cell is not None
    ]


def is_empty(answers: list[Answer]) -> bool:
    return not any(values(frame) for answer in answers for frame in answer.frames)


def faults_of(panel: Mapping[str, Any], answer: Answer) -> Iterator[str]:
    """Yield what a panel of that type could not draw of an answer."""
    if len({frame.name for frame in answer.frames}) < len(answer.frames) and panel["type"] != "table":
        yield f"several series of one name: {sorted(frame.name for frame in answer.frames)}"
    for frame in answer.frames:
        if len({len(cells) for cells in frame.columns.values()}) != 1:
            yield f"columns of several lengths: {frame.name}"
        if "Time" in frame.columns and panel["type"] in SERIES_PANELS:
            texts = [each for each in values(frame) if not isinstance(each, int | float)]
            if texts:
                yield f"texts among the values of {frame.name}: {texts[:3]}"


@pytest.mark.parametrize("span", SPANS)
@pytest.mark.parametrize("name", sorted(all_boards()))
def test_every_panel_gets_data_of_a_shape_it_can_draw(
    filled_plant: FilledPlant, name: str, span: str
) -> None:
    board = opened(filled_plant, name, span)
    empty, faults = set(), []

    for panel in board.panels:
        answers = board.ask(panel)
        faults += [f"{panel['title']}: {fault}" for answer in answers for fault in faults_of(panel, answer)]
        if is_empty(answers):
            empty.add((name, panel["title"], span))

    assert faults == []
    assert empty == {each for each in MAY_BE_EMPTY if each[0] == name and each[2] == span}


@pytest.mark.parametrize("name", sorted(all_boards()))
def test_the_chinese_edition_gets_as_much(filled_plant: FilledPlant, name: str) -> None:
    english, chinese = (
        [[len(frame) for answer in board.ask(panel) for frame in answer.frames] for panel in board.panels]
        for board in (opened(filled_plant, name, "1 h", language=each) for each in LANGUAGES)
    )

    assert chinese == english


@pytest.mark.parametrize("name", sorted(all_boards()))
def test_one_chosen_machine_of_several_can_be_asked_for(filled_plant: FilledPlant, name: str) -> None:
    everything = opened(filled_plant, name, "1 h")
    chosen = {
        each.name: (each.options[0],) for each in everything.variables.values() if each.multi and each.options
    }
    board = opened(filled_plant, name, "1 h", chosen=chosen)

    answers = [answer for panel in board.panels for answer in board.ask(panel)]

    assert answers
    for answer in answers:
        for frame in answer.frames:
            if "asset" in chosen and frame.labels.get("asset"):
                assert (frame.labels["asset"],) == chosen["asset"]


@pytest.mark.parametrize("span", SPANS)
@pytest.mark.parametrize("name", sorted(all_boards()))
def test_variables_have_values_and_the_tier_is_that_of_the_span(
    filled_plant: FilledPlant, name: str, span: str
) -> None:
    variables = opened(filled_plant, name, span).variables

    assert [each.name for each in variables.values() if each.name != "console" and not each.options] == []
    if "tier" in variables:
        assert variables["tier"].value == TIERS[span]
    for ending in ("last", "max", "min"):
        if ending in variables:
            assert variables[ending].value == ("" if span == "1 h" else f"_{ending.upper()}")


@pytest.mark.parametrize("name", sorted(all_boards()))
def test_annotations_are_the_alarms_of_the_time(filled_plant: FilledPlant, name: str) -> None:
    board = opened(filled_plant, name, "7 d")

    layers = dict(board.annotations())

    for frames in layers.values():
        for frame in frames:
            assert {"time", "timeend", "text", "tags"} <= frame.columns.keys()
            for begin, end in zip(frame.columns["time"], frame.columns["timeend"], strict=True):
                assert isinstance(begin, int | float)
                assert isinstance(end, int | float)
                assert begin <= end
    if name in ("pumps", "overview"):
        texts = [text for frames in layers.values() for frame in frames for text in frame.columns["text"]]
        assert any("P-101" in str(text) for text in texts)


def counted(plant: FilledPlant, asset: str, *, since: int) -> float:
    """Return what a meter's counter went up by from `since` to the end."""
    table = plant.history.installation.table
    number = table.number[asset, "energy"]
    readings = [
        (ts, value)
        for batch in plant.history.batches
        for ts, value in zip(
            batch.ts[batch.point == number].tolist(), batch.value[batch.point == number].tolist(), strict=True
        )
    ]
    before = [value for ts, value in readings if ts < since]
    return float(readings[-1][1] - before[-1])


def test_energy_is_what_the_meters_counted_now_and_before(filled_plant: FilledPlant) -> None:
    document = all_boards()["energy"].document("en")
    board = OpenBoard(document, filled_plant.sources, filled_plant.span(DAY_MS))
    by_title = {panel["title"]: board.ask(panel) for panel in board.panels}

    totals = [
        values(frame)[0] for answer in by_title["Whole site, against before"] for frame in answer.frames
    ]
    by_day = {
        frame.name: sum(values(frame))
        for answer in by_title["Energy by system and day"]
        for frame in answer.frames
    }

    used = counted(filled_plant, "EM-MAIN", since=board.span.start)
    assert totals[0] == pytest.approx(used)
    assert totals[1] == pytest.approx(used, rel=0.02)
    assert totals[2] == pytest.approx(0.94 * used, rel=0.02)
    assert by_day["EM-HVAC"] == pytest.approx(counted(filled_plant, "EM-HVAC", since=board.span.start))
    assert "EM-MAIN" not in by_day


def test_the_overview_counts_what_the_dashboard_of_alarms_counts(filled_plant: FilledPlant) -> None:
    counts = []
    for name in ("overview", "alarms"):
        board = opened(filled_plant, name, "1 h")
        shown = {panel["title"]: board.ask(panel) for panel in board.panels if panel["type"] == "stat"}
        counts.append(
            {
                title: [values(frame) for answer in shown[title] for frame in answer.frames]
                for title in ("Critical", "Major", "Warning", "Info", "Unacknowledged")
            }
        )

    assert counts[0] == counts[1]
