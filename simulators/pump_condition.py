"""What a pump's bearing, motor and housing go through."""

import math
from dataclasses import dataclass
from typing import Final

from plantroom.simulators.machine import Moment, approach
from plantroom.simulators.pump_curve import STANDING

PLANT_ROOM_C: Final = 26.0
ROOM_FOLLOWS: Final = 0.15
"""How much of the outdoor temperature's distance from 17 °C is felt in the plant room."""

BEARING_TAU_S: Final = 600.0
"""A bearing housing of a few kilograms reaches a new temperature in some ten minutes."""
BEARING_RISE_C: Final = 22.0
"""Rise of a sound bearing over the room at rated speed."""
WEAR_VIBRATION: Final = 13.0
"""What a bearing at the end of its life adds at rated speed, mm/s RMS.

Inside zone D of ISO 10816-7 (over 6.6 mm/s) at the slowest speed too."""
WEAR_RISE_C: Final = 52.0
"""Rise that its friction adds, at any speed."""
WEAR_FRICTION: Final = 0.03
"""Share of the rated power that its friction takes."""
MISALIGNED_VIBRATION: Final = 6.5
MISALIGNED_RISE_C: Final = 16.0
MISALIGNED_FRICTION: Final = 0.02
CAVITATION_VIBRATION: Final = 6.0
DRY_VIBRATION: Final = 3.0
DRY_RISE_C: Final = 30.0
SEAL_RISE_C: Final = 3.0
"""Water that gets into the bearing thins its grease."""
UNBALANCE_VIBRATION: Final = 1.3
"""Residual unbalance of a sound pump at rated speed: zone A of ISO 10816-7."""
RATTLE_VIBRATION: Final = 0.6
"""A loose flap of a check valve in the stream."""
STANDING_VIBRATION: Final = 0.1
"""What a pump at rest gets from its neighbours."""

FIXED_LOSS: Final = 0.03
"""Iron and friction, as a share of the rated power."""
LOAD_LOSS: Final = 0.055
"""Copper at rated load: 92 % together with the fixed ones, IE3 for motors of 15 to 30 kW (IEC 60034-30-1)."""
MAGNETISING: Final = 0.5
"""Reactive current as a share of the rated active one: cos phi 0.89 at rated load."""
DRIVE_REACTIVE: Final = 0.2
"""Reactive power behind a drive with a choke, as a share of the active."""
WINDING_RISE_C: Final = 65.0
"""At rated load; class F windings used as class B (IEC 60034-1)."""
WINDING_TAU_S: Final = 1500.0
BLOCKED_COOLING: Final = 1.3
"""How much more a motor warms up whose fins and fan are blocked."""
BLOCKED_RISE_C: Final = 40.0
TRIPS_C: Final = 150.0
"""Thermistors of class F windings."""
RESETS_C: Final = 90.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Motor:
    """An induction motor, on a drive or directly on the mains."""

    power_kw: float
    """Rated power of its shaft."""
    on_drive: bool
    voltage: float = 400.0

    def electric_kw(self, shaft_kw: float) -> float:
        """Return what it takes for that: fixed losses and those that grow with the load's square."""
        load = shaft_kw / self.power_kw
        return shaft_kw + self.power_kw * (FIXED_LOSS + LOAD_LOSS * load * load)

    def current(self, electric_kw: float, share: float) -> float:
        """Return I = sqrt(Ia² + Im²), A: Ia = P / (sqrt(3) U), the magnetising Im nearly constant.

        `share`: of the nominal voltage; the lower, the more active current.
        """
        per_kw = 1000 / (math.sqrt(3) * self.voltage)
        active = electric_kw * per_kw / max(share, 0.1)
        return math.hypot(active, MAGNETISING * self.power_kw * 1.085 * per_kw * share)

    def reactive_kvar(self, electric_kw: float, share: float) -> float:
        """Return what it takes from the mains to magnetise itself; a drive's capacitors do that for it."""
        if self.on_drive:
            return DRIVE_REACTIVE * electric_kw
        return MAGNETISING * self.power_kw * 1.085 * share * share

    def winding_c(self, before: float, moment: Moment, *, speed: float, shaft_kw: float) -> float:
        """Return the temperature of its winding: the losses warm it, its own fan cools it."""
        blocked = moment.faults.get("motor_overheating", 0.0)
        rise = 0.0
        if speed >= STANDING:
            load = shaft_kw / self.power_kw
            losses = (FIXED_LOSS + LOAD_LOSS * load * load) / (FIXED_LOSS + LOAD_LOSS)
            rise = WINDING_RISE_C * losses / (0.4 + 0.6 * speed)
            rise = rise * (1 + BLOCKED_COOLING * blocked) + BLOCKED_RISE_C * blocked
        return approach(before, room_c(moment) + rise, dt=moment.dt, tau=WINDING_TAU_S)


