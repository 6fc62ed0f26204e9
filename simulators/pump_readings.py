"""What a pump remembers, and what there is to see of it."""

from dataclasses import dataclass
from typing import Final

from plantroom.simulators.machine import Moment, Value
from plantroom.simulators.pump_condition import Motor, vibration
from plantroom.simulators.pump_curve import BAR_PER_M
from plantroom.simulators.pump_service import Asked, Memory

UP_TO_SPEED: Final = 0.95
SEAL_SEEN: Final = 0.1
"""Severity at which the drip tray's sensor gets wet."""
BACK_VIBRATION: Final = 0.9


@dataclass(slots=True, kw_only=True)
class PumpState:
    """What a pump remembers from one step to the next; never changed once made."""

    speed: float
    """Share of the rated speed."""
    bearing_c: float
    winding_c: float
    water_c: float
    cavitating: float = 0.0
    """0 (quiet) to 1 (full of bubbles)."""
    tripped: bool = False
    barren_s: float = 0.0
    """For how long it has run without giving water, as its flow switch sees it."""
    energy_kwh: float = 0.0
    starts: float = 0.0
    run_h: float = 0.0
    memory: Memory


@dataclass(slots=True, kw_only=True)
class Inside:
    """What happens inside in one step."""

    flow_m3h: float
    head_m: float
    strainer_bar: float
    suction_bar: float
    shaft_kw: float
    electric_kw: float
    cavitating: float
    dry: float


def pressure_behind(asked: Asked, inside: Inside, *, speed: float) -> float:
    """Return the pressure behind the pump, gauge; until a booster is up to speed, its vessel holds it."""
    if asked.header_bar is not None and (not asked.on or speed <= UP_TO_SPEED * asked.speed):
        return asked.header_bar
    return inside.suction_bar + BAR_PER_M * inside.head_m


def readings(
    after: PumpState,
    asked: Asked,
    inside: Inside,
    moment: Moment,
    *,
    motor: Motor,
    rated_m3h: float,
    commanded: bool,
) -> dict[str, Value]:
    """Return what a pump shows."""
    speed, electric = after.speed, inside.electric_kw
    x = inside.flow_m3h / (speed * rated_m3h) if speed > 0 else 0.0
    shaking = vibration(moment, speed=speed, x=x, dry=inside.dry, cavitating=inside.cavitating)
    if inside.flow_m3h < 0:
        shaking += BACK_VIBRATION * moment.severity("check_valve_leak")
    return {
        "running": speed > 0.05,
        "flow": inside.flow_m3h,
        "pressure": pressure_behind(asked, inside, speed=speed),
        "current": motor.current(electric, moment.supply.share) if electric > 0 else 0.0,
        "vibration": shaking,
        "bearing_temp": after.bearing_c,
        "suction_pressure": inside.suction_bar,
        "speed": 100 * speed,
        "speed_command": 100 * asked.speed if commanded else 0.0,
        "start_command": commanded,
        "fault": after.tripped,
        "water_temp": after.water_c,
        "strainer_pressure": inside.strainer_bar,
        "seal_leakage": moment.faults.get("leaking_seal", 0.0) > SEAL_SEEN,
        "motor_temp": after.winding_c,
        "power": electric,
        "energy": after.energy_kwh,
        "starts": after.starts,
        "run_hours": after.run_h,
    }
