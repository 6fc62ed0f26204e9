"""A fan-coil unit in a room: three fan steps, a coil for chilled and one for hot water, a thermostat."""

import math
from dataclasses import dataclass
from typing import Final
from zlib import crc32

from plantroom.domain.site import Asset, Site
from plantroom.simulators.air_handling_state import drained
from plantroom.simulators.coils import Coil, Leaving, cooling_coil, heating_coil
from plantroom.simulators.machine import Flows, Moment, Step, Value
from plantroom.simulators.moist_air import M3H_PER_KG_S
from plantroom.simulators.rooms import Room, RoomState, Timetable, facade_of, timetable_of

STEPS: Final = ("off", "low", "medium", "high")
SPEEDS: Final = (0.0, 0.5, 0.75, 1.0)
"""Air of each step, as a share of that of the highest."""
KW_PER_COOLING_KW: Final = 0.016
"""Fan of a unit of 5 kW: 80 W at the highest step."""
STANDBY_KW: Final = 0.003
M3H_PER_KW: Final = 190.0
"""Air for each kilowatt of cooling at 27 °C and 50 %."""
ROOM_SHARE: Final = 0.065
"""Cooling a room of this kind needs at most, kW for each m²; units are chosen some 40 % larger."""
OVERSIZE: Final = 1.4
COOLS_TO_C: Final = 24.0
HEATS_TO_C: Final = 21.0
NIGHT_COOLING_C: Final = 30.0
NIGHT_HEATING_C: Final = 15.0
SUMMER_C: Final = 18.0
"""Outdoors: above it a unit starts with its set-point for cooling."""
DEADBAND_C: Final = 0.4
"""Half of the thermostat's hysteresis."""
STEP_UP_C: Final = (0.9, 1.8)
"""How far off the room must be for medium and high."""
COIL_TAU_S: Final = 50.0
STANDING_TAU_S: Final = 900.0
VALVE_TAU_S: Final = 40.0
"""Thermal actuators take some minutes."""
LONGEST_STEP_S: Final = 60.0
PAN_KG: Final = 1.5

CLOGGED_FILTER: Final = 0.75
"""Share of the air that a filter as clogged as it gets keeps back."""
VALVE_LEAK: Final = 0.45
FOULED: Final = 0.7
SENSOR_DRIFT_C: Final = 3.0