def bearing_c(before: float, moment: Moment, *, speed: float, dry: float) -> float:
    """Return the temperature of the bearing's housing."""
    return approach(before, bearing_target(moment, speed=speed, dry=dry), dt=moment.dt, tau=BEARING_TAU_S)


def bearing_target(moment: Moment, *, speed: float, dry: float) -> float:
    """Return what the bearing comes to: friction ~ speed, and what is wrong with it at any speed."""
    wrong = DRY_RISE_C * dry
    if moment.faults:
        fault = moment.faults.get
        wrong += WEAR_RISE_C * fault("bearing_wear", 0.0) + SEAL_RISE_C * fault("leaking_seal", 0.0)
        wrong += MISALIGNED_RISE_C * fault("misalignment", 0.0)
    return room_c(moment) + BEARING_RISE_C * speed + wrong * min(1.0, 2 * speed)


def vibration(moment: Moment, *, speed: float, x: float, dry: float, cavitating: float) -> float:
    """Return the velocity at the bearing housing, mm/s RMS, 10 to 1000 Hz.

    Residual unbalance grows with the square of the speed, flow away from the best point (x = 1) adds to it,
    and independent causes add as squares. The level of a sound pump lies in zone A of ISO 10816-7.
    """
    if speed < STANDING:
        return STANDING_VIBRATION
    unbalance = UNBALANCE_VIBRATION * speed * speed * (1 + 0.7 * (x - 1) ** 2)
    if not moment.faults and dry == cavitating == 0:
        return unbalance
    fault = moment.faults.get
    worn = WEAR_VIBRATION * speed * fault("bearing_wear", 0.0)
    misaligned = MISALIGNED_VIBRATION * speed * fault("misalignment", 0.0)
    impeller = 1.5 * speed * fault("impeller_wear", 0.0)
    impeller += RATTLE_VIBRATION * fault("check_valve_leak", 0.0)
    # Bubbles collapse in bursts: no two seconds are alike.
    bursts = 0.75 + 0.5 * moment.chance.share() if cavitating > 0 else 1.0
    cavitation = CAVITATION_VIBRATION * speed * cavitating * bursts
    starved = DRY_VIBRATION * speed * dry
    return math.sqrt(
        unbalance**2
        + worn**2
        + misaligned**2
        + impeller**2
        + cavitation**2
        + starved**2
        + STANDING_VIBRATION**2
    )


def friction_kw(power_kw: float, moment: Moment, speed: float) -> float:
    """Return what bad bearings and a bent coupling take, kW."""
    if not moment.faults:
        return 0.0
    fault = moment.faults.get
    share = WEAR_FRICTION * fault("bearing_wear", 0.0) + MISALIGNED_FRICTION * fault("misalignment", 0.0)
    return share * power_kw * speed


def room_c(moment: Moment) -> float:
    """Return the temperature of the plant room."""
    return PLANT_ROOM_C + ROOM_FOLLOWS * (moment.world.outdoor_c - 17.0)
