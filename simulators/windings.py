"""How warm the windings of a dry-type transformer become."""

import math
from typing import Final

from plantroom.simulators.machine import Moment, Phases

WINDING_RISE_K: Final = 85.0
"""Of a winding over the air around it at rated current; class F allows 100 K (IEC 60076-11)."""
WINDING_EXPONENT: Final = 0.8
"""Rise over losses with natural air cooling (IEC 60076-12, AN)."""
BLOWN: Final = 1.4
"""Load that fans allow for the same rise: rating AF over AN."""
WINDING_TAU_S: Final = 1800.0
WINDING_BLOWN_TAU_S: Final = 1000.0
BLOCKED: Final = 2.5
"""Rise that blocked air ducts add, in rises of a sound winding."""
SHORTED_K: Final = 75.0
"""What circulating current in shorted turns adds to the winding's temperature."""


def winding_rises(amps: Phases, moment: Moment, *, rated_a: float, fans: bool) -> Phases:
    """Return how much warmer than the air around them the windings become, K: (I / In)^(2 * 0.8).

    Source: IEC 60076-12 (hot-spot rise and its exponent for natural air cooling).
    """
    if fans:
        rated_a *= BLOWN
    top = WINDING_RISE_K * (1 + BLOCKED * moment.severity("overheating"))
    (i1, i2, i3), power = amps, 2 * WINDING_EXPONENT
    shorted = SHORTED_K * moment.severity("winding_short") if i3 > 0 else 0.0
    return (
        top * float((i1 / rated_a) ** power),
        top * float((i2 / rated_a) ** power),
        top * float((i3 / rated_a) ** power) + shorted,
    )


def approach_rises(before: Phases, to: Phases, *, dt: float, fans: bool) -> Phases:
    """Return the rises `dt` seconds later, on their way to `to`."""
    kept = math.exp(-dt / (WINDING_BLOWN_TAU_S if fans else WINDING_TAU_S))
    (r1, r2, r3), (to1, to2, to3) = before, to
    return (to1 + (r1 - to1) * kept, to2 + (r2 - to2) * kept, to3 + (r3 - to3) * kept)
