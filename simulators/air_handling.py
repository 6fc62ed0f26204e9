"""An air handling unit: mixing box with economizer, filter, heating and cooling coil, two fans.

It serves the VAV boxes that are part of it, or a room of its own if it has none.
"""

import math
from dataclasses import dataclass, replace
from typing import Final
from zlib import crc32

from plantroom.domain.site import Asset, Site
from plantroom.simulators.air_control import (
    Commands,
    Loop,
    Sensed,
    controlled,
    is_forgotten,
    is_wanted,
    night_run,
    supply_set_point,
)
from plantroom.simulators.air_handling_state import (
    CLEAN_FILTER_PA,
    CLOGGED,
    PAN_KG,
    POWER_FACTOR,
    AirHandlingState,
    drained,
    measured,
    readings,
)
from plantroom.simulators.air_path import (
    AirPath,
    Entering,
    Positions,
    Stream,
    at_rest,
    standing,
)
from plantroom.simulators.coils import cooling_coil, heating_coil
from plantroom.simulators.fans import STANDING, Drive, Duty, Fan, fan_for, fan_rise
from plantroom.simulators.machine import Flows, Moment, Step
from plantroom.simulators.moist_air import M3H_PER_KG_S, moisture
from plantroom.simulators.outlets import DUCT_PA, Outlets, Served, served_by
from plantroom.simulators.rooms import Timetable, timetable_of
from plantroom.simulators.shared import chilled_water_pumped

COILS_PA: Final = 180.0
LONGEST_STEP_S: Final = 15.0
"""The loop of the supply air is stable up to it; longer steps are taken in parts."""
RETURN_FAN_SHARE: Final = 0.3
"""Its power as a share of the supply fan's: it has a third of the resistance."""
STANDBY_KW: Final = 0.06
"""Controller, actuators and the drives' electronics."""
REACTIVE: Final = math.sqrt(1 / POWER_FACTOR**2 - 1)
FREEZES_C: Final = 4.0
FREEZE_HOLD_S: Final = 900.0
"""How long freeze protection holds the unit after it was last too cold."""
DUST_PER_H: Final = 1.2 / 1500
"""A filter's drop doubles in some three months of 14 hours a day."""
LEAST_PUMPED: Final = 0.1
"""Below this share of the pumps' rated flow the units at the far end get less water than they ask for."""
FOULED_COIL_PA: Final = 120.0
_AT_REST: Final = Drive()


