"""Limits as steps of colour."""

from plantroom.dashboards.colours import NONE, NORMAL, SEVERITY
from plantroom.dashboards.limits import Limit
from plantroom.dashboards.scale import Scale, ground, thresholds
from plantroom.domain.rule import Severity
from plantroom.domain.text import Text

WARNING, MAJOR, CRITICAL = (SEVERITY[each] for each in (Severity.WARNING, Severity.MAJOR, Severity.CRITICAL))


def limit(value: float, *, above: bool = True, severity: Severity = Severity.WARNING) -> Limit:
    return Limit(
        point="heat",
        value=value,
        above=above,
        at_rest=False,
        severity=severity,
        title=Text(en="Hot"),
        rule="hot",
    )


def steps(*limits: Limit) -> list[tuple[float | None, str]]:
    return [(step.value, step.color) for step in thresholds(limits).steps]


def test_without_limits_all_is_normal() -> None:
    assert steps() == [(None, NORMAL)]


def test_above_each_limit_begins_its_colour() -> None:
    assert steps(limit(80), limit(95, severity=Severity.CRITICAL)) == [
        (None, NORMAL),
        (80, WARNING),
        (95, CRITICAL),
    ]


def test_below_a_low_limit_is_its_colour() -> None:
    low, lower = limit(5, above=False), limit(2, above=False, severity=Severity.MAJOR)

    assert steps(low, lower, limit(80)) == [(None, MAJOR), (2, WARNING), (5, NORMAL), (80, WARNING)]


def test_the_gravest_of_several_gives_the_colour() -> None:
    assert steps(limit(80, severity=Severity.CRITICAL), limit(95)) == [(None, NORMAL), (80, CRITICAL)]


def test_behind_a_line_what_is_normal_has_no_colour() -> None:
    assert [step.color for step in ground([limit(80)]).steps] == [NONE, WARNING]


def test_the_axis_reaches_to_the_nearest_limits() -> None:
    scale = Scale(limits=[limit(80), limit(95), limit(5, above=False), limit(2, above=False)])

    assert (scale.least_shown, scale.most_shown) == (5, 80)
    assert (Scale().least_shown, Scale().most_shown) == (None, None)
