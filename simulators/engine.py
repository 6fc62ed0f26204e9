"""The diesel engine of a generator: heat, oil, fuel and starting battery."""

from dataclasses import dataclass
from typing import Final

from plantroom.simulators.machine import Moment, approach
from plantroom.simulators.world import World

HEATED_C: Final = 42.0
"""A heater keeps the coolant warm, so that the engine takes load at once (NFPA 110: 32 °C at least)."""
THERMOSTAT_C: Final = 82.0
LOAD_RISE_K: Final = 7.0
WARM_UP_TAU_S: Final = 240.0
COOL_TAU_S: Final = 5400.0
LEAK_RISE_K: Final = 40.0
CLOGGED_RISE_K: Final = 45.0
"""At full load: without load the thermostat still has the upper hand."""
COOLANT_STOPS_C: Final = 103.0
OIL_WARM_BAR: Final = 4.0
OIL_COLD_BAR: Final = 1.6
"""More when cold, because it is thick."""
OIL_LOST_BAR: Final = 3.6
OIL_STOPS_BAR: Final = 1.2
FUEL_L_PER_KW: Final = 2.2
"""Day tank per kW of rating: some 8 h at full load (GB 50052 and NFPA 110, class 8)."""
FUEL_AT_START: Final = 0.92
FUEL_LOST: Final = 0.985
FUEL_L_PER_KWH: Final = 0.245
IDLE_L_PER_KWH: Final = 0.028
"""Burnt without load, per kW of rating and hour."""
FLOAT_V: Final = 27.2
CHARGED_V: Final = 28.1
"""While the engine's own alternator charges."""
CRANK_DROP_V: Final = 5.0
WEAK_REST_V: Final = 3.2
"""What a worn-out battery lacks at rest, and what it lacks besides when it cranks."""
WEAK_CRANK_V: Final = 9.0
CRANKS_ABOVE_V: Final = 17.0
ROOM_RISE_K: Final = 11.0
ROOM_TAU_S: Final = 1800.0


@dataclass(slots=True, kw_only=True)
class Engine:
    """What an engine remembers from one step to the next; never changed once made."""

    coolant_c: float
    room_c: float
    fuel_share: float
    """Of a full tank, before any fault."""


def engine_at_rest(world: World) -> Engine:
    """Return an engine that has been standing for long."""
    return Engine(coolant_c=HEATED_C, room_c=_room_c(world), fuel_share=FUEL_AT_START)


def engine_later(engine: Engine, moment: Moment, *, load_kw: float, turns: bool, rated_kw: float) -> Engine:
    """Return the engine `moment.dt` seconds later.

    Fuel is a straight line over the load (Willans): so much at idle, so much for each kWh.
    """
    dt, share = moment.dt, load_kw / rated_kw
    leak = moment.severity("coolant_leak")
    burnt_l = (IDLE_L_PER_KWH * rated_kw + FUEL_L_PER_KWH * load_kw) * dt / 3600 if turns else 0.0
    if turns:
        clogged = CLOGGED_RISE_K * moment.severity("clogged_radiator") * (0.2 + share)
        target_c = THERMOSTAT_C + LOAD_RISE_K * share + LEAK_RISE_K * leak + clogged
    else:
        target_c = HEATED_C - (HEATED_C - engine.room_c) * leak  # the heater is dry
    return Engine(
        coolant_c=approach(engine.coolant_c, target_c, dt=dt, tau=WARM_UP_TAU_S if turns else COOL_TAU_S),
        room_c=approach(
            engine.room_c,
            _room_c(moment.world) + (ROOM_RISE_K * (0.3 + 0.7 * share) if turns else 0.0),
            dt=dt,
            tau=ROOM_TAU_S,
        ),
        fuel_share=max(0.0, engine.fuel_share - burnt_l / (FUEL_L_PER_KW * rated_kw)),
    )


def engine_fault(engine: Engine, moment: Moment) -> bool:
    """Return whether the engine stops by itself or is stopped to save it."""
    return (
        engine.coolant_c > COOLANT_STOPS_C
        or oil_bar(engine, moment) < OIL_STOPS_BAR
        or shown_fuel(engine, moment) <= 0
    )


def oil_bar(engine: Engine, moment: Moment) -> float:
    """Return the oil pressure at speed: higher while the oil is cold."""
    warmth = min(1.0, max(0.0, (engine.coolant_c - HEATED_C) / (THERMOSTAT_C - HEATED_C)))
    return OIL_WARM_BAR + OIL_COLD_BAR * (1 - warmth) - OIL_LOST_BAR * moment.severity("low_oil_pressure")


def shown_fuel(engine: Engine, moment: Moment) -> float:
    """Return the filling of the tank, 0 to 1; what was stolen or leaked is missing."""
    return max(0.0, engine.fuel_share - FUEL_LOST * FUEL_AT_START * moment.severity("low_fuel"))


def battery_volts(moment: Moment, *, cranks: bool, turns: bool) -> float:
    """Return the voltage of the 24 V starting battery: floating, charged by the engine, or cranking."""
    weak = moment.severity("weak_starting_battery")
    if cranks:
        return FLOAT_V - WEAK_REST_V * weak - CRANK_DROP_V - WEAK_CRANK_V * weak
    return (CHARGED_V if turns else FLOAT_V) - WEAK_REST_V * weak


def can_crank(moment: Moment) -> bool:
    """Return whether the battery turns the engine."""
    return battery_volts(moment, cranks=True, turns=False) >= CRANKS_ABOVE_V


def _room_c(world: World) -> float:
    return 20.0 + 0.35 * max(0.0, world.outdoor_c - 12.0)
