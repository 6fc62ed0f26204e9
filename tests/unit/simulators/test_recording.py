"""Recordings: the same readings as live ones, as columns."""

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest

from plantroom.domain.site import Asset, Site
from plantroom.simulators.faults import Fault
from plantroom.simulators.machine import Value
from plantroom.simulators.recording import Recorder
from plantroom.simulators.simulation import Simulation
from plantroom.simulators.ticks import live, ticks
from plantroom_testing.simulation import SUMMER_NOON, FakeClock, asset_of

HOUR = timedelta(hours=1)
STARTED = round(SUMMER_NOON.timestamp() * 1000)
PUMP, PANEL = asset_of("pump", id_="P-1"), asset_of("distribution_panel", id_="DB-1")
SITE = Site(id="s", assets=(PUMP, PANEL, asset_of("vav_box", id_="VAV-1")))

Readings = dict[tuple[str, str], list[tuple[int, float]]]


def recorded(
    site: Site = SITE, *faults: Fault, duration: timedelta = HOUR, block: timedelta = HOUR, seed: int = 1
) -> Readings:
    recorder = Recorder(Simulation(site, start=SUMMER_NOON, faults=faults, seed=seed), block=block)
    found: Readings = defaultdict(list)
    for each in recorder.blocks(duration):
        for ts, series, value in zip(each.ts, each.series, each.values, strict=True):
            place = recorder.series[series]
            found[place.asset, place.point.name].append((int(ts), float(value)))
    return found


def quick(asset: Asset, **seconds: float) -> Asset:
    points = tuple(
        replace(point, every=timedelta(seconds=seconds.get(point.name, point.every.total_seconds())))
        for point in asset.points
    )
    return replace(asset, points=points)


def test_each_point_is_recorded_at_its_interval_from_the_start_on() -> None:
    readings = recorded()

    for asset in SITE.assets:
        for point in asset.points:
            times = [ts for ts, _ in readings[asset.id, point.name]]
            assert times == list(
                range(STARTED, STARTED + 3_600_000, round(point.every.total_seconds() * 1000))
            )


def test_blocks_are_in_order_of_time() -> None:
    recorder = Recorder(Simulation(SITE, start=SUMMER_NOON), block=timedelta(minutes=10))

    times = np.concatenate([block.ts for block in recorder.blocks(HOUR)])

    assert (np.diff(times) >= 0).all()


def test_any_length_of_blocks_gives_the_same_recording() -> None:
    fault = Fault(asset="P-1", fault="bearing_wear", onset=600.0, ramp=600.0)

    assert recorded(SITE, fault, block=timedelta(minutes=7)) == recorded(SITE, fault)


def test_the_same_seed_gives_the_same_recording_and_another_one_another() -> None:
    assert recorded(seed=4) == recorded(seed=4)
    assert recorded(seed=4) != recorded(seed=5)


def test_intervals_that_are_no_multiples_of_each_other_are_all_kept() -> None:
    site = replace(SITE, assets=(quick(PUMP, vibration=2, flow=5), quick(PANEL, power=3)))

    readings = recorded(site, duration=timedelta(minutes=1))

    for place, seconds in {("P-1", "vibration"): 2, ("P-1", "flow"): 5, ("DB-1", "power"): 3}.items():
        assert {b - a for (a, _), (b, _) in pairwise(readings[place])} == {seconds * 1000}


async def test_what_is_recorded_is_what_is_shown_live() -> None:
    minutes = timedelta(minutes=10)
    clock = FakeClock(STARTED)
    simulated = Simulation(SITE, start=SUMMER_NOON, seed=1)
    shown: Readings = defaultdict(list)
    async for tick in ticks(simulated, clock=clock, timing=live(clock), duration=minutes.total_seconds()):
        for readings in tick.shown.values():
            for each in readings:
                for point, value in each.values.items():
                    shown[each.asset, point].append((each.ts, as_number(value, each.asset, point)))

    assert shown == recorded(duration=minutes)


def as_number(value: Value, asset: str, point: str) -> float:
    states = {(each.id, one.name): one.states for each in SITE.assets for one in each.points}[asset, point]
    return float(states.index(value)) if isinstance(value, str) else float(value)


@pytest.mark.parametrize(
    ("fault", "share"),
    [
        pytest.param("dead_gateway", 0.5, id="lost"),
        pytest.param("store_and_forward", 1.0, id="stored"),
    ],
)
def test_what_never_arrives_is_not_recorded(fault: str, share: float) -> None:
    readings = recorded(SITE, Fault(asset="P-1", fault=fault, onset=1800.0))

    assert len(readings["P-1", "flow"]) == share * len(readings["DB-1", "power"])


def test_a_wrong_clock_shows_in_the_stamps() -> None:
    readings = recorded(SITE, Fault(asset="P-1", fault="clock_skew", onset=0.0))

    assert readings["P-1", "flow"][0][0] == STARTED + 8 * 3_600_000
    assert readings["DB-1", "power"][0][0] == STARTED
