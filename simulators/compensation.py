"""Capacitors that keep a main panel's power factor."""

from dataclasses import dataclass
from typing import Final

from plantroom.simulators.machine import clamp

STEPS: Final = 12
TARGET_TAN: Final = 0.30
"""Reactive over active power that it aims at: cos phi 0.958."""
SWITCHES_AT: Final = 0.65
"""Steps off the target at which it switches: more than half, so that it does not hunt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compensation:
    """A bank of equal capacitors, switched as the load asks for."""

    kvar: float
    """All steps together; 0: none."""

    def steps(self, before: int, *, kw: float, kvar: float) -> int:
        """Return how many steps are on: those before, unless they are too far from the target."""
        if self.kvar <= 0:
            return 0
        wanted = (kvar - TARGET_TAN * kw) / (self.kvar / STEPS)
        if abs(wanted - before) <= SWITCHES_AT:
            return before
        return round(clamp(wanted, 0, STEPS))

    def given(self, steps: int, *, failed: float) -> float:
        """Return the reactive power of so many steps, kvar; the share `failed` of them gives none."""
        return steps * self.kvar / STEPS * (1 - failed)
