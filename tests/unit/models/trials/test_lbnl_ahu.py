from dataclasses import replace

import pytest

from plantroom.models.air_handling import Component
from plantroom.models.trials.lbnl_ahu import Day, Judged, document, is_meant, judged, tally
from plantroom_testing.air_handling_days import Broken, readings_of


def healthy(number: int) -> Day:
    return Day(
        unit="U",
        day=f"2020-01-0{number}",
        readings=readings_of(seed=number, warmest=30 - 4 * number),
        faulty=False,
    )


def faulty(day: str, broken: Broken, component: str, *, warmest: float = 16) -> Day:
    readings = readings_of(broken, seed=40, warmest=warmest)
    return Day(unit="U", day=day, readings=readings, faulty=True, component=component, detail="stuck")


DAYS = (
    *(healthy(number) for number in range(1, 6)),
    faulty("2020-02-01", Broken(damper=0), "OA damper"),
    faulty("2020-02-02", Broken(cooling=0), "cooling valve", warmest=30),
    faulty("2020-02-03", Broken(leak=3), "cooling valve", warmest=8),
    faulty("2020-02-04", Broken(), "heating valve"),
)


@pytest.fixture(scope="module")
def outcomes() -> tuple[Judged, ...]:
    return judged(DAYS)


def test_days_are_counted_by_what_was_found(outcomes: tuple[Judged, ...]) -> None:
    assert tally(outcomes) == {"found": 3, "total": 4, "false": 0, "healthy": 5, "right_component": 2}


def test_the_document_has_the_figures_of_the_contract(outcomes: tuple[Judged, ...]) -> None:
    said = document(outcomes)

    assert said["dataset"] == "lbnl-ahu"
    assert said["files"] == 1
    assert (said["f1"], said["far"], said["mar"]) == pytest.approx((6 / 7, 0, 1 / 4))
    assert said["events"] == {"found": 3, "total": 4, "false_per_hour": 0}
    assert said["by_day"][5]["said"] == "OA damper"
    assert said["by_day"][5]["right"] is True
    assert said["by_day"][5]["after_minutes"] > 360
    assert said["by_day"][7]["right"] is False


def test_what_is_found_does_not_depend_on_labels_of_faults(outcomes: tuple[Judged, ...]) -> None:
    renamed = [replace(day, component="fan", detail="") if day.faulty else day for day in DAYS]

    assert [each.found for each in judged(renamed)] == [each.found for each in outcomes]


def test_a_healthy_day_does_not_teach_itself() -> None:
    odd = replace(healthy(1), readings=readings_of(Broken(damper=1), warmest=8))

    (alone,) = judged([odd])
    beside = judged([odd, *DAYS[1:5]])[0]

    assert alone.component is Component.OUTDOOR_DAMPER
    assert beside.component is Component.OUTDOOR_DAMPER


def test_units_do_not_teach_each_other(outcomes: tuple[Judged, ...]) -> None:
    other = replace(faulty("2020-02-01", Broken(damper=0), "OA damper"), unit="V")

    said = judged([*DAYS, other])[-1]

    assert said.found == said.by_rules


def test_without_healthy_days_there_is_no_rate_of_false_alarms() -> None:
    said = document(judged([DAYS[5]]))

    assert said["far"] is None
    assert said["events"]["false_per_hour"] is None


@pytest.mark.parametrize(
    ("label", "component"),
    [
        ("OA damper", Component.OUTDOOR_DAMPER),
        ("outdoor air damper", Component.OUTDOOR_DAMPER),
        ("cooling valve", Component.COOLING_VALVE),
        ("Cooling coil valve", Component.COOLING_VALVE),
        ("heating valve", Component.HEATING_VALVE),
        ("OA temperature sensor", Component.OUTDOOR_SENSOR),
        ("outdoor air temp bias", Component.OUTDOOR_SENSOR),
        ("mixed air temperature sensor", Component.MIXED_SENSOR),
    ],
)
def test_labels_name_components_in_several_ways(label: str, component: Component) -> None:
    assert [each for each in Component if is_meant(each, label)] == [component]


def test_nothing_is_not_meant() -> None:
    assert not is_meant(None, "OA damper")
    assert not is_meant(Component.OUTDOOR_DAMPER, "")
