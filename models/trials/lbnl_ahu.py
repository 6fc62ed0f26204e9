"""Rules and what was learnt of healthy days, scored on air handling units with a known fault a day."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from plantroom.models.air_handling import UNKNOWN, Component, Readings
from plantroom.models.air_handling_findings import Finding, component, findings
from plantroom.models.air_handling_habits import habits_of

MEANT: Final = {
    Component.OUTDOOR_DAMPER: r"(?=.*(damper|dmpr|oad))",
    Component.COOLING_VALVE: r"(?=.*(cool|chw|\bcc))(?!.*sensor)",
    Component.HEATING_VALVE: r"(?=.*(heat|hw|\bhc))(?!.*sensor)",
    Component.MIXED_SENSOR: r"(?=.*(mixed|\bma))(?=.*(sensor|temp|bias))",
    Component.OUTDOOR_SENSOR: r"(?=.*(outdoor|outside|\boa))(?=.*(sensor|temp|bias))(?!.*damper)",
}
"""How those who label days may write what was wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day of a unit and the truth about it."""

    unit: str
    day: str
    readings: Readings
    faulty: bool
    component: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A day and what was found on it."""

    day: Day
    found: tuple[Finding, ...]
    by_rules: tuple[Finding, ...]
    """What rules find that nothing was learnt for."""

    @property
    def component(self) -> Component | None:
        """What is held to be at fault."""
        return component(self.found)

    @property
    def right(self) -> bool:
        """Whether that is what the label says."""
        return is_meant(self.component, self.day.component)


def is_meant(component: Component | None, label: str) -> bool:
    """Return whether `label` names `component`."""
    return component is not None and re.match(MEANT[component], label.lower()) is not None


def judged(days: Sequence[Day]) -> tuple[Judged, ...]:
    """Judge each day by what the other healthy days of its unit teach; labels of faults are not looked at."""
    return tuple(_judged(day, days) for day in days)


def _judged(day: Day, days: Sequence[Day]) -> Judged:
    healthy = [
        each.readings for each in days if each.unit == day.unit and not each.faulty and each is not day
    ]
    return Judged(
        day=day,
        found=findings(day.readings, habits_of(healthy)),
        by_rules=findings(day.readings, UNKNOWN),
    )


def tally(outcomes: Sequence[Judged]) -> dict[str, int]:
    """Count by day."""
    faulty = [each for each in outcomes if each.day.faulty]
    healthy = [each for each in outcomes if not each.day.faulty]
    return {
        "found": sum(bool(each.found) for each in faulty),
        "total": len(faulty),
        "false": sum(bool(each.found) for each in healthy),
        "healthy": len(healthy),
        "right_component": sum(each.right for each in faulty),
    }


def by_rules_alone(outcomes: Sequence[Judged]) -> tuple[Judged, ...]:
    """Return the same days as rules alone judge them."""
    return tuple(Judged(day=each.day, found=each.by_rules, by_rules=each.by_rules) for each in outcomes)


def document(outcomes: Sequence[Judged]) -> dict[str, Any]:
    """Return the figures of the contract, by day, and each day."""
    days = tally(outcomes)
    units = {each.day.unit: None for each in outcomes}
    of = {unit: [each for each in outcomes if each.day.unit == unit] for unit in units}
    return {
        "dataset": "lbnl-ahu",
        "files": len(of),
        **rates(days),
        "events": {
            "found": days["found"],
            "total": days["total"],
            "false_per_hour": days["false"] / (24 * days["healthy"]) if days["healthy"] else None,
        },
        "days": days,
        "units": {unit: tally(mine) for unit, mine in of.items()},
        "rules_alone": {unit: tally(by_rules_alone(mine)) for unit, mine in of.items()},
        "by_day": [_row(each) for each in outcomes],
    }


def rates(days: dict[str, int]) -> dict[str, float | None]:
    """Return F1, false-alarm and missed-alarm rates of counts by day; None: there is no such day."""
    found, total, false, healthy = days["found"], days["total"], days["false"], days["healthy"]
    return {
        "f1": 2 * found / (found + false + total) if total else None,
        "far": false / healthy if healthy else None,
        "mar": 1 - found / total if total else None,
    }


def _row(each: Judged) -> dict[str, Any]:
    return {
        "unit": each.day.unit,
        "day": each.day.day,
        "fault": each.day.faulty,
        "component": each.day.component or None,
        "detail": each.day.detail or None,
        "found": bool(each.found),
        "said": each.component,
        "right": each.right if each.day.faulty and each.found else None,
        "after_minutes": min((finding.row for finding in each.found), default=None),
        "symptoms": [{"symptom": finding.symptom, "minutes": finding.minutes} for finding in each.found],
    }
