"""The machines of one building fit together: what one takes, another gives."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from plantroom.domain.site import Site
from plantroom.simulators import chiller
from plantroom.simulators.chiller import ChillerMachine, saturation_pressure
from plantroom.simulators.climate import occupancy, outdoor_temperature
from plantroom.simulators.faults import Fault
from plantroom.simulators.machine import Flows
from plantroom.simulators.plant import BASE_SHARE, Plant
from plantroom_testing.simulation import asset_of, building, demo_site, flows, moment

NOON = datetime(2026, 7, 15, 4, tzinfo=UTC)
CHILLER = ChillerMachine(cooling_kw=500.0, site_cooling_kw=500.0, loads=("AHU",))


def settled(plant: Plant, *, start: datetime = NOON, minutes: int = 60) -> dict[str, dict[str, float]]:
    readings = {}
    for number in range(minutes * 6):
        local = (start + timedelta(seconds=10 * number)).astimezone(plant.site.timezone)
        readings = plant.step(local=local, dt=10.0 if number else 0.0)
    return {
        asset: {k: v for k, v in values.items() if not isinstance(v, str)}
        for asset, values in readings.items()
    }


def test_the_chiller_takes_what_the_air_handling_units_give() -> None:
    plant = Plant(demo_site())
    settled(plant)

    given = sum(plant.flows[asset].cooling_kw for asset in ("AHU-1", "AHU-2"))
    assert given > 50
    assert plant.flows["CHWS-1"].cooling_kw == pytest.approx(given + BASE_SHARE * 560)


def test_the_water_carries_what_the_chiller_takes() -> None:
    plant = Plant(demo_site())
    values = settled(plant)["CHWS-1"]

    warmed = values["chw_return_temp"] - values["chw_supply_temp"]
    carried = 1.163 * values["chw_flow"] * warmed
    assert carried == pytest.approx(plant.flows["CHWS-1"].cooling_kw, rel=0.12)


def test_without_water_the_chiller_stops() -> None:
    dry = [Fault(asset=pump, fault="dry_running", onset=60.0) for pump in ("P-101", "P-102")]

    values = settled(Plant(demo_site(), faults=dry))["CHWS-1"]

    assert values["running"] is False
    assert values["power"] == 0


@pytest.mark.parametrize("outdoor_c", [5.0, 20.0, 35.0])
@pytest.mark.parametrize("load", [0.1, 0.5, 1.0])
def test_a_chiller_is_less_efficient_than_carnot(outdoor_c: float, load: float) -> None:
    cycle = CHILLER.cycle(500 * load, supply_c=7.0, outdoor_c=outdoor_c)

    carnot = (cycle.evaporating_c + 273.15) / (cycle.condensing_c - cycle.evaporating_c)
    assert 2 < cycle.cop < carnot


def test_a_warmer_day_costs_the_chiller_more_power() -> None:
    cool, hot = (CHILLER.cycle(300.0, supply_c=7.0, outdoor_c=t).power_kw for t in (20.0, 35.0))

    assert hot > 1.1 * cool


def test_a_chiller_asked_for_too_much_lets_the_water_warm_up() -> None:
    overload = moment(dt=3600.0).building
    asked = replace(overload, flows={"AHU": Flows(cooling_kw=700.0)})

    step = CHILLER.step(CHILLER.initial(asked), replace(moment(dt=3600.0), building=asked))

    assert step.flows.cooling_kw == 500.0
    assert step.flows.leaving_c is not None
    assert step.flows.leaving_c > 8.0


@pytest.mark.parametrize(("celsius", "bar"), [(-10.0, 2.01), (0.0, 2.93), (40.0, 10.17), (60.0, 16.82)])
def test_the_refrigerants_pressure_is_that_of_the_tables(celsius: float, bar: float) -> None:
    assert saturation_pressure(celsius) == pytest.approx(bar, rel=0.02)


def test_the_weather_is_hottest_on_a_july_afternoon() -> None:
    assert outdoor_temperature(datetime(2026, 7, 24, 15, tzinfo=UTC)) == pytest.approx(32.0, abs=0.1)
    assert outdoor_temperature(datetime(2026, 1, 24, 3, tzinfo=UTC)) == pytest.approx(2.0, abs=0.2)


def test_people_are_in_on_workdays_and_few_at_the_weekend() -> None:
    assert occupancy(datetime(2026, 7, 15, 10, tzinfo=UTC)) > 0.9
    assert occupancy(datetime(2026, 7, 15, 3, tzinfo=UTC)) < 0.1
    assert occupancy(datetime(2026, 7, 18, 10, tzinfo=UTC)) < 0.35


def test_machines_take_their_size_from_the_assets_ratings() -> None:
    site = demo_site()

    assert chiller.build(asset_of("chiller", cooling_kw=900.0), site).cooling_kw == 900.0
