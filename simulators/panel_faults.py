"""What faults do to the load of a distribution panel."""

from typing import Final

from plantroom.simulators.machine import Moment
from plantroom.simulators.three_phase import Drawn

FAULTS: Final = frozenset(
    {
        "breaker_trip",
        "earth_leakage",
        "harmonics",
        "loose_joint",
        "overload",
        "phase_loss",
        "surge_protection_spent",
        "unbalance",
    }
)
"""Of every panel; those with capacitors can lose them too."""
OVERLOAD: Final = 0.8
"""Load that an overload adds, as a share of the rating."""
UNBALANCE: Final = 0.35
"""Share of the loads of L2 and L3 that an unbalance moves to L1."""
LEAKAGE_MA: Final = 900.0
"""Of a damaged insulation; 300 mA is the limit against fire (IEC 60364-4-42)."""
HARMONICS: Final = 0.30
"""Distortion that unfiltered rectifiers add, as a share of the current."""
TRIPLEN_SHARE: Final = 0.5


def spoil(load: Drawn, moment: Moment, *, rated_kva: float) -> None:
    """Change `load` as the faults on a panel of that rating change it."""
    more_kw = OVERLOAD * moment.severity("overload") * rated_kva / 3
    (p1, p2, p3), (q1, q2, q3) = load.kw, load.kvar
    moved = UNBALANCE * moment.severity("unbalance")
    load.kw = (
        p1 + more_kw + moved * (p2 + p3),
        p2 * (1 - moved) + more_kw,
        p3 * (1 - moved) + more_kw,
    )
    load.kvar = (
        q1 + 0.3 * more_kw + moved * (q2 + q3),
        q2 * (1 - moved) + 0.3 * more_kw,
        q3 * (1 - moved) + 0.3 * more_kw,
    )
    distorted = HARMONICS * moment.severity("harmonics") * load.kva
    load.distorted_kva += distorted
    load.triplen_kva += TRIPLEN_SHARE * distorted
    load.leakage_ma += LEAKAGE_MA * moment.severity("earth_leakage")
