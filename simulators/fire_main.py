"""The pipes between the fire pumps and the sprinkler lines: a jockey pump keeps their pressure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from plantroom.simulators.machine import approach
from plantroom.simulators.sprinkler_line import BAR_PER_M

SHUT_OFF: Final = 1.2
"""Head at no flow as a share of the rated one (NFPA 20 and GB 50974 allow up to 1.4)."""
CURVE: Final = SHUT_OFF - 1.0
"""0.75 of the rated head is left at 1.5 times the rated flow; both standards ask for 0.65."""
RELIEF_SHARE: Final = 0.02
"""Of the rated flow, back to the tank while it runs, against boiling (NFPA 20: circulation relief)."""
SUCTION_LOSS_BAR: Final = 0.05
"""Of the open suction at rated flow."""
VACUUM_BAR: Final = -0.93
"""Below it water boils at room temperature."""
WORN_HEAD: Final = 0.4
"""Share of the head that a worn impeller and its rings lose."""
JOCKEY_SHARE: Final = 0.01
"""Flow of the jockey pump as a share of a fire pump's rated one, by the trade's rule of thumb."""
JOCKEY_STOPS_UNDER_BAR: Final = 0.15
"""Under the shut-off pressure of the fire pump."""
JOCKEY_BAND_BAR: Final = 0.7
PUMP_UNDER_JOCKEY_BAR: Final = 0.35
NEXT_PUMP_UNDER_BAR: Final = 0.7
"""NFPA 20, annex: a jockey starts 10 psi under its stop, the pump 5 psi lower, each further 10 psi lower."""
COMPLIANCE_M3_BAR: Final = 0.008
"""A vessel of 150 l, two thirds of it air at 12.5 bar absolute: V / p."""
SOUND_LEAK_M3H: Final = 0.0014
"""Past glands and seats: the jockey starts every four hours or so."""
WORST_LEAK_SHARE: Final = 0.85
"""Of what the jockey gives."""
EMPTYING_TAU_S: Final = 12.0
"""The vessel's 40 l at most against some 4 l/s through one sprinkler."""
_HALVINGS: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """What is open somewhere up there."""

    k_factor: float
    """m³/h at 1 bar."""
    height_m: float
    """Over the pumps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pumping:
    """What a pump that turns is able to."""

    lifts: float
    """Head at no flow as a share of a sound pump's at rated speed."""
    suction_k: float = 0.0
    """Resistance before its inlet, bar at 1 (m³/h)²."""
    most_m3h: float = math.inf
    """What can come through its suction."""

    def at(self, speed: float) -> "Pumping":
        """Return the same at another speed, as a share of the rated one: head goes with its square."""
        return Pumping(lifts=self.lifts * speed**2, suction_k=self.suction_k, most_m3h=self.most_m3h)