@dataclass(slots=True, kw_only=True)
class FanCoilState:
    """What a unit remembers from one step to the next; never changed once made."""

    room: RoomState
    mode: str
    cools: bool
    """Whether it last cooled rather than heated: the set-point that it shows."""
    step: int
    """Of the fan: the index of its name in STEPS."""
    valve: float = 0.0
    """Where the cooling valve stands, 0 to 1."""
    hot_valve: float = 0.0
    supply_c: float
    moisture: float
    pan_kg: float = 0.0
    run_h: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FanCoilMachine:
    """A unit with valves that are open or closed, as its thermostat tells."""

    cooling_kw: float
    coil: Coil
    hot_coil: Coil
    room: Room
    number: int = 0

    faults: frozenset[str] = frozenset(
        {
            "blocked_condensate",
            "clogged_filter",
            "fan_failure",
            "fouled_coil",
            "leaking_valve",
            "thermostat_drift",
        }
    )

    def initial(self, moment: Moment) -> FanCoilState:
        """Return a unit whose room is about as warm as it should be."""
        room = self.room.at_start(moment.world)
        if self.room.timetable.is_open(moment.world):
            room.air_c = min(COOLS_TO_C, max(HEATS_TO_C, room.air_c))
        return FanCoilState(
            room=room,
            mode="off",
            cools=is_always(self.room.timetable) or moment.world.outdoor_c > SUMMER_C,
            step=0,
            supply_c=room.air_c,
            moisture=room.moisture,
            run_h=4000.0 + self.number % 7000,
        )

    def step(self, state: FanCoilState, moment: Moment) -> Step[FanCoilState]:
        """Return the unit `moment.dt` seconds later."""
        parts = math.ceil(moment.dt / LONGEST_STEP_S) or 1
        kw = hot_kw = flow = 0.0
        for _ in range(parts):
            state, flow, kw, hot_kw = self._advance(state, moment, moment.dt / parts)
        power = self._power(flow, moment)
        return Step(
            state=state,
            values=self._values(state, moment, flow=flow, power=power),
            flows=Flows(
                electric_kw=power,
                reactive_kvar=0.3 * power,
                cooling_kw=kw,
                heating_kw=hot_kw,
                air_m3h=flow,
                leaving_c=state.supply_c,
                return_c=state.room.air_c,
                demand=state.valve,
            ),
        )

    def _advance(
        self, state: FanCoilState, moment: Moment, dt: float
    ) -> tuple[FanCoilState, float, float, float]:
        """Return the unit `dt` seconds later, its air (m³/h), and the cooling and heating it takes (kW)."""
        faults = moment.faults
        seen_c = state.room.air_c + SENSOR_DRIFT_C * faults.get("thermostat_drift", 0.0)
        full = state.pan_kg >= PAN_KG
        live = moment.supply.is_live
        mode, step = self._mode(state, seen_c, moment) if live else ("off", 0)
        left = math.exp(-dt / VALVE_TAU_S)
        wanted = 1.0 if mode == "cooling" and not full else 0.0
        valve = wanted + (state.valve - wanted) * left
        wanted = 1.0 if mode == "heating" else 0.0
        hot_valve = wanted + (state.hot_valve - wanted) * left
        flow = self.flow_m3h(step) * (1 - CLOGGED_FILTER * faults.get("clogged_filter", 0.0))
        flow *= 1 - faults.get("fan_failure", 0.0)
        cooled, heated, condensed = self._coils(state.room, moment, flow, valve=valve, hot_valve=hot_valve)
        left = math.exp(-dt / (COIL_TAU_S if flow > 0 else STANDING_TAU_S))
        supply = Flows(
            air_m3h=flow,
            leaving_c=heated.celsius + (state.supply_c - heated.celsius) * left,
            moisture=cooled.water + (state.moisture - cooled.water) * left,
            co2_ppm=state.room.co2_ppm,
        )
        room = self.room.after(state.room, self.room.gains(moment.world), dt=dt, supply=supply)
        blocked = faults.get("blocked_condensate", 0.0)
        after = FanCoilState(
            room=room,
            mode=mode,
            cools=mode == "cooling" if mode in ("cooling", "heating") else state.cools,
            step=step,
            valve=valve,
            hot_valve=hot_valve,
            supply_c=supply.leaving_c or 0.0,
            moisture=supply.moisture,
            pan_kg=drained(state.pan_kg, condensed, blocked, dt, rim_kg=1.1 * PAN_KG),
            run_h=state.run_h + (dt / 3600 if flow > 0 else 0.0),
        )
        return after, flow, cooled.kw, heated.kw

    def _mode(self, state: FanCoilState, seen_c: float, moment: Moment) -> tuple[str, int]:
        """Return what the thermostat wants and the step of the fan."""
        is_open = self.room.timetable.is_open(moment.world)
        cooling_c, heating_c = (COOLS_TO_C, HEATS_TO_C) if is_open else (NIGHT_COOLING_C, NIGHT_HEATING_C)
        warm = seen_c - cooling_c
        cold = heating_c - seen_c
        if warm > (-DEADBAND_C if state.mode == "cooling" else DEADBAND_C):
            return "cooling", self._fan_step(state, warm)
        if cold > (-DEADBAND_C if state.mode == "heating" else DEADBAND_C):
            return "heating", self._fan_step(state, cold)
        return ("ventilation", 1) if is_open else ("off", 0)

    def _fan_step(self, state: FanCoilState, off_c: float) -> int:
        """Return the step for a room that is `off_c` off; a step is left again 0.4 K below where it began."""
        step = 1
        for number, least in enumerate(STEP_UP_C, start=2):
            if off_c > least - (DEADBAND_C if state.step >= number else 0.0):
                step = number
        return step

    def _coils(
        self, room: RoomState, moment: Moment, flow: float, *, valve: float, hot_valve: float
    ) -> tuple[Leaving, Leaving, float]:
        """Return the room's air behind the cooling and the heating coil, and the water condensed, kg/s."""
        faults = moment.faults
        kg_s = flow / M3H_PER_KG_S
        cooled = self.coil.cool(
            air_kg_s=kg_s,
            celsius=room.air_c,
            water=room.moisture,
            inlet_c=moment.shared.chilled_c,
            opening=max(valve, VALVE_LEAK * faults.get("leaking_valve", 0.0)),
            fouling=FOULED * faults.get("fouled_coil", 0.0),
        )
        heated = self.hot_coil.heat(air_kg_s=kg_s, celsius=cooled.celsius, opening=hot_valve)
        return cooled, heated, kg_s * (room.moisture - cooled.water)

    def flow_m3h(self, step: int) -> float:
        """Return the air of a step of the fan, with a clean filter."""
        return M3H_PER_KW * self.cooling_kw * SPEEDS[step]

    def _power(self, flow: float, moment: Moment) -> float:
        """Return the electric power, kW: fan motors with several taps take about as much as they move."""
        if not moment.supply.is_live:
            return 0.0
        share = flow / self.flow_m3h(len(STEPS) - 1)
        return STANDBY_KW + KW_PER_COOLING_KW * self.cooling_kw * share * math.sqrt(share)

    def _values(self, state: FanCoilState, moment: Moment, *, flow: float, power: float) -> dict[str, Value]:
        faults = moment.faults
        is_open = self.room.timetable.is_open(moment.world)
        if state.cools:
            setpoint = COOLS_TO_C if is_open else NIGHT_COOLING_C
        else:
            setpoint = HEATS_TO_C if is_open else NIGHT_HEATING_C
        full = state.pan_kg >= PAN_KG
        return {
            "running": flow > 0,
            "fan": STEPS[state.step],
            "mode": state.mode,
            "room_temp": state.room.air_c + SENSOR_DRIFT_C * faults.get("thermostat_drift", 0.0),
            "room_setpoint": setpoint,
            "supply_temp": state.supply_c,
            "cooling_valve": 100.0 if state.mode == "cooling" and not full else 0.0,
            "heating_valve": 100.0 if state.mode == "heating" else 0.0,
            "condensate_high": full,
            "fault": faults.get("fan_failure", 0.0) > 0.5 and state.step > 0,
            "power": power,
            "run_hours": state.run_h,
        }


def is_always(timetable: Timetable) -> bool:
    """Whether a room never closes: a control room, a server room."""
    return timetable.closes_h - timetable.opens_h >= 24


def build(asset: Asset, site: Site) -> FanCoilMachine:
    """Make a unit from `rated`: `cooling_kw`; its room's `opens_h`, `closes_h`, `days`.

    A room that never closes is a control room or a server room: it is smaller, and its machines always on.
    """
    del site
    cooling_kw = asset.rated.get("cooling_kw", 5.0)
    timetable: Timetable = timetable_of(asset)
    always = is_always(timetable)
    east, south = facade_of(asset.location)
    kg_s = M3H_PER_KW * cooling_kw / M3H_PER_KG_S
    return FanCoilMachine(
        cooling_kw=cooling_kw,
        coil=cooling_coil(kg_s, rows=0.6),
        hot_coil=heating_coil(kg_s, rise_c=14.0),
        room=Room(
            area_m2=cooling_kw / (OVERSIZE * ROOM_SHARE) * (0.5 if always else 1.0),
            timetable=timetable,
            east=east,
            south=south,
            constant_kw=0.35 * cooling_kw if always else 0.0,
        ),
        number=crc32(asset.id.encode()),
    )
