"""A VAV box and its zone: balances, dual maximum, faults."""

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantroom.domain.site import Site
from plantroom.simulators import vav_box
from plantroom.simulators.faults import Fault
from plantroom.simulators.machine import Flows
from plantroom.simulators.moist_air import CP_AIR, M3H_PER_KG_S
from plantroom.simulators.outlets import DUCT_PA
from plantroom.simulators.rooms import Room, Timetable
from plantroom.simulators.vav_box import VavMachine
from plantroom_testing.air_side import MONDAYS, Column, course, plant_of
from plantroom_testing.simulation import asset_of, demo, demo_site, moment, world

UNIT = asset_of("ahu", id_="AHU")
BOX_ASSET = replace(asset_of("vav_box", flow_m3h=6000.0), parent="AHU")
BOX = vav_box.build(BOX_ASSET, Site(id="s", assets=(UNIT, BOX_ASSET)))
COLD = Flows(leaving_c=13.0, pressure_pa=DUCT_PA, moisture=0.0085, co2_ppm=600.0)
WINTER = world(
    local=datetime.fromisoformat("2026-01-14T12:00:00+00:00"), outdoor_c=0.0, sun_w_m2=0.0, occupancy=0.1
)
BOXED = "VAV-401"


def settled(box: VavMachine = BOX, *, steps: int = 240, **changes: object) -> tuple[dict[str, float], Flows]:
    """Return a box after some hours at that moment."""
    now = moment(**({"dt": 60.0, "flows": {"AHU": COLD}} | changes))  # type: ignore[arg-type]
    state = box.initial(now)
    for _ in range(steps):
        step = box.step(state, now)
        state = step.state
    return dict(step.values), step.flows  # type: ignore[arg-type]


def faulty(fault: str, *, severity: float = 1.0, at: float = 33, hours: float = 39) -> dict[str, Column]:
    faults = [Fault(asset=BOXED, fault=fault, onset=at * 3600, severity=severity)]
    return course(plant_of("AHU-1", start=MONDAYS["summer"], faults=faults), BOXED, hours=hours)


def test_every_point_of_the_class_has_a_value() -> None:
    values, _ = settled(steps=1)

    assert values.keys() == {point.name for point in demo().classes["vav_box"].points}


def test_the_flow_is_at_its_set_point_and_within_its_limits() -> None:
    values, flows = settled()

    assert values["flow"] == pytest.approx(values["flow_setpoint"], rel=0.01)
    assert values["flow_min"] <= values["flow"] <= values["flow_max"]
    assert flows.air_m3h == pytest.approx(flows.lets_m3h * DUCT_PA**0.5)


def test_a_higher_pressure_closes_the_damper_and_leaves_the_flow() -> None:
    low, _ = settled(steps=30)
    high, _ = settled(steps=30, flows={"AHU": replace(COLD, pressure_pa=500.0)})

    assert high["damper"] < low["damper"] - 5
    assert high["flow"] == pytest.approx(low["flow"], rel=0.02)


def test_the_zone_is_held_at_its_set_point() -> None:
    values, _ = settled(steps=600)

    assert values["zone_temp"] == pytest.approx(values["zone_setpoint"], abs=0.2)
    assert values["reheat_valve"] == 0


def test_a_cold_zone_is_reheated_with_the_least_flow_first() -> None:
    values, flows = settled(world=WINTER, flows={"AHU": replace(COLD, leaving_c=18.0)}, steps=600)

    assert values["zone_temp"] == pytest.approx(21.5, abs=0.3)
    assert values["reheat_valve"] > 5
    assert 18.0 < values["supply_temp"] <= 32.5
    assert flows.heating_kw > 0


def test_the_reheat_gives_the_air_what_it_takes_from_the_water() -> None:
    values, flows = settled(world=WINTER, flows={"AHU": replace(COLD, leaving_c=18.0)}, steps=1200)

    kg_s = values["flow"] / M3H_PER_KG_S
    warmed = CP_AIR * kg_s * (values["supply_temp"] - values["entering_temp"])
    assert flows.heating_kw == pytest.approx(warmed, rel=0.02)


def test_without_its_unit_the_box_closes_and_the_zone_follows_the_weather() -> None:
    values, flows = settled(flows={"AHU": Flows(leaving_c=26.0)}, steps=60)

    assert values["flow"] == values["flow_setpoint"] == values["reheat_valve"] == 0
    assert values["damper"] == pytest.approx(0, abs=0.1)
    assert values["zone_setpoint"] == 28
    assert values["zone_temp"] > 25
    assert flows.air_m3h == 0


