"""A fire pump stands by, is tried every week and comes when a sprinkler opens."""

import itertools
from datetime import UTC, datetime

import pytest

from plantroom.domain.site import Asset, Site
from plantroom.simulators import fire_pump, sprinkler_line, water_tank
from plantroom.simulators.change_over import is_on_mains, mains_path
from plantroom.simulators.fire_pump_motor import current, rated_shaft_kw, shaft_kw
from plantroom.simulators.machine import DEAD, Flows, Supply
from plantroom_testing.course import Builds, Course, part
from plantroom_testing.simulation import asset_of

MONDAY = datetime(2026, 7, 13, 9, 55, tzinfo=UTC)
OFF = Supply(volts=DEAD, hz=0.0)
RATED = {"power_kw": 55.0, "flow_m3h": 108.0, "head_m": 100.0}
PLACE = "B2/fire pump room"
BUILDING = [
    part("sprinkler_line", "LOW", parent="FP-1", location="3F"),
    part("sprinkler_line", "HIGH", parent="FP-1", location="9F"),
    part("fire_pump", "FP-1", parent="TANK", location=PLACE, **RATED),
    part("fire_pump", "FP-2", parent="TANK", location=PLACE, **RATED),
    part("water_tank", "TANK", volume_m3=324.0, height_m=3.5),
]
BUILDS: Builds = {
    "sprinkler_line": sprinkler_line.build,
    "fire_pump": fire_pump.build,
    "water_tank": water_tank.build,
}
SPRINKLER = {"LOW": {"sprinkler_open": 0.25}}
FAILED_START = {"FP-1": {"pump_failing_to_start": 1.0}}


def building(*, start: datetime = datetime(2026, 7, 15, 9, tzinfo=UTC)) -> Course:
    return Course(BUILDING, BUILDS, start=start)


def test_it_stands_by_for_days_while_the_jockey_keeps_the_pressure() -> None:
    course = building().run(24)

    assert not any(course.column("FP-1", "running") + course.column("FP-1", "demand"))
    assert max(course.column("FP-1", "power")) == max(course.column("FP-1", "current")) == 0
    assert min(course.column("FP-1", "pressure")) > 10.8
    assert max(course.column("FP-1", "pressure")) - min(course.column("FP-1", "pressure")) > 0.5


def test_each_pump_is_tried_for_ten_minutes_on_monday_one_after_the_other() -> None:
    course = building(start=MONDAY).run(0.5)

    first, second = (course.column(pump, "running") for pump in ("FP-1", "FP-2"))

    assert sum(first) == pytest.approx(60, abs=2)
    assert sum(second) == pytest.approx(60, abs=2)
    assert not any(a and b for a, b in zip(first, second, strict=True))
    assert max(course.column("FP-1", "test_age")) > 167
    assert course.last("FP-1", "test_age") == pytest.approx(10 / 60, abs=0.15)
    assert not any(course.column("FP-1", "demand"))


def test_a_test_run_takes_no_water_from_the_tank_but_its_pressure_is_the_shut_off() -> None:
    course = building(start=MONDAY).run(0.2)

    assert course.column("FP-1", "pressure")[60] == pytest.approx(1.2 * 9.79 + 0.32, abs=0.02)
    assert course.column("TANK", "outlet_flow")[60] == pytest.approx(0.0, abs=1e-6)
    assert course.column("FP-1", "flow")[60] == pytest.approx(0.02 * 108, rel=0.01)


def test_an_open_sprinkler_starts_the_first_pump_alone_and_the_pressure_is_held() -> None:
    course = building().run(0.2).run(0.5, faults=SPRINKLER)

    assert course.last("FP-1", "demand")
    assert course.last("FP-1", "running")
    assert not any(course.column("FP-2", "running"))
    assert course.last("FP-1", "pressure") > 11.9


def test_what_the_pumps_move_is_what_the_sprinklers_let_out_and_the_tank_loses() -> None:
    course = building().run(0.2).run(0.5, faults={"LOW": {"sprinkler_open": 1.0}})

    let_out = course.last("LOW", "flow_alarm") and course.flows["LOW"].water_m3h
    delivered = course.last("FP-1", "flow") - 0.02 * 108

    assert 40 < let_out < 70
    assert delivered == pytest.approx(let_out, rel=0.01)
    assert course.last("TANK", "outlet_flow") == pytest.approx(delivered, rel=0.01)


