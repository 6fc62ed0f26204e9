"""Publishing what a plant shows, on a clock that does not wait."""

import asyncio
import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from plantroom.domain.site import Asset, Site
from plantroom.simulators.plant import Plant
from plantroom.simulators.running import due_values, run, tick_of
from plantroom.simulators.scenarios import faults_of
from plantroom_testing.simulation import START, FakeClock, Listener, asset_of, demo_site

PUMP = asset_of("pump", id_="P-1")


def quick(asset: Asset, **seconds: float) -> Asset:
    points = tuple(
        replace(point, every=timedelta(seconds=seconds.get(point.name, 10))) for point in asset.points
    )
    return replace(asset, points=points)


def site_of(*assets: Asset) -> Site:
    return Site(id="s", assets=assets)


async def test_each_asset_says_online_first_and_offline_last_and_both_are_retained() -> None:
    clock = FakeClock()
    broker = Listener(clock)

    await run(Plant(site_of(PUMP)), broker, clock=clock, duration=30)

    topic = "plantroom/v1/s/P-1/status"
    assert broker.messages[0] == (topic, b"online", True)
    assert broker.messages[-1] == (topic, b"offline", True)
    assert broker.flushed == len(broker.messages)


async def test_readings_carry_the_time_of_the_clock_at_their_interval_and_are_not_retained() -> None:
    clock = FakeClock()
    broker = Listener(clock)

    count = await run(Plant(site_of(PUMP)), broker, clock=clock, duration=35)

    assert [document["ts"] for document in broker.documents("P-1")] == [
        START,
        START + 10_000,
        START + 20_000,
        START + 30_000,
    ]
    assert count == 4
    assert not any(retain for topic, _, retain in broker.messages if topic.endswith("telemetry"))


async def test_each_point_is_published_at_its_own_interval() -> None:
    pump, clock = quick(PUMP, vibration=2, flow=5), FakeClock()
    broker = Listener(clock)

    await run(Plant(site_of(pump)), broker, clock=clock, duration=60)

    counts = Counter(point for document in broker.documents() for point in document["values"])
    assert counts["vibration"] == 30
    assert counts["current"] == 6
    assert counts["flow"] == 15  # two ticks: rather too often than too seldom


async def test_a_late_publisher_makes_up_by_one_longer_step() -> None:
    clock = FakeClock()

    class Slow(Listener):
        async def send(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
            await super().send(topic, payload, retain=retain)
            if len(self.messages) == 3:
                await clock.sleep(45)

    broker, plant = Slow(clock), Plant(site_of(PUMP))

    await run(plant, broker, clock=clock, duration=100)

    stamps = [(document["ts"] - START) // 1000 for document in broker.documents()]
    assert stamps == sorted(set(stamps))
    behind = [at - document["ts"] for at, document in zip(broker.at[1:-1], broker.documents(), strict=True)]
    assert max(behind) < 10_000
    assert plant.t == stamps[-1]


async def test_speed_makes_the_plant_older_and_leaves_the_stamps() -> None:
    clock, plant = FakeClock(), Plant(site_of(PUMP))
    broker = Listener(clock)

    await run(plant, broker, clock=clock, speed=60, duration=30)

    assert [document["ts"] - START for document in broker.documents()] == [0, 10_000, 20_000]
    assert plant.t == 20 * 60


async def test_cancelled_it_says_offline() -> None:
    broker = Listener()
    task = asyncio.create_task(run(Plant(site_of(PUMP)), broker, clock=FakeClock()))
    while not broker.documents():
        await asyncio.sleep(0)

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert broker.messages[-1][1] == b"offline"


async def test_the_same_seed_publishes_the_same_bytes() -> None:
    published = []
    for _ in range(2):
        clock = FakeClock()
        broker = Listener(clock)
        await run(Plant(demo_site(), seed=5), broker, clock=clock, duration=120)
        published.append(broker.messages)

    assert published[0] == published[1]


async def test_nothing_published_tells_the_truth_about_faults() -> None:
    clock = FakeClock()
    broker = Listener(clock)
    await run(Plant(demo_site(), faults=faults_of("demo", demo_site())), broker, clock=clock, duration=300)

    everything = b" ".join(payload for _, payload, _ in broker.messages)
    assert b"wear" not in everything
    assert b"severity" not in everything
    declared = {point.name for asset in demo_site().assets for point in asset.points}
    assert all(set(document["values"]) <= declared for document in broker.documents())
    assert json.loads(broker.messages[-20][1]).keys() == {"ts", "values"}


def test_the_tick_is_the_shortest_interval() -> None:
    assert tick_of(Plant(site_of(quick(PUMP, flow=3)))) == timedelta(seconds=3)


def test_a_point_whose_interval_ended_between_two_ticks_is_due() -> None:
    tick = timedelta(seconds=2)

    due = due_values(PUMP, {"flow": 1.23456, "running": True}, tick=tick, number=7, last=4)

    assert due == {"flow": 1.235, "running": True}
    assert due_values(PUMP, {"flow": 1.0}, tick=tick, number=4, last=1) == {}
