"""What a point may depend on: smooth functions of the others, as columns of a linear model."""

from dataclasses import dataclass

import numpy as np

from plantroom.models.frame import Floats, Times

DAY = 86_400_000
FAR = 1e3
"""Standard deviations beyond which an input is no different any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """The columns made of each row of inputs."""

    inputs: int
    degree: int
    """1 straight, 2 with squares and products, 3 with cubes too."""
    hours: int
    """Harmonics of the day."""

    def __post_init__(self) -> None:
        if self.degree not in (1, 2, 3):
            raise ValueError(f"degree must be 1, 2 or 3: {self.degree}")
        if not 0 <= self.hours <= 6:
            raise ValueError(f"hours must be 0..6 harmonics of the day: {self.hours}")

    @property
    def width(self) -> int:
        """How many columns there are."""
        products = self.inputs * (self.inputs + 1) // 2 if self.degree > 1 else 0
        cubes = self.inputs if self.degree > 2 else 0
        return 1 + self.inputs + products + cubes + 2 * self.hours

    def columns(self, inputs: Floats, ts: Times) -> Floats:
        """Return the columns of standardised `inputs` (rows, inputs) as (rows, width); the first is 1."""
        parts = [np.ones((len(inputs), 1)), inputs]
        if self.degree > 1:
            one, other = np.triu_indices(self.inputs)
            parts.append(inputs[:, one] * inputs[:, other])
        if self.degree > 2:
            parts.append(inputs**3)
        turn = (ts % DAY) * (2 * np.pi / DAY)
        for harmonic in range(1, self.hours + 1):
            parts += [np.sin(harmonic * turn)[:, None], np.cos(harmonic * turn)[:, None]]
        return np.concatenate(parts, axis=1)


def standardised(values: Floats, centre: Floats, scale: Floats) -> Floats:
    """Return how far `values` are from their centre in their scale; what is not finite is NaN."""
    with np.errstate(over="ignore", invalid="ignore"):
        far = np.clip((values - centre) / scale, -FAR, FAR)
    return np.where(np.isfinite(values), far, np.nan)


def centre_and_scale(values: Floats) -> tuple[Floats, Floats]:
    """Return median and standard deviation of each column of `values` without its outermost hundredth.

    A column that stands still gets a thousandth of its value: a change in it is far from all that was known.
    """
    low, centre, high = np.quantile(values, (0.005, 0.5, 0.995), axis=0)
    deviation = np.std(np.clip(values, low, high), axis=0)
    return centre, np.maximum(deviation, np.maximum(1e-3 * np.abs(centre), 1e-6))
