"""An open cooling tower with a fan on a drive."""

from dataclasses import dataclass
from typing import Final
from zlib import crc32

from plantroom.domain.site import Asset, Site
from plantroom.simulators.duty import Duty, beside, first_week
from plantroom.simulators.machine import Flows, Moment, Step, approach
from plantroom.simulators.shared import KW_PER_M3H_K, moved_by, pumps_of
from plantroom.simulators.staging import chillers_asked_for
from plantroom.simulators.tower_basin import SHUT_M, Basin, BasinSize
from plantroom.simulators.tower_fill import DESIGN_WET_BULB_C, Fill, evaporated_m3h, fill_of
from plantroom.simulators.tower_readings import TowerState, TowerWater, readings

COOLING_KW: Final = 600.0
"""Of a tower whose rating is not given (`rated.cooling_kw`)."""
APPROACH_K: Final = 4.0
"""Of the set-point over the wet bulb on the hottest day."""
APPROACH_GROWS: Final = 0.3
"""What each kelvin of a cooler wet bulb adds: the same fill comes less near to it."""
COLDEST_C: Final = 20.0
"""Colder condenser water would take the chillers' head pressure away."""
WARMEST_C: Final = 32.0
SLOWEST: Final = 0.25
"""The drive's least speed; below it the fan is switched."""
SWITCHED_ON_K: Final = 1.0
"""Over the set-point at which a fan at rest starts."""
SWITCHED_OFF_K: Final = 0.7
"""Under the set-point at which the slowest fan stops."""
BYPASS_K: Final = 1.5
"""Under the set-point, with the fan at rest, a valve leads warm water past the fill."""
FAN_TAU_S: Final = 60.0
WATER_TAU_S: Final = 150.0
"""Water of basin and fill over its flow."""
STANDING_TAU_S: Final = 4 * 3600.0
HEATER_C: Final = 5.0
"""The basin's heater keeps ice away."""
HEATER_KW_PER_K: Final = 0.15
MOTOR_EFFICIENCY: Final = 0.9
BELT_LOSS: Final = 0.4
"""Share of the fan's speed that a slipping belt loses, at worst."""
FOULED_FILL: Final = 0.5
FOULED_AIR: Final = 0.2
BLOCKED_NOZZLES: Final = 0.45
GEAR_RISE_C: Final = 32.0
GEAR_WORN_RISE_C: Final = 38.0
GEAR_TAU_S: Final = 1500.0
DRIVE_REACTIVE: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class TowerMachine:
    """One of the towers of a site: as many work as chillers run, the first of them changes each week."""

    asset: str
    power_kw: float
    fill: Fill
    basin: BasinSize
    duty: Duty
    others: tuple[str, ...]
    """The other towers of the site, which share its water."""
    chillers: tuple[Asset, ...]
    pumps: tuple[str, ...]
    """The site's pumps of the condenser water; without any it has what suits its size."""
    voltage: float = 400.0

    faults: frozenset[str] = frozenset(
        {
            "blocked_nozzles",
            "fan_belt_slip",
            "fan_trip",
            "fouled_fill",
            "gearbox_wear",
            "makeup_shut_off",
            "scaling",
            "stuck_makeup_valve",
        }
    )

    def initial(self, moment: Moment) -> TowerState:
        """Return a tower that has worked for some summers."""
        # A few summers of work, another number of hours for each tower.
        run_h = 6000.0 + crc32(self.asset.encode()) % 3000
        set_point = set_point_c(moment.world.wet_bulb_c)
        week = first_week(moment)
        on = self._works(moment, week) and moment.supply.is_live
        warm = moment.world.wet_bulb_c + APPROACH_K > COLDEST_C
        fan = 0.5 if on and warm else 0.0
        return TowerState(
            since_week=week,
            fan=fan,
            is_on=fan > 0,
            leaving_c=set_point if on else max(HEATER_C, moment.world.wet_bulb_c),
            gear_c=moment.world.outdoor_c + GEAR_RISE_C * fan,
            basin=Basin(makeup_m3=float(round(run_h * 0.9))),
            energy_kwh=float(round(0.4 * self.power_kw * run_h)),
            run_h=run_h,
        )

    def step(self, state: TowerState, moment: Moment) -> Step[TowerState]:
        """Return the tower `moment.dt` seconds later."""
        world, faults = moment.world, moment.faults
        works = self._works(moment, state.since_week)
        water = self._water(moment, works=works)
        set_point = set_point_c(world.wet_bulb_c)
        tripped = faults.get("fan_trip", 0.0) > 0
        can_turn = moment.supply.is_live and not tripped
        on = self._fan_on(state, water, set_point=set_point)
        leaving, slope = self._leaving(water, moment, fan=state.fan)
        # The sensor sits where the water of all towers has mixed: one helps where another fails.
        lag_k = max(0.0, moment.shared.condenser_c - state.leaving_c) if self.others else 0.0
        fan = self._fan(state, moment, leaving - set_point + lag_k, slope, turning=on and can_turn)
        rejected = KW_PER_M3H_K * water.flow_m3h * (water.entering_c - state.leaving_c)
        after = TowerState(
            since_week=state.since_week,
            fan=fan,
            is_on=on,
            leaving_c=self._mixed(state, water, moment, leaving=leaving, set_point=set_point, fan=fan),
            gear_c=self._gear_c(state, moment, fan),
            basin=self.basin.after(
                state.basin,
                dt=moment.dt,
                water_m3h=water.flow_m3h,
                evaporated_m3h=evaporated_m3h(rejected, world.wet_bulb_c),
                stuck_open=faults.get("stuck_makeup_valve", 0.0),
                shut_off=faults.get("makeup_shut_off", 0.0),
                scaling=faults.get("scaling", 0.0),
            ),
            energy_kwh=state.energy_kwh,
            run_h=state.run_h + (moment.dt / 3600 if fan > 0 else 0.0),
        )
        electric = self._electric_kw(after, moment, works=works)
        after.energy_kwh += electric * moment.dt / 3600
        return Step(
            state=after,
            values=readings(
                after,
                water,
                moment,
                set_point=set_point,
                electric_kw=electric,
                rated_kw=self.power_kw,
                voltage=self.voltage,
                on=on and not tripped,
            ),
            flows=Flows(
                electric_kw=electric,
                reactive_kvar=DRIVE_REACTIVE * electric,
                rejected_kw=max(0.0, rejected),
                water_m3h=water.flow_m3h,
                leaving_c=after.leaving_c,
                makeup_m3h=after.basin.makeup_m3h,
                demand=1.0 if works else 0.0,
                level=after.basin.level_m / SHUT_M,
                ready=can_turn,
            ),
        )

    def _works(self, moment: Moment, since_week: int) -> bool:
        if not self.chillers:
            return True
        return self.duty.place(moment, since_week=since_week) < chillers_asked_for(self.chillers, moment)

    def _water(self, moment: Moment, *, works: bool) -> TowerWater:
        """Return what comes to it: the towers at work share what the pumps move."""
        shared = moment.shared
        if not works:
            return TowerWater(flow_m3h=0.0, entering_c=shared.condenser_c)
        if not self.pumps:
            flow = self.basin.cooling_kw / (KW_PER_M3H_K * 5.0)
            warmed = shared.rejected_kw / (KW_PER_M3H_K * flow)
        else:
            at_work = 1
            for other in self.others:
                at_work += other in moment.flows and moment.flows[other].demand > 0
            moved = shared.condenser_m3h or moved_by(self.pumps, moment)
            flow = moved / at_work
            warmed = shared.rejected_kw / (KW_PER_M3H_K * moved) if moved > 0 else 0.0
        return TowerWater(flow_m3h=flow, entering_c=shared.condenser_c + min(15.0, warmed))

    def _leaving(self, water: TowerWater, moment: Moment, *, fan: float) -> tuple[float, float]:
        """Return what the water comes to, and by how much less with a whole turn of the fan's speed."""
        if water.flow_m3h <= 0:
            return max(HEATER_C, moment.world.wet_bulb_c), 1.0
        faults, wet_bulb = moment.faults, moment.world.wet_bulb_c
        air, good = fan, 1.0
        if faults:
            air *= 1 - BELT_LOSS * faults.get("fan_belt_slip", 0.0)
            fouled = faults.get("fouled_fill", 0.0)
            air *= 1 - FOULED_AIR * fouled
            good = (1 - FOULED_FILL * fouled) * (1 - BLOCKED_NOZZLES * faults.get("blocked_nozzles", 0.0))
        leaving = self.fill.leaving_c(
            water_m3h=water.flow_m3h, entering_c=water.entering_c, wet_bulb_c=wet_bulb, air=air, good=good
        )
        # The heat grows with the air, by less the nearer the water is to the wet bulb.
        return leaving, max(1.0, 0.7 * (leaving - wet_bulb) / max(SLOWEST, fan))

    def _fan_on(self, state: TowerState, water: TowerWater, *, set_point: float) -> bool:
        if water.flow_m3h <= 0:
            return False
        if state.is_on:
            return state.fan > SLOWEST + 0.01 or state.leaving_c > set_point - SWITCHED_OFF_K
        return state.leaving_c > set_point + SWITCHED_ON_K

    def _fan(
        self, state: TowerState, moment: Moment, excess_k: float, slope: float, *, turning: bool
    ) -> float:
        """Return the fan's speed: the controller looks for the one that leaves no excess."""
        if not turning:
            fan = approach(state.fan, 0.0, dt=moment.dt, tau=FAN_TAU_S / 4)
            return fan if fan > 0.01 else 0.0
        wanted = min(1.0, max(SLOWEST, state.fan + excess_k / slope))
        return approach(state.fan, wanted, dt=moment.dt, tau=FAN_TAU_S)

    def _mixed(
        self,
        state: TowerState,
        water: TowerWater,
        moment: Moment,
        *,
        leaving: float,
        set_point: float,
        fan: float,
    ) -> float:
        """Return the temperature of the water that goes back, some of it led past the fill in the cold."""
        if water.flow_m3h <= 0:
            return approach(state.leaving_c, leaving, dt=moment.dt, tau=STANDING_TAU_S)
        if fan == 0.0:
            leaving = max(leaving, min(water.entering_c, set_point - BYPASS_K))
        return approach(state.leaving_c, leaving, dt=moment.dt, tau=WATER_TAU_S)

    def _gear_c(self, state: TowerState, moment: Moment, fan: float) -> float:
        worn = GEAR_WORN_RISE_C * moment.faults.get("gearbox_wear", 0.0)
        target = moment.world.outdoor_c + (GEAR_RISE_C + worn) * fan
        return approach(state.gear_c, target, dt=moment.dt, tau=GEAR_TAU_S)

    def _electric_kw(self, after: TowerState, moment: Moment, *, works: bool) -> float:
        """Return P ~ n³ of the fan, and what the basin's heater takes in the frost."""
        if not moment.supply.is_live:
            return 0.0
        heater = 0.0
        if not works and moment.world.wet_bulb_c < HEATER_C:
            heater = HEATER_KW_PER_K * (HEATER_C - moment.world.wet_bulb_c)
        if after.fan <= 0:
            return heater
        driven = after.fan**3
        faults = moment.faults
        if faults:
            # A belt that slips passes less on than it takes.
            driven *= (1 - BELT_LOSS * faults.get("fan_belt_slip", 0.0)) ** 2
            driven *= 1 + 0.1 * faults.get("gearbox_wear", 0.0) - 0.08 * faults.get("fouled_fill", 0.0)
        return heater + self.power_kw * (driven * 0.85 + 0.02) / MOTOR_EFFICIENCY


def set_point_c(wet_bulb_c: float) -> float:
    """Return the set-point of the leaving water: an approach to the wet bulb that the fill can reach."""
    distance = APPROACH_K + APPROACH_GROWS * max(0.0, DESIGN_WET_BULB_C - wet_bulb_c)
    return min(WARMEST_C, max(COLDEST_C, wet_bulb_c + distance))


def build(asset: Asset, site: Site) -> TowerMachine:
    """Make a tower from `rated`: `cooling_kw` that it rejects, `power_kw` of its fan."""
    towers = tuple(each.id for each in beside(asset, site))
    cooling_kw = asset.rated.get("cooling_kw", COOLING_KW)
    return TowerMachine(
        asset=asset.id,
        power_kw=asset.rated.get("power_kw", 0.011 * cooling_kw),
        fill=fill_of(cooling_kw=cooling_kw),
        basin=BasinSize(cooling_kw=cooling_kw),
        duty=Duty(towers, own=asset.id),
        others=tuple(
            each.id for each in site.assets if each.asset_class == "cooling_tower" and each.id != asset.id
        ),
        chillers=tuple(each for each in site.assets if each.asset_class == "chiller"),
        pumps=pumps_of("cooling_tower", site),
    )
