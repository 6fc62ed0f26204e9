"""What a simulated machine is: a step from one state to the next, and what there is to see of it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, Protocol, TypeAlias, TypeVar

import numpy as np

from plantroom.simulators.world import World

Value: TypeAlias = float | bool | str
State = TypeVar("State")
Phases: TypeAlias = tuple[float, float, float]

NOMINAL_V: Final = 230.0
"""Between a phase and the neutral (IEC 60038)."""
NOMINAL_HZ: Final = 50.0
DEAD: Final[Phases] = (0.0, 0.0, 0.0)
LIVE: Final[Phases] = (NOMINAL_V, NOMINAL_V, NOMINAL_V)
EVENLY: Final[Phases] = (1 / 3, 1 / 3, 1 / 3)
STOPS_BELOW: Final = 0.7
"""Below this share of the nominal voltage contactors drop out (IEC 60947-4-1: between 20 and 75 %)."""
_BLOCK: Final = 256


# Values below are made at every step of every machine; a frozen dataclass would take three times as long.
@dataclass(slots=True, kw_only=True)
class Supply:
    """The electricity that a machine gets; never changed once made."""

    volts: Phases = LIVE
    """Of each phase to the neutral."""
    hz: float = NOMINAL_HZ
    thd: float = 0.012
    """Total harmonic distortion of the voltage, as a share."""

    @property
    def is_live(self) -> bool:
        """Whether machines can run on it: every phase holds contactors in."""
        return min(self.volts) >= STOPS_BELOW * NOMINAL_V

    @property
    def share(self) -> float:
        """Mean voltage as a share of the nominal."""
        return sum(self.volts) / (3 * NOMINAL_V)


@dataclass(slots=True, kw_only=True)
class Flows:
    """What a machine takes from and gives to the rest of the building; never changed once made."""

    electric_kw: float = 0.0
    """Active power it draws from what feeds it."""
    reactive_kvar: float = 0.0
    phases: Phases = EVENLY
    """How what it draws is spread over the phases; sums to 1."""
    supply: Supply | None = None
    """What it gives to those it feeds: panels, transformers, generators and UPS."""
    passes: Phases | None = None
    """Share of each phase's voltage that it passes on of what it gets; None: it makes its own `supply`."""
    holds: bool = False
    """Whether those on it stay on it though a feeder that they prefer is live again."""
    distorted_kva: float = 0.0
    """Apparent power of the harmonics in its current."""
    triplen_kva: float = 0.0
    """The part of them that adds up in the neutral: third harmonics of single-phase loads."""
    leakage_ma: float = 0.0
    """Current that goes to earth behind it."""
    cooling_kw: float = 0.0
    """Heat that a load gives to the chilled water, or that a chiller takes out of it."""
    heating_kw: float = 0.0
    """Heat taken from the hot water."""
    rejected_kw: float = 0.0
    """Heat that a chiller gives to the condenser water, or a cooling tower to the air."""
    water_m3h: float = 0.0
    """Water it moves, or lets through."""
    leaving_c: float | None = None
    """Temperature of the water or air that leaves it."""
    air_m3h: float = 0.0
    """Air it moves, or lets through."""
    return_c: float | None = None
    """Temperature of the air that comes back from what it serves."""
    pressure_pa: float = 0.0
    """Static pressure of the air that it gives."""
    lets_m3h: float = 0.0
    """Air that it lets through at 1 Pa: the flow over the square root of the pressure before it."""
    moisture: float = 0.0
    """Water in a kilogram of the dry air that it gives (an air handling unit) or gets back (a room), kg."""
    co2_ppm: float = 420.0
    """Carbon dioxide in the same air."""
    demand: float = 0.0
    """How much of its supplier it asks for, 0 to 1: the opening of its valve or damper."""
    level: float | None = None
    """Filling of a tank, 0 to 1."""
    alarm: bool = False
    """Whether it calls a fire."""
    ready: bool = True
    """Whether it could do its work: neither tripped nor without electricity or water."""
    bypassed_m3h: float = 0.0
    """Chilled water that goes back to the chillers without having cooled anything."""
    supervisory: int = 0
    """Supervisory signals that it gives to the fire panel: a valve closed, a pump not ready."""
    trouble: int = 0
    """Trouble signals that it gives to the fire panel: a line or a controller that is broken."""
    pressure_bar: float | None = None
    """Pressure of the water that it gives."""
    k_factor: float = 0.0
    """Water that what is open in it lets out, m³/h at 1 bar; flow is k_factor * sqrt(bar)."""
    makeup_m3h: float = 0.0
    """Fresh water that it takes for what it has evaporated and blown down."""


