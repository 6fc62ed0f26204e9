"""What a simulated machine is: a pure step from one state to the next, and the readings it shows."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Protocol, TypeAlias, TypeVar

import numpy as np

Value: TypeAlias = float | bool | str
State = TypeVar("State")


@dataclass(frozen=True, slots=True, kw_only=True)
class Flows:
    """What a machine takes from and gives to the rest of the building."""

    electric_kw: float = 0.0
    """Electric power it draws."""
    cooling_kw: float = 0.0
    """Heat that it takes out of the air into chilled water (loads), or out of the water (chillers)."""
    water_m3h: float = 0.0
    """Water it moves."""
    leaving_c: float | None = None
    """Temperature of the water that leaves it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Building:
    """The state that a building's machines share."""

    local: datetime
    """Time of day at the site."""
    outdoor_c: float
    occupancy: float
    """Share of its people who are in, 0 to 1."""
    flows: Mapping[str, Flows] = field(default_factory=dict)
    """By asset id: of this step for machines that were stepped before, of the last one for the others."""
    chilled_water_c: float = 7.0
    """Temperature of the chilled water that the loads get."""
    base_cooling_kw: float = 0.0
    """Cooling taken by what no asset stands for, day and night: server rooms, shops."""
    cooling_demand: float = 0.0
    """Cooling taken in all, as a share of what the chillers can give."""


class Noise:
    """Random numbers that are the same for the same seed and asset, whatever the other assets draw."""

    def __init__(self, *seed: int) -> None:
        self._numbers = np.random.default_rng(seed)

    def around(self, value: float, *, share: float) -> float:
        """Return `value` as a sensor reads it, off by a normal error of standard deviation `share` of it."""
        return value * (1 + share * float(self._numbers.standard_normal()))

    def offset(self, sigma: float) -> float:
        """Return a normal error of standard deviation `sigma`."""
        return sigma * float(self._numbers.standard_normal())

    def happens(self, *, per_hour: float, dt: float) -> bool:
        """Return whether an event of that mean rate happens within `dt` seconds (a Poisson process)."""
        return float(self._numbers.random()) < -math.expm1(-per_hour * dt / 3600)

    def choice(self, count: int) -> int:
        """Return one of 0 to `count` - 1, all as likely."""
        return int(self._numbers.integers(count))


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """All that a step depends on besides the machine's own state."""

    t: float
    """Plant time since the start, s."""
    dt: float
    """Plant time since the last step, s."""
    building: Building
    faults: Mapping[str, float]
    """Severity of each fault that the machine has now, 0 (none) to 1 (as bad as it gets)."""
    noise: Noise

    def severity(self, fault: str) -> float:
        """Return how bad `fault` is now, 0 if the machine does not have it."""
        return self.faults.get(fault, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Generic[State]):
    """What a machine has become and what its sensors show."""

    state: State
    values: Mapping[str, Value]
    """By point name, in the units of the asset class."""
    flows: Flows = field(default_factory=Flows)


class Machine(Protocol[State]):
    """The physics of one machine; its methods are pure but for the numbers drawn from `moment.noise`."""

    @property
    def faults(self) -> frozenset[str]:
        """Names of the faults that it can have."""

    def initial(self, building: Building) -> State:
        """Return the state of a machine that has been at work for long."""

    def step(self, state: State, moment: Moment) -> Step[State]:
        """Return the machine `moment.dt` seconds later."""


def approach(value: float, target: float, *, dt: float, tau: float) -> float:
    """Return a first-order lag of time constant `tau` seconds after `dt` seconds; exact for any `dt`."""
    return target + (value - target) * math.exp(-dt / tau)


def clamp(value: float, low: float, high: float) -> float:
    """Return the number nearest to `value` from `low` to `high`."""
    return max(low, min(high, value))
