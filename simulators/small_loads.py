"""Lights, screens and sockets on a panel, which no asset stands for."""

import math
from dataclasses import dataclass
from typing import Final, Self

from plantroom.simulators.machine import Moment, Phases
from plantroom.simulators.three_phase import Drawn
from plantroom.simulators.world import World

LIGHT_SHARE: Final = 0.55
"""Lights' part of the installed power; the rest hangs on sockets (about 10 and 8 W/m² in offices)."""
ALWAYS_LIT: Final = 0.09
"""Escape routes and signs."""
ALWAYS_ON: Final = 0.22
"""Sockets' stand-by: networks, refrigerators, screens asleep."""
LIT_BY_FIRST: Final = 4.0
"""How quickly the first to come switch on the lights of all: share lit = 1 - exp(-4 occupancy)."""
SAVED_BY_DAYLIGHT: Final = 0.25
"""Share of the lights, those along the windows, that goes out on a bright day."""
BRIGHT_W_M2: Final = 450.0
REACTIVE: Final = 0.40
"""kvar per kW of drivers, ballasts and small motors: cos phi 0.93."""
DISTORTION: Final = 0.14
"""Harmonics of their current together: single ones have 10 to 30 % (IEC 61000-3-2, classes C and D)."""
IDLE_DISTORTION: Final = 0.02
"""Those of their power supplies' filters, which do not go down with the load, as a share of all."""
TRIPLEN: Final = 0.10
"""Third harmonics among them."""
LEAKAGE_MA_PER_KW: Final = 0.6
UNEVEN: Final = 0.09
"""How far the phases of a well-planned panel are from each other, as a share of their mean."""
_THIRD_OF_A_TURN: Final = 2 * math.pi / 3
_DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallLoads:
    """The single-phase loads of one panel."""

    kw: float
    """With everybody in, at night."""
    turn: float
    """Which phase has most of them, as an angle, rad."""

    @classmethod
    def of(cls, kw: float, *, turn: float) -> Self:
        """Make loads of `kw`; `turn` in degrees."""
        return cls(kw=kw, turn=math.radians(turn))

    def power(self, world: World) -> float:
        """Return what they draw together, kW."""
        lit = -math.expm1(-LIT_BY_FIRST * world.occupancy)
        lit *= 1 - SAVED_BY_DAYLIGHT * min(1.0, world.sun_w_m2 / BRIGHT_W_M2)
        lights = LIGHT_SHARE * (ALWAYS_LIT + (1 - ALWAYS_LIT) * lit)
        return self.kw * (lights + (1 - LIGHT_SHARE) * (ALWAYS_ON + (1 - ALWAYS_ON) * world.occupancy))

    def shares(self, t: float) -> Phases:
        """Return how they are spread over the phases at plant time `t`; sums to 1, shifts over the day."""
        angle = self.turn + 0.5 * math.sin(2 * math.pi * t / _DAY_S + self.turn)
        return (
            (1 + UNEVEN * math.cos(angle)) / 3,
            (1 + UNEVEN * math.cos(angle - _THIRD_OF_A_TURN)) / 3,
            (1 + UNEVEN * math.cos(angle + _THIRD_OF_A_TURN)) / 3,
        )

    def add_to(self, load: Drawn, moment: Moment) -> None:
        """Add to `load` what they draw, with harmonics and leakage."""
        if self.kw <= 0:
            return
        power = self.power(moment.world)
        first, second, third = self.shares(moment.t)
        (p1, p2, p3), (q1, q2, q3), kvar = load.kw, load.kvar, REACTIVE * power
        load.kw = (p1 + power * first, p2 + power * second, p3 + power * third)
        load.kvar = (q1 + kvar * first, q2 + kvar * second, q3 + kvar * third)
        load.distorted_kva += DISTORTION * power + IDLE_DISTORTION * self.kw
        load.triplen_kva += TRIPLEN * power
        load.leakage_ma += LEAKAGE_MA_PER_KW * power
