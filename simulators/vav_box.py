"""A variable air volume box with a reheat coil, and the part of the floor that it serves."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from plantroom.domain.site import Asset, Site
from plantroom.simulators.coils import Coil, heating_coil
from plantroom.simulators.machine import Flows, Moment, Step, Value, clamp
from plantroom.simulators.moist_air import M3H_PER_KG_S
from plantroom.simulators.outlets import DUCT_PA
from plantroom.simulators.rooms import (
    FLOW_PER_M2,
    Room,
    RoomState,
    facade_of,
    timetable_of,
)
from plantroom.simulators.thermostat import Thermostat, Wanted

LEAST_FLOW: Final = 0.3
"""Of the greatest flow: what people need, and what the outlets throw far enough."""
HEATING_FLOW: Final = 0.5
WARMEST_C: Final = 32.0
"""Of the supply air: warmer air stays under the ceiling (Guideline 36: 11 K over the zone's set-point)."""
SPARE: Final = 1.25
"""Flow with the damper fully open in multiples of the greatest flow."""
DAMPER_LEAKS: Final = 0.01
DAMPER_CURVE: Final = 1.4
"""Exponent of the flow over the opening of a round damper at a constant pressure."""
DAMPER_TAU_S: Final = 45.0
VALVE_TAU_S: Final = 60.0
ROOM_TAU_S: Final = 1800.0
DUCT_GAIN: Final = 0.03
"""Share of the difference to the room by which the duct warms the air on its way."""
WORKING_PA: Final = 20.0
"""More pressure than that in the duct: the unit runs."""
NIGHT_COOLING_C: Final = 28.0
NIGHT_HEATING_C: Final = 16.0
SUMMER_C: Final = 18.0
"""Outdoors: at night, the set-point shown is that of cooling above it, of heating below."""
PEOPLE_SEEN: Final = 0.02
"""Share of the room's people at which its detectors see one."""
VALVE_LEAK: Final = 0.4
"""Opening of a reheat valve that leaks as much as it gets."""
ZONE_DRIFT_C: Final = 4.0
FLOW_DRIFT: Final = 0.4
"""By how much too little a flow sensor shows whose taps are full of dust."""
STARVED: Final = 0.97
"""Share of its opening that a duct loses as a fire damper falls shut."""


@dataclass(slots=True, kw_only=True)
class VavState:
    """What a box remembers from one step to the next; never changed once made."""

    room: RoomState
    wanted: Wanted
    is_heating: bool
    """Which of its loops acted last."""
    command: float
    """Of the damper, 0 to 1."""
    damper: float
    """Where it stands."""
    valve: float
    flow_setpoint: float
    entering_c: float
    supply_c: float
    stuck: float = -1.0
    """Where the damper stood as it got stuck; below 0: it moves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VavMachine:
    """A pressure-independent box, controlled by the dual maximum logic of Guideline 36, part 5.6.

    Cooling: more and more of the cold air; heating: first the reheat valve warms the least flow, then there
    is more of it. The reheat's hot water comes from a boiler that never fails.
    """

    flow_max: float
    """m³/h."""
    coil: Coil
    room: Room
    unit: str = ""
    """The air handling unit that it is part of; none: it gets 14 °C while the room is open."""
    thermostat: Thermostat = Thermostat()  # noqa: RUF009 - frozen

    faults: frozenset[str] = frozenset(
        {
            "flow_sensor_drift",
            "leaking_reheat_valve",
            "starved",
            "stuck_damper",
            "zone_sensor_drift",
        }
    )

    def initial(self, moment: Moment) -> VavState:
        """Return a box that has been doing for long what it does at this time of day."""
        room = self.room.at_start(moment.world)
        is_open = self.room.timetable.is_open(moment.world)
        if is_open:
            room.air_c = self.thermostat.nearest(room.air_c)
        is_heating = moment.world.outdoor_c < SUMMER_C
        return VavState(
            room=room,
            wanted=Wanted(cooling_sum=0.3 if is_open and not is_heating else 0.0),
            is_heating=is_heating,
            command=0.5 if is_open else 0.0,
            damper=0.5 if is_open else 0.0,
            valve=0.0,
            flow_setpoint=0.5 * self.flow_max if is_open else 0.0,
            entering_c=room.air_c,
            supply_c=room.air_c,
        )

    def step(self, state: VavState, moment: Moment) -> Step[VavState]:
        """Return the box `moment.dt` seconds later."""
        faults, dt = moment.faults, moment.dt
        air = self._supply(moment)
        working = air.pressure_pa > WORKING_PA
        seen_c = state.room.air_c + ZONE_DRIFT_C * faults.get("zone_sensor_drift", 0.0)
        wanted = self.thermostat.after(state.wanted, dt=dt, celsius=seen_c) if working else Wanted()
        setpoint = self._flow_setpoint(wanted) if working else 0.0
        command = self._opening_for(setpoint, air.pressure_pa, faults) if working else 0.0
        command += (state.command - command) * math.exp(-dt / DAMPER_TAU_S)
        target, stuck = self._damper(command, state, faults)
        damper = target + (state.damper - target) * math.exp(-dt / DAMPER_TAU_S)
        lets = self.lets(damper) * (1 - STARVED * faults.get("starved", 0.0))
        flow = lets * math.sqrt(air.pressure_pa) if working else 0.0
        entering_c, supply_c, valve, heat_kw = self._warmed(state, air, wanted, flow, moment)
        supply = Flows(air_m3h=flow, leaving_c=supply_c, moisture=air.moisture, co2_ppm=air.co2_ppm)
        gains = self.room.gains(moment.world)
        room = self.room.after(state.room, gains, dt=dt, supply=supply)
        is_heating = self._is_heating(state, wanted, moment, working=working)
        after = VavState(
            room=room,
            wanted=wanted,
            is_heating=is_heating,
            command=command,
            damper=damper,
            valve=valve,
            flow_setpoint=setpoint,
            entering_c=entering_c,
            supply_c=supply_c,
            stuck=stuck,
        )
        return Step(
            state=after,
            values=self._values(after, moment, flow=flow, working=working, people=gains.people),
            flows=Flows(
                heating_kw=heat_kw,
                air_m3h=flow,
                lets_m3h=lets,
                leaving_c=supply_c,
                return_c=room.air_c,
                moisture=room.moisture,
                co2_ppm=room.co2_ppm,
                demand=command,
            ),
        )

    def lets(self, opening: float) -> float:
        """Return the flow at 1 Pa, m³/h, with the damper open by `opening`."""
        share = DAMPER_LEAKS + (1 - DAMPER_LEAKS) * math.pow(opening, DAMPER_CURVE)
        return SPARE * self.flow_max / math.sqrt(DUCT_PA) * share

    def _opening_for(self, flow: float, pressure_pa: float, faults: Mapping[str, float]) -> float:
        """Return the opening at which the flow sensor would show `flow`: the flow loop is quick."""
        real = flow / (1 - FLOW_DRIFT * faults.get("flow_sensor_drift", 0.0))
        passing = self.lets(1.0) * (1 - STARVED * faults.get("starved", 0.0)) * math.sqrt(pressure_pa)
        share = (real / passing - DAMPER_LEAKS) / (1 - DAMPER_LEAKS)
        return math.pow(clamp(share, 0.0, 1.0), 1 / DAMPER_CURVE)

    def _flow_setpoint(self, wanted: Wanted) -> float:
        """Return the flow by the dual maximum: heating raises it in the second half of its range only."""
        cooling = (1 - LEAST_FLOW) * wanted.cooling
        heating = (HEATING_FLOW - LEAST_FLOW) * max(0.0, 2 * wanted.heating - 1)
        return self.flow_max * (LEAST_FLOW + max(cooling, heating))

    def _damper(self, command: float, state: VavState, faults: Mapping[str, float]) -> tuple[float, float]:
        """Return where the damper goes, and where it got stuck."""
        severity = faults.get("stuck_damper", 0.0)
        if not severity:
            return command, -1.0
        stuck = state.stuck if state.stuck >= 0 else state.damper
        return command + severity * (stuck - command), stuck

    def _warmed(
        self, state: VavState, air: Flows, wanted: Wanted, flow: float, moment: Moment
    ) -> tuple[float, float, float, float]:
        """Return the air before and behind the coil, the valve's opening, and the heat given, kW."""
        room_c, dt = state.room.air_c, moment.dt
        if flow <= 0:
            left = math.exp(-dt / ROOM_TAU_S)
            return (
                room_c + (state.entering_c - room_c) * left,
                room_c + (state.supply_c - room_c) * left,
                0.0,
                0.0,
            )
        left = math.exp(-dt / VALVE_TAU_S)
        entering_c = _leaving(air, room_c)
        entering_c += DUCT_GAIN * (room_c - entering_c)
        entering_c += (state.entering_c - entering_c) * left
        warmest = entering_c + max(0.0, WARMEST_C - entering_c) * min(1.0, 2 * wanted.heating)
        kg_s = flow / M3H_PER_KG_S
        valve = self._valve_for(warmest, entering_c, kg_s) if wanted.heating > 0 else 0.0
        valve += (state.valve - valve) * left if wanted.heating > 0 else 0.0
        opening = max(valve, VALVE_LEAK * moment.faults.get("leaking_reheat_valve", 0.0))
        heated = self.coil.heat(air_kg_s=kg_s, celsius=entering_c, opening=opening)
        supply_c = heated.celsius + (state.supply_c - heated.celsius) * left
        return entering_c, supply_c, valve, heated.kw

    def _valve_for(self, target_c: float, entering_c: float, kg_s: float) -> float:
        """Return the opening at which the coil warms the air to `target_c`, by halving."""
        low, high = 0.0, 1.0
        for _ in range(7):
            middle = (low + high) / 2
            warm = self.coil.heat(air_kg_s=kg_s, celsius=entering_c, opening=middle).celsius
            low, high = (middle, high) if warm < target_c else (low, middle)
        return high

    def _is_heating(self, state: VavState, wanted: Wanted, moment: Moment, *, working: bool) -> bool:
        if not working:
            return moment.world.outdoor_c < SUMMER_C
        if wanted.heating > 0:
            return True
        return state.is_heating and wanted.cooling <= 0

    def _supply(self, moment: Moment) -> Flows:
        """Return what the air handling unit gives."""
        unit = moment.flows.get(self.unit)
        if unit is not None:
            return unit
        if self.unit or not self.room.timetable.is_open(moment.world):
            return _NOTHING
        return _ALONE

    def _values(
        self, state: VavState, moment: Moment, *, flow: float, working: bool, people: float
    ) -> dict[str, Value]:
        faults = moment.faults
        if working:
            setpoint = self.thermostat.heating_c if state.is_heating else self.thermostat.cooling_c
        else:
            setpoint = NIGHT_HEATING_C if state.is_heating else NIGHT_COOLING_C
        return {
            "zone_temp": state.room.air_c + ZONE_DRIFT_C * faults.get("zone_sensor_drift", 0.0),
            "zone_setpoint": setpoint,
            "zone_co2": state.room.co2_ppm,
            "flow": flow * (1 - FLOW_DRIFT * faults.get("flow_sensor_drift", 0.0)),
            "flow_setpoint": state.flow_setpoint,
            "flow_min": LEAST_FLOW * self.flow_max,
            "flow_max": self.flow_max,
            "damper": 100 * state.command,
            "reheat_valve": 100 * state.valve,
            "entering_temp": state.entering_c,
            "supply_temp": state.supply_c,
            "occupied": people > PEOPLE_SEEN * self.room.area_m2 / 10,
        }


_NOTHING: Final = Flows()
_ALONE: Final = Flows(leaving_c=14.0, pressure_pa=DUCT_PA, moisture=0.0085)


def _leaving(air: Flows, otherwise: float) -> float:
    return otherwise if air.leaving_c is None else air.leaving_c


def build(asset: Asset, site: Site) -> VavMachine:
    """Make a box from `rated` (`flow_m3h`), the unit in `parent` and the façade in `location`."""
    flow = asset.rated.get("flow_m3h", 3000.0)
    by_id = {other.id: other for other in site.assets}
    unit = by_id.get(asset.parent or "")
    east, south = facade_of(asset.location)
    return VavMachine(
        flow_max=flow,
        coil=heating_coil(HEATING_FLOW * flow / M3H_PER_KG_S, rise_c=20.0),
        room=Room(
            area_m2=flow / FLOW_PER_M2,
            timetable=timetable_of(unit or asset),
            east=east,
            south=south,
        ),
        unit=unit.id if unit is not None and unit.asset_class == "ahu" else "",
    )
