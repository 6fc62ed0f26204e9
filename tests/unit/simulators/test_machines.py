"""The contract that every machine keeps, whatever its class."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from plantroom.domain.site import Asset, Point, ValueType
from plantroom.simulators.faults import Fault, ScenarioInvalid
from plantroom.simulators.machine import Value
from plantroom.simulators.plant import Plant
from plantroom.simulators.registry import KINDS
from plantroom_testing.simulation import asset_of, demo, demo_site

CLASSES = sorted(KINDS)
SEASONS = [
    pytest.param(datetime(2026, 1, 14, tzinfo=UTC), id="winter"),
    pytest.param(datetime(2026, 7, 15, tzinfo=UTC), id="summer"),
]
CASES = [
    pytest.param(name, fault, id=f"{name}-{fault or 'sound'}")
    for name in CLASSES
    for fault in ("", *sorted(KINDS[name].build(asset_of(name), demo_site()).faults))
]


def plant_with(asset: Asset, *, fault: str = "", seed: int = 7) -> Plant:
    site = replace(demo_site(), assets=(*demo_site().assets, asset))
    faults = [Fault(asset=asset.id, fault=fault, onset=600.0, ramp=3600.0)] if fault else []
    return Plant(site, faults=faults, seed=seed)


def course(plant: Plant, asset: str, *, start: datetime, steps: int, dt: float) -> list[dict[str, Value]]:
    readings = []
    for number in range(steps):
        step = plant.step(local=start + timedelta(seconds=dt * number), dt=dt if number else 0.0)
        readings.append(dict(step[asset]))
    return readings


def is_plausible(value: Value, point: Point) -> bool:
    if point.value_type is ValueType.STATE:
        return value in point.states
    if point.value_type is ValueType.BOOLEAN:
        return isinstance(value, bool)
    return isinstance(value, float) and math.isfinite(value) and point.low <= value <= point.high


def test_only_shipped_classes_are_simulated() -> None:
    assert set(KINDS) <= set(demo().classes)


@pytest.mark.parametrize("name", CLASSES)
def test_all_that_a_shipped_rule_looks_at_is_simulated(name: str) -> None:
    asset, start = asset_of(name), datetime(2026, 7, 15, 8, tzinfo=UTC)
    watched = {
        point for rule in demo().rules["riverside"] if rule.asset_class == name for point in rule.when.points
    }

    (values,) = course(plant_with(asset), asset.id, start=start, steps=1, dt=10.0)

    assert watched
    assert watched <= values.keys()


@pytest.mark.parametrize("start", SEASONS)
@pytest.mark.parametrize(("name", "fault"), CASES)
def test_a_day_of_readings_is_always_of_the_same_points_and_plausible(
    name: str, fault: str, start: datetime
) -> None:
    asset = asset_of(name)

    readings = course(plant_with(asset, fault=fault), asset.id, start=start, steps=288, dt=300.0)

    points = {point.name: point for point in asset.points}
    for values in readings:
        assert values.keys() == readings[0].keys() <= points.keys()
        assert {n: v for n, v in values.items() if not is_plausible(v, points[n])} == {}


@pytest.mark.parametrize("name", CLASSES)
def test_the_same_seed_gives_the_same_readings_and_another_one_others(name: str) -> None:
    asset, start = asset_of(name), datetime(2026, 7, 15, 8, tzinfo=UTC)

    first, again, other = (
        course(plant_with(asset, seed=seed), asset.id, start=start, steps=50, dt=10.0) for seed in (3, 3, 4)
    )

    assert first == again
    assert first != other


@pytest.mark.parametrize("name", CLASSES)
def test_a_machine_takes_and_gives_nothing_negative(name: str) -> None:
    asset = asset_of(name)
    plant = plant_with(asset)

    for number in range(200):
        plant.step(local=datetime(2026, 7, 15, 6, tzinfo=UTC) + timedelta(minutes=number), dt=60.0)

        assert plant.flows[asset.id].electric_kw >= 0
        assert plant.flows[asset.id].water_m3h >= 0
        assert plant.flows[asset.id].cooling_kw >= 0


@pytest.mark.parametrize("name", CLASSES)
def test_one_long_step_ends_about_where_many_short_ones_do(name: str) -> None:
    # What people do at random (elevators) is left out: only what settles is compared.
    asset, start = asset_of(name), datetime(2026, 7, 15, 3, tzinfo=UTC)
    short = course(plant_with(asset), asset.id, start=start, steps=361, dt=10.0)[-1]
    long = course(plant_with(asset), asset.id, start=start, steps=13, dt=300.0)[-1]

    for point in asset.points:
        if point.name in long and point.name.endswith(("temp", "pressure", "flow", "voltage_l1")):
            assert float(long[point.name]) == pytest.approx(float(short[point.name]), rel=0.1, abs=3.0)


def test_an_unknown_fault_is_refused() -> None:
    with pytest.raises(ScenarioInvalid, match=r"fault of P-101 must be one of .*bearing_wear.*: 'rust'"):
        Plant(demo_site(), faults=[Fault(asset="P-101", fault="rust", onset=0.0)])


def test_a_fault_on_an_asset_that_is_not_simulated_is_refused() -> None:
    with pytest.raises(ScenarioInvalid, match="not simulated: 'P-999'"):
        Plant(demo_site(), faults=[Fault(asset="P-999", fault="bearing_wear", onset=0.0)])
