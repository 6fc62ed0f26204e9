"""A low-voltage distribution panel: it carries what it feeds, and small loads that no asset stands for."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from zlib import crc32

from plantroom.domain.site import Asset, Site
from plantroom.simulators.compensation import Compensation
from plantroom.simulators.demand import Demand, demand_after, demand_at
from plantroom.simulators.machine import (
    DEAD,
    NOMINAL_V,
    Flows,
    Moment,
    Phases,
    Step,
    Supply,
    Value,
    approach,
)
from plantroom.simulators.panel_faults import FAULTS, spoil
from plantroom.simulators.small_loads import SmallLoads
from plantroom.simulators.three_phase import (
    DEAD_BELOW_V,
    Bus,
    Drawn,
    at_bus,
    drawn,
    joint_rises,
    shares,
    switch_room_c,
    times,
    unbalance,
)

DROP_AT_RATED: Final = 0.02
"""Share of the voltage lost in the feeding cable at rated current; IEC 60364-5-52 has 3 to 5 % in all."""
MAIN_DROP_AT_RATED: Final = 0.004
"""The same where the transformer stands beside the panel."""
LOSS_SHARE: Final = 0.6
"""How much of that drop is in phase with the current and so becomes heat."""
LOOSE_DROP: Final = 0.008
"""Share of the voltage that a loose joint takes at rated current."""
SOURCE_REACTANCE: Final = 0.1
"""Harmonic voltage per harmonic current, as shares of the rated ones: some fifth harmonic on 2 % of cable."""
JOINT_TAU_S: Final = 1800.0
ROOM_TAU_S: Final = 7200.0
ROOM_RISE_K: Final = 3.0
"""What a panel at rated current does to the temperature of its room."""

CAPACITOR_SHARE: Final = 0.25
"""Compensation of a main panel, kvar per kVA (usual in China: 20 to 30 % of the transformer)."""

LEAKAGE_PER_LOAD_MA: Final = 3.0
"""Of a fed machine with its filter; IEC 60335-1 allows 3.5 mA."""
TRIPS_AT: Final = 1.3**2
"""Square of the overload that a breaker does not carry for long (IEC 60947-2: 1.05 carried, 1.30 not)."""
BREAKER_TAU_S: Final = 900.0
NEW_KWH: Final = 400.0
"""Energy that a panel has passed before the start, per ampere of its rating, and up to twice that."""


@dataclass(slots=True, kw_only=True)
class PanelState:
    """What a panel remembers from one step to the next; never changed once made."""

    joints_c: Phases
    room_c: float
    energy_kwh: float
    """What has gone through it since it was built."""
    demand: Demand
    capacitors: int
    """Steps of the compensation that are switched on."""
    heat: float
    """Lagged square of the load that the breaker's release has felt; 1 at rated current."""
    tripped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelMachine:
    """A three-phase panel. Its power is metered at the head of its feeding cable, whose loss is in it."""

    rated_a: float
    compensation: Compensation
    small: SmallLoads
    drop: float = DROP_AT_RATED
    loads: int = 0
    """Machines that it feeds, panels not counted."""
    faults: frozenset[str] = FAULTS

    @property
    def rated_kva(self) -> float:
        """Apparent power at rated current."""
        return 3 * NOMINAL_V * self.rated_a / 1000

    def initial(self, moment: Moment) -> PanelState:
        """Return a panel that has been carrying this moment's load for long."""
        load, room_c = self._load(moment), switch_room_c(moment.world)
        capacitors = self._compensate(load, 0, failed=0.0)
        bus = at_bus(load, moment.supply.volts)
        share = max(bus.amps) / self.rated_a
        first, second, third = joint_rises(bus.amps, rated_a=self.rated_a)
        return PanelState(
            joints_c=(room_c + first, room_c + second, room_c + third),
            room_c=room_c,
            energy_kwh=NEW_KWH * self.rated_a * (1 + moment.chance.share()),
            demand=demand_at(load.total_kw, t=moment.t),
            capacitors=capacitors,
            heat=share**2,
        )

    def step(self, state: PanelState, moment: Moment) -> Step[PanelState]:
        """Return the panel `moment.dt` seconds later."""
        tripped = self._tripped(state, moment)
        load = drawn(()) if tripped else self._load(moment)
        capacitors = self._compensate(load, state.capacitors, failed=moment.severity("capacitor_failure"))
        passes = self._passes(load, moment, tripped=tripped)
        (u1, u2, u3), (by1, by2, by3) = moment.supply.volts, passes
        volts = (u1 * by1, u2 * by2, u3 * by3)
        bus = at_bus(load, volts)
        power_kw = load.total_kw
        power_kw += self._lost_kw(load)
        after = self._after(state, moment, bus=bus, power_kw=power_kw, capacitors=capacitors, tripped=tripped)
        thd = math.hypot(moment.supply.thd, SOURCE_REACTANCE * bus.thd_current * load.kva / self.rated_kva)
        supply = Supply(volts=volts, hz=moment.supply.hz if max(volts) > 0 else 0.0, thd=thd)
        return Step(
            state=after,
            values=self._values(after, moment, bus=bus, load=load, power_kw=power_kw, supply=supply),
            flows=Flows(
                electric_kw=power_kw,
                reactive_kvar=load.total_kvar,
                phases=shares(load.kw),
                supply=supply,
                passes=passes,
                distorted_kva=load.distorted_kva,
                triplen_kva=load.triplen_kva,
                leakage_ma=load.leakage_ma,
            ),
        )

    def _load(self, moment: Moment) -> Drawn:
        """Return what is drawn on the phases that are live, all loads and the faults among them."""
        u1, u2, u3 = moment.supply.volts
        if max(u1, u2, u3) <= DEAD_BELOW_V:
            return drawn(())
        load = drawn(moment.fed)
        self.small.add_to(load, moment)
        load.leakage_ma += LEAKAGE_PER_LOAD_MA * self.loads
        if moment.faults:
            spoil(load, moment, rated_kva=self.rated_kva)
        if min(u1, u2, u3) > DEAD_BELOW_V and not moment.faults:
            return load
        missing = moment.severity("phase_loss")
        live = (
            1.0 if u1 * (1 - missing) > DEAD_BELOW_V else 0.0,
            1.0 if u2 > DEAD_BELOW_V else 0.0,
            1.0 if u3 > DEAD_BELOW_V else 0.0,
        )
        load.kw, load.kvar = times(load.kw, live), times(load.kvar, live)
        return load

    def _compensate(self, load: Drawn, before: int, *, failed: float) -> int:
        """Take from `load` what the capacitors give; return how many of their steps are on."""
        steps = self.compensation.steps(before, kw=load.total_kw, kvar=load.total_kvar)
        if steps:
            each = self.compensation.given(steps, failed=failed) / 3
            q1, q2, q3 = load.kvar
            load.kvar = (q1 - each, q2 - each, q3 - each)
        return steps

    def _passes(self, load: Drawn, moment: Moment, *, tripped: bool) -> Phases:
        """Return how much of each phase's voltage arrives behind the cable and the breaker."""
        if tripped:
            return DEAD
        (p1, p2, p3), (q1, q2, q3) = load.kw, load.kvar
        per_kva = self.drop / (self.rated_kva / 3)
        loose = LOOSE_DROP / self.drop * moment.severity("loose_joint")
        return (
            (1 - per_kva * math.hypot(p1, q1)) * (1 - moment.severity("phase_loss")),
            1 - per_kva * (1 + loose) * math.hypot(p2, q2),
            1 - per_kva * math.hypot(p3, q3),
        )

    def _lost_kw(self, load: Drawn) -> float:
        return LOSS_SHARE * self.drop * load.kva**2 / self.rated_kva

    def _tripped(self, state: PanelState, moment: Moment) -> bool:
        """Return whether the breaker is open: it is closed again once what opened it is repaired."""
        if moment.severity("breaker_trip") > 0:
            return True
        if state.tripped:
            return moment.severity("overload") > 0
        return state.heat > TRIPS_AT

    def _after(
        self, state: PanelState, moment: Moment, *, bus: Bus, power_kw: float, capacitors: int, tripped: bool
    ) -> PanelState:
        dt = moment.dt
        share = max(bus.amps) / self.rated_a
        heat = share * share
        room_c = approach(
            state.room_c, switch_room_c(moment.world) + ROOM_RISE_K * heat, dt=dt, tau=ROOM_TAU_S
        )
        rises = joint_rises(bus.amps, rated_a=self.rated_a, loose=moment.severity("loose_joint"))
        kept = math.exp(-dt / JOINT_TAU_S)
        (c1, c2, c3), (to1, to2, to3) = state.joints_c, rises
        return PanelState(
            joints_c=(
                room_c + to1 + (c1 - room_c - to1) * kept,
                room_c + to2 + (c2 - room_c - to2) * kept,
                room_c + to3 + (c3 - room_c - to3) * kept,
            ),
            room_c=room_c,
            energy_kwh=state.energy_kwh + power_kw * dt / 3600,
            demand=demand_after(state.demand, power_kw, t=moment.t, dt=dt),
            capacitors=capacitors,
            heat=approach(state.heat, heat, dt=dt, tau=BREAKER_TAU_S),
            tripped=tripped,
        )

    def _values(
        self, state: PanelState, moment: Moment, *, bus: Bus, load: Drawn, power_kw: float, supply: Supply
    ) -> Mapping[str, Value]:
        i1, i2, i3 = bus.amps
        c1, c2, c3 = state.joints_c
        u1, u2, u3 = supply.volts
        return {
            "voltage_l1": u1,
            "voltage_l2": u2,
            "voltage_l3": u3,
            "current_l1": i1,
            "current_l2": i2,
            "current_l3": i3,
            "power": power_kw,
            "power_factor": bus.power_factor,
            "frequency": supply.hz,
            "energy": state.energy_kwh,
            "joint_temp": max(c1, c2, c3),
            "neutral_current": bus.neutral_a,
            "residual_current": load.leakage_ma,
            "voltage_unbalance": unbalance(supply.volts),
            "current_unbalance": unbalance(bus.amps),
            "thd_voltage": 100 * supply.thd,
            "thd_current": 100 * bus.thd_current,
            "reactive_power": load.total_kvar,
            "demand": state.demand.kw,
            "joint_temp_l1": c1,
            "joint_temp_l2": c2,
            "joint_temp_l3": c3,
            "room_temp": state.room_c,
            "breaker_closed": not state.tripped,
            "breaker_tripped": state.tripped,
            "surge_fault": moment.severity("surge_protection_spent") > 0,
        }


def build(asset: Asset, site: Site) -> PanelMachine:
    """Make a panel from `rated` (`current_a`, `lights_kw`, `capacitors_kvar`); it feeds what names it.

    A main panel, on a transformer or on nothing, compensates reactive power unless told otherwise.
    """
    class_of = {other.id: other.asset_class for other in site.assets}
    is_main = all(class_of.get(feeder) in ("transformer", None) for feeder in asset.fed_by)
    rated_a = asset.rated.get("current_a", 630.0)
    usual_kvar = CAPACITOR_SHARE * 3 * NOMINAL_V * rated_a / 1000 if is_main else 0.0
    kvar = asset.rated.get("capacitors_kvar", usual_kvar)
    return PanelMachine(
        rated_a=rated_a,
        small=SmallLoads.of(asset.rated.get("lights_kw", 20.0), turn=crc32(asset.id.encode()) % 360),
        compensation=Compensation(kvar=kvar),
        drop=MAIN_DROP_AT_RATED if is_main else DROP_AT_RATED,
        loads=sum(
            asset.id in other.fed_by and other.asset_class != "distribution_panel" for other in site.assets
        ),
        faults=FAULTS | {"capacitor_failure"} if kvar > 0 else FAULTS,
    )