@dataclass(frozen=True, slots=True, kw_only=True)
class AirHandlingMachine:
    """A unit on chilled water from the site's chillers and hot water from a boiler that never fails."""

    fan: Fan
    path: AirPath
    timetable: Timetable
    served: Served
    pumped_m3h: float = 0.0
    """Chilled water that the site's pumps are made for; 0: the water needs none."""
    number: int = 0
    """Makes one unit's age differ from another's."""

    faults: frozenset[str] = frozenset(
        {
            "blocked_condensate",
            "broken_schedule",
            "damper_stuck_closed",
            "damper_stuck_open",
            "drifting_mixed_sensor",
            "drifting_outdoor_sensor",
            "drifting_supply_sensor",
            "fan_failure",
            "fouled_coil",
            "fouled_filter",
            "hunting_loop",
            "leaking_cooling_valve",
            "leaking_heating_valve",
            "slipped_belt",
            "stuck_cooling_valve",
            "stuck_damper",
        }
    )

    def initial(self, moment: Moment) -> AirHandlingState:
        """Return a unit that has been doing for long what it does at this time of day."""
        run_h = 6000.0 + self.number % 9000
        served = self.served.at_start(moment)
        outlets = self.served.outlets(served, moment)
        state = AirHandlingState(
            occupied=self.timetable.is_open(moment.world),
            drive=Drive(),
            loop=Loop(),
            commands=Commands(),
            positions=Positions(),
            air=at_rest(outlets.celsius),
            served=served,
            dust=1.0 + self.number % 7 / 10,
            energy_kwh=run_h * 0.5 * self.fan.power_kw(0.8, 0.8 * self.fan.flow_m3h),
            run_h=run_h,
        )
        entering = replace(self._entering(outlets, moment), chilled_share=1.0)
        for _ in range(180 if state.occupied else 0):
            state = self._advance(state, moment, outlets, entering, 10.0)
        return state

    def step(self, state: AirHandlingState, moment: Moment) -> Step[AirHandlingState]:
        """Return the unit `moment.dt` seconds later."""
        parts = math.ceil(moment.dt / LONGEST_STEP_S) or 1
        part = moment.dt / parts
        for _ in range(parts):
            outlets = self.served.outlets(state.served, moment)
            state = self._advance(state, moment, outlets, self._entering(outlets, moment), part)
            flows = self._flows(state, moment)
            # The state is this step's own: it was made a line above.
            state.served = self.served.after(state.served, moment, supply=flows, dt=part)
        share = state.drive.flow_m3h / self.fan.flow_m3h
        values = readings(state, outlets, moment, flow_share=share, power=flows.electric_kw)
        return Step(state=state, values=values, flows=flows)

    def _flows(self, state: AirHandlingState, moment: Moment) -> Flows:
        """Return what the unit takes and gives."""
        drive, air = state.drive, state.air
        power = drive.power_kw * (1 + RETURN_FAN_SHARE) + (STANDBY_KW if moment.supply.is_live else 0.0)
        return Flows(
            electric_kw=power,
            reactive_kvar=REACTIVE * power,
            cooling_kw=air.cooling_kw,
            heating_kw=air.heating_kw,
            air_m3h=drive.flow_m3h,
            leaving_c=air.supply_c,
            return_c=air.return_c,
            pressure_pa=drive.static_pa,
            moisture=air.moisture,
            co2_ppm=air.co2_ppm,
            demand=state.positions.cooling,
        )

    def _advance(
        self, state: AirHandlingState, moment: Moment, outlets: Outlets, entering: Entering, dt: float
    ) -> AirHandlingState:
        """Return the unit after a part of a step: is it to run, its fan, loop, actuators and air."""
        faults = moment.faults
        occupied, night = self._mode(state, outlets, moment)
        wanted = self._is_wanted(state, moment, on=occupied or night)
        drive = self._driven(state, moment, outlets, wanted=wanted, dt=dt)
        loop, commands = state.loop, Commands()
        if drive.flow_m3h > 0:
            loop, commands = self._controlled(state, moment, outlets, drive, dt)
        elif state.frozen_s > 0:
            commands = Commands(0.0, 1.0, 0.0)
        else:
            loop = Loop()
        positions = state.positions.after(commands, faults, dt)
        if drive.flow_m3h > 0:
            rise_c = fan_rise(drive.power_kw, drive.flow_m3h)
            air = self.path.moving(
                state.air, entering, Stream(drive.flow_m3h, rise_c), positions, faults=faults, dt=dt
            )
        else:
            air = standing(state.air, entering, dt)
        hours = dt / 3600 if drive.speed > STANDING else 0.0
        freezing = drive.flow_m3h > 0 and air.heated_c < FREEZES_C
        power = drive.power_kw * (1 + RETURN_FAN_SHARE) + STANDBY_KW
        return AirHandlingState(
            occupied=occupied,
            night=night,
            wanted=wanted,
            drive=drive,
            loop=loop,
            commands=commands,
            positions=positions,
            air=air,
            served=state.served,
            dust=state.dust + DUST_PER_H * hours,
            pan_kg=drained(
                state.pan_kg,
                air.condensed_kg_s,
                faults.get("blocked_condensate", 0.0),
                dt,
                rim_kg=1.25 * PAN_KG,
            ),
            frozen_s=FREEZE_HOLD_S if freezing else max(0.0, state.frozen_s - dt),
            energy_kwh=state.energy_kwh + (power * dt / 3600 if moment.supply.is_live else 0.0),
            run_h=state.run_h + hours,
        )

    def _mode(self, state: AirHandlingState, outlets: Outlets, moment: Moment) -> tuple[bool, bool]:
        """Return whether it is the unit's occupied time, and whether it runs against a cold night."""
        occupied = is_wanted(self.timetable, moment.world, off_c=outlets.off_c, running=state.occupied)
        return occupied, not occupied and night_run(outlets.coldest_c, running=state.night)

    def _is_wanted(self, state: AirHandlingState, moment: Moment, *, on: bool) -> bool:
        broken = moment.faults.get("broken_schedule", 0.0)
        if broken and not on:
            on = is_forgotten(self.timetable, moment.world, broken)
        return on and not moment.shared.fire and state.frozen_s <= 0

    def _driven(
        self, state: AirHandlingState, moment: Moment, outlets: Outlets, *, wanted: bool, dt: float
    ) -> Drive:
        """Return the supply fan `dt` seconds later."""
        drive, live = state.drive, moment.supply.is_live
        if not wanted and drive.speed <= 0:
            return _AT_REST
        faults = moment.faults
        filter_pa, slip, failure = state.dust * CLEAN_FILTER_PA, 0.0, 0.0
        before_pa = COILS_PA
        if faults:
            filter_pa *= 1 + CLOGGED * faults.get("fouled_filter", 0.0)
            before_pa += FOULED_COIL_PA * faults.get("fouled_coil", 0.0)
            slip, failure = faults.get("slipped_belt", 0.0), faults.get("fan_failure", 0.0)
        return self.fan.driven(
            drive,
            Duty(DUCT_PA, outlets.lets_m3h, before_pa + filter_pa),
            wanted=wanted,
            powered=live,
            slip=slip,
            failure=failure,
            dt=dt,
        )

    def _controlled(
        self, state: AirHandlingState, moment: Moment, outlets: Outlets, drive: Drive, dt: float
    ) -> tuple[Loop, Commands]:
        """Return the loop and its commands by what the sensors show, which may be wrong."""
        shown = measured(state.air, moment)
        return controlled(
            state.loop,
            Sensed(
                shown.supply_c - supply_set_point(shown.outdoor_c, heating=outlets.heating),
                shown.outdoor_c,
                drive.flow_m3h / self.fan.flow_m3h,
            ),
            dt=dt,
            hunting=moment.faults.get("hunting_loop", 0.0),
        )

    def _entering(self, outlets: Outlets, moment: Moment) -> Entering:
        """Return the air and the chilled water that the unit gets."""
        world, shared = moment.world, moment.shared
        share = 1.0
        if self.pumped_m3h:
            share = min(1.0, shared.chilled_m3h / (LEAST_PUMPED * self.pumped_m3h))
        return Entering(
            outlets.celsius,
            outlets.moisture,
            outlets.co2_ppm,
            world.outdoor_c,
            moisture(world.outdoor_c, world.humidity),
            shared.chilled_c,
            share,
        )


def build(asset: Asset, site: Site) -> AirHandlingMachine:
    """Make a unit from `rated`: `power_kw` of the supply fan, `flow_m3h`; its room's `opens_h` and so on."""
    flow_m3h = asset.rated.get("flow_m3h", 18_000.0)
    power_kw = asset.rated.get("power_kw", flow_m3h / 2000)
    kg_s = flow_m3h / M3H_PER_KG_S
    return AirHandlingMachine(
        fan=fan_for(power_kw, flow_m3h, least_pa=DUCT_PA + COILS_PA + 2 * CLEAN_FILTER_PA),
        path=AirPath(heating_coil=heating_coil(kg_s), cooling_coil=cooling_coil(kg_s)),
        timetable=timetable_of(asset),
        served=served_by(asset, site, flow_m3h=flow_m3h),
        pumped_m3h=chilled_water_pumped(site),
        number=crc32(asset.id.encode()),
    )
