"""The hydraulics of a centrifugal pump: its curve, the circuit's, and where they meet."""

import math
from dataclasses import dataclass
from typing import Final

from plantroom.simulators.nature import ATMOSPHERE_BAR, GRAVITY

DENSITY: Final = 998.0
"""Water at 20 °C, kg/m³."""
BAR_PER_M: Final = DENSITY * GRAVITY / 1e5
VACUUM_BAR: Final = -0.98
"""Gauge; water at usual temperatures boils there."""
BEST_EFFICIENCY: Final = 0.78
SHUT_OFF: Final = 1.25
"""Head at no flow for each metre at the best point: a flat curve, as of most pumps in buildings."""
SLOWEST: Final = 0.3
"""Speed below which a drive does not let its motor turn."""
STANDING: Final = 0.01
"""Below this share of the rated speed the shaft turns for nothing."""
NPSH_AT_BEST_M: Final = 3.0
"""What the inlet needs above the vapour pressure at the best point; usual for 4-pole pumps of this size."""
STRAINER_CLEAN: Final = 0.03
"""Resistance of a clean strainer, in heads of the pump at its best flow: 0.1 bar for 35 m."""
STRAINER_CLOGGED: Final = 4.0
"""The same of one as clogged as it gets, beyond the clean one."""
WORN_HEAD: Final = 0.3
"""Share of the shut-off head that a worn impeller has lost."""
WORN_EFFICIENCY: Final = 0.25
"""Share of its efficiency that it has lost to water that flows back through its clearances."""
CAVITATION_HEAD: Final = 0.35
"""Share of the head that a fully cavitating impeller has lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """What resists the flow of one pump: H = static + own q² + common (q + others)²; m and m³/h."""

    static_m: float = 0.0
    own: float
    common: float = 0.0
    others_m3h: float = 0.0
    """Flow of the pumps beside it."""

    def head(self, flow_m3h: float) -> float:
        """Return what it takes to move that much, m."""
        together = flow_m3h + self.others_m3h
        return self.static_m + self.own * flow_m3h**2 + self.common * together**2


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """H = n² shut_off - a q², n being the speed as a share of the rated one.

    It follows the affinity laws q ~ n, H ~ n², P ~ n³.
    Source: Gülich, Centrifugal Pumps, chapters 3 (similarity laws) and 11 (interaction with the circuit).
    """

    flow_m3h: float
    """At best efficiency and rated speed."""
    head_m: float
    """There."""
    shut_off_m: float
    a: float
    strainer: float
    """Resistance of the strainer, m for (m³/h)²."""
    efficiency: float = BEST_EFFICIENCY

    def speed_for(self, flow_m3h: float, head_m: float) -> float:
        """Return the speed at which it gives that flow beyond its strainer; more than 1: it cannot."""
        needed_m = head_m + (self.a + self.strainer) * flow_m3h**2
        return math.sqrt(needed_m / self.shut_off_m) if self.shut_off_m > 0 else math.inf

    def flow(self, speed: float, circuit: Circuit) -> float:
        """Return the flow where the curve meets the circuit's; a check valve keeps it from turning back."""
        if speed < STANDING:
            return 0.0
        whole = self.a + self.strainer + circuit.own + circuit.common
        half = circuit.common * circuit.others_m3h
        spare = speed**2 * self.shut_off_m - circuit.static_m - half * circuit.others_m3h
        if spare <= 0:
            return 0.0
        return max(0.0, (math.sqrt(half**2 + whole * spare) - half) / whole)

    def most_flow(self, inlet_bar: float) -> float:
        """Return the flow at which the strainer leaves the vapour's pressure alone at the inlet, m³/h."""
        return math.sqrt(max(0.0, (inlet_bar - VACUUM_BAR) / BAR_PER_M) / self.strainer)

    def head(self, speed: float, flow_m3h: float) -> float:
        """Return what the pump adds from its inlet to its outlet, m."""
        return max(0.0, speed**2 * self.shut_off_m - self.a * flow_m3h**2) if speed >= STANDING else 0.0

    def shaft_power(self, speed: float, flow_m3h: float, head_m: float) -> float:
        """Return P = rho g q H / eta, kW, with the parabola eta = best x (2 - x), x = q / (n q_best).

        Written without q / q, so that it holds at no flow too, where some half of the rated power is churned.
        """
        if speed < STANDING:
            return 0.0
        best_m3h = speed * self.flow_m3h
        x = min(1.8, flow_m3h / best_m3h)
        return best_m3h / 3600 * head_m * DENSITY * GRAVITY / (self.efficiency * (2 - x)) / 1000

    def npsh_required(self, speed: float, flow_m3h: float) -> float:
        """Return what the inlet needs above the vapour pressure, m: it grows with n², and with q beyond it.

        Source: Gülich, chapter 6 (NPSHr ~ n² for similar points); the parabola is that of usual catalogues.
        """
        x = flow_m3h / (max(STANDING, speed) * self.flow_m3h)
        return NPSH_AT_BEST_M * speed**2 * (0.6 + 0.4 * x**2)

    def failing(self, *, clogged: float, dry: float, worn: float, cavitating: float) -> "Curve":
        """Return the curve of the same pump with what is wrong with it, each 0 to 1.

        A pump that runs dry builds up no head and takes hardly any power; a strainer resists the flow.
        """
        share = (1 - dry) * (1 - WORN_HEAD * worn) * (1 - CAVITATION_HEAD * cavitating)
        return Curve(
            flow_m3h=self.flow_m3h,
            head_m=self.head_m,
            shut_off_m=self.shut_off_m * share,
            a=self.a,
            strainer=self.strainer + STRAINER_CLOGGED * clogged * self.head_m / self.flow_m3h**2,
            efficiency=self.efficiency * (1 - WORN_EFFICIENCY * worn) * (1 - 0.2 * cavitating),
        )


def curve_of(*, flow_m3h: float, head_m: float) -> Curve:
    """Return the curve of a sound pump with that best point; the strainer's loss is on top of it."""
    return Curve(
        flow_m3h=flow_m3h,
        head_m=head_m,
        shut_off_m=(SHUT_OFF + STRAINER_CLEAN) * head_m,
        a=(SHUT_OFF - 1) * head_m / flow_m3h**2,
        strainer=STRAINER_CLEAN * head_m / flow_m3h**2,
    )


def usual_head(*, power_kw: float, flow_m3h: float) -> float:
    """Return the head at the best point of a pump whose motor has the usual margin of some 15 %."""
    return 0.85 * power_kw * 1000 * BEST_EFFICIENCY / (DENSITY * GRAVITY * flow_m3h / 3600)


def npsh_available(suction_bar: float, water_c: float) -> float:
    """Return the pressure at the inlet (gauge) above the water's vapour pressure, m.

    Source: Magnus formula (Alduchov and Eskridge 1996), 6.1094 hPa at 0 °C.
    """
    vapour_bar = 6.1094e-3 * math.exp(17.625 * water_c / (water_c + 243.04))
    return max(0.0, (suction_bar + ATMOSPHERE_BAR - vapour_bar) / BAR_PER_M)
