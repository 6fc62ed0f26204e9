"""The battery of a UPS: a string of valve-regulated lead-acid blocks."""

import math
from dataclasses import dataclass
from typing import Final

from plantroom.simulators.machine import Moment, approach, clamp

BLOCKS: Final = 40
CELLS: Final = 6 * BLOCKS
FLOAT_V: Final = 2.25 * CELLS
"""At 25 °C (makers of VRLA blocks: 2.25 to 2.30 V for each cell)."""
FLOAT_V_PER_K: Final = 0.003 * CELLS
"""The charger gives less to a warm battery."""
FULL_V: Final = 2.11 * CELLS
"""Without current, soon after charging stopped."""
EMPTY_V: Final = 1.93 * CELLS
STOP_V: Final = 1.67 * CELLS
"""End of discharge (IEC 60896-21): the UPS switches off."""
FULL_LOAD_H: Final = 0.5
"""How long a full, sound battery carries the UPS's rated load."""
PEUKERT: Final = 1.2
"""A slow discharge gives more: time ~ power^-1.2 (Peukert; 1.1 to 1.3 for lead-acid)."""
CHARGE_PER_H: Final = 0.16
"""Charging rate until it is nearly full, as a share of the capacity (0.1 to 0.2 C10)."""
ABSORBS_PER_H: Final = 0.7
"""Rate at the end, per share that is missing: the last percents take hours."""
CHARGE_LOSS: Final = 0.15
FLOAT_KW_SHARE: Final = 0.0008
"""What float charging takes, as a share of the UPS's rating."""
SOUND_MOHM: Final = 3.1
"""Of a block of about 65 Ah, new; makers give 2.5 to 4."""
AGED_RESISTANCE: Final = 4.5
"""Resistance that a dying string has more, in resistances of a sound one."""
AGED_CAPACITY: Final = 0.85
"""Share of its capacity that a dying string has lost; below 80 % it counts as worn out (IEEE 1188)."""
AGED_RISE_K: Final = 7.0
"""Float current rises in a dying cell and warms it."""
WARM_K_PER_KW: Final = 0.25
TAU_S: Final = 14_400.0


@dataclass(slots=True, kw_only=True)
class Battery:
    """What a battery remembers from one step to the next; never changed once made."""

    charge: float
    """0 (the UPS stops) to 1."""
    celsius: float


def full_battery(room_c: float) -> Battery:
    """Return a battery that has been floating for long."""
    return Battery(charge=1.0, celsius=room_c)


def hours_left(battery: Battery, moment: Moment, *, kw: float, rated_kw: float) -> float:
    """Return how long it gives `kw`: t = t_r C (P_r / P)^1.2, with what it has lost of its capacity."""
    peukert: float = (rated_kw / max(kw, 0.02 * rated_kw)) ** PEUKERT
    capacity = 1 - AGED_CAPACITY * moment.severity("failing_battery")
    return FULL_LOAD_H * capacity * battery.charge * peukert


def runtime_min(battery: Battery, moment: Moment, *, kw: float, rated_kw: float) -> float:
    """Return the time that the UPS says it lasts."""
    return 60 * hours_left(battery, moment, kw=kw, rated_kw=rated_kw)


def charging_kw(battery: Battery, *, rated_kw: float) -> float:
    """Return what the charger takes; never less than what floating takes."""
    stored_kwh = FULL_LOAD_H * rated_kw
    rate = min(CHARGE_PER_H, ABSORBS_PER_H * (1 - battery.charge))
    return FLOAT_KW_SHARE * rated_kw + rate * stored_kwh * (1 + CHARGE_LOSS)


def battery_later(battery: Battery, moment: Moment, *, kw: float, rated_kw: float, room_c: float) -> Battery:
    """Return the battery after `moment.dt` seconds of `kw`, charging positive."""
    hours = moment.dt / 3600
    charge = battery.charge
    if kw < 0:
        left = hours_left(Battery(charge=1.0, celsius=0.0), moment, kw=-kw, rated_kw=rated_kw)
        charge -= hours / left
    elif kw > 0:
        constant = min(hours, max(0.0, (1 - CHARGE_PER_H / ABSORBS_PER_H - charge) / CHARGE_PER_H))
        charge += CHARGE_PER_H * constant
        charge = 1 - (1 - charge) * math.exp(-ABSORBS_PER_H * (hours - constant))
    warm_k = WARM_K_PER_KW * abs(kw) + AGED_RISE_K * moment.severity("failing_battery")
    return Battery(
        charge=clamp(charge, 0.0, 1.0),
        celsius=approach(battery.celsius, room_c + warm_k, dt=moment.dt, tau=TAU_S),
    )


def resistance_mohm(battery: Battery, moment: Moment) -> float:
    """Return the resistance of the string; it falls by 0.4 % for each kelvin."""
    aged = 1 + AGED_RESISTANCE * moment.severity("failing_battery")
    return BLOCKS * SOUND_MOHM * aged * (1 - 0.004 * (battery.celsius - 25))


def terminal(battery: Battery, moment: Moment, *, kw: float, rated_kw: float) -> tuple[float, float]:
    """Return voltage and current (charging positive) while it takes `kw`.

    Discharging, U = E(charge) - R I with I = P / U; charging, the charger holds the float voltage once the
    battery takes less than it could give.
    """
    open_v = EMPTY_V + (FULL_V - EMPTY_V) * battery.charge
    if kw < 0:
        ohm = resistance_mohm(battery, moment) / 1000
        volts = max(STOP_V, (open_v + math.sqrt(max(0.0, open_v**2 + 4 * ohm * 1000 * kw))) / 2)
        return volts, 1000 * kw / volts
    if kw == 0:
        return open_v, 0.0
    filled = clamp((kw / rated_kw - FLOAT_KW_SHARE) / (CHARGE_PER_H * FULL_LOAD_H), 0.0, 1.0)
    float_v = FLOAT_V - FLOAT_V_PER_K * (battery.celsius - 25)
    volts = float_v - (float_v - open_v) * 0.5 * filled
    return volts, 1000 * kw / volts
