"""Let a plant run and publish what its sensors show."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta

import msgspec

from plantroom.domain import topics
from plantroom.domain.site import Asset
from plantroom.simulators.machine import Value
from plantroom.simulators.plant import Plant
from plantroom.simulators.publishing import Clock, Publisher

_log = logging.getLogger(__name__)
_json = msgspec.json.Encoder()

ONLINE = b"online"
OFFLINE = b"offline"
DIGITS = 3
GOODBYE_S = 2.0
"""How long the last messages may take when the broker is away."""


async def run(
    plant: Plant, publisher: Publisher, *, clock: Clock, speed: float = 1.0, duration: float | None = None
) -> int:
    """Publish the readings until `duration` seconds have passed on `clock`, or until cancelled.

    Each point is published at its own interval, stamped with the time of `clock`. The plant lives `speed`
    times as fast as `clock` goes: faults and days pass faster, the stamps and intervals stay.
    A broker keeps one Will for a connection, so an asset's `offline` is published at the end here and not by
    the broker: killed, a simulator leaves `online` behind.

    Returns: how many messages were published.
    """
    runner = _Runner(plant, publisher, clock=clock, speed=speed)
    try:
        await runner.say(ONLINE)
        await runner.publish_readings(duration)
    finally:
        try:
            async with asyncio.timeout(GOODBYE_S):
                await runner.say(OFFLINE)
                await publisher.flush()
        except TimeoutError:
            _log.warning("broker did not take the goodbye", extra={"site": plant.site.id})
    return runner.messages


class _Runner:
    def __init__(self, plant: Plant, publisher: Publisher, *, clock: Clock, speed: float) -> None:
        self.messages = 0
        self._plant = plant
        self._publisher = publisher
        self._clock = clock
        self._speed = speed
        self._tick = tick_of(plant)

    async def say(self, word: bytes) -> None:
        """Publish `word` as the status of every asset."""
        for asset in self._plant.assets:
            topic = topics.status(site=self._plant.site.id, asset=asset.id)
            await self._publisher.send(topic, word, retain=True)

    async def publish_readings(self, duration: float | None) -> None:
        """Step and publish at every tick; ticks that were missed are made up by one longer step."""
        tick_s = self._tick.total_seconds()
        started, number, last = self._clock.now(), 0, -1
        while duration is None or number * tick_s < duration:
            ts = started + round(number * tick_s * 1000)
            await self._clock.sleep((ts - self._clock.now()) / 1000)
            dt = (number - last) * tick_s * self._speed if last >= 0 else 0.0
            readings = self._plant.step(dt)
            await self._publish(readings, ts=ts, number=number, last=last)
            late = (self._clock.now() - started) / 1000 / tick_s
            last, number = number, max(number + 1, int(late))

    async def _publish(
        self, readings: Mapping[str, Mapping[str, Value]], *, ts: int, number: int, last: int
    ) -> None:
        for asset in self._plant.assets:
            values = due_values(asset, readings[asset.id], tick=self._tick, number=number, last=last)
            if values:
                topic = topics.telemetry(site=self._plant.site.id, asset=asset.id)
                await self._publisher.send(topic, _json.encode({"ts": ts, "values": values}))
                self.messages += 1


def tick_of(plant: Plant) -> timedelta:
    """Return the time between steps: the shortest interval of all points."""
    return min(
        (point.every for asset in plant.assets for point in asset.points), default=timedelta(seconds=10)
    )


def due_values(
    asset: Asset, values: Mapping[str, Value], *, tick: timedelta, number: int, last: int
) -> dict[str, Value]:
    """Return the values of those points whose interval ended after tick `last` and up to tick `number`."""
    due: dict[str, Value] = {}
    for point in asset.points:
        ticks = max(1, point.every // tick)
        if point.name in values and number // ticks > last // ticks:
            due[point.name] = _shown(values[point.name])
    return due


def _shown(value: Value) -> Value:
    """Return a reading with no more digits than a sensor has."""
    return round(value, DIGITS) if isinstance(value, float) else value
