"""Where panels stand: left to right in 24 columns, row below row, all of a row equally tall."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.models.dashboard import GridPos, RowPanel
from grafana_foundation_sdk.models.dashboard import Panel as BuiltPanel

from plantroom.dashboards.panel import Panel
from plantroom.domain.text import Text

COLUMNS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Panels under one heading; without a title they need none."""

    panels: Sequence[Panel]
    title: Text | None = None
    folded: bool = False
    """Whether a reader must open it first: what is seldom looked at is not asked for either."""


def placed(sections: Sequence[Section], language: str) -> list[BuiltPanel | RowPanel]:
    """Return the panels of all sections with ids and places, each section under its heading."""
    built: list[BuiltPanel | RowPanel] = []
    top, number = 0, 1
    for section in sections:
        heading: RowPanel | None = None
        if section.title is not None:
            heading = _heading(section, language, top=top, number=number)
            built.append(heading)
            top, number = top + 1, number + 1
        panels = [panel.build(language) for panel in section.panels]
        for panel, place in zip(panels, _places(section.panels, top), strict=True):
            panel.id_val, panel.grid_pos = number, place
            number += 1
        top = max((panel.grid_pos.y + panel.grid_pos.h for panel in panels if panel.grid_pos), default=top)
        if heading is not None and section.folded:
            heading.panels = panels
        else:
            built += panels
    return built


def _heading(section: Section, language: str, *, top: int, number: int) -> RowPanel:
    assert section.title is not None
    return RowPanel(
        collapsed=section.folded,
        title=section.title.in_language(language),
        grid_pos=GridPos(h=1, w=COLUMNS, x=0, y=top),
        id_val=number,
        panels=[],
    )


def _places(panels: Sequence[Panel], top: int) -> Iterator[GridPos]:
    for row in _rows(panels):
        height, left = max(panel.height for panel in row), 0
        for panel in row:
            yield GridPos(h=height, w=panel.width, x=left, y=top)
            left += panel.width
        top += height


def _rows(panels: Sequence[Panel]) -> list[list[Panel]]:
    rows: list[list[Panel]] = []
    for panel in panels:
        if not rows or sum(each.width for each in rows[-1]) + panel.width > COLUMNS:
            rows.append([])
        rows[-1].append(panel)
    return rows
