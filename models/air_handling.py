"""What an air handling unit's temperatures say of its dampers, valves and sensors.

The relations are those of the fault conditions of ASHRAE Guideline 36 (mixed air lies between outdoor and
return air and in the share of the dampers; a shut valve changes nothing; an open one does), with how far a
unit strays from them in health learnt from its own healthy days where there are any.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from plantroom.models.frame import Floats, Mask

AVERAGED: Final = 5
"""Rows, of a minute, that a reading is the mean of."""
SETTLED: Final = 20
"""Rows for which the fan must have run or stood, and a valve been where it is, before they say anything."""
HELD: Final = 30
"""Rows in a row that a symptom must last."""
SHUT: Final = 1.0
OPEN: Final = 90.0
"""%, up to and from which a valve or damper counts as shut and open."""
APART: Final = 3.0
"""K between outdoor and return air below which mixed air tells nothing of the dampers."""
CHILLED, HOT = 6.0, 45.0
"""°C, about those of the water in the coils; only the share of the way that the air goes there is used."""


LEAST_WAY: Final = 5.0
"""K; nearer to the water's temperature a coil's effect is not judged by its share of the way."""
TAKES_IN: Final = 0.8
"""Share of outdoor air from which mixed air tells of the outdoor sensor."""


WARMS: Final = "warms with its heating valve shut"
COOLS: Final = "cools with its cooling valve shut"
MIXES_OTHERWISE: Final = "mixes other than its dampers stand"
MIXES_NEITHER: Final = "mixes neither outdoor nor return air"
TAKES_IN_OTHER: Final = "takes in other air than outdoors"


class Component(StrEnum):
    """What is to be looked at."""

    OUTDOOR_DAMPER = "OA damper"
    COOLING_VALVE = "cooling valve"
    HEATING_VALVE = "heating valve"
    MIXED_SENSOR = "mixed air sensor"
    OUTDOOR_SENSOR = "outdoor air sensor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """A unit's readings, one row a minute, all of shape (rows,); °C and %, NaN where unknown."""

    running: Floats
    """1 while the supply fan runs."""
    outdoor: Floats
    mixed: Floats
    returned: Floats
    supply: Floats
    heat_to: Floats
    cool_to: Floats
    """Set-points of the supply air for heating and cooling, the same where there is one."""
    damper: Floats
    """Outdoor air damper's command."""
    return_damper: Floats
    heating: Floats
    cooling: Floats
    speed: Floats
    """Of the supply fan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """What is usual, and how far from it is too far."""

    usual: float
    limit: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How a unit behaves in health."""

    bias: float
    """K by which mixed air always reads too high."""
    gains: tuple[Habit, ...]
    """K from mixed to supply air with both valves shut, `usual` at full speed and with it, by `SHARES`."""
    speed: float
    """Share of full speed that they were learnt at."""
    shares: tuple[Habit, ...]
    """Outdoor air's share beyond that of the damper positions, by `SHARES`."""
    beyond: Habit
    """K by which mixed air lies outside outdoor and return air."""
    soak: Habit
    """K by which supply air lies outside all others while the fan stands."""
    cooled: Habit
    heated: Habit
    """Share of the way to `CHILLED` or `HOT` that a wide open valve takes the air; `limit` is the least."""
    blur: float
    """K of error of the mixed air's temperature, which counts the more the nearer the two airs are."""


