"""Who rides an escalator, and how fast it therefore runs."""

from dataclasses import dataclass
from itertools import pairwise
from math import log
from typing import Final

from plantroom.simulators.machine import Chance
from plantroom.simulators.world import World

OPENS: Final = 7.5
CLOSES: Final = 22.5
"""Hours of the day between which it runs."""
IDLE_AFTER_S: Final = 10.0
"""After the last has left, until it creeps (EN 115-1, 5.12.2.1.3: at least)."""
CREEP_SHARE: Final = 0.4
"""Of the rated speed, with nobody on it."""
ACCELERATION_MS2: Final = 0.15
"""Between creeping and running; no passenger feels it."""

_PEOPLE: Final = (
    (7.5, 0.05),
    (8.75, 0.3),
    (9.5, 0.12),
    (10.0, 0.2),
    (12.0, 1.0),
    (13.0, 0.9),
    (14.0, 0.5),
    (17.5, 0.6),
    (18.5, 0.9),
    (20.0, 0.6),
    (21.5, 0.15),
    (22.25, 0.0),
)
"""By hour, of the most: shops from 10 to 22 h, people of the offices before. A planning assumption."""
_SLOTS_PER_HOUR: Final = 12
SHOPS_OPEN: Final = 10.0
FREE_DAY: Final = 1.25
"""Visitors on a free day, of those on a workday, once the shops are open."""


def is_open(world: World) -> bool:
    """Return whether the building lets it run at this hour."""
    return OPENS <= world.hour < CLOSES


def _table() -> tuple[float, ...]:
    """Return a workday in slots of five minutes from `OPENS` on."""
    found: list[float] = []
    for (start, before), (end, after) in pairwise(_PEOPLE):
        while OPENS + len(found) / _SLOTS_PER_HOUR < end:
            share = (OPENS + len(found) / _SLOTS_PER_HOUR - start) / (end - start)
            found.append(before + (after - before) * share)
    return tuple(found)


_TABLE: Final = _table()


def visitors(world: World, *, direction: int) -> float:
    """Return how many ride, as a share of the most; more go up in the morning, more down in the evening."""
    hour = world.hour
    slot = int((hour - OPENS) * _SLOTS_PER_HOUR)
    if not 0 <= slot < len(_TABLE):
        return 0.0
    share = _TABLE[slot] * (1 + direction * 0.02 * (15 - hour))
    if world.is_workday:
        return share
    return share * (FREE_DAY if hour >= SHOPS_OPEN else 0.2)


@dataclass(slots=True, kw_only=True)
class Ride:
    """Who is on the steps; never changed once made."""

    boarded: tuple[float, ...] = ()
    """When those on it stepped on, plant time, s."""
    hazard: float = 1.0
    """Until the next comes: rate times time, exponentially distributed."""
    busy_from: float = float("-inf")
    """When it last began to speed up."""
    busy_until: float = float("-inf")
    """When it slows down if nobody else comes."""


@dataclass(slots=True, kw_only=True)
class Passed:
    """What has happened in a time."""

    came: int = 0
    ridden_s: float = 0.0
    """Seconds that persons have spent on it."""
    busy_s: float = 0.0
    """Time at rated speed."""


def carry(
    ride: Ride, chance: Chance, *, start: float, end: float, per_second: float, ride_s: float
) -> tuple[Ride, Passed]:
    """Let people come from `start` to `end`, one by one (a Poisson process), each for `ride_s` seconds."""
    came: list[float] = []
    hazard, now = ride.hazard, start
    while per_second > 0 and hazard <= (end - now) * per_second:
        now += hazard / per_second
        came.append(now)
        hazard = -log(1 - chance.share())
    hazard -= (end - now) * per_second
    busy_from, busy_until = ride.busy_from, ride.busy_until
    busy_s = max(0.0, min(end, busy_until) - start)
    for moment in came:
        until = moment + ride_s + IDLE_AFTER_S
        if moment > busy_until:
            busy_from = moment
        busy_s += min(end, until) - min(end, max(busy_until, moment))
        busy_until = until
    everybody = (*ride.boarded, *came) if came else ride.boarded
    ridden_s = sum(min(end, on + ride_s) - max(start, on) for on in everybody)
    after = Ride(
        boarded=tuple(on for on in everybody if on + ride_s > end) if everybody else (),
        hazard=hazard,
        busy_from=busy_from,
        busy_until=busy_until,
    )
    return after, Passed(came=len(came), ridden_s=ridden_s, busy_s=busy_s)


def speed(ride: Ride, *, t: float, rated_ms: float) -> float:
    """Return the speed of the steps while it is switched on."""
    creep = CREEP_SHARE * rated_ms
    if t <= ride.busy_until:
        return min(rated_ms, creep + ACCELERATION_MS2 * max(0.0, t - ride.busy_from))
    return max(creep, rated_ms - ACCELERATION_MS2 * (t - ride.busy_until))
