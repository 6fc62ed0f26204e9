"""When a simulated site shows what: its readings tick by tick, on a clock."""

import math
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np

from plantroom.domain.site import Asset
from plantroom.simulators.instruments import Instrument
from plantroom.simulators.machine import Value
from plantroom.simulators.publishing import Clock
from plantroom.simulators.simulation import Simulation

LIVE_WITHIN_MS = 60_000
"""Readings whose time is further from now are history (contract 4.6 takes 5 min behind, 60 s ahead)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How the plant's time, the stamps and the clock go together."""

    started: int
    """Stamp of the first readings, ms since the epoch, UTC."""
    speed: float = 1.0
    """Plant seconds in a second of the stamps."""
    pace: float = 1.0
    """Seconds of the stamps in a second of the clock; infinite: as fast as they are taken."""
    is_live: bool = True
    """Whether stamps are the clock's time: then ticks that come too late are made up by one longer step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What one asset shows at one time."""

    asset: str
    ts: int
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """What there is to publish at one time."""

    ts: int
    """ms since the epoch, UTC."""
    is_historical: bool
    shown: Mapping[str, list[Shown]]
    """By asset, oldest first; more than one where a link kept readings back."""
    turned: Mapping[str, bool] = field(default_factory=dict)
    """Assets whose link came (true) or went since the last tick."""


def live(clock: Clock, *, speed: float = 1.0) -> Timing:
    """Return the timing of a plant whose readings are of now."""
    return Timing(started=clock.now(), speed=speed)


def own_time(start: datetime, *, pace: float) -> Timing:
    """Return the timing of a plant whose readings are of its own time, from `start` (aware) on."""
    return Timing(started=round(start.astimezone(UTC).timestamp() * 1000), pace=pace, is_live=False)


def tick_of(assets: Iterable[Asset]) -> timedelta:
    """Return the time between steps: the shortest interval of all points."""
    return min((point.every for asset in assets for point in asset.measured), default=timedelta(seconds=10))


def due_instruments(
    instruments: Iterable[Instrument], *, tick: timedelta, number: int, last: int
) -> list[Instrument]:
    """Return those whose point's interval ended after tick `last` and up to tick `number`."""
    return [
        each
        for each in instruments
        if number // max(1, each.point.every // tick) > last // max(1, each.point.every // tick)
    ]


async def ticks(
    simulation: Simulation, *, clock: Clock, timing: Timing, duration: float | None = None
) -> AsyncIterator[Tick]:
    """Let the site live and give what it shows, until `duration` seconds of the stamps have passed.

    Readings of the plant's own time are given no earlier than at that time: one that began in the past
    catches up with the clock and goes on live.
    """
    tick = tick_of(simulation.assets)
    tick_s, began = tick.total_seconds(), clock.now()
    ways = _Ways(simulation)
    number, last = 0, -1
    while duration is None or number * tick_s < duration:
        ts = timing.started + round(number * tick_s * 1000)
        now = clock.now()
        due = ts if timing.is_live else _due(ts, timing, began=began, now=now)
        await clock.sleep(max(0.0, (due - now) / 1000))
        simulation.advance((number - last) * tick_s * timing.speed if last >= 0 else 0.0)
        shown = {
            asset.id: simulation.readings(
                asset.id,
                due_instruments(simulation.instruments[asset.id], tick=tick, number=number, last=last),
            )
            for asset in simulation.assets
        }
        yield ways.through(shown, ts=ts, is_historical=abs(ts - clock.now()) > LIVE_WITHIN_MS)
        late = (clock.now() - timing.started) / 1000 / tick_s if timing.is_live else 0.0
        last, number = number, max(number + 1, int(late))


def _due(ts: int, timing: Timing, *, began: int, now: int) -> float:
    """Return when readings of time `ts` are given: at their pace, but what begins in the past stays there."""
    at_pace = began + (0.0 if math.isinf(timing.pace) else (ts - timing.started) / timing.pace)
    starts_in_the_past = timing.started < began
    return max(at_pace, ts) if starts_in_the_past and timing.pace > 1 and ts > now else at_pace


class _Ways:
    """What becomes of readings on their way to the broker."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._stored: dict[str, list[Shown]] = defaultdict(list)
        self._is_up: dict[str, bool] = {}

    def through(self, readings: Mapping[str, Mapping[str, Value]], *, ts: int, is_historical: bool) -> Tick:
        t = np.array([self._simulation.plant.t])
        shown: dict[str, list[Shown]] = {}
        turned: dict[str, bool] = {}
        for asset, values in readings.items():
            link = self._simulation.link(asset)
            is_up = bool(link.is_up(t)[0])
            if is_up != self._is_up.get(asset, True):
                turned[asset] = is_up
            self._is_up[asset] = is_up
            if values and (is_up or link.stores(t)[0]):
                stamp = ts + int(link.skew(t)[0])
                self._stored[asset].append(Shown(asset=asset, ts=stamp, values=values))
            if is_up and self._stored[asset]:
                shown[asset] = self._stored.pop(asset)
        return Tick(ts=ts, is_historical=is_historical, shown=shown, turned=turned)
