"""What a car does: it answers calls, opens and closes its doors, travels, and stops when it must."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf, log
from typing import Final

from plantroom.simulators.elevator_car import (
    Car,
    Conditions,
    Halt,
    Phase,
    Shaft,
    board,
    ghost_calls,
    next_stop,
)
from plantroom.simulators.elevator_drive import NO_WORK, Work
from plantroom.simulators.elevator_traffic import Passenger
from plantroom.simulators.elevator_travel import Braking, Course, travel
from plantroom.simulators.elevator_wear import opening_s, plan_halt, set_closing, set_ride, set_stop, way_of

WAITING_MOST: Final = 20
"""Where more wait, people take the stairs."""
DWELL_S: Final = 3.0
TRANSFER_S: Final = 1.0
"""For a person to get in or out (CIBSE Guide D)."""
STUCK_DWELL_S: Final = 15.0
PARKS_AFTER_S: Final = 25.0
RESCUE_S: Final = 15.0
"""Until the rescue battery takes over."""
RESTART_S: Final = 12.0
REFERENCE_S: Final = 60.0
"""Until a controller that has lost its position tries again."""
RELEASED_S: Final = 60.0
RESCUE_MS: Final = 0.25


@dataclass(slots=True, kw_only=True)
class Operation:
    """A car's doings through one step, event by event at their exact times."""

    shaft: Shaft
    car: Car
    conditions: Conditions
    now: float
    arrival: float
    """When the next passenger comes."""
    per_second: float
    """How many come."""
    work: Work = NO_WORK

    def run(self, end: float) -> Car:
        """Let happen what happens until `end`; return what has become of the car."""
        self.car = self.car.copied()
        self._heed()
        while min(self.car.until, self.arrival) <= end:
            if self.arrival <= self.car.until:
                self._pass(self.arrival)
                self._receive()
            else:
                self._pass(self.car.until)
                _ENDS[self.car.phase](self)
        self._pass(end)
        return self.car

    def _pass(self, to: float) -> None:
        if self.car.phase is Phase.MOVING:
            self.work = self.work + self.shaft.work(self.car, self.now, to)
        self.now = to

    def _receive(self) -> None:
        """Let somebody come, or a call that nobody made."""
        chance, car = self.conditions.chance, self.car
        self.arrival = self.now - log(1 - chance.share()) / self.per_second
        if len(car.waiting) < WAITING_MOST:
            car.waiting += (self._caller(),)
        if car.phase is Phase.IDLE:
            self._serve()

    def _caller(self) -> Passenger:
        ghosts = ghost_calls(self.conditions.faults)
        chance = self.conditions.chance
        if ghosts and chance.share() < ghosts / self.per_second:
            floor = chance.choice(self.shaft.floors)
            return floor, floor
        return self.shaft.traffic.passenger(self.conditions.rates, chance)

    # What the car does at once when the conditions change.

    def _heed(self) -> None:
        car, live = self.car, self.conditions.live
        if car.phase is Phase.MOVING:
            if not live and not (car.rescuing and self.shaft.has_rescue):
                car.halt = Halt.SUPPLY
                self._brake()
        elif car.phase is Phase.HALTED:
            self._heed_release()
        elif car.phase is Phase.OPEN:
            if self._is_held:
                car.until = inf
            elif car.until == inf:
                car.until = self.now + DWELL_S
        elif car.phase is Phase.IDLE:
            self._serve()

    def _heed_release(self) -> None:
        car = self.car
        cause = {Halt.TRAPPED: "entrapment", Halt.GOVERNOR: "overspeed"}.get(car.halt)
        if car.halt is Halt.SUPPLY and self.conditions.live:
            car.until = min(car.until, self.now + RESTART_S)
        elif cause and self.conditions.live and not self.conditions.severity(cause):
            car.until = min(car.until, self.now + RELEASED_S)

    @property
    def _is_held(self) -> bool:
        """Whether open doors stay open."""
        recalled = self.conditions.fire and self.car.floor == self.shaft.main
        return recalled or not self.conditions.live

    @property
    def _serves(self) -> bool:
        return self.conditions.live and not self.conditions.hot

    # Where to go.

    def _serve(self) -> None:
        """Choose what to do at a floor with closed doors."""
        car = self.car
        if not self._serves:
            car.waiting = ()
            self._rest(opens=bool(car.aboard))
        elif self.conditions.fire:
            car.waiting = ()
            self._go(self.shaft.main)
        else:
            target = next_stop(car, self.shaft.capacity)
            if target is None:
                self._rest()
            else:
                self._go(target)

    def _go(self, target: int) -> None:
        if target == self.car.floor:
            self._open()
        else:
            self._depart(target)

    def _rest(self, *, opens: bool = False) -> None:
        car = self.car
        if opens:
            self._open()
            return
        if car.phase is Phase.IDLE and car.until > self.now:
            return
        car.phase, car.since, car.until = Phase.IDLE, self.now, inf
        if self.conditions.parks and car.floor != self.shaft.main:
            car.until = self.now + PARKS_AFTER_S

    def park(self) -> None:
        """Go to the main floor, where the next people will come."""
        if self._serves and self.conditions.parks:
            self._depart(self.shaft.main, opens=False)
        else:
            self.car.until = inf

    # Travel.

    def _depart(self, target: int, *, opens: bool = True) -> None:
        car, shaft = self.car, self.shaft
        car.target, car.opens = target, opens
        car.direction = 1 if target > car.floor else -1
        way = way_of(shaft, car, self.conditions)
        set_ride(shaft, car, self.conditions, way)
        car.trips += 1
        self._travel(way)
        plan_halt(shaft, car, self.conditions, way)

    def _travel(self, way: Course) -> None:
        car = self.car
        car.phase, car.since, car.course = Phase.MOVING, self.now, way
        car.until = self.now + way.duration_s

    def end_travel(self) -> None:
        """Arrive, or be stopped on the way."""
        if self.car.halt is not Halt.NONE and not self.car.rescuing:
            self._brake()
        else:
            self._arrive()

    def _arrive(self) -> None:
        car = self.car
        car.floor, car.course = car.target, None
        car.height_m = car.floor * self.shaft.floor_m
        set_stop(car, self.conditions, rated_kg=self.shaft.drive.rated_kg)
        opens = car.opens and (car.rescuing or not self.conditions.fire)
        car.halt, car.rescuing = Halt.NONE, False
        if opens:
            self._open()
        else:
            self._serve()

    def _brake(self) -> None:
        car = self.car
        assert car.course is not None
        gone, speed, _ = car.course.at(self.now - car.since)
        car.height_m += car.direction * gone
        car.course = Braking(speed_ms=speed)
        car.phase, car.since, car.rescuing = Phase.BRAKING, self.now, False
        car.until = self.now + car.course.duration_s

    def halt(self) -> None:
        """Rest between floors."""
        car = self.car
        assert car.course is not None
        gone, _, _ = car.course.at(car.course.duration_s)
        car.height_m += car.direction * gone
        car.phase, car.since, car.until, car.course = Phase.HALTED, self.now, inf, None
        car.waiting = ()
        if car.halt is Halt.POSITION:
            car.until = self.now + REFERENCE_S
        elif car.halt is Halt.SUPPLY and self.conditions.live:
            car.until = self.now + RESTART_S
        elif car.halt is Halt.SUPPLY and self.shaft.has_rescue:
            car.until = self.now + RESCUE_S

    def rescue(self) -> None:
        """Creep to a floor: the nearest, or the lowest to find the position again."""
        car, shaft = self.car, self.shaft
        car.target = 0 if car.halt is Halt.POSITION else shaft.nearest(car.height_m)
        car.rescuing, car.opens = True, True
        missing = car.target * shaft.floor_m - car.height_m
        car.direction = 1 if missing > 0 else -1
        car.force_n = shaft.drive.force(car.load_kg, up=missing > 0)
        speed = shaft.speed_ms / 2 if car.halt is Halt.POSITION else RESCUE_MS
        self._travel(travel(max(abs(missing), 0.001), speed_ms=speed))

    # Doors.

    def _open(self) -> None:
        self._turn(Phase.OPENING, opening_s(self.conditions))

    def _turn(self, phase: Phase, seconds: float) -> None:
        self.car.phase, self.car.since, self.car.until = phase, self.now, self.now + seconds

    def opened(self) -> None:
        """Let people out and in."""
        car = self.car
        before = len(car.aboard)
        everybody = not self._serves or self.conditions.fire
        car.aboard = () if everybody else tuple(floor for floor in car.aboard if floor != car.floor)
        moved = before - len(car.aboard) + self._board()
        self._turn(Phase.OPEN, (STUCK_DWELL_S if car.is_stuck else DWELL_S) + TRANSFER_S * moved)
        if self._is_held:
            car.until = inf

    def _board(self) -> int:
        """Let in those who want into the car's direction; return how many."""
        if not self._serves or self.conditions.fire:
            return 0
        return board(self.car, self.shaft.capacity)

    def dwelt(self) -> None:
        """Let in who has come late, or close."""
        boarded = self._board()
        if boarded:
            self._turn(Phase.OPEN, TRANSFER_S * boarded)
        else:
            self._close()

    def _close(self) -> None:
        seconds = set_closing(self.car, self.conditions)
        self._turn(Phase.CLOSING, seconds)

    def end_closing(self) -> None:
        """Go on with closed doors, or open them again."""
        car = self.car
        if car.reverses:
            car.reverses = False
            car.reversals += 1
            car.attempts += 1
            self._turn(Phase.OPENING, 0.6 * opening_s(self.conditions))
            return
        car.attempts, car.obstructed = 0, False
        car.door_cycles += 1
        self._serve()


_ENDS: Final[Mapping[Phase, Callable[[Operation], None]]] = {
    Phase.IDLE: Operation.park,
    Phase.OPENING: Operation.opened,
    Phase.OPEN: Operation.dwelt,
    Phase.CLOSING: Operation.end_closing,
    Phase.MOVING: Operation.end_travel,
    Phase.BRAKING: Operation.halt,
    Phase.HALTED: Operation.rescue,
}
"""What follows the end of each phase."""