def test_it_stops_ten_minutes_after_the_sprinkler_is_shut_off() -> None:
    course = building().run(0.1).run(0.2, faults=SPRINKLER).run(9 / 60)

    assert course.last("FP-1", "running")
    assert not course.run(3 / 60).last("FP-1", "running")


def test_if_the_first_pump_does_not_come_the_second_does() -> None:
    course = building().run(0.1, faults=FAILED_START).run(0.3, faults=SPRINKLER | FAILED_START)

    assert course.last("FP-1", "start_failed")
    assert not any(course.column("FP-1", "running"))
    assert course.flows["FP-1"].trouble == 1
    assert course.last("FP-2", "running")
    assert course.last("FP-2", "pressure") > 11.9


def test_the_second_pump_runs_for_as_long_as_water_flows() -> None:
    course = building().run(0.1, faults=FAILED_START).run(0.6, faults=SPRINKLER | FAILED_START)

    running = course.column("FP-2", "running")

    assert all(running[running.index(True) :])
    assert course.last("FP-2", "starts") == course.column("FP-2", "starts")[0] + 1


def test_without_any_pump_the_pressure_is_lost() -> None:
    both = FAILED_START | {"FP-2": {"pump_failing_to_start": 1.0}}

    course = building().run(0.1).run(0.3, faults=SPRINKLER | both)

    assert course.last("FP-1", "pressure") < 3.0
    assert course.last("FP-1", "start_failed")
    assert course.last("FP-2", "start_failed")
    assert course.last("TANK", "outlet_flow") == pytest.approx(1.08, rel=0.05)


def test_a_contactor_that_is_only_slow_still_closes() -> None:
    slow = {"FP-1": {"pump_failing_to_start": 0.2}}

    course = building(start=MONDAY).run(0.3, faults=slow)

    assert any(course.column("FP-1", "start_failed"))
    assert any(course.column("FP-1", "running"))
    assert not course.last("FP-1", "start_failed")


def test_without_a_supply_it_does_not_run_and_says_so() -> None:
    course = building(start=MONDAY).run(0.2, supply=OFF)

    assert not any(course.column("FP-1", "running"))
    assert course.last("FP-1", "supply") == "none"
    assert not course.last("FP-1", "power_available")
    assert course.last("FP-1", "start_failed")
    assert course.flows["FP-1"].supervisory == 1


@pytest.mark.parametrize(
    ("fault", "point", "value"),
    [
        ("controller_power_lost", "supply", "none"),
        ("phase_reversed", "phase_reversed", True),
        ("left_in_manual", "mode", "manual"),
    ],
    ids=["power", "phase", "manual"],
)
def test_a_pump_that_is_not_ready_misses_its_test_and_tells_the_panel(
    fault: str, point: str, value: bool | str
) -> None:
    course = building(start=MONDAY).run(0.2, faults={"FP-1": {fault: 1.0}})

    assert course.last("FP-1", point) == value
    assert not any(course.column("FP-1", "running"))
    assert course.last("FP-1", "start_failed")
    assert course.last("FP-1", "test_age") > 168
    assert course.flows["FP-1"].supervisory == 1


def test_a_worn_bearing_shakes_and_heats_in_the_test_alone() -> None:
    sound = building(start=MONDAY).run(0.24)
    worn = building(start=MONDAY).run(0.24, faults={"FP-1": {"bearing_wear": 1.0}})

    assert max(worn.column("FP-1", "vibration")) > 6.6 > 2.5 > max(sound.column("FP-1", "vibration"))
    assert max(worn.column("FP-1", "bearing_temp")) > max(sound.column("FP-1", "bearing_temp")) + 25
    assert worn.shown["FP-1"][0]["vibration"] == sound.shown["FP-1"][0]["vibration"]
    assert worn.column("FP-1", "pressure") == sound.column("FP-1", "pressure")


