"""Who wants to ride when, from where and whereto."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeAlias

from plantroom.simulators.machine import Chance
from plantroom.simulators.world import World

Passenger: TypeAlias = tuple[int, int]
"""The floors on which somebody waits and whereto he wants; counted from the lowest."""
Rates: TypeAlias = tuple[float, float, float]
"""Of those who come in, who leave and who go between floors: per person of the building and hour."""

_WORKDAY: Final = (
    (0.0, (0.004, 0.004, 0.004)),
    (6.5, (0.01, 0.004, 0.01)),
    (8.0, (0.25, 0.02, 0.05)),
    (8.75, (1.3, 0.04, 0.15)),
    (9.0, (1.2, 0.05, 0.2)),
    (9.5, (0.3, 0.08, 0.25)),
    (10.0, (0.15, 0.12, 0.25)),
    (11.75, (0.15, 0.2, 0.25)),
    (12.0, (0.2, 0.7, 0.15)),
    (12.5, (0.35, 0.6, 0.1)),
    (13.0, (0.6, 0.3, 0.1)),
    (13.75, (0.5, 0.15, 0.15)),
    (14.0, (0.15, 0.12, 0.25)),
    (17.25, (0.1, 0.2, 0.2)),
    (17.5, (0.08, 0.5, 0.15)),
    (18.0, (0.06, 1.1, 0.1)),
    (18.5, (0.05, 0.7, 0.08)),
    (19.0, (0.04, 0.3, 0.06)),
    (20.0, (0.03, 0.12, 0.04)),
    (22.0, (0.01, 0.03, 0.01)),
    (24.0, (0.004, 0.004, 0.004)),
)
"""By hour, straight lines in between: up-peak, lunch both ways, down-peak.

Source: shape after the measured office days in Siikonen, Planning and control models for elevators (1997);
the up-peak of 1.3 per hour is 11 % of the people in five minutes (CIBSE Guide D: 11 to 15 % in offices).
"""
_FREE_DAY: Final[Rates] = (0.5, 0.5, 0.15)
"""Per person who is in, on a day without office hours."""
_SLOTS_PER_HOUR: Final = 12


def _table() -> tuple[Rates, ...]:
    """Return the workday in slots of five minutes."""
    found: list[Rates] = []
    for (start, before), (end, after) in pairwise(_WORKDAY):
        while len(found) < end * _SLOTS_PER_HOUR:
            share = (len(found) / _SLOTS_PER_HOUR - start) / (end - start)
            come, leave, between = (b + share * (a - b) for b, a in zip(before, after, strict=True))
            found.append((come, leave, between))
    return tuple(found)


WORKDAY_RATES: Final = _table()


def rates(world: World) -> Rates:
    """Return how much the building's people ride at this hour."""
    if world.is_workday:
        return WORKDAY_RATES[int(world.hour * _SLOTS_PER_HOUR) % len(WORKDAY_RATES)]
    come, leave, between = _FREE_DAY
    return come * world.occupancy, leave * world.occupancy, between * world.occupancy


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """The people of an elevator; they come one by one, independently (a Poisson process)."""

    floors: int
    main: int
    """The floor of the entrance, counted from the lowest."""
    people: float

    def per_second(self, now: Rates) -> float:
        """Return how many come to the elevator."""
        return self.people * (now[0] + now[1] + now[2]) / 3600

    def passenger(self, now: Rates, chance: Chance) -> Passenger:
        """Return the next one."""
        come, leave, between = now
        kind = chance.share() * (come + leave + between)
        floor = self._but(self.main, chance)
        if kind < come:
            return self.main, floor
        if kind < come + leave:
            return floor, self.main
        return floor, self._but(floor, chance)

    def _but(self, floor: int, chance: Chance) -> int:
        """Return a floor other than `floor`, all as likely."""
        found = chance.choice(self.floors - 1)
        return found if found < floor else found + 1
