"""A meter reads what passes it, and the city's meter all of it."""

from datetime import UTC, datetime

import pytest

from plantroom.domain.site import Site
from plantroom.simulators import water_meter, water_tank
from plantroom.simulators.machine import Flows
from plantroom.simulators.water_meter import DRIPPING_M3H, MeterMachine, build
from plantroom_testing.course import Builds, Course, part
from plantroom_testing.simulation import asset_of, moment

MIDNIGHT = datetime(2026, 7, 15, 0, tzinfo=UTC)
BUILDING = [
    part("water_tank", "TANK", volume_m3=40.0),
    part("water_meter", "WM-TANK", parent="TANK"),
    part("water_meter", "WM-MAIN"),
]
BUILDS: Builds = {"water_tank": water_tank.build, "water_meter": water_meter.build}


def meters(**weather: float) -> Course:
    return Course(BUILDING, BUILDS, start=MIDNIGHT, weather=weather)


def counted(course: Course, meter: str) -> float:
    volumes = course.column(meter, "volume")
    return float(volumes[-1] - volumes[0])


def meter_of(parent: str, *assets: str, asset_class: str = "cooling_tower") -> MeterMachine:
    others = tuple(part(asset_class, id_, location="RF") for id_ in assets)
    asset = part("water_meter", "WM", parent=parent)
    return build(asset, Site(id="s", assets=(*others, asset)))


def read(machine: MeterMachine, flows: dict[str, Flows]) -> float:
    return float(machine.step(machine.initial(moment()), moment(flows=flows)).values["flow"])


def test_a_tanks_meter_counts_what_comes_into_the_tank() -> None:
    course = meters().run(24)

    came = sum(course.column("TANK", "inlet_flow")[1:]) * 10 / 3600

    assert counted(course, "WM-TANK") == pytest.approx(came)


def test_the_citys_meter_counts_the_sum_of_the_others_and_what_is_drawn_directly() -> None:
    course = meters(occupancy=0.0).run(12)

    # The city's meter reads the other one, which has been stepped before it.
    assert counted(course, "WM-MAIN") == pytest.approx(
        counted(course, "WM-TANK") + 12 * DRIPPING_M3H, rel=1e-3
    )


def test_people_draw_water_and_at_night_hardly_anything_flows() -> None:
    machine = build(asset_of("water_meter"), Site(id="s"))

    busy = Course([asset_of("water_meter", id_="W")], BUILDS, weather={"occupancy": 1.0}).run(8)
    night = Course([asset_of("water_meter", id_="W")], BUILDS, weather={"occupancy": 0.0}).run(8)

    assert counted(busy, "W") == pytest.approx(8 * machine.direct_m3h, rel=0.15)
    assert max(night.column("W", "flow")) == DRIPPING_M3H


def test_a_towers_meter_reads_the_make_up_of_those_beside_it_that_have_none() -> None:
    flows = {"CT-1": Flows(makeup_m3h=1.0, water_m3h=125.0), "CT-2": Flows(makeup_m3h=2.0, water_m3h=125.0)}
    alone = build(
        part("water_meter", "WM-1", parent="CT-1"),
        Site(
            id="s",
            assets=(
                part("cooling_tower", "CT-1", location="RF"),
                part("cooling_tower", "CT-2", location="RF"),
                part("water_meter", "WM-1", parent="CT-1"),
                part("water_meter", "WM-2", parent="CT-2"),
            ),
        ),
    )

    assert read(meter_of("CT-1", "CT-1", "CT-2"), flows) == pytest.approx(3.0)
    assert read(alone, flows) == pytest.approx(1.0)


def test_the_citys_meter_reads_what_has_no_meter_too() -> None:
    site = Site(
        id="s",
        assets=(
            part("water_tank", "TANK-F"),
            part("cooling_tower", "CT-1", location="RF"),
            part("cooling_tower", "CT-2", location="RF"),
            part("water_meter", "WM-CT", parent="CT-1"),
            part("water_meter", "WM-MAIN"),
        ),
    )
    flows = {
        "TANK-F": Flows(water_m3h=5.0),
        "CT-1": Flows(makeup_m3h=1.0),
        "CT-2": Flows(makeup_m3h=2.0),
        "WM-CT": Flows(water_m3h=3.0),
    }
    main = build(site.assets[-1], site)

    drawn = read(main, flows) - read(main, {})

    assert drawn == pytest.approx(8.0)


