"""A car in its shaft: where it is, what it has before it, and where it goes next."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from math import inf
from typing import Final

from plantroom.simulators.elevator_drive import NO_WORK, Drive, Work
from plantroom.simulators.elevator_traffic import Passenger, Rates, Traffic
from plantroom.simulators.elevator_travel import Course, Travel
from plantroom.simulators.machine import Chance
from plantroom.simulators.nature import PERSON_KG

CLOSING_S: Final = 3.0
"""Centre opening doors of 900 mm to 1100 mm (CIBSE Guide D: 1.7 to 3.0)."""
STUCK_AFTER: Final = 8
"""Attempts after which the controller reports that the doors do not close."""
GHOST_CALLS: Final = 150.0 / 3600
"""That a stuck button makes at its worst, per second."""


class Phase(Enum):
    """What the car is doing."""

    IDLE = "idle"
    """Stands at a floor with closed doors."""
    OPENING = "opening"
    OPEN = "open"
    """Lets people out and in."""
    CLOSING = "closing"
    MOVING = "moving"
    """Is driven to its target."""
    BRAKING = "braking"
    """Is stopped by its brake alone."""
    HALTED = "halted"
    """Stands where it was stopped, between floors."""


class Halt(Enum):
    """Why a car was stopped, or will be."""

    NONE = "none"
    SUPPLY = "supply"
    """No electricity."""
    GOVERNOR = "governor"
    """Too fast."""
    TRAPPED = "trapped"
    """A fault of the controller that only a mechanic ends."""
    POSITION = "position"
    """The controller does not know where the car is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shaft:
    """What does not change about an elevator."""

    floors: int
    main: int
    """The floor of the entrance, counted from the lowest."""
    floor_m: float
    speed_ms: float
    drive: Drive
    traffic: Traffic
    capacity: int
    """Persons that get in at most."""
    has_rescue: bool
    """Whether a battery takes the car to the next floor when the mains fail."""
    ways: tuple[Travel, ...]
    """By the number of floors, less one."""

    def work(self, car: "Car", start: float, end: float) -> Work:
        """Return what the drive does for `car` between two plant times."""
        if car.phase is not Phase.MOVING or not isinstance(car.course, Travel):
            return NO_WORK
        return self.drive.work(
            car.course, start - car.since, end - car.since, force_n=car.force_n, load_kg=car.load_kg
        )

    def nearest(self, height_m: float) -> int:
        """Return the floor nearest to that height."""
        return min(self.floors - 1, max(0, round(height_m / self.floor_m)))


@dataclass(kw_only=True)  # without slots a copy takes a quarter of the time
class Car:
    """Where a car is and what it has before it; never changed once a step is over."""

    phase: Phase = Phase.IDLE
    since: float = 0.0
    """When the phase began, plant time, s."""
    until: float = inf
    """When it ends; infinite: when something happens."""
    floor: int = 0
    """Where it stands, or stood last."""
    target: int = 0
    height_m: float = 0.0
    """Over the lowest floor, at `since`."""
    direction: int = 1
    """In which it moves, or moved last: 1 up, -1 down."""
    course: Course | None = None
    """While it moves."""
    force_n: float = 0.0
    """Of the drive, at constant speed."""
    aboard: tuple[int, ...] = ()
    """The floors whereto people want."""
    waiting: tuple[Passenger, ...] = ()
    halt: Halt = Halt.NONE
    rescuing: bool = False
    """Whether it creeps to a floor after a halt."""
    opens: bool = True
    """Whether it opens its doors at the target; not when it parks."""
    reverses: bool = False
    """Whether something will stop the closing doors."""
    attempts: int = 0
    """At closing the doors, so far in vain."""
    obstructed: bool = False
    trips: int = 0
    door_cycles: int = 0
    reversals: int = 0
    close_s: float = CLOSING_S
    level_mm: float = 0.0
    slip_mm: float = 2.0
    vibration_ms2: float = 0.09

    def copied(self) -> "Car":
        """Return a car of its own that can be changed."""
        found = object.__new__(Car)
        found.__dict__.update(self.__dict__)
        return found

    @property
    def load_kg(self) -> float:
        """What is in the car."""
        return PERSON_KG * len(self.aboard)

    @property
    def is_stopped(self) -> bool:
        """Whether something stops it, or has stopped it, between floors."""
        return self.phase in (Phase.BRAKING, Phase.HALTED)

    @property
    def is_faulty(self) -> bool:
        """Whether its controller has found a fault that it cannot go on with."""
        halted = self.halt not in (Halt.NONE, Halt.SUPPLY) and (self.is_stopped or self.rescuing)
        return halted or self.is_stuck

    @property
    def is_stuck(self) -> bool:
        """Whether its doors do not close."""
        return self.attempts >= STUCK_AFTER


@dataclass(slots=True, kw_only=True)
class Conditions:
    """What holds during one step."""

    live: bool
    fire: bool
    hot: bool
    """Whether the machine is too hot to go on."""
    parks: bool
    """Whether an idle car waits at the main floor."""
    rates: Rates
    faults: Mapping[str, float]
    chance: Chance

    def severity(self, fault: str) -> float:
        """Return how bad `fault` is now."""
        return self.faults.get(fault, 0.0)


def ghost_calls(faults: Mapping[str, float]) -> float:
    """Return how many calls come that nobody made, per second."""
    return GHOST_CALLS * faults.get("frequent_trips", 0.0) if faults else 0.0


def next_stop(car: Car, capacity: int) -> int | None:
    """Return where a car goes from its floor; None: it is not needed.

    Collective control: with people aboard it goes on in their direction and takes along who waits on the way
    and wants the same, unless it is full; empty, it goes to who has waited longest. It chooses at departure.
    """
    if not car.aboard:
        return car.waiting[0][0] if car.waiting else None
    up = car.aboard[0] > car.floor
    stops = [floor for floor in car.aboard if (floor > car.floor) == up]
    if len(car.aboard) < capacity:
        stops += [at for at, to in car.waiting if at != car.floor and (at > car.floor) == up == (to > at)]
    return min(stops) if up else max(stops)


def board(car: Car, capacity: int) -> int:
    """Let in who waits at the car's floor and wants into its direction; return how many got in."""
    here = [passenger for passenger in car.waiting if passenger[0] == car.floor]
    if not here:
        return 0
    wanted = [to for _, to in here if to != car.floor]
    first = (car.aboard or tuple(wanted) or (car.floor,))[0]
    fitting = [to for to in wanted if (to > car.floor) == (first > car.floor)]
    entering = fitting[: max(0, capacity - len(car.aboard))]
    left = [passenger for passenger in car.waiting if passenger[0] != car.floor]
    for to in entering:
        wanted.remove(to)
    car.waiting = tuple(left) + tuple((car.floor, to) for to in wanted)
    car.aboard += tuple(entering)
    return len(entering)
