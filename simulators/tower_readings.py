"""What a cooling tower remembers, and what there is to see of it."""

import math
from dataclasses import dataclass
from typing import Final

from plantroom.simulators.machine import Moment, Value
from plantroom.simulators.tower_basin import Basin

VIBRATION: Final = 2.2
"""Of a sound fan at full speed, mm/s; fans of towers are let run up to some 7 (CTI, ISO 14694)."""
GEAR_VIBRATION: Final = 7.0
BELT_VIBRATION: Final = 4.0
NEIGHBOURS_SHARE: Final = 0.02
"""What the frame of a fan at rest gets from its neighbours."""
MAGNETISING: Final = 0.3


@dataclass(slots=True, kw_only=True)
class TowerState:
    """What a tower remembers from one step to the next; never changed once made."""

    since_week: int
    """From which changeovers are counted."""
    fan: float
    """Share of the fan's full speed that its motor turns at."""
    is_on: bool
    leaving_c: float
    gear_c: float
    basin: Basin
    energy_kwh: float = 0.0
    run_h: float = 0.0


@dataclass(slots=True, kw_only=True)
class TowerWater:
    """What comes to a tower; never changed once made."""

    flow_m3h: float
    entering_c: float


def vibration(moment: Moment, fan: float) -> float:
    """Return the velocity at the fan's frame, mm/s RMS: unbalance ~ n², independent causes add as squares."""
    if fan <= 0:
        return NEIGHBOURS_SHARE * VIBRATION
    sound = VIBRATION * fan * fan + 0.2
    if not moment.faults:
        return sound
    gear = GEAR_VIBRATION * fan * moment.faults.get("gearbox_wear", 0.0)
    belt = BELT_VIBRATION * fan * moment.faults.get("fan_belt_slip", 0.0)
    return math.sqrt(sound**2 + gear**2 + belt**2)


def readings(
    after: TowerState,
    water: TowerWater,
    moment: Moment,
    *,
    set_point: float,
    electric_kw: float,
    rated_kw: float,
    voltage: float,
    on: bool,
) -> dict[str, Value]:
    """Return what a tower shows."""
    fan, faults = after.fan, moment.faults
    per_kw = 1000 / (math.sqrt(3) * voltage)
    magnetising = MAGNETISING * rated_kw * per_kw if fan > 0 else 0.0
    return {
        "running": fan > 0,
        "fault": faults.get("fan_trip", 0.0) > 0 if faults else False,
        "fan_command": on,
        "fan_speed": 100 * fan,
        "entering_temp": water.entering_c if water.flow_m3h > 0 else after.leaving_c,
        "leaving_temp": after.leaving_c,
        "leaving_setpoint": set_point,
        "wet_bulb_temp": moment.world.wet_bulb_c,
        "flow": water.flow_m3h,
        "basin_level": after.basin.level_m,
        "basin_temp": after.leaving_c,
        "conductivity": after.basin.conductivity,
        "makeup_volume": after.basin.makeup_m3,
        "vibration": vibration(moment, fan),
        "gearbox_temp": after.gear_c,
        "current": math.hypot(electric_kw * per_kw / max(0.1, moment.supply.share), magnetising),
        "power": electric_kw,
        "energy": after.energy_kwh,
        "run_hours": after.run_h,
    }