SHARES: Final = (0.02, 0.3, 0.6, 0.9, 1.0)
"""Upper ends of the classes of damper positions, as shares of outdoor air; each is learnt by itself."""
UNKNOWN: Final = Habits(
    bias=0.0,
    gains=(Habit(usual=1.0, limit=1.75),) * len(SHARES),
    speed=1.0,
    shares=tuple(Habit(usual=0.0, limit=limit) for limit in (0.15, 0.3, 0.3, 0.3, 0.3)),
    beyond=Habit(usual=0.0, limit=2.0),
    soak=Habit(usual=0.0, limit=10.0),
    cooled=Habit(usual=0.5, limit=0.2),
    heated=Habit(usual=0.3, limit=0.1),
    blur=1.0,
)
"""Of a unit whose healthy days nobody has shown: Guideline 36's 1 K for the fan, and wide limits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Symptom:
    """Something that should not be, row by row."""

    name: str
    component: Component
    excess: Floats
    """By how many limits it is beyond its limit, shape (rows,); NaN: not to be told."""


def mean_of_last(values: Floats, rows: int = AVERAGED) -> Floats:
    """Return the mean of each row and those before it, `rows` in all; NaN where fewer than half are known."""
    known = np.isfinite(values)
    total = np.cumsum(np.where(known, values, 0.0))
    count = np.cumsum(known)
    total[rows:], count[rows:] = total[rows:] - total[:-rows], count[rows:] - count[:-rows]
    return np.where(2 * count > rows, total / np.maximum(count, 1), np.nan)


def lasting(holds: Mask, rows: int) -> Mask:
    """Return where `holds` has been true in each of the last `rows` rows."""
    since = np.arange(len(holds)) - np.maximum.accumulate(np.where(holds, -1, np.arange(len(holds))))
    return holds & (since >= rows)


class View:
    """Readings as they are judged: averaged, with when valves, dampers and fan have been at rest."""

    def __init__(self, readings: Readings, bias: float = 0.0) -> None:
        """Take readings and by how many K mixed air always reads too high."""
        self.outdoor, self.mixed = mean_of_last(readings.outdoor), mean_of_last(readings.mixed - bias)
        self.returned, self.supply = mean_of_last(readings.returned), mean_of_last(readings.supply)
        self.heat_to, self.cool_to = mean_of_last(readings.heat_to), mean_of_last(readings.cool_to)
        self.runs = lasting(readings.running > 0.5, SETTLED)
        self.stands = lasting(readings.running < 0.5, 3 * SETTLED)
        self.no_heat = lasting(readings.heating <= SHUT, SETTLED)
        self.no_cold = lasting(readings.cooling <= SHUT, SETTLED)
        self.full_heat = lasting(readings.heating >= OPEN, SETTLED)
        self.full_cold = lasting(readings.cooling >= OPEN, SETTLED)
        self.heating, self.cooling = mean_of_last(readings.heating), mean_of_last(readings.cooling)
        speed = mean_of_last(readings.speed) / 100
        self.speed = np.where(np.isfinite(speed), np.clip(speed, 0.2, 1.0), 1.0)
        self.gap = self.outdoor - self.returned
        self.position = position(readings)
        self.kind = np.digitize(self.position, SHARES[:-1], right=True)
        moved = np.abs(self.position - mean_of_last(self.position, SETTLED))
        self.rests = self.runs & lasting(moved < 0.05, SETTLED)
        self.mixes = self.rests & (np.abs(self.gap) >= APART)

    def share(self) -> Floats:
        """Return the share of outdoor air by the temperatures; NaN where it cannot be told."""
        return np.where(self.mixes, (self.mixed - self.returned) / np.where(self.mixes, self.gap, 1), np.nan)

    def outside(self) -> Floats:
        """Return by how much mixed air lies outside outdoor and return air, K; below 0: between them."""
        low, high = np.minimum(self.outdoor, self.returned), np.maximum(self.outdoor, self.returned)
        return np.where(self.runs, np.maximum(low - self.mixed, self.mixed - high), np.nan)

    def soaked(self) -> Floats:
        """Return by how much supply air is warmer (above 0) or colder than all others at rest, K."""
        others = np.stack((self.outdoor, self.mixed, self.returned))
        warmer, colder = self.supply - others.max(axis=0), self.supply - others.min(axis=0)
        return np.where(self.stands, np.where(warmer > 0, warmer, np.minimum(colder, 0)), np.nan)

    def gain(self) -> Floats:
        """Return what the air gains from mixed to supply, K; mixed air lies between those it is mixed of."""
        low, high = np.minimum(self.outdoor, self.returned), np.maximum(self.outdoor, self.returned)
        mixed = np.where(np.isnan(self.gap), self.mixed, np.clip(self.mixed, low, high))
        return np.where(self.runs, self.supply - mixed, np.nan)

    def of_kind(self, habits: tuple[Habit, ...]) -> tuple[Floats, Floats]:
        """Return what is usual and the limit for each row's damper position."""
        usual = np.array([each.usual for each in habits])[self.kind]
        return usual, np.array([each.limit for each in habits])[self.kind]

    def by_coils(self, habits: Habits) -> tuple[Floats, Floats]:
        """Return what the air gains besides the fan's heat, K, and what it may with the valves shut."""
        usual, limit = self.of_kind(habits.gains)
        return self.gain() - usual * self.speed, limit + np.abs(usual * (self.speed - habits.speed))


