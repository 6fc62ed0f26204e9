"""A dry-type transformer, the root of a building's mains."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from plantroom.domain.site import Asset, Site
from plantroom.simulators import mains
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
from plantroom.simulators.three_phase import (
    DEAD_BELOW_V,
    Bus,
    Drawn,
    at_bus,
    drawn,
    joint_rises,
    shares,
    switch_room_c,
    unbalance,
)
from plantroom.simulators.windings import approach_rises, winding_rises

FAULTS: Final = frozenset(
    {
        "fan_failure",
        "loose_joint",
        "mains_failure",
        "overheating",
        "overload",
        "overvoltage",
        "phase_loss",
        "undervoltage",
        "voltage_sag",
        "winding_short",
    }
)
HEATING: Final = ("fan_failure", "overheating", "overload", "winding_short")
LARGE_KVA: Final = 1600.0
NO_LOAD_KW: Final = 2.2
"""Of a dry type of that size (GB 20052, SCB10); losses go with the power of 0.75 of the size."""
LOAD_LOSS_KW: Final = 11.7
"""At rated current and 120 °C."""
SHORT_CIRCUIT: Final = 0.06
"""Short-circuit voltage u_k (IEC 60076-5: 6 % for 630 to 2500 kVA)."""
HARMONIC_REACTANCE: Final = 5 * SHORT_CIRCUIT
"""At the fifth harmonic, the largest of three-phase loads."""

ENCLOSURE_RISE_K: Final = 9.0
"""Of the air in the enclosure over the room at rated losses."""
JOINT_TAU_S: Final = 1800.0
ENCLOSURE_TAU_S: Final = 7200.0
ENCLOSED_K: Final = 40.0
"""What the air in the enclosure gains if nothing blows it out."""
CORE_RISE_K: Final = 42.0
"""Of the core over the air in the enclosure: the no-load loss is always there."""
CORE_TAU_S: Final = 10_800.0
ROOM_RISE_K: Final = 5.0
FANS_ON_C: Final = 90.0
FANS_OFF_C: Final = 80.0
ALARM_C: Final = 130.0
TRIP_C: Final = 150.0
"""Usual settings of the temperature relay of a class F winding."""
HYSTERESIS_K: Final = 5.0
RESET_C: Final = 80.0

OVERLOAD: Final = 0.7
"""Load of others that an overload adds, as a share of the rating."""
SHORTED_VOLTAGE: Final = 0.04
"""Share of the voltage that shorted turns take from their phase."""
NEW_KWH: Final = 900.0
"""Energy that has passed before the start, per kVA of the rating, and up to twice that."""


@dataclass(slots=True, kw_only=True)
class TransformerState:
    """What a transformer remembers from one step to the next; never changed once made."""

    rises_k: Phases
    """Of the windings over the air in the enclosure."""
    enclosure_k: float
    """Of that air over the room."""
    core_k: float
    """Of the core over that air."""
    joint_k: float
    """Of the hottest joint over the room."""
    room_c: float
    energy_kwh: float
    fans: bool = False
    alarm: bool = False
    tripped: bool = False

    @property
    def hottest_c(self) -> float:
        """Temperature of the hottest winding."""
        return self.room_c + self.enclosure_k + max(self.rises_k)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransformerMachine:
    """A cast-resin transformer 10/0.4 kV, Dyn11, class F, with fans and a temperature relay."""

    rated_kva: float
    no_load_kw: float
    load_loss_kw: float
    faults: frozenset[str] = FAULTS

    @property
    def rated_a(self) -> float:
        """Rated current of the low side."""
        return self.rated_kva * 1000 / (3 * NOMINAL_V)

    def initial(self, moment: Moment) -> TransformerState:
        """Return a transformer that has been carrying this moment's load for long."""
        load = self._load(moment)
        bus = at_bus(load, self._volts(load, moment))
        return TransformerState(
            rises_k=winding_rises(bus.amps, moment, rated_a=self.rated_a, fans=False),
            enclosure_k=ENCLOSURE_RISE_K * self._loss_share(load),
            core_k=CORE_RISE_K,
            joint_k=max(joint_rises(bus.amps, rated_a=self.rated_a)),
            room_c=switch_room_c(moment.world) + ROOM_RISE_K * self._loss_share(load),
            energy_kwh=NEW_KWH * self.rated_kva * (1 + moment.chance.share()),
        )

    def step(self, state: TransformerState, moment: Moment) -> Step[TransformerState]:
        """Return the transformer `moment.dt` seconds later."""
        tripped = self._tripped(state, moment)
        load = drawn(()) if tripped else self._load(moment)
        volts = DEAD if tripped else self._volts(load, moment)
        is_live = max(volts) > DEAD_BELOW_V
        if not is_live:
            load, volts = drawn(()), DEAD
        bus = at_bus(load, volts)
        after = self._after(state, moment, load=load, bus=bus, is_live=is_live, tripped=tripped)
        supply = Supply(
            volts=volts,
            hz=mains.frequency(moment.t) if is_live else 0.0,
            thd=self._distortion(load, moment) if is_live else 0.0,
        )
        return Step(
            state=after,
            values=self._values(after, moment, load=load, bus=bus, supply=supply),
            flows=Flows(
                electric_kw=load.total_kw + self._losses_kw(load) if is_live else 0.0,
                reactive_kvar=load.total_kvar,
                phases=shares(load.kw),
                supply=supply,
                distorted_kva=load.distorted_kva,
            ),
        )

    def _load(self, moment: Moment) -> Drawn:
        load = drawn(moment.fed)
        more = OVERLOAD * moment.severity("overload") * self.rated_kva / 3
        if more > 0:
            (p1, p2, p3), (q1, q2, q3) = load.kw, load.kvar
            load.kw = (p1 + 0.9 * more, p2 + 0.9 * more, p3 + 0.9 * more)
            load.kvar = (q1 + 0.4 * more, q2 + 0.4 * more, q3 + 0.4 * more)
        return load

    def _volts(self, load: Drawn, moment: Moment) -> Phases:
        """Return the voltages of the low side: u0 (1 - S/Sn (u_r cos phi + u_x sin phi)), phase by phase.

        A fuse lost on the delta side leaves two of the phases half their voltage (Dyn).
        Source: IEC 60076-8, clause 7 (voltage drop for a given load condition, first order).
        """
        if not moment.supply.is_live or moment.severity("mains_failure") > 0:
            return DEAD
        resistance = self.load_loss_kw / self.rated_kva
        reactance = math.sqrt(SHORT_CIRCUIT**2 - resistance**2)
        u1, u2, u3 = mains.volts(moment.world, t=moment.t)
        (p1, p2, p3), (q1, q2, q3), per_kva = load.kw, load.kvar, 3 / self.rated_kva
        u1 *= 1 - per_kva * (resistance * p1 + reactance * q1)
        u2 *= 1 - per_kva * (resistance * p2 + reactance * q2)
        u3 *= 1 - per_kva * (resistance * p3 + reactance * q3)
        if not moment.faults:
            return u1, u2, u3
        level = mains.level(moment)
        halved = level * (1 - 0.5 * moment.severity("phase_loss"))
        return u1 * level, u2 * halved, u3 * halved * (1 - SHORTED_VOLTAGE * moment.severity("winding_short"))

    def _losses_kw(self, load: Drawn) -> float:
        """Return P = P0 + Pk (S / Sn)² (IEC 60076-1)."""
        return self.no_load_kw + self.load_loss_kw * (load.kva / self.rated_kva) ** 2

    def _loss_share(self, load: Drawn) -> float:
        return self._losses_kw(load) / (self.no_load_kw + self.load_loss_kw)

    def _distortion(self, load: Drawn, moment: Moment) -> float:
        """Return the harmonics of the voltage: those of the grid and those of the load on u_k, as squares."""
        own = HARMONIC_REACTANCE * load.distorted_kva / self.rated_kva
        return math.hypot(mains.distortion(moment.world), own)

    def _tripped(self, state: TransformerState, moment: Moment) -> bool:
        """Return whether the relay has switched it off: until it is cool and what heated it is repaired."""
        if not state.tripped:
            return state.hottest_c >= TRIP_C
        return state.hottest_c > RESET_C or any(moment.severity(fault) > 0 for fault in HEATING)

    def _after(
        self,
        state: TransformerState,
        moment: Moment,
        *,
        load: Drawn,
        bus: Bus,
        is_live: bool,
        tripped: bool,
    ) -> TransformerState:
        dt, loss_share = moment.dt, self._loss_share(load) if is_live else 0.0
        hottest_c = state.hottest_c
        called = hottest_c > (FANS_OFF_C if state.fans else FANS_ON_C)
        fans = called and is_live and not _fans_fail(moment)
        rises_k = winding_rises(bus.amps, moment, rated_a=self.rated_a, fans=fans)
        loose = moment.severity("loose_joint")
        joint_k = max(joint_rises(bus.amps, rated_a=self.rated_a, loose=loose))
        room_c = switch_room_c(moment.world) + ROOM_RISE_K * loss_share
        enclosure_k = ENCLOSURE_RISE_K * loss_share
        if is_live:
            enclosure_k += ENCLOSED_K * moment.severity("overheating")
        return TransformerState(
            rises_k=approach_rises(state.rises_k, rises_k, dt=dt, fans=fans),
            enclosure_k=approach(state.enclosure_k, enclosure_k, dt=dt, tau=ENCLOSURE_TAU_S),
            core_k=approach(state.core_k, CORE_RISE_K if is_live else 0.0, dt=dt, tau=CORE_TAU_S),
            joint_k=approach(state.joint_k, joint_k, dt=dt, tau=JOINT_TAU_S),
            room_c=approach(state.room_c, room_c, dt=dt, tau=ENCLOSURE_TAU_S),
            energy_kwh=state.energy_kwh + load.total_kw * dt / 3600,
            fans=called,
            alarm=hottest_c >= ALARM_C - (HYSTERESIS_K if state.alarm else 0.0),
            tripped=tripped,
        )

    def _values(
        self, state: TransformerState, moment: Moment, *, load: Drawn, bus: Bus, supply: Supply
    ) -> Mapping[str, Value]:
        air_c = state.room_c + state.enclosure_k
        (r1, r2, r3), (u1, u2, u3), (i1, i2, i3) = state.rises_k, supply.volts, bus.amps
        fails = _fans_fail(moment)
        return {
            "energized": u1 > DEAD_BELOW_V or u2 > DEAD_BELOW_V,
            "load": 100 * load.kva / self.rated_kva,
            "winding_temp_l1": air_c + r1,
            "winding_temp_l2": air_c + r2,
            "winding_temp_l3": air_c + r3,
            "oil_temp": state.room_c,
            "core_temp": air_c + state.core_k,
            "joint_temp": state.room_c + state.joint_k,
            "room_temp": state.room_c,
            "fan_running": state.fans and not fails and u1 > DEAD_BELOW_V,
            "fan_fault": state.fans and fails,
            "temp_alarm": state.alarm,
            "temp_trip": state.tripped,
            "door_open": False,
            "voltage_l1": u1,
            "voltage_l2": u2,
            "voltage_l3": u3,
            "current_l1": i1,
            "current_l2": i2,
            "current_l3": i3,
            "neutral_current": bus.neutral_a,
            "voltage_unbalance": unbalance(supply.volts),
            "current_unbalance": unbalance(bus.amps),
            "thd_voltage": 100 * supply.thd,
            "thd_current": 100 * bus.thd_current,
            "power": load.total_kw,
            "power_factor": bus.power_factor,
            "frequency": supply.hz,
            "energy": state.energy_kwh,
        }


def build(asset: Asset, site: Site) -> TransformerMachine:
    """Make a transformer from `rated` (`power_kva`); without oil, `oil_temp` shows the room's."""
    del site
    rated_kva = asset.rated.get("power_kva", 1000.0)
    size = (rated_kva / LARGE_KVA) ** 0.75
    return TransformerMachine(
        rated_kva=rated_kva, no_load_kw=NO_LOAD_KW * size, load_loss_kw=LOAD_LOSS_KW * size
    )


def _fans_fail(moment: Moment) -> bool:
    return moment.severity("fan_failure") > 0 or moment.severity("overheating") > 0
