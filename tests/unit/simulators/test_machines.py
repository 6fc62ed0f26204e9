"""The contract that every machine keeps, whatever its class."""

import math
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from plantroom.cli.scenarios import SHIPPED, scenario_called
from plantroom.domain.site import Asset, Point, PointKind, ValueType
from plantroom.simulators.faults import Fault, ScenarioInvalid
from plantroom.simulators.machine import Value
from plantroom.simulators.plant import Plant
from plantroom.simulators.registry import KINDS
from plantroom.storage.files.scenarios import scenario_names
from plantroom_testing.simulation import SUMMER_NOON, asset_of, demo, demo_site

SHANGHAI = ZoneInfo("Asia/Shanghai")
CLASSES = sorted(KINDS)
SCENARIO_FAULTS = {
    planned.fault for name in scenario_names(SHIPPED) for planned in scenario_called(name).faults
}
SEASONS = [
    pytest.param(datetime(2026, 1, 14, tzinfo=SHANGHAI), id="winter"),
    pytest.param(datetime(2026, 7, 15, tzinfo=SHANGHAI), id="summer"),
]
CASES = [
    pytest.param(name, fault, id=f"{name}-{fault or 'sound'}")
    for name in CLASSES
    for fault in ("", *sorted(KINDS[name].build(asset_of(name), demo_site()).faults))
]


NEEDS_AN_OCCASION = {
    # a test call, a stop for the night
    *("test_call_failure", "brake_wear"),
    # a machine that stands by and does not run on a sound afternoon
    *("bearing_wear", "impeller_wear", "pump_failing_to_start", "valve_closed"),
    *("clogged_radiator", "fails_to_start", "low_oil_pressure"),
    # a load, which an asset beside the demo building does not have
    *("loose_joint", "fan_failure", "ct_shorted", "meter_stopped", "reverse_phase", "capacitor_failure"),
    # the night, the heating season, a damper that has to move
    *("broken_schedule", "leaking_cooling_valve", "stuck_damper"),
}
"""Faults that an afternoon of a lone machine need not show; each has a test of its own beside its model."""


def plant_with(asset: Asset, *, start: datetime = SUMMER_NOON, fault: str = "", seed: int = 7) -> Plant:
    site = replace(demo_site(), assets=(*demo_site().assets, asset))
    faults = [Fault(asset=asset.id, fault=fault, onset=600.0, ramp=3600.0)] if fault else []
    return Plant(site, start=start, faults=faults, seed=seed)


def course(plant: Plant, asset: str, *, steps: int, dt: float) -> list[dict[str, Value]]:
    return [dict(plant.step(dt if number else 0.0)[asset]) for number in range(steps)]


def is_plausible(value: Value, point: Point) -> bool:
    if point.value_type is ValueType.STATE:
        return value in point.states
    if point.value_type is ValueType.BOOLEAN:
        return isinstance(value, bool)
    return isinstance(value, float) and math.isfinite(value) and point.low <= value <= point.high


def test_every_shipped_class_is_simulated() -> None:
    assert set(KINDS) == set(demo().classes)


@pytest.mark.parametrize("name", CLASSES)
def test_a_machine_shows_every_point_of_its_class(name: str) -> None:
    asset = asset_of(name)

    (values,) = course(plant_with(asset), asset.id, steps=1, dt=10.0)

    assert values.keys() == {point.name for point in asset.points}


@pytest.mark.parametrize("start", SEASONS)
@pytest.mark.parametrize(("name", "fault"), CASES)
def test_a_day_of_readings_is_always_of_the_same_points_and_plausible(
    name: str, fault: str, start: datetime
) -> None:
    asset = asset_of(name)

    readings = course(plant_with(asset, start=start, fault=fault), asset.id, steps=288, dt=300.0)

    points = {point.name: point for point in asset.points}
    for values in readings:
        assert values.keys() == points.keys()
        assert {n: v for n, v in values.items() if not is_plausible(v, points[n])} == {}


@pytest.mark.parametrize("name", CLASSES)
def test_counters_only_grow(name: str) -> None:
    asset = asset_of(name)
    counters = [point.name for point in asset.points if point.kind is PointKind.COUNTER]

    readings = course(plant_with(asset), asset.id, steps=400, dt=60.0)

    for counter in counters:
        totals = [float(values[counter]) for values in readings]
        assert totals == sorted(totals)


@pytest.mark.parametrize("name", CLASSES)
def test_a_machine_takes_and_gives_nothing_negative(name: str) -> None:
    asset = asset_of(name)
    plant = plant_with(asset)

    for number in range(200):
        plant.step(60.0 if number else 0.0)

        flows = plant.flows[asset.id]
        assert flows.water_m3h >= 0
        assert flows.air_m3h >= 0
        assert flows.cooling_kw >= 0
        assert sum(flows.phases) == pytest.approx(1.0)


@pytest.mark.parametrize("name", CLASSES)
def test_the_same_seed_gives_the_same_course(name: str) -> None:
    asset = asset_of(name)

    first, again = (course(plant_with(asset, seed=3), asset.id, steps=50, dt=60.0) for _ in range(2))

    assert first == again


@pytest.mark.parametrize(("name", "fault"), [case for case in CASES if case.values[1]])
def test_a_fault_shows_from_its_onset_on_and_never_before(name: str, fault: str) -> None:
    asset = asset_of(name)

    sound, faulty = (
        course(plant_with(asset, fault=each), asset.id, steps=300, dt=60.0) for each in ("", fault)
    )

    assert sound[:10] == faulty[:10]
    assert (sound != faulty) or fault in NEEDS_AN_OCCASION


@pytest.mark.parametrize(("name", "fault"), [case for case in CASES if case.values[1]])
def test_every_fault_has_a_scenario(name: str, fault: str) -> None:
    del name
    assert fault in SCENARIO_FAULTS


def test_an_unknown_fault_is_refused() -> None:
    with pytest.raises(ScenarioInvalid, match=r"fault of P-101 must be one of .*bearing_wear.*: 'rust'"):
        Plant(demo_site(), start=SUMMER_NOON, faults=[Fault(asset="P-101", fault="rust", onset=0.0)])


def test_a_fault_on_an_asset_that_is_not_simulated_is_refused() -> None:
    with pytest.raises(ScenarioInvalid, match="not simulated: 'P-999'"):
        Plant(demo_site(), start=SUMMER_NOON, faults=[Fault(asset="P-999", fault="rust", onset=0.0)])
