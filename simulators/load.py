"""Many machines at once, without physics: as many messages a second as asked, each with values of its own."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Final, Protocol

import msgspec
import numpy as np

from plantroom.domain import topics
from plantroom.domain.errors import BrokerUnavailable
from plantroom.simulators.publishing import Clock

ASSET_CLASS: Final = "pump"
_QUIET: Final = {
    "running": (1.0, 0.0),
    "flow": (100.0, 5.0),
    "pressure": (4.0, 0.2),
    "current": (30.0, 2.0),
    "vibration": (1.5, 0.3),
    "bearing_temp": (45.0, 3.0),
}
"""Middle and spread of each point's values: a running pump that no shipped rule complains of."""
POINTS: Final = tuple(_QUIET)
_POOL: Final = 4096
"""How many sets of values there are; encoded once, so that the messages cost as little as they can."""
_SLICE: Final = 250
"""Messages after which others on the event loop have their turn."""
_NAP_S: Final = 0.01
_RETRY_S: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What is to be published."""

    site: str = "load"
    assets: int = 10_000
    values: int = len(POINTS)
    """In each reading: the first so many of `POINTS`."""
    batch: int = 1
    """Readings in each message."""
    qos: int = 1
    rate: float = math.inf
    """Messages a second in all."""
    seconds: float = math.inf
    """How long."""
    seed: int = 0

    @property
    def asset_ids(self) -> Iterator[str]:
        """The names of the machines."""
        digits = len(str(self.assets))
        return (f"LOAD-{number:0{digits}}" for number in range(1, self.assets + 1))


@dataclass(slots=True)
class Sent:
    """What has been published so far."""

    messages: int = 0
    bytes: int = 0
    """Of payloads."""
    seconds: float = 0.0
    interruptions: int = 0
    """How many times, at QoS 0, the broker was away and the rest was tried again."""


class LoadPublisher(Protocol):
    """A connection to a broker; see `mqtt.client.Client`."""

    async def send(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish at QoS 1, in order; waits only while too many messages are not acknowledged."""

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        """Publish once."""


async def run(
    load: Load,
    publisher: LoadPublisher,
    *,
    clock: Clock,
    sent: Sent,
    on_progress: Callable[[Sent], None] = lambda _: None,
) -> None:
    """Publish until `load.seconds` have passed on `clock`, or until cancelled; `sent` grows meanwhile.

    What cannot be published in time is made up as fast as possible, so the mean rate is what was asked or,
    where that is not reached, the greatest that is.
    """
    stream = messages(load, clock)
    started = clock.now()
    publish = publisher.send if load.qos else partial(publisher.publish, qos=0)
    kept: list[tuple[str, bytes]] = []
    is_over = False
    while not is_over:
        is_over = sent.seconds >= load.seconds
        due = _SLICE if math.isinf(load.rate) else load.rate * min(sent.seconds, load.seconds) - sent.messages
        kept += islice(stream, max(0, min(_SLICE, int(due)) - len(kept)))
        nap = 0.0 if due >= _SLICE else _NAP_S
        try:
            await _publish_all(kept, publish, sent)
        except BrokerUnavailable:
            # At QoS 0 the client keeps nothing: the rest is tried again.
            sent.interruptions += 1
            nap = _RETRY_S
        # At full speed no time may be lost; below it, a nap gathers the next messages.
        await (clock.sleep(nap) if nap else asyncio.sleep(0))
        sent.seconds = (clock.now() - started) / 1000
        on_progress(sent)


async def _publish_all(
    kept: list[tuple[str, bytes]], publish: Callable[[str, bytes], Awaitable[None]], sent: Sent
) -> None:
    """Publish what is kept, and keep what could not be."""
    done = 0
    try:
        for topic, payload in kept:
            await publish(topic, payload)
            done += 1
            sent.bytes += len(payload)
    finally:
        sent.messages += done
        del kept[:done]


def messages(load: Load, clock: Clock) -> Iterator[tuple[str, bytes]]:
    """Yield topics and payloads for ever, one message of each machine after the other.

    A machine's times are those of `clock`, but always later than its last one: at more than a reading a
    millisecond they run ahead.
    """
    pool = _encoded_values(load)
    machines = [topics.telemetry(site=load.site, asset=asset_id) for asset_id in load.asset_ids]
    floor, number = 0, 0
    while True:
        newest = floor
        for topic in machines:
            ts = max(clock.now(), floor)
            newest = max(newest, ts + load.batch)
            if load.batch == 1:
                yield topic, b'{"ts":%d,"values":%s}' % (ts, pool[number % _POOL])
            else:
                readings = (
                    b'{"ts":%d,"values":%s}' % (ts + position, pool[(number + position) % _POOL])
                    for position in range(load.batch)
                )
                yield topic, b"[%s]" % b",".join(readings)
            number += load.batch
        floor = newest


def _encoded_values(load: Load) -> list[bytes]:
    """Return sets of values as JSON objects."""
    random = np.random.default_rng(load.seed)
    points = POINTS[: load.values]
    middle, spread = np.array([_QUIET[point] for point in points]).T
    rows = np.round(middle + spread * random.uniform(-1, 1, (_POOL, len(points))), 2).tolist()
    sets = (dict(zip(points, row, strict=True)) for row in rows)
    return [msgspec.json.encode(values | {"running": True}) for values in sets]


def site_file(load: Load) -> str:
    """Return the site file that declares the machines, with the pack that watches them."""
    rows = "".join(f"  - {{id: {asset_id}, class: {ASSET_CLASS}}}\n" for asset_id in load.asset_ids)
    return (
        f"# The machines of `plantroom load --assets {load.assets}`.\n"
        f"site: {load.site}\n"
        "name: {en: Load test, zh: 负载测试}\n"
        "timezone: UTC\n"
        f"packs: [{ASSET_CLASS}]\n"
        f"assets:\n{rows}"
    )