@dataclass(slots=True, kw_only=True)
class Shared:
    """What the machines of a building share; never changed once made."""

    chilled_c: float = 7.0
    """Temperature of the chilled water that the loads get."""
    cooling_kw: float = 0.0
    """Heat that all loads give to the chilled water, those included that no asset stands for."""
    cooling_share: float = 0.0
    """The same as a share of what the chillers can give together."""
    chilled_m3h: float = 0.0
    """Chilled water that the pumps move."""
    condenser_c: float = 26.0
    """Temperature of the condenser water that the chillers get."""
    rejected_kw: float = 0.0
    """Heat that the chillers give to the condenser water."""
    condenser_m3h: float = 0.0
    """Condenser water that the pumps move."""
    fire: bool = False
    """Whether a fire panel is in alarm."""


class Chance:
    """Random numbers that are the same for the same seed and name, whatever else is drawn."""

    def __init__(self, *seed: int) -> None:
        self._numbers = np.random.default_rng(seed)
        self._uniform: list[float] = []

    def share(self) -> float:
        """Return a number from 0 to 1, each as likely."""
        if not self._uniform:
            self._uniform = self._numbers.random(_BLOCK).tolist()
        return self._uniform.pop()

    def happens(self, *, per_hour: float, dt: float) -> bool:
        """Return whether an event of that mean rate happens within `dt` seconds (a Poisson process)."""
        return self.share() < -math.expm1(-per_hour * dt / 3600)

    def choice(self, count: int) -> int:
        """Return one of 0 to `count` - 1, all as likely."""
        return int(self.share() * count)


@dataclass(slots=True, kw_only=True)
class Moment:
    """All that a step depends on besides the machine's own state; never changed once made."""

    t: float
    """Plant time since the start, s."""
    dt: float
    """Plant time since the machine's last step, s; 0 at the first."""
    world: World
    shared: Shared
    supply: Supply
    """What the first of its feeders that is live gives; nominal for what nothing feeds."""
    flows: Mapping[str, Flows]
    """By asset id: of this step for machines that were stepped before, of the last one for the others."""
    fed: Sequence[Flows]
    """What those draw that this machine feeds at this moment (not those on their other feeder)."""
    faults: Mapping[str, float]
    """Severity of each fault that the machine has now, 0 (none) to 1 (as bad as it gets)."""
    chance: Chance
    """For what happens at random: passengers, people at taps. Sensors' noise is not the machine's matter."""

    def severity(self, fault: str) -> float:
        """Return how bad `fault` is now, 0 if the machine does not have it."""
        return self.faults.get(fault, 0.0)


@dataclass(slots=True, kw_only=True)
class Step(Generic[State]):
    """What a machine has become and what there is to see of it."""

    state: State
    values: Mapping[str, Value]
    """By point name, in the units of the asset class: the truth, before any sensor."""
    flows: Flows = field(default_factory=Flows)


class Machine(Protocol[State]):
    """The physics of one machine; steps are pure but for the numbers drawn from `moment.chance`."""

    @property
    def faults(self) -> frozenset[str]:
        """Names of the faults that it can have."""

    def initial(self, moment: Moment) -> State:
        """Return the state of a machine that has been at work for long."""

    def step(self, state: State, moment: Moment) -> Step[State]:
        """Return the machine `moment.dt` seconds later."""


def approach(value: float, target: float, *, dt: float, tau: float) -> float:
    """Return a first-order lag of time constant `tau` seconds after `dt` seconds; exact for any `dt`."""
    return target + (value - target) * math.exp(-dt / tau)


def clamp(value: float, low: float, high: float) -> float:
    """Return the number nearest to `value` from `low` to `high`."""
    return max(low, min(high, value))
