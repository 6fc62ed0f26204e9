"""A dashboard, in both languages from one source."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import (
    AnnotationContainer,
    Dashboard,
    DashboardCursorSync,
    DashboardDashboardTemplating,
    DashboardDashboardTime,
    TimePickerConfig,
)

from plantroom.dashboards.annotations import AlarmPeriods
from plantroom.dashboards.layout import Section, placed
from plantroom.dashboards.links import TAG, header, uid
from plantroom.dashboards.variables import CONSOLE_URL, Variable, console
from plantroom.domain.text import Text

LANGUAGES: Final = ("en", "zh")
SCHEMA_VERSION: Final = 41
"""Of Grafana 11.6."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One dashboard."""

    name: str
    """What its uid and file are called, without language."""
    title: Text
    description: Text
    sections: Sequence[Section]
    variables: Sequence[Variable] = ()
    """Besides the console's address, which all have."""
    alarms: Sequence[AlarmPeriods] = ()
    span: str = "6h"
    """What is shown at first, back from now."""
    refresh: str = "30s"
    tags: Sequence[str] = field(default_factory=tuple)

    def build(self, language: str, *, console_url: str = CONSOLE_URL) -> Dashboard:
        """Return one edition as the SDK has it."""
        return Dashboard(
            uid=uid(self.name, language),
            title=self.title.in_language(language),
            description=self.description.in_language(language),
            tags=[TAG, language, *self.tags],
            timezone="browser",
            editable=False,
            graph_tooltip=DashboardCursorSync.CROSSHAIR,
            time=DashboardDashboardTime(from_val=f"now-{self.span}", to="now"),
            timepicker=TimePickerConfig(refresh_intervals=["10s", "30s", "1m", "5m", "15m"]),
            refresh=self.refresh,
            schema_version=SCHEMA_VERSION,
            panels=placed(self.sections, language),
            templating=DashboardDashboardTemplating(
                list_val=[variable.build(language) for variable in (console(console_url), *self.variables)]
            ),
            annotations=AnnotationContainer(list_val=[each.build(language) for each in self.alarms]),
            links=header(language),
        )

    def document(self, language: str, *, console_url: str = CONSOLE_URL) -> dict[str, Any]:
        """Return one edition as plain values."""
        document = json.loads(json.dumps(self.build(language, console_url=console_url), cls=JSONEncoder))
        assert isinstance(document, dict)
        return document
