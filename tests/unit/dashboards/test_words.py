"""States in words, readings in units."""

import pytest

from plantroom.dashboards.colours import AT_REST, NORMAL, RUNNING, SEVERITY
from plantroom.dashboards.units import decimals, grafana_unit
from plantroom.dashboards.words import words_of
from plantroom.domain.rule import Severity
from plantroom.domain.site import Point, ValueType
from plantroom.simulators.demo import SITE_FILE
from plantroom.storage.files.loader import load_installation

CLASSES = load_installation(sites=[SITE_FILE]).classes.values()
POINTS = {f"{each.name}.{point.name}": point for each in CLASSES for point in each.points}
STATES = [name for name, point in POINTS.items() if point.value_type is not ValueType.NUMBER]
NUMBERS = [name for name in POINTS if name not in STATES]


def boolean(name: str) -> Point:
    return Point(name=name, value_type=ValueType.BOOLEAN)


@pytest.mark.parametrize("name", STATES)
def test_a_shipped_state_has_a_word_for_each_value_in_both_languages(name: str) -> None:
    point = POINTS[name]
    words = words_of(point)

    assert len(words) == (len(point.states) or 2)
    assert all(word.text.en and word.text.zh and word.colour for word in words)


@pytest.mark.parametrize("name", NUMBERS)
def test_a_shipped_unit_is_known(name: str) -> None:
    point = POINTS[name]
    assert words_of(point) == ()
    assert point.unit == "" or decimals(point.unit) is not None


def test_running_is_no_alarm_and_a_fault_is() -> None:
    assert [word.colour for word in words_of(boolean("pump_1_running"))][1] == RUNNING
    assert [word.colour for word in words_of(boolean("fan_fault"))] == [NORMAL, SEVERITY[Severity.MAJOR]]


def test_an_open_breaker_is_a_fault_and_an_open_safety_circuit_is_not() -> None:
    assert words_of(boolean("breaker_closed"))[0].colour == SEVERITY[Severity.MAJOR]
    assert words_of(boolean("safety_circuit"))[0].colour == AT_REST


def test_an_escalator_on_stand_by_rests_and_a_supply_on_stand_by_is_worth_knowing() -> None:
    def state(name: str) -> Point:
        return Point(name=name, value_type=ValueType.STATE, states=("standby",))

    assert words_of(state("mode"))[0].colour == AT_REST
    assert words_of(state("supply"))[0].colour == SEVERITY[Severity.INFO]


def test_a_sites_own_state_is_shown_as_written() -> None:
    (word,) = words_of(Point(name="phase", value_type=ValueType.STATE, states=("soaking",)))

    assert (word.text.in_language("zh"), word.colour) == ("soaking", NORMAL)


def test_an_unknown_unit_stands_behind_the_number() -> None:
    assert (grafana_unit("furlong"), decimals("furlong")) == ("suffix:furlong", None)
