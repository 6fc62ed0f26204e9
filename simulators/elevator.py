"""A traction elevator that people call."""

import math
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from plantroom.domain.site import Asset, Site
from plantroom.simulators.machine import Chance, Flows, Moment, Step, Value, approach

FLOOR_M: Final = 3.6
SPEED_MS: Final = 1.75
DOOR_S: Final = 3.0
"""Time to open or to close."""
DWELL_S: Final = 5.0
"""Time the door stays open."""
CALLS_PER_HOUR: Final = 90.0
"""With everybody in."""
STANDBY_KW: Final = 0.4
EFFICIENCY: Final = 0.75
GRAVITY: Final = 9.81
MOTOR_TAU_S: Final = 1500.0
MOTOR_RISE_C: Final = 45.0
"""Rise of the motor's windings over the machine room at rated power all the time."""
MACHINE_ROOM_C: Final = 28.0
SUBSTEP_S: Final = 1.0


class Phase(Enum):
    """What the car is doing."""

    IDLE = "idle"
    """Stands with closed doors."""
    MOVING = "moving"
    """Runs to its target."""
    OPENING = "opening"
    """Has arrived."""
    OPEN = "open"
    """Lets people in and out."""
    CLOSING = "closing"
    """Will run or stand."""


_DOOR_CYCLE: Final = {
    Phase.OPENING: (Phase.OPEN, DWELL_S),
    Phase.OPEN: (Phase.CLOSING, DOOR_S),
    Phase.CLOSING: (Phase.IDLE, 0.0),
}
"""What follows a phase of the door, and for how long, s."""


_DOOR: Final = {
    Phase.IDLE: "closed",
    Phase.MOVING: "closed",
    Phase.OPENING: "opening",
    Phase.OPEN: "open",
    Phase.CLOSING: "closing",
}
"""The door's state in each phase, as the asset class names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ElevatorState:
    """What an elevator remembers from one step to the next."""

    height_m: float = 0.0
    """Of the car over the lowest floor."""
    target_m: float = 0.0
    phase: Phase = Phase.IDLE
    left_s: float = 0.0
    """Time left in a phase of the door."""
    load_share: float = 0.0
    """Load of the car, of its rated load."""
    motor_c: float = MACHINE_ROOM_C
    power_kw: float = STANDBY_KW
    trips: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ElevatorMachine:
    """One car with its counterweight."""

    floors: int
    rated_kg: float = 1000.0

    faults: frozenset[str] = frozenset()

    def initial(self, moment: Moment) -> ElevatorState:
        """Return an elevator that waits at the lowest floor."""
        del moment
        return ElevatorState()

    def step(self, state: ElevatorState, moment: Moment) -> Step[ElevatorState]:
        """Return the elevator `moment.dt` seconds later; it moves in parts of a second or less."""
        parts = math.ceil(moment.dt / SUBSTEP_S)
        for _ in range(parts):
            state = self._advance(state, moment, dt=moment.dt / parts)
        return Step(
            state=state, values=self._readings(state, moment), flows=Flows(electric_kw=state.power_kw)
        )

    def lifting_power(self, *, load_share: float, up: bool) -> float:
        """Return the power of the drive, kW: what is out of balance, times its speed, over the efficiency.

        The counterweight balances half of the rated load. Going with the weight the drive gives nothing back.
        """
        unbalanced_kg = (load_share - 0.5) * self.rated_kg * (1 if up else -1)
        return STANDBY_KW + max(0.0, unbalanced_kg) * GRAVITY * SPEED_MS / EFFICIENCY / 1000

    def _advance(self, state: ElevatorState, moment: Moment, *, dt: float) -> ElevatorState:
        moved = self._move(state, moment, dt=dt)
        rated_kw = self.lifting_power(load_share=1.0, up=True)
        hot_c = MACHINE_ROOM_C + MOTOR_RISE_C * (moved.power_kw / rated_kw)
        return replace(moved, motor_c=approach(state.motor_c, hot_c, dt=dt, tau=MOTOR_TAU_S))

    def _move(self, state: ElevatorState, moment: Moment, *, dt: float) -> ElevatorState:
        if state.phase is Phase.MOVING:
            return self._run(state, dt=dt)
        if state.phase is Phase.IDLE:
            rate = CALLS_PER_HOUR * moment.world.occupancy
            called = moment.chance.happens(per_hour=rate, dt=dt)
            return self._depart(state, moment.chance) if called else state
        if state.left_s > dt:
            return replace(state, left_s=state.left_s - dt)
        following, seconds = _DOOR_CYCLE[state.phase]
        return replace(state, phase=following, left_s=seconds)

    def _depart(self, state: ElevatorState, chance: Chance) -> ElevatorState:
        here = round(state.height_m / FLOOR_M)
        there = (here + 1 + chance.choice(self.floors - 1)) % self.floors
        load = chance.choice(8) / 10
        return replace(
            state,
            phase=Phase.MOVING,
            target_m=there * FLOOR_M,
            load_share=load,
            power_kw=self.lifting_power(load_share=load, up=there > here),
            trips=state.trips + 1,
        )

    def _run(self, state: ElevatorState, *, dt: float) -> ElevatorState:
        left = state.target_m - state.height_m
        if abs(left) <= SPEED_MS * dt:
            return replace(
                state, height_m=state.target_m, phase=Phase.OPENING, left_s=DOOR_S, power_kw=STANDBY_KW
            )
        return replace(state, height_m=state.height_m + math.copysign(SPEED_MS * dt, left))

    def _readings(self, state: ElevatorState, moment: Moment) -> dict[str, Value]:
        motion = "stopped"
        if state.phase is Phase.MOVING:
            motion = "up" if state.target_m > state.height_m else "down"
        return {
            "mode": "normal",
            "motion": motion,
            "door": _DOOR[state.phase],
            "floor": float(round(state.height_m / FLOOR_M) + 1),
            "load": 100 * state.load_share if state.phase is not Phase.IDLE else 0.0,
            "trips": float(state.trips),
            "motor_temp": state.motor_c,
            "machine_room_temp": MACHINE_ROOM_C + 0.1 * (state.motor_c - MACHINE_ROOM_C),
            "power": state.power_kw,
            "fault": False,
            "entrapment": False,
        }


def build(asset: Asset, site: Site) -> ElevatorMachine:
    """Make an elevator from `rated`: `floors`, `load_kg`."""
    del site
    return ElevatorMachine(
        floors=max(2, round(asset.rated.get("floors", 10.0))), rated_kg=asset.rated.get("load_kg", 1000.0)
    )
