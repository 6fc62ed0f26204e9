"""What a fire pump's motor takes, and how it shakes."""

import math
from typing import Final

from plantroom.simulators.machine import Moment, clamp

EFFICIENCY: Final = 0.70
MOTOR_EFFICIENCY: Final = 0.93
MAINS_V: Final = 400.0
TURNS: Final = 0.05
"""Below this share of the rated speed the shaft counts as standing."""
WEAR_VIBRATION: Final = 11.0
SOUND_VIBRATION: Final = 1.7
"""Zone A of ISO 10816-7, category I; a worn bearing takes it to zone D."""
STANDING_VIBRATION: Final = 0.05


def shaft_kw(*, rated_kw: float, speed: float, x: float) -> float:
    """Return P = n³ P rated (0.5 + 0.6 x - 0.1 x²), kW, x = Q / (n Q rated).

    A radial impeller takes half of its power at no flow and 1.18 of it at 1.5 times the rated flow
    (Gülich, Centrifugal Pumps, chapter 4: power curves by specific speed).
    """
    if speed < TURNS:
        return 0.0
    x = clamp(x, 0.0, 2.0)
    return rated_kw * speed**3 * (0.5 + 0.6 * x - 0.1 * x * x)


def rated_shaft_kw(flow_m3h: float, head_m: float) -> float:
    """Return P = rho g Q H / eta at the rated point, kW."""
    return 0.998 * 9.81 * flow_m3h / 3600 * head_m / EFFICIENCY


def current(electric_kw: float, *, power_kw: float, share: float) -> float:
    """Return I = sqrt(Ia² + Im²), A: the active part, and half of the rated to magnetise.

    `share`: the voltage as a share of the nominal; a motor at less takes more.
    """
    volts = MAINS_V * max(0.5, share)
    rated_a = power_kw / MOTOR_EFFICIENCY * 1000 / (math.sqrt(3) * MAINS_V)
    return math.hypot(electric_kw * 1000 / (math.sqrt(3) * volts), 0.5 * rated_a)


def vibration(speed: float, x: float, suction_bar: float, moment: Moment) -> float:
    """Return the velocity at the bearing housing, mm/s RMS; independent causes add as squares.

    Unbalance ~ n², more away from the best point, a worn bearing ~ n, cavitation as the suction nears vacuum.
    """
    if speed < TURNS:
        return STANDING_VIBRATION
    sound = SOUND_VIBRATION * speed**2 * (1 + 0.25 * (x - 1) ** 2)
    worn = WEAR_VIBRATION * speed * moment.severity("bearing_wear")
    rubbed = 1.5 * speed * moment.severity("impeller_wear")
    cavitating = 5.0 * speed * clamp((-0.3 - suction_bar) / 0.6, 0.0, 1.0)
    return math.sqrt(sound**2 + worn**2 + rubbed**2 + cavitating**2)
