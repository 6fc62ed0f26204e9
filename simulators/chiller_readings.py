"""What a chiller remembers, and what there is to see of it."""

import math
from dataclasses import dataclass
from typing import Final

from plantroom.simulators.chiller_cycle import Cycle, saturation_pressure
from plantroom.simulators.machine import Moment, Value
from plantroom.simulators.nature import ATMOSPHERE_BAR

OIL_BAR: Final = 1.9
"""Difference that the oil pump keeps over the evaporator."""
OIL_LOST_BAR: Final = 1.0
NO_FLOW_S: Final = 30.0
"""After it a flow switch that stays open is a fault."""
SET_POINT_C: Final = 7.0
POWER_FACTOR: Final = 0.88


@dataclass(slots=True, kw_only=True)
class ChillerState:
    """What a chiller remembers from one step to the next; never changed once made."""

    since_week: int
    """From which changeovers are counted."""
    commanded: bool
    commanded_s: float
    """Since it was last told to start or to stop."""
    pending_s: float = 0.0
    """For how long the load has asked for the other."""
    loaded: float
    """How far the compressor has loaded up since it started, 0 to 1; 0 at rest."""
    starved_s: float = 0.0
    """For how long it has been told to run and has had no flow."""
    low_s: float = 0.0
    tripped_s: float | None = None
    """For how long it has been tripped."""
    supply_c: float
    evaporator_c: float
    condenser_c: float
    oil_c: float
    power_kw: float
    energy_kwh: float = 0.0
    cooling_kwh: float = 0.0
    starts: float = 0.0
    run_h: float = 0.0


@dataclass(slots=True, kw_only=True)
class ChillerWater:
    """What comes to the chiller."""

    chilled_m3h: float
    return_c: float
    condenser_m3h: float
    entering_c: float


def readings(
    after: ChillerState,
    cycle: Cycle | None,
    water: ChillerWater,
    moment: Moment,
    *,
    electric_kw: float,
    rated_kw: float,
) -> dict[str, Value]:
    """Return what a chiller shows; `electric_kw` is with the heater of its oil."""
    power = after.power_kw
    air_bar = cycle.condenser_bar - saturation_pressure(cycle.condensing_c) if cycle else 0.0
    idle = cycle is None
    volts = math.sqrt(3) * 400.0 * max(0.1, moment.supply.share) * POWER_FACTOR
    oil_bar = 0.0 if idle else OIL_BAR - OIL_LOST_BAR * moment.severity("oil_degraded")
    return {
        "running": cycle is not None,
        "fault": after.tripped_s is not None or after.starved_s > NO_FLOW_S,
        "chw_setpoint": SET_POINT_C,
        "chw_supply_temp": after.supply_c,
        "chw_return_temp": water.return_c if water.chilled_m3h > 0 else after.supply_c,
        "cw_entering_temp": water.entering_c,
        "cw_leaving_temp": cycle.condenser_out_c if cycle else water.entering_c,
        "chw_flow": water.chilled_m3h,
        "evaporator_pressure": saturation_pressure(after.evaporator_c) - ATMOSPHERE_BAR,
        "condenser_pressure": saturation_pressure(after.condenser_c) + air_bar - ATMOSPHERE_BAR,
        "current": electric_kw * 1000 / volts,
        "power": electric_kw,
        "start_command": after.commanded,
        "load": 100 * power / rated_kw,
        "cw_flow": water.condenser_m3h,
        "evaporator_temp": after.evaporator_c,
        "condenser_temp": after.condenser_c,
        "suction_temp": after.evaporator_c + (cycle.superheat_k if cycle else 0.0),
        "discharge_temp": cycle.discharge_c if cycle else after.condenser_c,
        "subcooling": cycle.subcooling_k if cycle else 0.0,
        "oil_pressure": oil_bar,
        "oil_temp": after.oil_c,
        "energy": after.energy_kwh,
        "cooling_energy": after.cooling_kwh,
        "starts": after.starts,
        "run_hours": after.run_h,
    }
