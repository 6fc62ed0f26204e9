"""How a car gets from one stop to the next: never faster, more sudden or rougher than people like."""

from dataclasses import dataclass
from math import sqrt
from typing import Final, Protocol, TypeAlias

ACCELERATION_MS2: Final = 0.8
"""Comfortable and usual up to 2.5 m/s (CIBSE Guide D: 0.7 to 1.0)."""
JERK_MS3: Final = 1.2
"""Comfortable (CIBSE Guide D: 1.0 to 1.4)."""
BRAKING_MS2: Final = 2.0
"""What the brake alone does to a car at speed (EN 81-20, 5.9.2: at most 1 g)."""

Motion: TypeAlias = tuple[float, float, float]
"""Distance gone (m), speed (m/s) and acceleration (m/s2)."""


class Course(Protocol):
    """A motion that ends at rest."""

    @property
    def duration_s(self) -> float:
        """Until it rests."""

    def at(self, t: float) -> Motion:
        """Return where it is `t` seconds after its start, 0 to `duration_s`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Travel:
    """From rest to rest with limited jerk, acceleration and speed.

    Source: Peters, Ideal lift kinematics (1996), conditions A to C: the peaks follow from the distance,
    duration = distance / peak speed + peak speed / peak acceleration + peak acceleration / jerk.
    """

    distance_m: float
    peak_ms: float
    peak_ms2: float
    jerk_ms3: float
    ramp_s: float
    """Until the acceleration is at its peak."""
    speeding_s: float
    """Until the speed is at its peak."""
    duration_s: float

    def at(self, t: float) -> Motion:
        """Return where the car is `t` seconds after its start; it slows down as it sped up."""
        left = self.duration_s - t
        if t <= self.speeding_s:
            return self._speeding(max(t, 0.0))
        if left <= self.speeding_s:
            missing, speed, acceleration = self._speeding(max(left, 0.0))
            return self.distance_m - missing, speed, -acceleration
        return self.peak_ms * (t - self.speeding_s / 2), self.peak_ms, 0.0

    def _speeding(self, t: float) -> Motion:
        ramp, jerk = self.ramp_s, self.jerk_ms3
        if t < ramp:
            return jerk * t**3 / 6, jerk * t**2 / 2, jerk * t
        left = self.speeding_s - t
        if left < ramp:
            gone = self.peak_ms * (self.speeding_s / 2 - left) + jerk * left**3 / 6
            return gone, self.peak_ms - jerk * left**2 / 2, jerk * left
        since = t - ramp
        steady = jerk * ramp**2 / 2 + self.peak_ms2 * since
        return jerk * ramp**3 / 6 + (jerk * ramp**2 / 2 + steady) * since / 2, steady, self.peak_ms2


@dataclass(frozen=True, slots=True, kw_only=True)
class Braking:
    """To rest on the brake alone, with the drive off."""

    speed_ms: float

    @property
    def duration_s(self) -> float:
        """Until the car rests."""
        return self.speed_ms / BRAKING_MS2

    def at(self, t: float) -> Motion:
        """Return where the car is `t` seconds after the brake fell in."""
        speed = max(0.0, self.speed_ms - BRAKING_MS2 * t)
        return (self.speed_ms**2 - speed**2) / (2 * BRAKING_MS2), speed, -BRAKING_MS2


def travel(
    distance_m: float,
    *,
    speed_ms: float,
    acceleration_ms2: float = ACCELERATION_MS2,
    jerk_ms3: float = JERK_MS3,
) -> Travel:
    """Return the quickest way over `distance_m`, which must be positive, within the limits."""
    peak_ms2 = min(
        acceleration_ms2,
        (jerk_ms3**2 * distance_m / 2) ** (1 / 3),  # too short to reach it
        sqrt(jerk_ms3 * speed_ms),  # too slow to reach it
    )
    ramp = peak_ms2 / jerk_ms3
    within = peak_ms2 / 2 * (sqrt(ramp**2 + 4 * distance_m / peak_ms2) - ramp)
    peak_ms = min(speed_ms, within)
    speeding = peak_ms / peak_ms2 + ramp
    return Travel(
        distance_m=distance_m,
        peak_ms=peak_ms,
        peak_ms2=peak_ms2,
        jerk_ms3=jerk_ms3,
        ramp_s=ramp,
        speeding_s=speeding,
        duration_s=distance_m / peak_ms + speeding,
    )