@dataclass(frozen=True, slots=True, kw_only=True)
class Main:
    """The pipes of one group of equal fire pumps."""

    flow_m3h: float
    """Rated flow of one pump."""
    head_m: float
    """Rated head."""

    @property
    def shut_off_bar(self) -> float:
        """Return what a pump adds at rated speed and no flow."""
        return SHUT_OFF * self.head_m * BAR_PER_M

    @property
    def jockey_stops_bar(self) -> float:
        """Return the pressure at which the jockey pump stops."""
        return self.shut_off_bar - JOCKEY_STOPS_UNDER_BAR

    @property
    def jockey_starts_bar(self) -> float:
        """Return the pressure at which it starts."""
        return self.jockey_stops_bar - JOCKEY_BAND_BAR

    @property
    def jockey_m3h(self) -> float:
        """Return what it gives."""
        return JOCKEY_SHARE * self.flow_m3h

    def pump_starts_bar(self, number: int) -> float:
        """Return the pressure at which the pump of that number (0: the first) starts."""
        return self.jockey_starts_bar - PUMP_UNDER_JOCKEY_BAR - NEXT_PUMP_UNDER_BAR * number

    def able(self, inlet_bar: float, *, shut: float, worn: float) -> Pumping:
        """Return what a pump can do at rated speed behind a valve so far shut, 0 to 1, with such wear.

        What cannot feed even the relief flow breaks off: the pump loses its prime.
        """
        suction_k = SUCTION_LOSS_BAR / self.flow_m3h**2 / max(1e-9, (1 - shut) ** 4)
        most = math.sqrt((inlet_bar - VACUUM_BAR) / suction_k)
        primed = min(1.0, most / (RELIEF_SHARE * self.flow_m3h))
        return Pumping(lifts=primed * (1 - WORN_HEAD * worn), suction_k=suction_k, most_m3h=most)

    def pump_flow(self, added_bar: float, pump: Pumping) -> float:
        """Return the flow of a pump that adds `added_bar`; its check valve lets none back.

        H = n² 1.2 Hr - 0.2 Hr (Q / Qr)², less what the suction takes.
        """
        left = pump.lifts * self.shut_off_bar - added_bar
        if left <= 0:
            return 0.0
        resistance = CURVE * self.head_m * BAR_PER_M / self.flow_m3h**2 + pump.suction_k
        return min(pump.most_m3h, math.sqrt(left / resistance))

    def pumped(self, outlets: Sequence[Outlet], pumps: Sequence[Pumping], *, inlet_bar: float) -> float:
        """Return the pressure at which the pumps give what the outlets let out, by halving."""
        low, high = 0.0, inlet_bar + self.shut_off_bar * max(pump.lifts for pump in pumps)
        if not outlets:
            return high
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            given = sum(self.pump_flow(middle - inlet_bar, pump) for pump in pumps)
            if given > let_out(outlets, middle):
                low = middle
            else:
                high = middle
        return (low + high) / 2

    def kept(
        self, bar: float, outlets: Sequence[Outlet], *, leak: float, jockey: bool, inlet_bar: float, dt: float
    ) -> tuple[float, bool]:
        """Return the pressure after `dt` s without fire pumps, and whether the jockey pump runs.

        C dp/dt = Q jockey - Q out, C the air's compliance; the jockey goes on and off within the step. What
        the jockey cannot keep up with empties the main down to where it can, but not under `inlet_bar`.
        """
        leaked = SOUND_LEAK_M3H + WORST_LEAK_SHARE * self.jockey_m3h * leak
        if outlets and leaked + let_out(outlets, self.jockey_starts_bar) > self.jockey_m3h:
            balance = self._balance(outlets, leaked, inlet_bar)
            bar = approach(bar, balance, dt=dt, tau=EMPTYING_TAU_S)
            return bar, bar < self.jockey_starts_bar
        lost = (leaked + let_out(outlets, bar)) / COMPLIANCE_M3_BAR / 3600
        gained = self.jockey_m3h / COMPLIANCE_M3_BAR / 3600 - lost
        jockey = (jockey or bar <= self.jockey_starts_bar) and bar < self.jockey_stops_bar
        while dt > 0:
            room = self.jockey_stops_bar - bar if jockey else bar - self.jockey_starts_bar
            rate = gained if jockey else lost
            if dt * rate < room:
                return bar + (rate if jockey else -rate) * dt, jockey
            dt -= room / rate
            bar = self.jockey_stops_bar if jockey else self.jockey_starts_bar
            jockey = not jockey
        return bar, jockey

    def made_up(self, bar: float, outlets: Sequence[Outlet], *, leak: float) -> float:
        """Return what the jockey pump makes up on average, m³/h."""
        leaked = SOUND_LEAK_M3H + WORST_LEAK_SHARE * self.jockey_m3h * leak
        return min(self.jockey_m3h, leaked + let_out(outlets, bar))

    def _balance(self, outlets: Sequence[Outlet], leaked: float, inlet_bar: float) -> float:
        """Return the pressure at which the jockey pump alone keeps up, by halving."""
        low, high = inlet_bar, self.jockey_starts_bar
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            if leaked + let_out(outlets, middle) < self.jockey_m3h:
                low = middle
            else:
                high = middle
        return low


def let_out(outlets: Sequence[Outlet], bar: float) -> float:
    """Return what flows out at `bar` at the pumps: the sum of k √(p - rho g z), m³/h."""
    return sum(outlet.k_factor * math.sqrt(max(0.0, bar - outlet.height_m * BAR_PER_M)) for outlet in outlets)
