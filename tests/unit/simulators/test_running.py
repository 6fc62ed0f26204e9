"""Publishing what a plant shows, on a clock that does not wait."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from plantroom.domain.site import Asset, Site
from plantroom.simulators.faults import Fault
from plantroom.simulators.running import run
from plantroom.simulators.simulation import Simulation
from plantroom.simulators.ticks import due_instruments, live, own_time, tick_of
from plantroom_testing.simulation import START, SUMMER_NOON, FakeClock, Listener, asset_of, demo_site

PUMP = asset_of("pump", id_="P-1")
POINTS = {point.name for point in PUMP.points}


def quick(asset: Asset, **seconds: float) -> Asset:
    points = tuple(
        replace(point, every=timedelta(seconds=seconds.get(point.name, 10))) for point in asset.points
    )
    return replace(asset, points=points)


def site_of(*assets: Asset) -> Site:
    return Site(id="s", assets=assets)


def site_simulated(*assets: Asset, faults: Sequence[Fault] = ()) -> Simulation:
    return Simulation(site_of(*(assets or (PUMP,))), start=SUMMER_NOON, faults=faults)


async def test_each_asset_says_online_first_and_offline_last_and_both_are_retained() -> None:
    clock = FakeClock()
    broker = Listener(clock)

    await run(site_simulated(), broker, clock=clock, duration=30)

    topic = "plantroom/v1/s/P-1/status"
    assert broker.messages[0] == (topic, b"online", True)
    assert broker.messages[-1] == (topic, b"offline", True)
    assert broker.flushed == len(broker.messages)


async def test_readings_carry_the_time_of_the_clock_at_their_interval_and_are_not_retained() -> None:
    clock = FakeClock()
    broker = Listener(clock)

    count = await run(site_simulated(), broker, clock=clock, duration=35)

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

    await run(site_simulated(pump), broker, clock=clock, duration=60)

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

    broker, simulated = Slow(clock), site_simulated()

    await run(simulated, broker, clock=clock, duration=100)

    stamps = [(document["ts"] - START) // 1000 for document in broker.documents()]
    assert stamps == sorted(set(stamps))
    behind = [at - document["ts"] for at, document in zip(broker.at[1:-1], broker.documents(), strict=True)]
    assert max(behind) < 10_000
    assert simulated.plant.t == stamps[-1]


async def test_speed_makes_the_plant_older_and_leaves_the_stamps() -> None:
    clock, simulated = FakeClock(), site_simulated()
    broker = Listener(clock)

    await run(simulated, broker, clock=clock, timing=live(clock, speed=60), duration=30)

    assert [document["ts"] - START for document in broker.documents()] == [0, 10_000, 20_000]
    assert simulated.plant.t == 20 * 60


async def test_cancelled_it_says_offline() -> None:
    broker = Listener()
    task = asyncio.create_task(run(site_simulated(), broker, clock=FakeClock()))
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
        await run(Simulation(demo_site(), start=SUMMER_NOON, seed=5), broker, clock=clock, duration=120)
        published.append(broker.messages)

    assert published[0] == published[1]


WORN = Fault(asset="P-1", fault="bearing_wear", onset=60.0, repaired=240.0)


async def test_the_truth_about_faults_is_told_where_the_product_never_reads_and_nowhere_else() -> None:
    clock = FakeClock()
    broker = Listener(clock)
    await run(site_simulated(faults=[WORN]), broker, clock=clock, duration=300)

    truth = [topic for topic, _, _ in broker.messages if not topic.startswith("plantroom/v1/")]
    told = b" ".join(payload for topic, payload, _ in broker.messages if topic not in truth)
    assert truth == ["plantroom-sim/v1/s/P-1/labels/bearing_wear"] * 2
    assert b"wear" not in told
    assert b"severity" not in told
    assert all(set(document["values"]) <= POINTS for document in broker.documents())
    assert all(document.keys() == {"ts", "values"} for document in broker.documents())


async def test_what_a_link_kept_back_comes_in_one_message_with_its_own_times() -> None:
    clock = FakeClock()
    broker = Listener(clock)
    stored = Fault(asset="P-1", fault="store_and_forward", onset=60.0, repaired=120.0)

    await run(site_simulated(faults=[stored]), broker, clock=clock, duration=180)

    batches = [json.loads(payload) for topic, payload, _ in broker.messages if topic.endswith("telemetry")]
    burst = max((batch for batch in batches if isinstance(batch, list)), key=len)
    assert [document["ts"] - START for document in burst] == list(range(60_000, 130_000, 10_000))
    stamps = [document["ts"] - START for document in broker.documents()]
    assert stamps == list(range(0, 180_000, 10_000))


async def test_a_link_that_goes_and_comes_is_told_as_its_will_would_be() -> None:
    clock = FakeClock()
    broker = Listener(clock)
    dead = Fault(asset="P-1", fault="dead_gateway", onset=60.0, repaired=120.0)

    await run(site_simulated(faults=[dead]), broker, clock=clock, duration=180)

    said = [payload for topic, payload, _ in broker.messages if topic.endswith("status")]
    assert said == [b"online", b"offline", b"online", b"offline"]
    stamps = [document["ts"] - START for document in broker.documents()]
    assert not [stamp for stamp in stamps if 60_000 <= stamp < 120_000]


async def test_readings_of_another_time_are_history_and_keep_their_time() -> None:
    clock = FakeClock()
    broker, simulated = Listener(clock), site_simulated()

    await run(simulated, broker, clock=clock, timing=own_time(SUMMER_NOON, pace=float("inf")), duration=100)

    noon = round(SUMMER_NOON.timestamp() * 1000)
    assert [document["ts"] for document in broker.documents()] == list(range(noon, noon + 100_000, 10_000))
    assert all(document["historical"] for document in broker.documents())
    assert clock.now() == START


async def test_at_a_pace_the_clock_goes_slower_than_the_stamps() -> None:
    clock = FakeClock()
    broker, simulated = Listener(clock), site_simulated()

    await run(simulated, broker, clock=clock, timing=own_time(SUMMER_NOON, pace=10.0), duration=100)

    assert clock.now() == START + 9_000


async def test_what_began_in_the_past_catches_up_and_goes_on_live() -> None:
    clock = FakeClock(round(SUMMER_NOON.timestamp() * 1000) + 3_600_000)
    broker, simulated = Listener(clock), site_simulated()

    await run(
        simulated, broker, clock=clock, timing=own_time(SUMMER_NOON, pace=float("inf")), duration=2 * 3600
    )

    documents = broker.documents()
    assert len(documents) == 720
    assert sum(document.get("historical", False) for document in documents) == pytest.approx(354, abs=1)
    assert clock.now() == round(SUMMER_NOON.timestamp() * 1000) + 2 * 3_600_000 - 10_000


def test_the_tick_is_the_shortest_interval() -> None:
    assert tick_of([quick(PUMP, flow=3)]) == timedelta(seconds=3)


def test_a_point_whose_interval_ended_between_two_ticks_is_due() -> None:
    tick = timedelta(seconds=2)
    instruments = site_simulated().instruments["P-1"]

    due = {each.point.name for each in due_instruments(instruments, tick=tick, number=7, last=4)}

    assert due == {point.name for point in PUMP.points if point.every == timedelta(seconds=10)}
    assert due_instruments(instruments, tick=tick, number=4, last=1) == []
