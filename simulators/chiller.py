"""A water-cooled chiller: when it runs, what it cools, what protects it."""

import math
from dataclasses import dataclass
from typing import Final
from zlib import crc32

from plantroom.domain.site import Asset, Site
from plantroom.simulators.chiller_cycle import (
    Ailments,
    Cycle,
    Plates,
    ailments_of,
    plates,
    saturation_pressure,
)
from plantroom.simulators.chiller_readings import (
    POWER_FACTOR,
    SET_POINT_C,
    ChillerState,
    ChillerWater,
    readings,
)
from plantroom.simulators.duty import Duty, beside, first_week
from plantroom.simulators.machine import Flows, Moment, Step, approach
from plantroom.simulators.nature import ATMOSPHERE_BAR
from plantroom.simulators.shared import KW_PER_M3H_K, moved_by, pumps_of, rated_cooling_kw
from plantroom.simulators.staging import cooling_at_first, usual_count, wants_to_run

SUPPLY_TAU_S: Final = 90.0
"""Water and tubes of an evaporator; its vanes follow as quickly."""
STANDING_TAU_S: Final = 5 * 3600.0
"""Insulated, it warms to the room's temperature within a day."""
ROOM_C: Final = 24.0
SLIDES_TAU_S: Final = 120.0
"""In which a started compressor loads up."""
STARTS_AFTER_S: Final = 60.0
"""Pumps first, flow proven, oil pumped: then the compressor."""
ONE_MORE_AFTER_S: Final = 600.0
ONE_LESS_AFTER_S: Final = 900.0
LEAST_RUN_S: Final = 1800.0
LEAST_REST_S: Final = 900.0
LEAST_FLOW_SHARE: Final = 0.15
"""Below this share of the nominal flow the flow switch stops the compressor."""
HIGH_BAR: Final = 14.5
"""Condenser, gauge: the high pressure switch (R134a condenses at 56 °C)."""
LOW_C: Final = -0.5
"""Evaporating: the low pressure switch, before the tubes freeze."""
LOW_AFTER_S: Final = 60.0
RESET_AFTER_S: Final = 3600.0
"""Somebody comes and resets it; the cause need not be gone."""
POWER_LIMIT: Final = 1.05
OIL_RUNS_C: Final = 46.0
OIL_RESTS_C: Final = 42.0
"""Kept by a heater, so that no refrigerant dissolves in the oil."""
OIL_HOT_C: Final = 14.0
OIL_TAU_S: Final = 900.0
HEATER_KW: Final = 0.4
BYPASSED_SHARE: Final = 1.1
"""Water that a bypass stuck open lets through, as a share of the nominal flow."""
PRESSURES_TAU_S: Final = 600.0
"""In which a stopped machine's vessels come to one temperature."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChillerMachine:
    """One of the chillers of a site, one after the other by load; the leading one changes each week."""

    asset: str
    size: Plates
    duty: Duty
    peers: tuple[tuple[str, float], ...]
    """The other chillers of its plant room with what each can cool, kW."""
    chillers: tuple[Asset, ...]
    """All chillers of its plant room."""
    on_the_water: tuple[tuple[str, float], ...]
    """The other chillers of the site, which share its water, with what each can cool, kW."""
    chilled_pumps: tuple[str, ...]
    """The site's pumps of the chilled water; without any it has its nominal flow."""
    condenser_pumps: tuple[str, ...]
    """The same of the condenser water."""

    faults: frozenset[str] = frozenset(
        {
            "compressor_wear",
            "fouled_condenser",
            "fouled_evaporator",
            "low_charge",
            "low_delta_t",
            "non_condensables",
            "oil_degraded",
        }
    )

    def initial(self, moment: Moment) -> ChillerState:
        """Return a chiller that has long been doing what the load asks for."""
        week = first_week(moment)
        count = usual_count(self.chillers, cooling_kw=cooling_at_first(self.chillers, moment))
        on = self.duty.place(moment, since_week=week) < count and moment.supply.is_live
        # A few seasons of work, another number of hours for each chiller.
        run_h = 8000.0 + crc32(self.asset.encode()) % 3000
        return ChillerState(
            since_week=week,
            commanded=on,
            commanded_s=LEAST_RUN_S,
            loaded=1.0 if on else 0.0,
            supply_c=SET_POINT_C if on else ROOM_C - 6.0,
            evaporator_c=SET_POINT_C - 1.5 if on else ROOM_C - 6.0,
            condenser_c=moment.shared.condenser_c + 5.0 if on else ROOM_C - 2.0,
            oil_c=OIL_RUNS_C if on else OIL_RESTS_C,
            power_kw=0.5 * self.size.power_kw if on else 0.0,
            energy_kwh=float(round(0.55 * self.size.power_kw * run_h)),
            cooling_kwh=float(round(0.6 * self.size.cooling_kw * run_h)),
            starts=float(round(run_h / 14)),
            run_h=run_h,
        )

    def step(self, state: ChillerState, moment: Moment) -> Step[ChillerState]:
        """Return the chiller `moment.dt` seconds later."""
        commanded, commanded_s, pending_s = self._told(state, moment)
        water = self._water(moment, commanded=commanded)
        starved = commanded and water.chilled_m3h < LEAST_FLOW_SHARE * self.size.chilled_m3h
        running = (
            commanded
            and not starved
            and state.tripped_s is None
            and moment.supply.is_live
            and commanded_s >= STARTS_AFTER_S
        )
        loaded = approach(state.loaded, 1.0, dt=moment.dt, tau=SLIDES_TAU_S) if running else 0.0
        ailing = ailments_of(moment)
        supply = self._supply(state, water, moment, loaded=loaded, ailing=ailing)
        cycle = self._cycle(state, water, supply_c=supply, ailing=ailing) if running else None
        after = self._after(state, cycle, moment, supply_c=supply)
        after.commanded, after.commanded_s, after.pending_s = commanded, commanded_s, pending_s
        after.loaded = loaded
        after.starved_s = state.starved_s + moment.dt if starved and moment.supply.is_live else 0.0
        self._protect(state, after, cycle, moment)
        return Step(
            state=after,
            values=readings(
                after,
                cycle,
                water,
                moment,
                electric_kw=after.power_kw + self._standby_kw(after.power_kw, moment),
                rated_kw=self.size.power_kw,
            ),
            flows=self._flows(after, cycle, water, moment, supply_c=supply),
        )

    def _told(self, state: ChillerState, moment: Moment) -> tuple[bool, float, float]:
        """Return whether it is to run, since when, and for how long the load has asked for the other.

        One more starts at 90 % of what those before it give, and stops at 75 %, after a while and not
        before it has run (or rested) for long enough.
        """
        commanded_s = state.commanded_s + moment.dt
        if state.tripped_s is not None:
            return False, 0.0 if state.commanded else commanded_s, 0.0
        place, before = self.duty.place(moment, since_week=state.since_week), 0.0
        if place:
            ready = [kw for id_, kw in self.peers if _is_ready(moment, id_)]
            before = place * sum(ready) / max(1, len(ready))
        wants = wants_to_run(
            moment.shared.cooling_kw,
            warm_k=moment.shared.chilled_c - SET_POINT_C,
            before_kw=before,
            own_kw=self.size.cooling_kw,
            running=state.commanded,
        )
        if wants == state.commanded:
            return state.commanded, commanded_s, 0.0
        pending_s = state.pending_s + moment.dt
        # The first one is needed at once: without it nothing is cooled.
        patience = ONE_LESS_AFTER_S if state.commanded else (ONE_MORE_AFTER_S if place else 0.0)
        least = LEAST_RUN_S if state.commanded else (LEAST_REST_S if place else 0.0)
        if pending_s < patience or commanded_s < least:
            return state.commanded, commanded_s, pending_s
        return wants, 0.0, 0.0

    def _water(self, moment: Moment, *, commanded: bool) -> ChillerWater:
        """Return what flows through it: chillers that are told to run share what the pumps move."""
        shared = moment.shared
        together = self.size.cooling_kw + sum(
            kw for id_, kw in self.on_the_water if id_ in moment.flows and moment.flows[id_].demand > 0
        )
        share = self.size.cooling_kw / together if commanded else 0.0
        chilled, condenser = self.size.chilled_m3h * commanded, self.size.condenser_m3h * commanded
        if self.chilled_pumps:
            chilled = (shared.chilled_m3h or moved_by(self.chilled_pumps, moment)) * share
        if self.condenser_pumps:
            condenser = (shared.condenser_m3h or moved_by(self.condenser_pumps, moment)) * share
        # All the water is mixed before the chillers, that of their bypasses too.
        moved = chilled / share if share else 0.0
        warmed = shared.cooling_kw / (KW_PER_M3H_K * moved) if moved > 0 else 0.0
        return ChillerWater(
            chilled_m3h=chilled,
            return_c=shared.chilled_c + min(15.0, warmed),
            condenser_m3h=condenser,
            entering_c=shared.condenser_c,
        )

    def _supply(
        self, state: ChillerState, water: ChillerWater, moment: Moment, *, loaded: float, ailing: Ailments
    ) -> float:
        """Return the temperature of the water that leaves it."""
        if water.chilled_m3h < 0.01 * self.size.chilled_m3h:
            return approach(state.supply_c, ROOM_C, dt=moment.dt, tau=STANDING_TAU_S)
        most = self.size.capacity(state.condenser_c, ailing) * loaded
        if state.power_kw > POWER_LIMIT * self.size.power_kw:
            most *= POWER_LIMIT * self.size.power_kw / state.power_kw
        coldest = water.return_c - most / (KW_PER_M3H_K * water.chilled_m3h)
        target = max(coldest, min(SET_POINT_C, water.return_c)) if loaded > 0 else water.return_c
        return approach(state.supply_c, target, dt=moment.dt, tau=SUPPLY_TAU_S)

    def _cycle(self, state: ChillerState, water: ChillerWater, *, supply_c: float, ailing: Ailments) -> Cycle:
        """Return what the refrigerant does for the heat that the water has lost: nothing is made up."""
        cooled = max(0.0, water.return_c - supply_c)
        return self.size.cycle(
            min(1.15 * self.size.cooling_kw, KW_PER_M3H_K * water.chilled_m3h * cooled),
            supply_c=supply_c,
            chilled_m3h=water.chilled_m3h,
            condenser_in_c=water.entering_c,
            condenser_m3h=water.condenser_m3h,
            power_kw=state.power_kw,
            ailing=ailing,
        )

    def _after(
        self, state: ChillerState, cycle: Cycle | None, moment: Moment, *, supply_c: float
    ) -> ChillerState:
        hours = moment.dt / 3600
        oil = OIL_RESTS_C
        if cycle is not None:
            oil = OIL_RUNS_C + 8 * cycle.cooling_kw / self.size.cooling_kw
            oil += OIL_HOT_C * moment.severity("oil_degraded")
        # A machine at rest comes to its room's temperature from the one it had.
        tau = PRESSURES_TAU_S
        evaporating = cycle.evaporating_c if cycle else min(supply_c, ROOM_C)
        condensing = cycle.condensing_c if cycle else ROOM_C - 2.0
        if cycle is not None:
            tau = SLIDES_TAU_S / 4
        power = cycle.power_kw if cycle else 0.0
        return ChillerState(
            since_week=state.since_week,
            commanded=False,
            commanded_s=0.0,
            loaded=0.0,
            low_s=state.low_s,
            tripped_s=state.tripped_s,
            supply_c=supply_c,
            evaporator_c=approach(state.evaporator_c, evaporating, dt=moment.dt, tau=tau),
            condenser_c=approach(state.condenser_c, condensing, dt=moment.dt, tau=tau),
            oil_c=approach(state.oil_c, oil, dt=moment.dt, tau=OIL_TAU_S),
            power_kw=power,
            energy_kwh=state.energy_kwh + (power + self._standby_kw(power, moment)) * hours,
            cooling_kwh=state.cooling_kwh + (cycle.cooling_kw if cycle else 0.0) * hours,
            starts=state.starts + (cycle is not None and state.loaded == 0),
            run_h=state.run_h + (hours if cycle else 0.0),
        )

    def _protect(self, state: ChillerState, after: ChillerState, cycle: Cycle | None, moment: Moment) -> None:
        """Trip it on high condenser or lasting low evaporator pressure; somebody resets it after an hour."""
        if state.tripped_s is not None:
            since = state.tripped_s + moment.dt
            after.tripped_s = None if since > RESET_AFTER_S else since
            return
        after.low_s = state.low_s + moment.dt if cycle and after.evaporator_c < LOW_C else 0.0
        if cycle is None:
            return
        air_bar = cycle.condenser_bar - saturation_pressure(cycle.condensing_c)
        high = saturation_pressure(after.condenser_c) + air_bar - ATMOSPHERE_BAR
        if high > HIGH_BAR or after.low_s > LOW_AFTER_S:
            after.tripped_s = 0.0

    def _bypassed(self, moment: Moment) -> float:
        return BYPASSED_SHARE * moment.severity("low_delta_t") * self.size.chilled_m3h

    def _standby_kw(self, power_kw: float, moment: Moment) -> float:
        return HEATER_KW if power_kw == 0 and moment.supply.is_live else 0.0

    def _flows(
        self,
        after: ChillerState,
        cycle: Cycle | None,
        water: ChillerWater,
        moment: Moment,
        *,
        supply_c: float,
    ) -> Flows:
        electric = after.power_kw + self._standby_kw(after.power_kw, moment)
        return Flows(
            electric_kw=electric,
            reactive_kvar=after.power_kw * math.tan(math.acos(POWER_FACTOR)),
            cooling_kw=cycle.cooling_kw if cycle else 0.0,
            rejected_kw=cycle.rejected_kw if cycle else 0.0,
            water_m3h=water.chilled_m3h,
            leaving_c=supply_c,
            demand=1.0 if after.commanded else 0.0,
            ready=moment.supply.is_live and after.tripped_s is None,
            bypassed_m3h=self._bypassed(moment) if after.commanded else 0.0,
        )


def _is_ready(moment: Moment, chiller: str) -> bool:
    flows = moment.flows.get(chiller)
    return flows is None or flows.ready


def build(asset: Asset, site: Site) -> ChillerMachine:
    """Make a chiller from `rated`: `cooling_kw`, `power_kw`; pumps that are part of it move its water."""
    others = tuple(each for each in beside(asset, site) if each.id != asset.id)
    cooling_kw = rated_cooling_kw(asset)
    return ChillerMachine(
        asset=asset.id,
        size=plates(cooling_kw=cooling_kw, power_kw=asset.rated.get("power_kw", 0.2 * cooling_kw)),
        duty=Duty(tuple(each.id for each in beside(asset, site)), own=asset.id),
        peers=tuple((each.id, rated_cooling_kw(each)) for each in others),
        chillers=beside(asset, site),
        on_the_water=tuple(
            (each.id, rated_cooling_kw(each))
            for each in site.assets
            if each.asset_class == "chiller" and each.id != asset.id
        ),
        chilled_pumps=pumps_of("chiller", site),
        condenser_pumps=pumps_of("cooling_tower", site),
    )