def test_a_burst_pipe_draws_much_at_little_pressure() -> None:
    sound, burst = (
        meters(occupancy=0.0).run(2, faults=faults) for faults in ({}, {"WM-MAIN": {"burst_pipe": 1.0}})
    )

    assert burst.last("WM-MAIN", "flow") == pytest.approx(sound.last("WM-MAIN", "flow") + 28.0)
    assert burst.last("WM-MAIN", "pressure") < sound.last("WM-MAIN", "pressure") - 0.8
    assert burst.column("WM-TANK", "flow") == sound.column("WM-TANK", "flow")


def test_a_leak_shows_in_the_least_flow_of_the_night_and_on_the_citys_meter_too() -> None:
    sound, leaking = (
        meters(occupancy=0.0).run(4, faults=faults) for faults in ({}, {"WM-TANK": {"leak": 1.0}})
    )

    assert min(leaking.column("WM-TANK", "flow")[1:]) == pytest.approx(
        min(sound.column("WM-TANK", "flow")[1:]) + 0.9
    )
    assert counted(leaking, "WM-MAIN") == pytest.approx(counted(sound, "WM-MAIN") + 4 * 0.9, rel=0.01)


def test_a_stopped_meter_stands_while_water_flows() -> None:
    course = meters().run(4, faults={"WM-TANK": {"meter_stopped": 1.0}})
    sound = meters().run(4)

    assert counted(course, "WM-TANK") == 0
    assert counted(course, "WM-MAIN") == pytest.approx(counted(sound, "WM-MAIN"))
    assert course.column("WM-TANK", "pressure") == sound.column("WM-TANK", "pressure")


def test_a_meter_that_slips_counts_too_little() -> None:
    slipping, sound = meters().run(4, faults={"WM-TANK": {"meter_stopped": 0.3}}), meters().run(4)

    assert counted(slipping, "WM-TANK") == pytest.approx(0.7 * counted(sound, "WM-TANK"))


def test_water_that_flows_back_is_told_and_not_counted() -> None:
    course = meters().run(1, faults={"WM-MAIN": {"backflow": 1.0}})

    assert course.last("WM-MAIN", "backflow")
    assert course.last("WM-MAIN", "flow") == pytest.approx(-1.5)
    assert course.last("WM-MAIN", "pressure") < 1.5
    assert counted(course, "WM-MAIN") == 0


def test_low_pressure_and_a_low_battery_change_nothing_else() -> None:
    sound = meters().run(1)
    low, empty = (
        meters().run(1, faults={"WM-MAIN": {fault: 1.0}}) for fault in ("low_supply_pressure", "battery_low")
    )

    assert low.last("WM-MAIN", "pressure") == pytest.approx(sound.last("WM-MAIN", "pressure") - 1.6)
    assert low.column("WM-MAIN", "flow") == sound.column("WM-MAIN", "flow")
    assert empty.last("WM-MAIN", "battery_low")
    assert empty.column("WM-MAIN", "pressure") == sound.column("WM-MAIN", "pressure")


def test_a_sound_day_stays_within_the_pressures_of_a_city_and_never_flows_back() -> None:
    course = meters().run(24)

    assert all(2.4 < bar < 3.5 for bar in course.column("WM-MAIN", "pressure"))
    assert not any(course.column("WM-MAIN", "backflow"))
    assert course.column("WM-MAIN", "volume") == sorted(course.column("WM-MAIN", "volume"))


def test_every_point_of_its_class_is_given() -> None:
    machine = build(asset_of("water_meter"), Site(id="s"))
    values = machine.step(machine.initial(moment()), moment()).values

    assert values.keys() == {point.name for point in asset_of("water_meter").points}
