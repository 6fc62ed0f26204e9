"""A site that is made to fail at its machines, instruments and connections."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from plantroom.domain.site import Site
from plantroom.simulators.faults import Fault, ScenarioInvalid
from plantroom.simulators.instruments import Instrument
from plantroom.simulators.links import LINK_FAULTS
from plantroom.simulators.machine import Value
from plantroom.simulators.simulation import Simulation
from plantroom_testing.simulation import SUMMER_NOON, asset_of, demo_site

GATEWAY = asset_of("gateway", id_="GW-1")
PUMP = replace(asset_of("pump", id_="P-1"), gateway="GW-1")
OTHER = asset_of("pump", id_="P-2")
SITE = Site(id="s", assets=(GATEWAY, PUMP, OTHER))


def simulation(*faults: Fault, start: datetime = SUMMER_NOON) -> Simulation:
    return Simulation(SITE, start=start, faults=faults, seed=1)


def instrument(simulated: Simulation, point: str) -> Instrument:
    return next(each for each in simulated.instruments["P-1"] if each.point.name == point)


def readings(simulated: Simulation, asset: str = "P-1") -> dict[str, Value]:
    return simulated.readings(asset, simulated.instruments[asset])


def test_readings_are_of_every_point_and_near_the_truth() -> None:
    simulated = simulation()
    simulated.advance(0.0)

    shown = readings(simulated)

    assert shown.keys() == {point.name for point in PUMP.points}
    assert isinstance(shown["running"], bool)


def test_a_fault_of_an_instrument_leaves_the_machine_alone() -> None:
    fault = Fault(asset="P-1", point="flow", fault="wrong_unit", onset=0.0)
    broken, sound = simulation(fault), simulation()
    for each in (broken, sound):
        each.advance(0.0)

    off = {
        point for point, value in readings(broken).items() if value != readings(simulation_at(sound))[point]
    }

    assert off == {"flow"}


def simulation_at(sound: Simulation) -> Simulation:
    again = simulation()
    again.advance(sound.plant.t)
    return again


def test_a_sensor_with_gaps_shows_nothing_now_and_then() -> None:
    simulated = simulation(Fault(asset="P-1", point="flow", fault="gaps", onset=0.0))
    shown = 0
    for number in range(120):
        simulated.advance(60.0 if number else 0.0)
        shown += "flow" in simulated.readings("P-1", [instrument(simulated, "flow")])

    assert 0 < shown < 60


def test_what_befalls_a_gateway_befalls_all_behind_it() -> None:
    simulated = simulation(Fault(asset="GW-1", fault="dead_gateway", onset=0.0))

    assert not simulated.link("P-1").is_sound
    assert not simulated.link("GW-1").is_sound
    assert simulated.link("P-2").is_sound


def test_a_machine_is_injected_and_repaired_while_it_runs() -> None:
    simulated = simulation()
    for _ in range(10):
        simulated.advance(60.0)
    simulated.inject(Fault(asset="P-1", fault="bearing_wear", onset=simulated.plant.t))
    simulated.advance(600.0)
    worn = float(readings(simulated)["vibration"])

    (over,) = simulated.repair("P-1", "bearing_wear")
    simulated.advance(600.0)

    assert worn > 2 * float(readings(simulated)["vibration"])
    assert over.repaired == 1200.0
    assert simulated.faults == (over,)


@pytest.mark.parametrize("where", [{"asset": "GW-1", "fault": "dead_gateway"}], ids=["link"])
def test_a_repaired_link_carries_again(where: dict[str, Any]) -> None:
    simulated = simulation(Fault(onset=0.0, **where))
    simulated.advance(0.0)
    simulated.advance(60.0)

    (over,) = simulated.repair(where["asset"], where["fault"])

    assert over.repaired == 60.0
    assert len(simulated.faults) == 1


def test_a_repaired_instrument_shows_the_truth_again() -> None:
    simulated = simulation(Fault(asset="P-1", point="flow", fault="wrong_unit", onset=0.0))
    simulated.advance(0.0)
    simulated.advance(60.0)
    wrong = float(readings(simulated)["flow"])

    simulated.repair("P-1", "wrong_unit", point="flow")
    simulated.advance(60.0)

    assert float(readings(simulated)["flow"]) == pytest.approx(3.6 * wrong, rel=0.1)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"asset": "P-9"}, "not simulated: 'P-9'", id="asset"),
        pytest.param(
            {"fault": "rust"}, r"fault of P-1 must be one of .*bearing_wear.*dead_gateway.*'rust'", id="fault"
        ),
        pytest.param({"fault": "drift"}, "of an instrument: name the point of P-1", id="no-point"),
        pytest.param({"fault": "drift", "point": "colour"}, "P-1 has no point 'colour'", id="point"),
        pytest.param(
            {"fault": "drift", "point": "running"},
            r"P-1.running must be one of gaps, stuck: 'drift'",
            id="state",
        ),
    ],
)
def test_what_cannot_happen_is_refused_by_name(changes: dict[str, Any], said: str) -> None:
    values: dict[str, Any] = {"asset": "P-1", "fault": "bearing_wear"} | changes
    with pytest.raises(ScenarioInvalid, match=said):
        simulation(Fault(onset=0.0, **values))


def test_what_is_not_broken_cannot_be_repaired() -> None:
    simulated = simulation()
    simulated.advance(0.0)

    for point, fault in ((None, "bearing_wear"), (None, "dead_gateway"), ("flow", "stuck")):
        with pytest.raises(ScenarioInvalid, match=f"does not have the fault '{fault}' now"):
            simulated.repair("P-1", fault, point=point)


def test_everything_of_the_demo_building_is_simulated() -> None:
    site = demo_site()
    simulated = Simulation(site, start=SUMMER_NOON)

    assert {asset.id for asset in simulated.assets} == {asset.id for asset in site.assets}
    assert all(simulated.possible(asset.id) >= LINK_FAULTS for asset in site.assets)
    assert len(site.assets) >= 60


def test_the_plant_has_the_time_of_its_site() -> None:
    simulated = Simulation(demo_site(), start=SUMMER_NOON)
    simulated.advance(0.0)
    simulated.advance(3600.0)

    assert simulated.plant.local == SUMMER_NOON + timedelta(hours=1)
    assert simulated.plant.local.tzinfo == demo_site().timezone
