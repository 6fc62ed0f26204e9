"""A fire panel keeps alarm, supervisory and trouble apart, and lives a day on its battery."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plantroom.domain.site import Site
from plantroom.simulators import fire_panel
from plantroom.simulators.fire_battery import at_rest, chosen_for
from plantroom.simulators.fire_panel import FirePanelMachine, build
from plantroom.simulators.machine import DEAD, Flows, Supply
from plantroom_testing.course import Course, part
from plantroom_testing.simulation import asset_of, moment

OFF = Supply(volts=DEAD, hz=0.0)
CLASSES = ("alarms", "supervisories", "troubles")


def panel() -> Course:
    return Course([part("fire_panel", "F", loops=4, detectors=860)], {"fire_panel": fire_panel.build})


def machine(*others: str) -> FirePanelMachine:
    parts = tuple(part("sprinkler_line" if id_.startswith("L") else "fire_pump", id_) for id_ in others)
    return build(asset_of("fire_panel", detectors=860.0), Site(id="s", assets=parts))


def changed(fault: str, *, hours: float = 0.5) -> set[str]:
    """Return the points that `fault` changes."""
    sound, faulty = panel().run(hours), panel().run(hours, faults={"F": {fault: 1.0}})
    return {name for name in sound.shown["F"][0] if sound.column("F", name) != faulty.column("F", name)}


def counts(course: Course) -> tuple[float, ...]:
    return tuple(course.last("F", name) for name in CLASSES)


def test_a_sound_panel_is_at_rest_on_mains() -> None:
    course = panel().run(24, dt=60.0)

    assert counts(course) == (0, 0, 0)
    assert course.last("F", "supply") == "mains"
    assert course.last("F", "battery_voltage") == pytest.approx(27.2)
    assert course.last("F", "linkage_mode") == "auto"
    assert not course.flows["F"].alarm
    assert max(course.column("F", "contamination_max")) < 80


@pytest.mark.parametrize(
    ("fault", "points"),
    [
        ("earth_fault", {"earth_fault", "trouble", "troubles"}),
        ("communication_lost", {"communication_fault", "trouble", "troubles"}),
        ("loop_break", {"loop_fault", "loops_faulty", "trouble", "troubles"}),
        ("device_disabled", {"disabled", "disablements"}),
        ("detector_contamination", {"contamination_max", "detectors_contaminated", "trouble", "troubles"}),
        ("linkage_left_manual", {"linkage_mode"}),
        ("left_in_test_mode", {"test_mode"}),
        ("charger_failure", {"charger_fault", "trouble", "troubles", "battery_voltage", "battery_current"}),
        ("battery_aged", {"battery_fault", "trouble", "troubles", "battery_current"}),
    ],
)
def test_a_fault_shows_where_it_would_and_nowhere_else(fault: str, points: set[str]) -> None:
    assert changed(fault) == points


def test_what_lines_and_pumps_report_is_counted_by_class() -> None:
    watching = machine("L-1", "L-2", "P-1")
    flows = {
        "L-1": Flows(supervisory=1),
        "L-2": Flows(trouble=1, alarm=True),
        "P-1": Flows(supervisory=2, trouble=1),
    }

    step = watching.step(watching.initial(moment()), moment(flows=flows))

    assert [step.values[name] for name in CLASSES] == [1.0, 3.0, 2.0]
    assert [step.values[name] for name in ("alarm", "supervisory", "trouble")] == [True, True, True]
    assert step.values["first_zone"] == watching.zones + 2
    assert step.flows.alarm


def test_a_flow_alarm_is_latched_until_the_reset() -> None:
    watching = machine("L-1")
    state = watching.step(watching.initial(moment()), moment(flows={"L-1": Flows(alarm=True)})).state

    later = watching.step(state, moment(dt=300.0))
    reset = watching.step(later.state, moment(dt=300.0))

    assert later.values["alarm"]
    assert not reset.values["alarm"]


def test_a_fire_spreads_from_its_zone_and_starts_the_linkage_once_it_is_confirmed() -> None:
    course = panel().run(0.1).run(0.4, faults={"F": {"fire": 1.0}})

    alarms, zones = course.column("F", "alarms"), course.column("F", "zones_in_alarm")
    started = course.column("F", "linkage_started")

    assert alarms == sorted(alarms)
    assert zones[-1] == 4
    assert alarms[-1] > 20
    assert alarms[started.index(True)] == 2
    assert started.index(True) < course.column("F", "linkage_feedback").index(True)
    assert course.last("F", "call_point")
    assert 1 <= course.last("F", "first_zone") <= 32
    assert course.flows["F"].alarm


def test_a_smaller_fire_stays_in_its_zone() -> None:
    assert panel().run(0.5, faults={"F": {"fire": 0.25}}).last("F", "zones_in_alarm") == 1


def test_after_a_fire_the_panel_is_reset() -> None:
    course = panel().run(0.2, faults={"F": {"fire": 1.0}})

    assert course.run(5 / 60).last("F", "alarm")
    assert not course.run(6 / 60).last("F", "alarm")
    assert course.last("F", "first_zone") == 0
    assert not course.last("F", "linkage_started")


def test_a_detector_in_dust_alarms_alone_is_silenced_and_reset() -> None:
    course = panel().run(6, faults={"F": {"false_alarm": 1.0}})

    alarms = course.column("F", "alarms")

    assert set(alarms) == {0.0, 1.0}
    assert any(course.column("F", "silenced"))
    assert not any(course.column("F", "linkage_started") + course.column("F", "call_point"))
    assert alarms.count(0.0) > alarms.count(1.0)


@pytest.mark.parametrize("prevented", ["linkage_left_manual", "left_in_test_mode"])
def test_without_automatic_linkage_a_fire_starts_nothing(prevented: str) -> None:
    course = panel().run(0.3, faults={"F": {"fire": 1.0, prevented: 1.0}})

    assert course.last("F", "alarm")
    assert not any(course.column("F", "linkage_started"))


def test_in_test_mode_the_building_is_not_told() -> None:
    course = panel().run(0.1, faults={"F": {"fire": 1.0, "left_in_test_mode": 1.0}})

    assert not course.flows["F"].alarm


@settings(max_examples=30)
@given(st.floats(0.0, 1.0), st.floats(10.0, 2000.0))
def test_detectors_count_as_contaminated_just_when_the_worst_is_over_the_limit(
    severity: float, detectors: float
) -> None:
    watching = build(asset_of("fire_panel", detectors=detectors), Site(id="s"))
    now = moment(faults={"detector_contamination": severity})

    values = watching.step(watching.initial(now), now).values

    is_over = float(values["contamination_max"]) > 100
    assert (float(values["detectors_contaminated"]) > 0) == is_over or math.isclose(
        float(values["contamination_max"]), 100, rel_tol=1e-6
    )
    assert float(values["detectors_contaminated"]) <= detectors


def test_on_its_battery_it_lasts_more_than_a_day_and_then_nothing_is_left() -> None:
    course = panel().run(40, dt=60.0, supply=OFF)

    supplies, volts = course.column("F", "supply"), course.column("F", "battery_voltage")

    assert 24 < supplies.index("none") / 60 < 36
    assert volts[1:1500] == sorted(volts[1:1500], reverse=True)
    assert min(volts) > 21.0
    assert course.last("F", "battery_fault")
    assert course.flows["F"].electric_kw == 0
    assert course.last("F", "standby_hours") == pytest.approx(supplies.index("none") / 60, abs=0.1)


def test_an_aged_battery_lasts_hours_only() -> None:
    aged = panel().run(12, dt=60.0, supply=OFF, faults={"F": {"battery_aged": 1.0}})

    assert 2 < aged.column("F", "supply").index("none") / 60 < 10


def test_what_was_discharged_is_charged_again() -> None:
    course = panel().run(10, dt=60.0, supply=OFF).run(0.5, dt=60.0)
    charging = course.last("F", "battery_current")

    course.run(30, dt=60.0)

    assert charging > 1.0
    assert course.last("F", "battery_current") < 0.1
    assert course.last("F", "battery_voltage") == pytest.approx(27.2, abs=0.01)
    assert course.last("F", "standby_hours") == 0


def test_the_charge_is_what_the_current_has_taken() -> None:
    battery = chosen_for(standby_a=1.1, alarm_a=4.6)
    state = battery.full()
    for _ in range(600):
        state = battery.after(state, 60.0, load_a=1.1, can_charge=False, aged=0.0)

    assert state.charge == pytest.approx(1 - 1.1 * 10 / battery.capacity_ah)
    assert at_rest(1.0) > at_rest(0.5) > at_rest(0.1) > at_rest(0.0)


def test_an_alarm_drains_the_battery_faster() -> None:
    quiet = panel().run(1, supply=OFF)
    loud = panel().run(1, supply=OFF, faults={"F": {"fire": 1.0}})

    assert loud.last("F", "battery_current") < 3 * quiet.last("F", "battery_current") < 0
    assert loud.last("F", "battery_voltage") < quiet.last("F", "battery_voltage")


def test_a_panel_whose_own_mains_is_lost_is_on_its_battery_too() -> None:
    points = {
        "supply",
        "mains_fault",
        "trouble",
        "troubles",
        "battery_voltage",
        "battery_current",
        "standby_hours",
    }

    assert changed("panel_on_battery") == points


def test_every_point_of_its_class_is_given() -> None:
    assert panel().run(0.01).shown["F"][0].keys() == {point.name for point in asset_of("fire_panel").points}
