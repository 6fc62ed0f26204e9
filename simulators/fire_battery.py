"""The stand-by battery of a fire panel: two blocks of sealed lead-acid, 24 V."""

from dataclasses import dataclass
from typing import Final

from plantroom.simulators.machine import approach

FLOAT_V: Final = 27.2
"""Held by the charger at 25 °C: 2.27 V in each of twelve cells."""
FULL_V: Final = 25.7
EMPTY_V: Final = 23.4
"""At rest, full and empty: 2.14 and 1.95 V a cell."""
KNEE: Final = 0.12
"""Below this charge the voltage drops off faster."""
KNEE_V: Final = 1.9
CUT_OFF_V: Final = 21.0
"""Deep-discharge protection: 1.75 V a cell."""
LOW_V: Final = 22.0
MARGIN: Final = 1.25
STANDBY_H: Final = 24.0
ALARM_H: Final = 5 / 60
"""NFPA 72: 24 h of stand-by and 5 min of alarm after it, and a margin for age."""
RESISTANCE_OHM_AH: Final = 3.0
"""Inner resistance times capacity; a block of 12 V and 38 Ah has about 40 mOhm."""
AGED_RESISTANCE: Final = 5.0
AGED_CAPACITY: Final = 0.75
FAULTY_RESISTANCE: Final = 2.5
"""The panel measures the resistance (EN 54-4) and reports so many times a new battery's."""
CHARGES_IN_H: Final = 10.0
"""EN 54-4: 80 % within 24 h; chargers of a tenth of the capacity are usual."""
TAPER_H: Final = 3.0
FLOAT_SHARE: Final = 0.0004
"""Current at the end of charge, as a share of the capacity."""
DRAIN_A: Final = 0.015
"""Taken by the panel's measuring circuit from a battery that nobody charges."""
SURFACE_TAU_S: Final = 2700.0
"""A battery taken off its charger comes to rest in an hour or two."""
QUICK_TAU_S: Final = 60.0


@dataclass(slots=True, kw_only=True)
class BatteryState:
    """What a battery remembers from one step to the next."""

    charge: float
    """0 to 1 of what it holds now; 0 once it has been cut off."""
    volts: float
    current_a: float
    """Into it."""
    standby_s: float = 0.0
    resistance: float = 1.0
    """In multiples of a new battery's."""

    @property
    def is_faulty(self) -> bool:
        """Whether the panel reports it: too much resistance, or nearly empty."""
        return self.resistance > FAULTY_RESISTANCE or self.volts < LOW_V


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """A battery chosen for the panel's load."""

    capacity_ah: float

    def full(self) -> BatteryState:
        """Return one that has been on its charger for long."""
        return BatteryState(charge=1.0, volts=FLOAT_V, current_a=FLOAT_SHARE * self.capacity_ah)

    def after(
        self, state: BatteryState, dt: float, *, load_a: float, can_charge: bool, aged: float
    ) -> BatteryState:
        """Return the battery `dt` seconds later: dq/dt = I / C.

        U = E(q) - I R while it discharges, E falling evenly with the charge q and faster near its end
        (Linden, Handbook of Batteries, lead-acid); on the charger a constant current, then the float voltage.
        """
        capacity = self.capacity_ah * (1 - AGED_CAPACITY * aged)
        times = 1 + AGED_RESISTANCE * aged
        if can_charge:
            return self._charged(state, dt, capacity=capacity, times=times)
        ohm = RESISTANCE_OHM_AH / self.capacity_ah * times
        drawn_a = load_a if load_a > 0 else DRAIN_A
        charge = max(0.0, state.charge - drawn_a * dt / 3600 / capacity)
        if state.charge <= 0 or at_rest(charge) - drawn_a * ohm <= CUT_OFF_V:
            charge = drawn_a = 0.0
        target = at_rest(charge) - drawn_a * ohm
        return BatteryState(
            charge=charge,
            volts=approach(state.volts, target, dt=dt, tau=QUICK_TAU_S if load_a else SURFACE_TAU_S),
            current_a=0.0 - drawn_a,
            standby_s=state.standby_s + dt * (drawn_a > 0) if load_a else 0.0,
            resistance=times,
        )

    def _charged(self, state: BatteryState, dt: float, *, capacity: float, times: float) -> BatteryState:
        most_a = capacity / CHARGES_IN_H
        current = min(most_a, (1 - state.charge) * capacity / TAPER_H)
        charge = min(1.0, state.charge + current * dt / 3600 / capacity)
        is_bulk = current >= most_a
        volts = min(FLOAT_V, at_rest(charge) + 1.0) if is_bulk else FLOAT_V
        return BatteryState(
            charge=charge,
            volts=approach(state.volts, volts, dt=dt, tau=QUICK_TAU_S),
            current_a=current + FLOAT_SHARE * self.capacity_ah * (1 + 0.4 * (times - 1)),
            resistance=times,
        )


def at_rest(charge: float) -> float:
    """Return the voltage without current."""
    knee = max(0.0, KNEE - charge) / KNEE
    return EMPTY_V + (FULL_V - EMPTY_V) * charge - KNEE_V * knee * knee


def chosen_for(*, standby_a: float, alarm_a: float) -> Battery:
    """Return a battery that lasts a day of stand-by and an alarm after it."""
    return Battery(capacity_ah=MARGIN * (STANDBY_H * standby_a + ALARM_H * alarm_a))
