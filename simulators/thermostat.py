"""The controller of a room: how much cooling and heating it asks for."""

from dataclasses import dataclass
from typing import Final

LARGEST_ERROR_C: Final = 3.0
"""What the integral sees at most, so that a weekend's warmth does not wind it up."""


@dataclass(slots=True)
class Wanted:
    """What a room's thermostat asks for; never changed once made."""

    cooling: float = 0.0
    """0 to 1."""
    heating: float = 0.0
    cooling_sum: float = 0.0
    """What the loop has gathered."""
    heating_sum: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Thermostat:
    """Two loops with a dead band between their set-points (Guideline 36, 5.3.2: zone control)."""

    cooling_c: float = 23.5
    heating_c: float = 21.5
    gain: float = 0.35
    """For each kelvin."""
    integral_s: float = 1500.0

    def after(self, wanted: Wanted, *, dt: float, celsius: float) -> Wanted:
        """Return what it asks for `dt` seconds later."""
        warm, cold = celsius - self.cooling_c, self.heating_c - celsius
        step = self.gain * dt / self.integral_s
        cooling_sum = min(
            1.0, max(0.0, wanted.cooling_sum + step * max(-LARGEST_ERROR_C, min(LARGEST_ERROR_C, warm)))
        )
        heating_sum = min(
            1.0, max(0.0, wanted.heating_sum + step * max(-LARGEST_ERROR_C, min(LARGEST_ERROR_C, cold)))
        )
        return Wanted(
            min(1.0, max(0.0, self.gain * warm + cooling_sum)),
            min(1.0, max(0.0, self.gain * cold + heating_sum)),
            cooling_sum,
            heating_sum,
        )

    def off(self, celsius: float) -> float:
        """Return by how much a room is too warm or too cold, K."""
        return max(0.0, celsius - self.cooling_c, self.heating_c - celsius)

    def nearest(self, celsius: float) -> float:
        """Return the nearest temperature at which it asks for nothing."""
        return min(self.cooling_c, max(self.heating_c, celsius))
