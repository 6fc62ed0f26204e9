"""What wears on an escalator, what that does, and when a safety device stops it."""

from collections.abc import Mapping
from math import sqrt
from typing import Final

VIBRATION_MM_S: Final = 1.1
"""Of a sound drive at rated speed."""
HANDRAILS: Final = (1.008, 1.012)
"""Speeds of the handrails by that of the steps (EN 115-1, 5.6.1: 1.00 to 1.02)."""
SLIP: Final = 0.25
SLIP_TRIPS: Final = 0.15
"""EN 115-1, table 6: a handrail that is more than 15 % off for 15 s stops the escalator."""
STRETCH_MM_PER_H: Final = 0.00025
CHAIN_WEAR_MM: Final = 50.0
SLACK_MM: Final = 42.0
"""Where the switch of the tension carriage trips."""
TRIPS_AT: Final = 0.5
"""Severity of a fault at comb, steps or handrail inlet from which its switch trips."""
SWITCHES: Final = ("comb_plate", "step_missing", "handrail_entry", "emergency_stop")
"""Safety devices whose fault and point have the same name."""
FAULTS: Final = frozenset(SWITCHES) | {
    "handrail_slip",
    "chain_wear",
    "brake_wear",
    "bearing_wear",
    "gearbox_wear",
}
BACKGROUND_MM_S: Final = 0.05
FRICTION: Final = {"gearbox_wear": 0.25, "bearing_wear": 0.08, "chain_wear": 0.1, "comb_plate": 0.1}
"""Power at no load that a fault adds at its worst, as a share."""
ROUGH_MM_S: Final = {
    "bearing_wear": 6.5,
    "gearbox_wear": 4.5,
    "chain_wear": 2.0,
    "step_missing": 2.0,
    "comb_plate": 1.5,
}
"""Vibration that a fault makes at its worst, at rated speed."""


def friction(faults: Mapping[str, float]) -> float:
    """Return the power at no load, as a share of that of a sound escalator."""
    found = 1.0
    for fault, severity in faults.items():
        found += FRICTION.get(fault, 0.0) * severity
    return found


def vibration(speed_share: float, faults: Mapping[str, float]) -> float:
    """Return the drive's vibration, mm/s: what faults add comes from other sources, so squares add up."""
    squares = VIBRATION_MM_S**2
    for fault, severity in faults.items():
        squares += (ROUGH_MM_S.get(fault, 0.0) * severity) ** 2
    return BACKGROUND_MM_S + sqrt(squares) * speed_share


def stretched(run_s: float, faults: Mapping[str, float]) -> float:
    """Return by how much the step chain is longer than when it was new, mm."""
    return STRETCH_MM_PER_H * run_s / 3600 + CHAIN_WEAR_MM * faults.get("chain_wear", 0.0)


def is_switched(switch: str, faults: Mapping[str, float]) -> bool:
    """Return whether that safety device has tripped."""
    return faults.get(switch, 0.0) >= TRIPS_AT


def trips(faults: Mapping[str, float], *, stretched_mm: float) -> bool:
    """Return whether a safety device stops the escalator."""
    slips = SLIP * faults.get("handrail_slip", 0.0) > SLIP_TRIPS
    return slips or stretched_mm > SLACK_MM or any(is_switched(switch, faults) for switch in SWITCHES)