def test_a_closed_suction_is_supervised_and_seen_in_the_test() -> None:
    course = building(start=MONDAY).run(0.2, faults={"FP-1": {"valve_closed": 1.0}})
    sound = building(start=MONDAY).run(0.2)

    assert course.flows["FP-1"].supervisory == 1
    assert min(course.column("FP-1", "suction_pressure")) == pytest.approx(-0.93)
    assert max(course.column("FP-1", "flow")) < 0.1
    assert max(course.column("FP-1", "vibration")) > 4.5
    assert max(course.column("FP-1", "current")) < max(sound.column("FP-1", "current"))


def test_a_worn_impeller_lifts_less_in_the_test() -> None:
    sound = building(start=MONDAY).run(0.24)
    worn = building(start=MONDAY).run(0.24, faults={"FP-1": {"impeller_wear": 1.0}})

    assert max(worn.column("FP-1", "pressure")) < max(sound.column("FP-1", "pressure")) - 0.2
    assert max(worn.column("FP-1", "power")) < 0.9 * max(sound.column("FP-1", "power"))


def test_a_leaking_main_makes_the_jockey_start_often_but_no_fire_pump() -> None:
    def falls(course: Course) -> int:
        bars = course.column("FP-1", "pressure")
        return sum(b - a > 0.05 for a, b in itertools.pairwise(bars))

    sound, leaking = building().run(12), building().run(12, faults={"FP-1": {"pressure_leak": 0.5}})

    assert falls(leaking) > 20 * max(1, falls(sound))
    assert not any(leaking.column("FP-1", "running"))


def test_the_leak_of_the_main_belongs_to_the_pump_that_leads() -> None:
    site = Site(id="s", assets=tuple(BUILDING))

    lead, other = (fire_pump.build(asset, site) for asset in BUILDING[2:4])

    assert lead.faults - other.faults == {"pressure_leak"}


def test_a_motors_power_grows_with_the_flow_and_stays_within_its_rating() -> None:
    rated_kw = rated_shaft_kw(108.0, 100.0)
    powers = [shaft_kw(rated_kw=rated_kw, speed=1.0, x=x / 10) for x in range(16)]

    assert powers == sorted(powers)
    assert 9.81 * 108 / 3600 * 100 < shaft_kw(rated_kw=rated_kw, speed=1.0, x=1.0) < powers[-1] < 55.0
    assert current(55.0 / 0.93, power_kw=55.0, share=1.0) == pytest.approx(95.0, rel=0.02)
    assert current(40.0, power_kw=55.0, share=0.9) > current(40.0, power_kw=55.0, share=1.0)


def test_the_same_course_comes_twice() -> None:
    assert building().run(1, faults=SPRINKLER).shown == building().run(1, faults=SPRINKLER).shown


def test_long_steps_find_the_same_pumps_running() -> None:
    course = building().run(0.5, dt=600.0).run(1, dt=600.0, faults=SPRINKLER)

    assert course.last("FP-1", "running")
    assert not course.last("FP-2", "running")
    assert course.last("FP-1", "pressure") > 11.9


def test_on_the_generator_the_supply_is_stand_by() -> None:
    pump = Asset(id="FP", asset_class="fire_pump", fed_by=("EDB",))
    site = Site(
        id="s",
        assets=(
            pump,
            Asset(id="EDB", asset_class="distribution_panel", fed_by=("MDB", "GEN")),
            Asset(id="MDB", asset_class="distribution_panel", fed_by=("TR",)),
            Asset(id="TR", asset_class="transformer"),
            Asset(id="GEN", asset_class="generator"),
        ),
    )
    path = mains_path(pump, site)

    assert path == ("MDB", "TR")
    assert is_on_mains(path, {})
    assert is_on_mains(path, {"TR": Flows(supply=Supply())})
    assert not is_on_mains(path, {"TR": Flows(supply=OFF), "MDB": Flows(supply=Supply())})


def test_every_point_of_its_class_is_given() -> None:
    points = {point.name for point in asset_of("fire_pump").points}

    assert building().run(0.01).shown["FP-1"][0].keys() == points