def test_people_are_seen_by_day_and_their_breath_stays_within_what_offices_have() -> None:
    values, _ = settled(steps=600)

    assert values["occupied"] is True
    assert 500 < values["zone_co2"] < 1000


@given(
    outdoor_c=st.floats(-10, 40),
    flow=st.floats(0, 8000),
    supply_c=st.floats(10, 35),
    dt=st.floats(1, 600),
)
def test_a_room_never_leaves_the_bounds_of_what_acts_on_it(
    outdoor_c: float, flow: float, supply_c: float, dt: float
) -> None:
    room = Room(area_m2=300.0, timetable=Timetable())
    state = room.at_start(world())
    gains = replace(room.gains(world()), air_kw=0.0, mass_kw=0.0, outdoor_c=outdoor_c)
    supply = Flows(air_m3h=flow, leaving_c=supply_c, moisture=0.008, co2_ppm=500.0)

    after = room.after(state, gains, dt=dt, supply=supply)

    bounds = (outdoor_c, supply_c if flow else outdoor_c, state.air_c, state.mass_c)
    assert min(bounds) - 1e-6 <= after.air_c <= max(bounds) + 1e-6
    assert after.moisture > 0
    assert after.co2_ppm > 400


def test_the_heat_that_a_room_gets_is_what_its_air_and_walls_gain() -> None:
    room = Room(area_m2=300.0, timetable=Timetable())
    state = room.at_start(world())
    still = replace(room.gains(world()), outdoor_c=state.air_c)

    after = room.after(state, still, dt=60.0, supply=Flows())

    air = 4.0 * 1.2 * 900 * CP_AIR * (after.air_c - state.air_c)
    walls = 220.0 * 300 * (after.mass_c - state.mass_c)
    assert air + walls == pytest.approx(60 * (still.air_kw + still.mass_kw), rel=0.01)


def test_the_same_start_gives_the_same_course() -> None:
    first, again = (
        course(plant_of("AHU-1", start=MONDAYS["summer"]), BOXED, hours=2)["zone_temp"] for _ in range(2)
    )

    assert first.tolist() == again.tolist()


def test_a_stuck_damper_keeps_the_flow_off_its_set_point() -> None:
    read = faulty("stuck_damper", at=30)

    assert abs(read["flow"][-1] - read["flow_setpoint"][-1]) > 1000
    assert read["damper"][-1] > 80


def test_a_leaking_reheat_valve_warms_the_air_while_it_is_told_to_be_closed() -> None:
    sound, half, full = (faulty("leaking_reheat_valve", severity=s) for s in (0.0, 0.5, 1.0))

    rise = [read["supply_temp"][-1] - read["entering_temp"][-1] for read in (sound, half, full)]
    assert rise[0] < 0.1 < rise[1] < rise[2]
    assert rise[2] > 2
    assert full["reheat_valve"][-1] == 0
    assert full["flow"][-1] > sound["flow"][-1]


def test_a_zone_sensor_that_shows_too_much_makes_the_zone_cold() -> None:
    sound, read = faulty("zone_sensor_drift", severity=0.0), faulty("zone_sensor_drift")

    assert read["flow"][-1] > sound["flow"][-1]
    assert read["zone_temp"][-1] - 4 < sound["zone_temp"][-1] - 0.3


def test_a_starved_box_opens_fully_and_its_zone_gets_warm_and_stale() -> None:
    read = faulty("starved")

    assert read["damper"][-1] > 99
    assert read["flow"][-1] < 0.1 * read["flow_setpoint"][-1]
    assert read["zone_temp"][-1] > 26
    assert read["zone_co2"][-1] > 1000


def test_a_flow_sensor_that_shows_too_little_makes_the_damper_open_further() -> None:
    sound, read = (faulty("flow_sensor_drift", severity=s, at=29, hours=31) for s in (0.0, 1.0))

    assert read["flow"][-1] == pytest.approx(read["flow_setpoint"][-1], rel=0.03)
    assert read["damper"][-1] > sound["damper"][-1]


def test_a_box_is_sized_by_its_rating_and_alone_it_still_works() -> None:
    alone = vav_box.build(asset_of("vav_box", flow_m3h=1200.0), demo_site())

    values, _ = settled(alone, flows={})

    assert values["flow_max"] == 1200
    assert values["flow"] > 0
