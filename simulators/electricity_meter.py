"""An electricity meter on a panel or on a machine."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from plantroom.domain.site import Asset, Site
from plantroom.simulators.demand import Demand, demand_after, demand_at
from plantroom.simulators.machine import DEAD, Flows, Moment, Phases, Step, Supply, Value
from plantroom.simulators.three_phase import BACKGROUND_DISTORTION, DEAD_BELOW_V

FAULTS: Final = frozenset({"ct_shorted", "meter_stopped", "reverse_phase", "voltage_tap_lost"})
NOTHING: Final = Flows()
NEW_HOURS: Final = 8000.0
"""How long it has counted before the start, at the load of the first moment."""
NEW_KWH: Final = 50_000.0


@dataclass(slots=True, kw_only=True)
class MeterState:
    """What a meter remembers from one step to the next; never changed once made."""

    energy_kwh: float
    exported_kwh: float
    reactive_kvarh: float
    demand: Demand


@dataclass(slots=True, kw_only=True)
class Measured:
    """What a meter sees of its phases, faults of its wiring included."""

    volts: Phases
    amps: Phases
    kw: float
    kvar: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterMachine:
    """A three-phase meter with current transformers."""

    measured: str | None
    """The asset whose draw it measures; None: nothing."""
    supplied: str | None = None
    """The panel whose voltage it sees; None: its own supply."""
    faults: frozenset[str] = FAULTS

    def initial(self, moment: Moment) -> MeterState:
        """Return a meter that has been counting for long."""
        seen = self._seen(moment)
        energy_kwh = NEW_KWH * moment.chance.share() + NEW_HOURS * max(0.0, seen.kw)
        return MeterState(
            energy_kwh=energy_kwh,
            exported_kwh=0.0,
            reactive_kvarh=0.3 * energy_kwh,
            demand=demand_at(seen.kw, t=moment.t),
        )

    def step(self, state: MeterState, moment: Moment) -> Step[MeterState]:
        """Return the meter `moment.dt` seconds later."""
        seen = self._seen(moment)
        hours = 0.0 if moment.severity("meter_stopped") > 0 else moment.dt / 3600
        after = MeterState(
            energy_kwh=state.energy_kwh + max(0.0, seen.kw) * hours,
            exported_kwh=state.exported_kwh + max(0.0, -seen.kw) * hours,
            reactive_kvarh=state.reactive_kvarh + max(0.0, seen.kvar) * hours,
            demand=demand_after(state.demand, seen.kw, t=moment.t, dt=moment.dt),
        )
        return Step(state=after, values=self._values(after, moment, seen))

    def _seen(self, moment: Moment) -> Measured:
        flows = moment.flows.get(self.measured, NOTHING) if self.measured else NOTHING
        volts = self._supply(moment).volts
        amps = currents(flows, volts)
        kw, kvar = flows.electric_kw, flows.reactive_kvar
        if not moment.faults:
            return Measured(volts=volts, amps=amps, kw=kw, kvar=kvar)
        (u1, u2, u3), (i1, i2, i3), (on1, on2, on3) = volts, amps, flows.phases
        reversed_, shorted = moment.severity("reverse_phase"), moment.severity("ct_shorted")
        lost = moment.severity("voltage_tap_lost")
        read = on1 * (1 - 2 * reversed_) + on2 * (1 - shorted) + on3 * (1 - lost)
        return Measured(
            volts=(u1, u2, u3 * (1 - lost)), amps=(i1, i2 * (1 - shorted), i3), kw=kw * read, kvar=kvar * read
        )

    def _supply(self, moment: Moment) -> Supply:
        flows = moment.flows.get(self.supplied) if self.supplied else None
        return moment.supply if flows is None or flows.supply is None else flows.supply

    def _values(self, state: MeterState, moment: Moment, seen: Measured) -> Mapping[str, Value]:
        (u1, u2, u3), (i1, i2, i3) = seen.volts, seen.amps
        kva = (u1 * i1 + u2 * i2 + u3 * i3) / 1000
        return {
            "energy": state.energy_kwh,
            "energy_export": state.exported_kwh,
            "reactive_energy": state.reactive_kvarh,
            "power": seen.kw,
            "reactive_power": seen.kvar,
            "demand": state.demand.kw,
            "power_factor": max(-1.0, min(1.0, seen.kw / kva)) if kva > 0 else 1.0,
            "frequency": self._supply(moment).hz,
            "voltage_l1": u1,
            "voltage_l2": u2,
            "voltage_l3": u3,
            "current_l1": i1,
            "current_l2": i2,
            "current_l3": i3,
        }


def build(asset: Asset, site: Site) -> MeterMachine:
    """Make a meter of its `parent`: of all that a panel carries, or of what a machine draws."""
    parents = [other for other in site.assets if other.id == asset.parent]
    if not parents:
        return MeterMachine(measured=None)
    (parent,) = parents
    if parent.asset_class == "distribution_panel" or not parent.fed_by:
        return MeterMachine(measured=parent.id, supplied=parent.id)
    return MeterMachine(measured=parent.id, supplied=parent.fed_by[0])


def currents(flows: Flows, volts: Phases) -> Phases:
    """Return what `flows` draw from each phase, A RMS, harmonics included: I = S / U."""
    kva = math.hypot(flows.electric_kw, flows.reactive_kvar)
    if kva <= 0:
        return DEAD
    thd = flows.distorted_kva / kva + BACKGROUND_DISTORTION
    (u1, u2, u3), (on1, on2, on3) = volts, flows.phases
    per_share = 1000 * kva * math.sqrt(1 + thd * thd)
    return (
        per_share * on1 / u1 if u1 > DEAD_BELOW_V else 0.0,
        per_share * on2 / u2 if u2 > DEAD_BELOW_V else 0.0,
        per_share * on3 / u3 if u3 > DEAD_BELOW_V else 0.0,
    )
