"""An air handling unit at a moment: what it remembers, and what there is to see of it."""

import math
from dataclasses import dataclass
from typing import Final

from plantroom.simulators.air_control import LEAST_DAMPER, Commands, Loop, outdoor_share, supply_set_point
from plantroom.simulators.air_path import Air, Positions, duct_humidity
from plantroom.simulators.fans import STANDING, Drive
from plantroom.simulators.machine import Moment, Value, approach
from plantroom.simulators.outlets import DUCT_PA, Outlets, OwnState

CLEAN_FILTER_PA: Final = 80.0
"""Bag filter F7 at the rated flow, new."""
POWER_FACTOR: Final = 0.95
PAN_KG: Final = 12.0
"""Water at which the float switch of the condensate pan trips; it runs over a quarter above."""
DRAIN_TAU_S: Final = 60.0
CLOGGED: Final = 9.0
"""By how many times what it was the drop grows of a filter that is as fouled as it gets."""
SUPPLY_DRIFT_C: Final = 5.0
MIXED_DRIFT_C: Final = 7.0
OUTDOOR_DRIFT_C: Final = -6.0
LEAST_OUTDOOR_SHARE: Final = outdoor_share(LEAST_DAMPER)
AMPS_PER_KW: Final = 1000 / (math.sqrt(3) * 400 * POWER_FACTOR)


@dataclass(slots=True, kw_only=True)
class AirHandlingState:
    """What a unit remembers from one step to the next; never changed once made."""

    occupied: bool = False
    night: bool = False
    """Whether it runs because a room got too cold."""
    wanted: bool = False
    """Whether the fan is told to run."""
    drive: Drive
    loop: Loop
    commands: Commands
    positions: Positions
    air: Air
    served: OwnState | None
    """The room of its own, if it has one."""
    dust: float
    """Resistance of the filter in multiples of that when new."""
    pan_kg: float = 0.0
    frozen_s: float = 0.0
    """How long freeze protection still holds the unit."""
    energy_kwh: float
    run_h: float


@dataclass(slots=True)
class Measured:
    """What sensors show that may have drifted, the controller's among them; never changed once made."""

    supply_c: float
    mixed_c: float
    outdoor_c: float


def measured(air: Air, moment: Moment) -> Measured:
    """Return what the sensors show."""
    outdoor_c, mixed_c, supply_c = moment.world.outdoor_c, air.mixed_c, air.supply_c
    faults = moment.faults
    if faults:
        outdoor_c += OUTDOOR_DRIFT_C * faults.get("drifting_outdoor_sensor", 0.0)
        mixed_c += MIXED_DRIFT_C * faults.get("drifting_mixed_sensor", 0.0)
        supply_c += SUPPLY_DRIFT_C * faults.get("drifting_supply_sensor", 0.0)
    return Measured(supply_c, mixed_c, outdoor_c)


def readings(
    state: AirHandlingState, outlets: Outlets, moment: Moment, *, flow_share: float, power: float
) -> dict[str, Value]:
    """Return every point of the class; `flow_share`: of the rated flow, `power`: of the whole unit, kW."""
    drive, air, commands = state.drive, state.air, state.commands
    shown = measured(air, moment)
    faults = moment.faults
    clogged, failure = faults.get("fouled_filter", 0.0), faults.get("fan_failure", 0.0)
    filter_pa = state.dust * CLEAN_FILTER_PA * (1 + CLOGGED * clogged)
    running = drive.speed > STANDING
    return {
        "running": running,
        "fan_command": state.wanted,
        "fan_speed": 100 * drive.speed,
        "supply_temp": shown.supply_c,
        "supply_setpoint": supply_set_point(shown.outdoor_c, heating=outlets.heating),
        "return_temp": air.return_c,
        "mixed_temp": shown.mixed_c,
        "outdoor_temp": shown.outdoor_c,
        "damper": 100 * commands.damper,
        "cooling_valve": 100 * commands.cooling,
        "heating_valve": 100 * commands.heating,
        "duct_pressure": drive.static_pa,
        "filter_pressure": filter_pa * flow_share * flow_share,
        "duct_pressure_setpoint": DUCT_PA,
        "outdoor_fraction_min": 100 * LEAST_OUTDOOR_SHARE,
        "damper_min": 100 * LEAST_DAMPER,
        "cooling_coil_entering_temp": air.heated_c,
        "cooling_coil_leaving_temp": air.cooled_c,
        "heating_coil_entering_temp": air.mixed_c,
        "heating_coil_leaving_temp": air.heated_c,
        "fan_speed_command": 100 * drive.command,
        "fan_fault": failure > 0.5 and state.wanted,
        "return_fan_running": running,
        "supply_flow": drive.flow_m3h,
        "supply_humidity": duct_humidity(air.supply_c, air.moisture),
        "return_humidity": duct_humidity(air.return_c, outlets.moisture),
        "outdoor_humidity": moment.world.humidity,
        "return_co2": outlets.co2_ppm,
        "freeze_stat": state.frozen_s > 0,
        "condensate_high": state.pan_kg >= PAN_KG,
        "occupied": state.occupied,
        "current": AMPS_PER_KW * drive.power_kw / max(0.5, moment.supply.share),
        "power": power,
        "energy": state.energy_kwh,
        "run_hours": state.run_h,
    }


def drained(pan_kg: float, condensed_kg_s: float, blocked: float, dt: float, *, rim_kg: float) -> float:
    """Return the water in a condensate pan `dt` seconds later; a blocked drain lets it rise to the rim."""
    tau = DRAIN_TAU_S / max(1e-3, 1 - blocked)
    return min(rim_kg, approach(pan_kg, condensed_kg_s * tau, dt=dt, tau=tau))
