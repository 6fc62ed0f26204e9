"""What there is to see of an elevator."""

from collections.abc import Mapping
from typing import Final

from plantroom.simulators.elevator_car import Car, Halt, Phase, Shaft
from plantroom.simulators.elevator_state import ElevatorState
from plantroom.simulators.elevator_travel import Travel
from plantroom.simulators.machine import Value

STANDBY_KW: Final = 0.4
"""Controller, light and fan (VDI 4707-1: 0.05 to 1.6)."""
TRAPPED_AFTER_S: Final = 60.0
"""Until the controller reports people between floors."""
CALLED_AFTER_S: Final = 40.0
"""Until they press the alarm button."""

_DOOR: Final = {Phase.OPENING: "opening", Phase.OPEN: "open", Phase.CLOSING: "closing"}


def draw(shaft: Shaft, state: ElevatorState, *, live: bool) -> tuple[float, float]:
    """Return the electric power, kW, and the machine's current, A, at this moment."""
    car = state.car
    if car.phase is not Phase.MOVING or not isinstance(car.course, Travel):
        return (STANDBY_KW if live else 0.0), 0.0
    _, speed, acceleration = car.course.at(state.t - car.since)
    force_n = car.force_n + shaft.drive.inertia(car.load_kg) * acceleration
    current = shaft.drive.current(force_n)
    if not live:  # on the rescue battery
        return 0.0, current
    return STANDBY_KW + shaft.drive.power(force_n, speed_ms=speed), current


def readings(
    shaft: Shaft,
    state: ElevatorState,
    *,
    live: bool,
    fire: bool,
    power_kw: float,
    current_a: float,
    on_generator: bool,
) -> Mapping[str, Value]:
    """Return the truth about every point of the class."""
    car, faulty = state.car, state.is_faulty
    height, speed = _motion(car, state.t)
    moves = speed > 0
    closed = car.phase not in _DOOR
    stopped = car.is_stopped
    governed = stopped and car.halt is Halt.GOVERNOR
    waited = state.t - car.since if car.phase is Phase.HALTED and car.aboard else 0.0
    return {
        "mode": "out_of_service" if faulty or not live else "fire" if fire else "normal",
        "motion": "stopped" if not moves else "up" if car.direction > 0 else "down",
        "door": _DOOR.get(car.phase, "closed"),
        "floor": _number(shaft.nearest(height), shaft.main),
        "load": 100 * car.load_kg / shaft.drive.rated_kg,
        "trips": float(car.trips),
        "motor_temp": state.warmth.motor_c,
        "machine_room_temp": state.warmth.room_c,
        "power": power_kw,
        "fault": faulty,
        "entrapment": waited > TRAPPED_AFTER_S,
        "occupied": bool(car.aboard),
        "speed": speed,
        "levelling_error": car.level_mm,
        "landing_doors_closed": closed,
        "door_obstructed": car.obstructed and car.attempts > 0,
        "door_cycles": float(car.door_cycles),
        "door_reversals": float(car.reversals),
        "door_close_time": car.close_s,
        "brake": "released" if car.phase is Phase.MOVING and moves else "applied",
        "brake_temp": state.warmth.brake_c,
        "brake_distance": car.slip_mm,
        "safety_circuit": closed and not (stopped and car.halt in (Halt.GOVERNOR, Halt.TRAPPED)),
        "overspeed": governed,
        "safety_gear": governed and car.direction < 0,
        "emergency_call": waited > CALLED_AFTER_S,
        "test_call_failed": state.calls.failed,
        "test_call_age": state.calls.good_s / 3600,
        "supply": _supply(shaft, car, live=live, on_generator=on_generator),
        "car_vibration": car.vibration_ms2,
        "current": current_a,
        "energy": state.energy_kwh,
        "run_hours": state.run_s / 3600,
    }


def _motion(car: Car, t: float) -> tuple[float, float]:
    """Return the car's height over the lowest floor (m) and its speed (m/s, not negative)."""
    if car.course is None:
        return car.height_m, 0.0
    gone, speed, _ = car.course.at(t - car.since)
    return car.height_m + car.direction * gone, speed


def _number(floor: int, main: int) -> float:
    """Return a floor as it is called: the main one is 1, the one under it -1."""
    return float(floor - main + 1 if floor >= main else floor - main)


def _supply(shaft: Shaft, car: Car, *, live: bool, on_generator: bool) -> str:
    if live:
        return "standby" if on_generator else "mains"
    rescues = car.phase in (Phase.BRAKING, Phase.HALTED) and car.halt is Halt.SUPPLY
    return "standby" if shaft.has_rescue and (rescues or car.rescuing) else "none"
