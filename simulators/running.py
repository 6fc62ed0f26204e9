"""Let a site live, publish what it shows and the truth about its faults, and do what it is told."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Final

import msgspec

from plantroom.domain import topics
from plantroom.simulators.control import Truth
from plantroom.simulators.machine import Value
from plantroom.simulators.publishing import Clock, Publisher
from plantroom.simulators.simulation import Simulation
from plantroom.simulators.ticks import Shown, Timing, live, ticks

_log = logging.getLogger(__name__)
_json = msgspec.json.Encoder()

ONLINE: Final = b"online"
OFFLINE: Final = b"offline"
GOODBYE_S: Final = 2.0
"""How long the last messages may take when the broker is away."""
LARGEST_BATCH: Final = 500
"""Readings that were kept back are sent in batches of at most so many times."""


async def run(
    simulation: Simulation,
    publisher: Publisher,
    *,
    clock: Clock,
    timing: Timing | None = None,
    duration: float | None = None,
) -> int:
    """Publish the readings until `duration` seconds have passed on the stamps, or until cancelled.

    Each point is published at its own interval. The truth about faults goes to a topic of its own, which the
    product never reads (`topics.truth`). Without `timing` the readings are of now.
    A broker keeps one Will for a connection, so an asset's `offline` is published at the end here and not by
    the broker: killed, a simulator leaves `online` behind.

    Returns: how many messages were published.
    """
    runner = _Runner(simulation, publisher, clock=clock, timing=timing or live(clock))
    try:
        await runner.say(ONLINE)
        await runner.publish(duration)
    finally:
        try:
            async with asyncio.timeout(GOODBYE_S):
                await runner.say(OFFLINE)
                await publisher.flush()
        except TimeoutError:
            _log.warning("broker did not take the goodbye", extra={"site": simulation.site.id})
    return runner.messages


class _Runner:
    def __init__(self, simulation: Simulation, publisher: Publisher, *, clock: Clock, timing: Timing) -> None:
        self.messages = 0
        self._simulation = simulation
        self._site = simulation.site.id
        self._publisher = publisher
        self._clock = clock
        self._timing = timing
        self._truth = Truth(simulation, timing=timing)

    async def say(self, word: bytes) -> None:
        """Publish `word` as the status of every asset."""
        for asset in self._simulation.assets:
            await self._say(asset.id, word)

    async def publish(self, duration: float | None) -> None:
        """Publish readings, comings and goings of links, and the truth about faults."""
        async for tick in ticks(self._simulation, clock=self._clock, timing=self._timing, duration=duration):
            for asset, is_up in tick.turned.items():
                await self._say(asset, ONLINE if is_up else OFFLINE)
            for asset, shown in tick.shown.items():
                for start in range(0, len(shown), LARGEST_BATCH):
                    batch = shown[start : start + LARGEST_BATCH]
                    await self._tell(asset, batch, is_historical=tick.is_historical)
            for topic, payload in self._truth.news():
                await self._publisher.send(topic, payload, retain=True)

    async def _tell(self, asset: str, shown: Sequence[Shown], *, is_historical: bool) -> None:
        told = [_document(each, is_historical=is_historical) for each in shown]
        topic = topics.telemetry(site=self._site, asset=asset)
        await self._publisher.send(topic, _json.encode(told[0] if len(told) == 1 else told))
        self.messages += 1

    async def _say(self, asset: str, word: bytes) -> None:
        await self._publisher.send(topics.status(site=self._site, asset=asset), word, retain=True)


def _document(shown: Shown, *, is_historical: bool) -> dict[str, int | bool | dict[str, Value]]:
    document: dict[str, int | bool | dict[str, Value]] = {"ts": shown.ts, "values": dict(shown.values)}
    if is_historical:
        document["historical"] = True
    return document
