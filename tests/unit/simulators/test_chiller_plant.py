"""Loads, pumps, chillers and towers of one building: what one takes, another gives."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from plantroom.domain.site import Site
from plantroom.simulators.faults import Fault
from plantroom.simulators.plant import Plant
from plantroom.simulators.shared import BASE_SHARE
from plantroom_testing.simulation import demo_site

WATER_SIDE = ("ahu", "vav_box", "fan_coil_unit", "pump", "chiller", "cooling_tower", "water_tank")
SUMMER_MORNING = datetime(2026, 7, 15, 9, tzinfo=ZoneInfo("Asia/Shanghai"))


@cache
def water_side() -> Site:
    """Return the demo building without what has nothing to do with water, on sound mains."""
    site = demo_site()
    assets = (replace(each, fed_by=()) for each in site.assets if each.asset_class in WATER_SIDE)
    return replace(site, assets=tuple(assets))


def after(hours: float, faults: Iterable[Fault] = ()) -> tuple[Plant, dict[str, dict[str, float]]]:
    plant, seen = Plant(water_side(), start=SUMMER_MORNING, faults=faults), {}
    for number in range(int(hours * 120)):
        for asset, values in plant.step(30.0 if number else 0.0).items():
            seen[asset] = {name: value for name, value in values.items() if not isinstance(value, str)}
    return plant, seen


@cache
def sound() -> tuple[Plant, dict[str, dict[str, float]]]:
    return after(4.0)


def test_the_chillers_take_what_the_loads_give() -> None:
    plant, _ = sound()

    classes = {each.id: each.asset_class for each in plant.assets}
    loads = ("ahu", "vav_box", "fan_coil_unit")
    given = sum(flows.cooling_kw for id_, flows in plant.flows.items() if classes[id_] in loads)
    taken = sum(flows.cooling_kw for id_, flows in plant.flows.items() if classes[id_] == "chiller")
    assert given > 50
    assert taken == pytest.approx(given + BASE_SHARE * 1120, rel=0.03)


def test_the_towers_give_to_the_air_what_the_chillers_reject() -> None:
    plant, values = sound()

    rejected = sum(plant.flows[chiller].rejected_kw for chiller in ("CHWS-1", "CHWS-2"))
    given = sum(plant.flows[tower].rejected_kw for tower in ("CT-1", "CT-2"))
    cooled = sum(plant.flows[chiller].cooling_kw for chiller in ("CHWS-1", "CHWS-2"))
    power = sum(values[chiller]["power"] for chiller in ("CHWS-1", "CHWS-2") if values[chiller]["running"])
    assert given == pytest.approx(rejected, rel=0.05)
    assert rejected == pytest.approx(cooled + power, rel=0.01)


def test_the_water_through_the_chillers_is_what_the_pumps_move() -> None:
    _, values = sound()

    pumped = sum(values[pump]["flow"] for pump in ("P-101", "P-102", "P-103"))
    assert sum(values[chiller]["chw_flow"] for chiller in ("CHWS-1", "CHWS-2")) == pytest.approx(
        pumped, rel=0.02
    )


def test_a_start_finds_the_plant_at_work() -> None:
    plant = Plant(water_side(), start=SUMMER_MORNING)

    values = plant.step(0.0)

    assert values["P-101"]["running"] is True
    assert values["CHWS-1"]["running"] is True
    assert values["CT-1"]["flow"] != 0


def test_without_any_water_the_chillers_stop() -> None:
    pumps = ("P-101", "P-102", "P-103")

    _, values = after(1.0, [Fault(asset=pump, fault="dry_running", onset=60.0) for pump in pumps])

    assert [values[chiller]["running"] for chiller in ("CHWS-1", "CHWS-2")] == [False, False]


def test_a_dry_pump_is_replaced_by_one_that_rests() -> None:
    _, values = after(1.0, [Fault(asset="P-101", fault="dry_running", onset=60.0)])

    chillers = sum(values[chiller]["start_command"] for chiller in ("CHWS-1", "CHWS-2"))
    assert values["P-101"]["flow"] == 0
    assert sum(values[pump]["flow"] > 20 for pump in ("P-102", "P-103")) == chillers
    assert values["CHWS-1"]["chw_supply_temp"] < 8


def test_a_tripped_chiller_is_replaced_by_the_other() -> None:
    _, values = after(1.0, [Fault(asset="CHWS-1", fault="low_charge", onset=600.0)])

    assert values["CHWS-1"]["fault"] is True
    assert values["CHWS-2"]["running"] is True


def test_an_open_bypass_halves_the_temperature_rise_and_costs_pump_power() -> None:
    _, open_ = after(2.0, [Fault(asset="CHWS-1", fault="low_delta_t", onset=600.0)])
    _, values = sound()

    def rise(seen: dict[str, dict[str, float]]) -> float:
        return seen["CHWS-1"]["chw_return_temp"] - seen["CHWS-1"]["chw_supply_temp"]

    assert rise(open_) < 0.65 * rise(values)
    assert open_["P-101"]["power"] > 1.5 * values["P-101"]["power"]


def test_a_tower_without_its_fan_is_helped_by_the_other() -> None:
    _, tripped = after(2.0, [Fault(asset="CT-1", fault="fan_trip", onset=600.0)])
    _, values = sound()

    assert tripped["CT-2"]["fan_speed"] > values["CT-2"]["fan_speed"] + 10
    assert tripped["CHWS-1"]["condenser_temp"] < values["CHWS-1"]["condenser_temp"] + 8
