"""The public grid: its voltage, frequency and harmonics, and what goes wrong with it."""

import math
from typing import Final

from plantroom.simulators.machine import NOMINAL_HZ, Moment, Phases
from plantroom.simulators.world import World

NO_LOAD_V: Final = 232.0
"""Of the low side without load: taps are set a little over nominal to make up for the drop behind it."""
DAILY: Final = 0.007
"""The grid is lightly loaded and so higher at night."""
SLOW: Final = 0.002
"""Tap changers and neighbours, over tens of minutes."""
PHASES_APART: Final = (1.0008, 0.9990, 1.0002)
"""Unbalance of the grid: a tenth of a percent, of 2 % allowed (GB/T 15543, EN 50160)."""
FREQUENCY_SWING_HZ: Final = 0.011
"""Of each of three waves; the European and Chinese grids stay within 0.05 Hz nearly always."""
DISTORTION: Final = 0.014
"""Of the voltage without own loads; it is highest at the evening's peak."""
UNDERVOLTAGE: Final = 0.16
OVERVOLTAGE: Final = 0.14
SAG: Final = 0.45
"""What the voltage lacks in a deep sag: contactors drop out."""
_TURN: Final = 2 * math.pi


def volts(world: World, *, t: float) -> Phases:
    """Return the phase voltages of a transformer's low side without load."""
    daily = DAILY * math.cos(_TURN * (world.hour - 3) / 24)
    slow = SLOW * (
        math.sin(_TURN * t / 2700) + 0.5 * math.sin(_TURN * t / 610 + 1) + math.sin(_TURN * t / 31_700)
    )
    level_v = NO_LOAD_V * (1 + daily + slow)
    first, second, third = PHASES_APART
    return level_v * first, level_v * second, level_v * third


def frequency(t: float) -> float:
    """Return the grid's frequency, Hz: balancing over minutes, schedules that change each quarter."""
    return NOMINAL_HZ + FREQUENCY_SWING_HZ * (
        math.sin(_TURN * t / 900) + math.sin(_TURN * t / 287 + 1) + math.sin(_TURN * t / 4111 + 2)
    )


def distortion(world: World) -> float:
    """Return the harmonics of the grid's voltage, as a share."""
    return DISTORTION * (1 + 0.3 * math.cos(_TURN * (world.hour - 20) / 24))


def level(moment: Moment) -> float:
    """Return the voltage as a share of the usual one: what faults of the grid leave of it."""
    lacks = max(UNDERVOLTAGE * moment.severity("undervoltage"), SAG * moment.severity("voltage_sag"))
    return (1 - lacks) * (1 + OVERVOLTAGE * moment.severity("overvoltage"))
