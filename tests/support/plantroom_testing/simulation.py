"""A clock that does not wait, a broker that only listens, and sites to simulate."""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from plantroom.domain.installation import Installation
from plantroom.domain.samples import SampleBatch
from plantroom.domain.site import Asset, Site
from plantroom.simulators.demo import SITE_FILE
from plantroom.simulators.machine import Chance, Flows, Moment, Shared, Supply
from plantroom.simulators.recording import Recorder
from plantroom.simulators.simulation import Simulation
from plantroom.simulators.world import World, hour_of
from plantroom.storage.files import load_installation

START = 1_750_000_000_000
SUMMER_NOON = datetime(2026, 7, 15, 12, tzinfo=ZoneInfo("Asia/Shanghai"))


class FakeClock:
    """Goes on only when somebody sleeps."""

    def __init__(self, now: int = START) -> None:
        self.time = float(now)

    def now(self) -> int:
        return int(self.time)

    async def sleep(self, seconds: float) -> None:
        self.time += max(0.0, seconds) * 1000
        await asyncio.sleep(0)


class Listener:
    """Takes everything that is published, with the time."""

    def __init__(self, clock: FakeClock | None = None) -> None:
        self.messages: list[tuple[str, bytes, bool]] = []
        self.at: list[int] = []
        self.flushed = 0
        self._clock = clock or FakeClock()

    async def send(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        self.messages.append((topic, payload, retain))
        self.at.append(self._clock.now())

    async def flush(self) -> None:
        self.flushed = len(self.messages)

    def documents(self, asset: str = "") -> list[dict[str, Any]]:
        """Return the readings, packs taken apart."""
        found: list[dict[str, Any]] = []
        for topic, payload, _ in self.messages:
            if topic.endswith(f"{asset}/telemetry") and topic.startswith("plantroom/v1/"):
                document = json.loads(payload)
                found += document if isinstance(document, list) else [document]
        return found


@cache
def demo() -> Installation:
    """Return the demo building with the rules of its packs."""
    return load_installation(sites=[SITE_FILE])


def demo_site() -> Site:
    """Return the demo building."""
    return demo().table.sites[0]


def asset_of(asset_class: str, *, id_: str = "X-1", **rated: float) -> Asset:
    """Return an asset with the points of its class."""
    return Asset(id=id_, asset_class=asset_class, rated=rated, points=demo().classes[asset_class].points)


def world(*, local: datetime | None = None, **changes: Any) -> World:
    """Return a summer's workday at noon, unless told otherwise."""
    moment = local or datetime(2026, 7, 15, 12, tzinfo=UTC)
    values: dict[str, Any] = {
        "local": moment,
        "hour": hour_of(moment),
        "outdoor_c": 32.0,
        "humidity": 60.0,
        "wet_bulb_c": 25.6,
        "sun_w_m2": 800.0,
        "occupancy": 0.9,
    }
    return World(**(values | changes))


WORLD = world()


def moment(
    *,
    t: float = 0.0,
    dt: float = 10.0,
    faults: Mapping[str, float] | None = None,
    world: World = WORLD,
    shared: Shared | None = None,
    supply: Supply | None = None,
    flows: Mapping[str, Flows] | None = None,
    fed: Sequence[Flows] = (),
    seed: int = 1,
) -> Moment:
    """Return what a step depends on: by default at noon on a summer's workday, on sound mains."""
    return Moment(
        t=t,
        dt=dt,
        world=world,
        shared=shared or Shared(cooling_kw=400.0, cooling_share=0.8),
        supply=supply or Supply(),
        flows=flows or {},
        fed=fed,
        faults=faults or {},
        chance=Chance(seed),
    )


def flows(**kilowatts: float) -> dict[str, Flows]:
    """Return machines that draw that much."""
    return {asset: Flows(electric_kw=power) for asset, power in kilowatts.items()}


def batches(
    simulation: Simulation,
    *,
    duration: timedelta,
    block: timedelta = timedelta(minutes=10),
    installation: Installation | None = None,
) -> Iterator[SampleBatch]:
    """Return what the demo building shows, as the pipeline has it: a message for each asset and time."""
    table, recorder = (installation or demo()).table, Recorder(simulation, block=block)
    number = np.array([table.number[each.asset, each.point.name] for each in recorder.series], np.int32)
    asset = np.unique([each.asset for each in recorder.series], return_inverse=True)[1]
    for each in recorder.blocks(duration):
        order = np.lexsort((asset[each.series], each.ts))
        ts, series = each.ts[order], each.series[order]
        turns = (np.diff(ts) != 0) | (np.diff(asset[series]) != 0)
        yield SampleBatch(
            point=number[series],
            ts=ts,
            value=each.values[order],
            quality=np.zeros(len(ts), np.uint8),
            arrived=ts.copy(),
            message=np.concatenate([[0], np.cumsum(turns)]).astype(np.int32),
        )


def hours(count: float) -> timedelta:
    """Return that many hours."""
    return timedelta(hours=count)