def position(readings: Readings) -> Floats:
    """Return the share of outdoor air by the dampers' positions, 0..1."""
    outdoor = np.clip(readings.damper, 0, 100)
    returned = np.where(np.isfinite(readings.return_damper), readings.return_damper, 100 - outdoor)
    return np.asarray(outdoor / np.maximum(outdoor + np.clip(returned, 0, 100), 1.0), np.float64)


def symptoms(view: View, habits: Habits) -> tuple[Symptom, ...]:
    """Return everything that should not be in readings of one unit."""
    return (
        *_valves(view, habits),
        *_open_valves(view, habits),
        *_mixing(view, habits),
        *_standing(view, habits),
    )


def _valves(view: View, habits: Habits) -> tuple[Symptom, ...]:
    """Return what shut valves should not do."""
    gained, limit = view.by_coils(habits)
    warm, cold = np.where(view.no_heat, gained, np.nan), np.where(view.no_cold, -gained, np.nan)
    return (
        _beyond(WARMS, Component.HEATING_VALVE, warm, limit),
        _beyond(COOLS, Component.COOLING_VALVE, cold, limit),
    )


def _open_valves(view: View, habits: Habits) -> tuple[Symptom, ...]:
    """Return what open valves should do but do not."""
    gained, limit = view.by_coils(habits)
    warm = view.full_cold & ~(view.supply <= view.cool_to + 1) & (gained <= limit)
    cold = view.full_heat & ~(view.supply >= view.heat_to - 1) & (gained >= -limit)
    cooled = np.where(warm, -gained / np.maximum(view.mixed - CHILLED, LEAST_WAY), np.nan)
    heated = np.where(cold, gained / np.maximum(HOT - view.mixed, LEAST_WAY), np.nan)
    return (
        _below("cools little with its cooling valve open", Component.COOLING_VALVE, cooled, habits.cooled),
        _below("heats little with its heating valve open", Component.HEATING_VALVE, heated, habits.heated),
    )


def _mixing(view: View, habits: Habits) -> tuple[Symptom, ...]:
    """Return what mixed air should not be."""
    share, (usual, limit) = view.share(), view.of_kind(habits.shares)
    blur = habits.blur / np.maximum(np.abs(view.gap), APART)
    possible = (share > -blur) & (share < 1 + blur)
    away = np.where(possible, np.abs(share - view.position - usual), np.nan)
    outside, takes_in = view.outside(), view.position >= TAKES_IN
    sensor, weather = np.where(takes_in, np.nan, outside), np.where(takes_in, outside, np.nan)
    beyond = habits.beyond.limit
    return (
        _beyond(MIXES_OTHERWISE, Component.OUTDOOR_DAMPER, away, limit + blur),
        _beyond(MIXES_NEITHER, Component.MIXED_SENSOR, sensor, beyond),
        _beyond(TAKES_IN_OTHER, Component.OUTDOOR_SENSOR, weather, beyond),
    )


def _standing(view: View, habits: Habits) -> tuple[Symptom, ...]:
    """Return what air at rest should not be."""
    soaked = view.soaked()
    limit = habits.soak.limit
    return (
        _beyond("warms while its fan stands", Component.HEATING_VALVE, soaked, limit),
        _beyond("cools while its fan stands", Component.COOLING_VALVE, -soaked, limit),
    )


def _beyond(name: str, component: Component, away: Floats, limit: Floats | float) -> Symptom:
    return Symptom(name=name, component=component, excess=away / limit - 1)


def _below(name: str, component: Component, reached: Floats, least: Habit) -> Symptom:
    return Symptom(name=name, component=component, excess=1 - reached / least.limit)
