"""How an air handling unit is controlled: ASHRAE Guideline 36-2018, part 5.16 (multiple-zone VAV units)."""

from dataclasses import dataclass
from typing import Final

from plantroom.simulators.machine import clamp
from plantroom.simulators.rooms import Timetable
from plantroom.simulators.world import World

COLDEST_SUPPLY_C: Final = 13.0
WARMEST_SUPPLY_C: Final = 18.0
RESET_FROM_C: Final = 16.0
"""Outdoors: at and below it, the supply air is at its warmest..."""
RESET_TO_C: Final = 21.0
"""...and from here on at its coldest."""
HEATED_SUPPLY_C: Final = 32.0
"""For a unit that heats its rooms itself; warmer air stays under the ceiling."""
HIGH_LIMIT_C: Final = 17.0
"""Outdoor air above it is not used to cool: saturated, it holds as much heat as air of 24 °C and 50 %."""
HYSTERESIS_C: Final = 1.0
LEAST_DAMPER: Final = 0.32
DAMPER_LEAKS: Final = 0.015
GAP: Final = 0.05
"""What the loop passes between two actuators, so that they never work against each other."""
LOOP_GAIN: Final = 0.045
"""Of the loop for each kelvin, at the rated flow: the coils warm and cool by some 20 K over their range."""
LOOP_INTEGRAL_S: Final = 75.0
LEAST_GAIN: Final = 0.35
"""Less air is warmed more by the same valve, so the gain falls with the flow, to this share."""
NIGHT_LEAST_C: Final = 15.0
"""A room colder than that starts the unit at night..."""
NIGHT_ENOUGH_C: Final = 17.5
EARLIEST_H: Final = 3.0
EARLY_H_PER_K: Final = 0.5
EARLY_H: Final = 0.5
HUNTING_GAIN: Final = 0.5
HUNTING_INTEGRAL: Final = 22.0
"""A loop set far too fast: its integral acts this much stronger, its gain half as much."""


@dataclass(slots=True)
class Commands:
    """What the controller tells the actuators, each 0 to 1; never changed once made."""

    damper: float = 0.0
    heating: float = 0.0
    cooling: float = 0.0


@dataclass(slots=True)
class Loop:
    """What the controller of the supply air remembers; never changed once made."""

    gathered: float = 0.0
    """Below 0 it heats, up to 1 it opens the damper, above it cools; without economizer it cools from 0."""
    economizer: bool = False


@dataclass(slots=True)
class Sensed:
    """What the controller of the supply air goes by."""

    error_c: float
    """By how much the supply air is warmer than it should be."""
    outdoor_c: float
    flow_share: float
    """The flow as a share of the rated one."""


def supply_set_point(outdoor_c: float, *, heating: float = 0.0) -> float:
    """Return the set-point, °C, reset by the outdoor air; `heating` is what a unit's own room asks for.

    Source: Guideline 36, 5.16.2.2, with 18 °C for 16 °C outdoors and 13 °C for 21 °C.
    """
    share = clamp((outdoor_c - RESET_FROM_C) / (RESET_TO_C - RESET_FROM_C), 0.0, 1.0)
    reset = WARMEST_SUPPLY_C + share * (COLDEST_SUPPLY_C - WARMEST_SUPPLY_C)
    return reset + heating * (HEATED_SUPPLY_C - reset)


def controlled(loop: Loop, sensed: Sensed, *, dt: float, hunting: float) -> tuple[Loop, Commands]:
    """Return the loop `dt` seconds later and its commands.

    One PI loop for heating valve, damper and cooling valve in sequence (Guideline 36, figure 5.16.2.3),
    whose integral is held at its ends.
    """
    gathered, economizer = loop.gathered, loop.economizer
    outdoor_c, error_c = sensed.outdoor_c, sensed.error_c
    limit = HIGH_LIMIT_C if economizer else HIGH_LIMIT_C - HYSTERESIS_C
    if (outdoor_c < limit) is not economizer:
        # The valves stay where they are: the damper's part of the range is taken out or put in.
        moved = 1 + GAP
        if economizer:
            gathered = gathered - moved if gathered > moved else min(gathered, 0.0)
        elif gathered > GAP:
            gathered += moved
        economizer = not economizer
    width = 1.0 + GAP if economizer else 0.0
    gain = LOOP_GAIN * clamp(sensed.flow_share, LEAST_GAIN, 1.0)
    proportional = gain * (1 - hunting * (1 - HUNTING_GAIN)) * error_c
    gathered += dt * gain * (1 + hunting * (HUNTING_INTEGRAL - 1)) * error_c / LOOP_INTEGRAL_S
    low, high = -1 - GAP, width + 1 + GAP
    gathered = clamp(gathered, low, high)
    asked = clamp(gathered + proportional, low, high)
    free = clamp(asked, 0.0, 1.0) if economizer else 0.0
    return Loop(gathered, economizer), Commands(
        LEAST_DAMPER + (1 - LEAST_DAMPER) * free,
        clamp(-asked - GAP, 0.0, 1.0),
        clamp(asked - width - GAP, 0.0, 1.0),
    )


def outdoor_share(damper: float) -> float:
    """Return the share of outdoor air; linked dampers leak when closed and are nearly linear in between."""
    return DAMPER_LEAKS + (1 - 2 * DAMPER_LEAKS) * damper


def is_wanted(timetable: Timetable, world: World, *, off_c: float, running: bool) -> bool:
    """Return whether the unit is in its occupied time, which an optimum start brings forward.

    `off_c`: by how much its rooms are off what they should be. Half an hour, and half an hour for each kelvin
    (ASHRAE Handbook HVAC Applications, chapter 43: optimum start).
    """
    if timetable.is_open(world):
        return True
    ahead = timetable.opens_h - world.hour
    if not 0 < ahead <= EARLIEST_H or world.local.weekday() >= timetable.days:
        return False
    return running or ahead <= min(EARLIEST_H, EARLY_H + EARLY_H_PER_K * off_c)


def is_forgotten(timetable: Timetable, world: World, broken: float) -> bool:
    """Return whether a unit is still on because its time switch is `broken`: at 1, for a day."""
    return (world.hour - timetable.closes_h) % 24 < 24 * broken


def night_run(coldest_c: float, *, running: bool) -> bool:
    """Return whether a room is so cold that the unit runs at night (Guideline 36, 5.4.6: set-back mode)."""
    return coldest_c < (NIGHT_ENOUGH_C if running else NIGHT_LEAST_C)
