"""Panels stand side by side and never upon each other."""

from grafana_foundation_sdk.models.dashboard import Panel as BuiltPanel
from grafana_foundation_sdk.models.dashboard import RowPanel
from hypothesis import given
from hypothesis import strategies as st

from plantroom.dashboards.layout import COLUMNS, Section, placed
from plantroom.dashboards.panels import Stat
from plantroom.dashboards.queries import Influx
from plantroom.domain.text import Text


def tile(width: int, height: int) -> Stat:
    return Stat(
        title=Text(en="Tile"),
        question=Text(en="Is it there?"),
        queries=[Influx(influxql="SELECT 1")],
        width=width,
        height=height,
    )


def places(*sections: Section) -> list[tuple[int, int, int, int]]:
    built = placed(sections, "en")
    return [(at.x, at.y, at.w, at.h) for each in built if (at := each.grid_pos) is not None]


def test_a_row_is_as_tall_as_its_tallest_and_what_does_not_fit_begins_the_next() -> None:
    assert places(Section(panels=[tile(12, 8), tile(8, 4), tile(8, 4)])) == [
        (0, 0, 12, 8),
        (12, 0, 8, 8),
        (0, 8, 8, 4),
    ]


def test_a_section_stands_under_its_heading() -> None:
    sections = (Section(panels=[tile(4, 4)]), Section(title=Text(en="More"), panels=[tile(4, 4)]))

    assert places(*sections) == [(0, 0, 4, 4), (0, 4, 24, 1), (0, 5, 4, 4)]


def test_a_folded_section_keeps_its_panels_inside() -> None:
    (heading,) = placed([Section(title=Text(en="More"), panels=[tile(4, 4)], folded=True)], "en")

    assert isinstance(heading, RowPanel)
    assert heading.collapsed
    assert [panel.title for panel in heading.panels] == ["Tile"]


@given(st.lists(st.lists(st.tuples(st.integers(1, 24), st.integers(1, 12)), min_size=1), max_size=4))
def test_no_cell_is_taken_twice(sizes: list[list[tuple[int, int]]]) -> None:
    sections = [Section(title=Text(en="Part"), panels=[tile(*size) for size in part]) for part in sizes]

    built = placed(sections, "en")

    cells = [
        (column, row)
        for at in (each.grid_pos for each in built if isinstance(each, BuiltPanel | RowPanel))
        if at is not None
        for column in range(at.x, at.x + at.w)
        for row in range(at.y, at.y + at.h)
    ]
    assert len(cells) == len(set(cells))
    assert all(column < COLUMNS for column, _ in cells)
