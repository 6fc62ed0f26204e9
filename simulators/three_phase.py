"""What flows at a three-phase busbar: sums per phase, currents, unbalance, harmonics, hot joints."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from plantroom.simulators.machine import EVENLY, NOMINAL_V, Flows, Phases
from plantroom.simulators.world import World

DEAD_BELOW_V: Final = 0.1 * NOMINAL_V
"""A phase below it moves no load."""
BACKGROUND_DISTORTION: Final = 0.02
"""Harmonic share of any load's current, driven by the harmonics of the voltage."""
JOINT_RISE_K: Final = 35.0
"""Rise of a sound bolted busbar joint over the room at rated current; IEC 61439-1 allows 70 K at most."""
JOINT_EXPONENT: Final = 0.8
"""Rise over losses in an enclosure cooled by air on its own (IEC TR 60890: 0.804)."""
LOOSE_RESISTANCE: Final = 7.0
"""How much more resistance a joint that has come loose has, in resistances of a sound one."""
_ROOM_C: Final = 21.0
_ROOM_PER_K: Final = 0.28
_ROOM_FROM_C: Final = 8.0


# Made at each step of each panel: frozen would take three times as long.
@dataclass(slots=True, kw_only=True)
class Drawn:
    """What loads draw together; phases in order."""

    kw: Phases
    kvar: Phases
    distorted_kva: float
    triplen_kva: float
    leakage_ma: float

    @property
    def total_kw(self) -> float:
        """Active power of the three phases."""
        return sum(self.kw)

    @property
    def total_kvar(self) -> float:
        """Reactive power of the three phases."""
        return sum(self.kvar)

    @property
    def kva(self) -> float:
        """Apparent power without harmonics: the sum of the phases' own, as IEEE 1459 names it arithmetic."""
        (p1, p2, p3), (q1, q2, q3) = self.kw, self.kvar
        return math.hypot(p1, q1) + math.hypot(p2, q2) + math.hypot(p3, q3)


def drawn(fed: Sequence[Flows]) -> Drawn:
    """Return the sum of what `fed` draw."""
    p1 = p2 = p3 = q1 = q2 = q3 = distorted = triplen = leakage = 0.0
    for each in fed:
        first, second, third = each.phases
        kw, kvar = each.electric_kw, each.reactive_kvar
        p1 += kw * first
        p2 += kw * second
        p3 += kw * third
        q1 += kvar * first
        q2 += kvar * second
        q3 += kvar * third
        distorted += each.distorted_kva
        triplen += each.triplen_kva
        leakage += each.leakage_ma
    return Drawn(
        kw=(p1, p2, p3),
        kvar=(q1, q2, q3),
        distorted_kva=distorted,
        triplen_kva=triplen,
        leakage_ma=leakage,
    )


@dataclass(slots=True, kw_only=True)
class Bus:
    """What meters show of a busbar."""

    amps: Phases
    """RMS, harmonics included."""
    neutral_a: float
    thd_current: float
    """As a share of the fundamental."""
    power_factor: float
    """P / S, harmonics included; 1 without load. S is the sum of the phases' U I (IEEE 1459, arithmetic)."""


def at_bus(load: Drawn, volts: Phases) -> Bus:
    """Return the currents of `load` at those phase voltages.

    I = S / U in each phase, times sqrt(1 + THD²). The neutral carries the geometric sum of the fundamentals,
    taken as 120° apart, and three times the phases' third harmonics, which are in phase with each other.
    Source: IEEE Std 1459-2010, clauses 3.1.2 and 3.2.2.
    """
    (p1, p2, p3), (q1, q2, q3), (u1, u2, u3) = load.kw, load.kvar, volts
    s1, s2, s3 = math.hypot(p1, q1), math.hypot(p2, q2), math.hypot(p3, q3)
    kva = s1 + s2 + s3
    if kva <= 0:
        return Bus(amps=(0.0, 0.0, 0.0), neutral_a=0.0, thd_current=0.0, power_factor=1.0)
    thd = (load.distorted_kva + BACKGROUND_DISTORTION * kva) / kva
    rms = math.sqrt(1 + thd * thd)
    per_kva = 1000 * rms
    i1 = s1 * per_kva / u1 if u1 > DEAD_BELOW_V else 0.0
    i2 = s2 * per_kva / u2 if u2 > DEAD_BELOW_V else 0.0
    i3 = s3 * per_kva / u3 if u3 > DEAD_BELOW_V else 0.0
    third = load.triplen_kva / kva * (i1 + i2 + i3)
    return Bus(
        amps=(i1, i2, i3),
        neutral_a=math.hypot(geometric_sum((i1, i2, i3)), third),
        thd_current=thd,
        power_factor=(p1 + p2 + p3) / (kva * rms),
    )


def shares(phases: Phases) -> Phases:
    """Return how a sum is spread over the phases; evenly where there is none."""
    first, second, third = phases
    total = first + second + third
    return (first / total, second / total, third / total) if total > 0 else EVENLY


def times(phases: Phases, factors: Phases) -> Phases:
    """Return each phase times its factor."""
    (first, second, third), (by_first, by_second, by_third) = phases, factors
    return first * by_first, second * by_second, third * by_third


def geometric_sum(phases: Phases) -> float:
    """Return the length of the sum of three phasors 120° apart: 0 where they are equal."""
    x, y, z = phases
    return math.sqrt(max(0.0, x * x + y * y + z * z - x * y - y * z - z * x))


def unbalance(phases: Phases) -> float:
    """Return the negative sequence as a share of the positive one, %, 0 to 100; 0 where all is dead.

    The definition of IEC 61000-4-30, clause 5.7, with the phases taken as 120° apart; used for currents too.
    """
    total = sum(phases)
    return 100 * geometric_sum(phases) / total if total > 0 else 0.0


def joint_rises(amps: Phases, *, rated_a: float, loose: float = 0.0) -> Phases:
    """Return how much warmer than the room the joints of the three phases become, K; L2's may be loose.

    Losses are I² R, the rise goes with their power of 0.8 (IEC TR 60890).
    """
    first, second, third = amps
    per_a2 = 1 / rated_a**2
    worn = 1 + LOOSE_RESISTANCE * loose
    return (
        JOINT_RISE_K * (first * first * per_a2) ** JOINT_EXPONENT,
        JOINT_RISE_K * (worn * second * second * per_a2) ** JOINT_EXPONENT,
        JOINT_RISE_K * (third * third * per_a2) ** JOINT_EXPONENT,
    )


def switch_room_c(world: World) -> float:
    """Return how warm a ventilated switch room would be that is not heated by its own gear."""
    return _ROOM_C + _ROOM_PER_K * max(0.0, world.outdoor_c - _ROOM_FROM_C)
