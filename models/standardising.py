"""Readings of points of every unit on one scale, with what is unknown filled from what is known."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from plantroom.models.detector import Arrays, NotFittable
from plantroom.models.frame import Floats, Mask

LEAST_ROWS: Final = 60
"""Fewer say too little of what is normal."""
FARTHEST: Final = 20.0
"""Standard deviations beyond which a reading is as bad as it can be: a replaced sensor, another unit."""
_SHRINKAGE: Final = 0.05
"""How far correlations are taken towards none, so that even what always moves together can be filled."""
_SPIKE: Final = 3.0
"""Times the range of other readings that a spike lies outside it."""
_GREATEST: Final = 1e30
"""No unit has readings as great; beyond it squares would overflow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standard:
    """How the points of an asset, or of each of many (first axis), lie and move together when all is well.

    A point that was constant or mostly unknown does not show how it varies, so it is not judged.
    """

    centre: Floats
    """Shape (..., points), in the points' units."""
    scale: Floats
    """Standard deviations, in the points' units; 0: not judged."""
    correlation: Floats
    """Shape (..., points, points)."""

    @classmethod
    def of(cls, values: Floats) -> Self:
        """Learn from rows.

        Raises:
            NotFittable: they are too few or nothing in them varies.
        """
        rows = int(np.isfinite(values).any(axis=1).sum())
        if rows < LEAST_ROWS:
            raise NotFittable(f"{rows} rows with readings, at least {LEAST_ROWS} are needed")
        bounded = _bounded(values)
        known = _usual(bounded, np.isfinite(values))
        count = np.maximum(known.sum(axis=0), 1)
        centre = np.where(known, bounded, 0).sum(axis=0) / count
        offset = np.where(known, bounded - centre, 0)
        scale = np.sqrt((offset**2).sum(axis=0) / count)
        judged = (2 * count > rows) & (scale > 1e-9 * np.abs(centre)) & (scale > 1e-12)
        if not judged.any():
            raise NotFittable("every point is constant or mostly unknown")
        z = np.where(judged, offset / np.where(judged, scale, 1), 0)
        correlation = (1 - _SHRINKAGE) * (z.T @ z) / len(z)
        np.fill_diagonal(correlation, 1)
        return cls(centre=centre, scale=np.where(judged, scale, 0), correlation=correlation)

    @classmethod
    def of_many(cls, each: list[Self]) -> Self:
        """Return those of many assets as one."""
        return cls(
            centre=np.stack([one.centre for one in each]),
            scale=np.stack([one.scale for one in each]),
            correlation=np.stack([one.correlation for one in each]),
        )

    def at(self, member: slice | np.ndarray) -> Self:
        """Return those of some of many assets."""
        return type(self)(
            centre=self.centre[member], scale=self.scale[member], correlation=self.correlation[member]
        )

    def apply(self, values: Floats) -> tuple[Floats, Mask]:
        """Return rows in standard deviations, bounded, and whether at least half of their points are known.

        What is unknown in such a row is what the known points make most likely; in others it is 0.
        """
        judged = self.scale > 0
        known = np.isfinite(values) & judged
        z = (_bounded(values) - self.centre) / np.where(judged, self.scale, 1)
        z = np.where(known, np.clip(z, -FARTHEST, FARTHEST), 0)
        told = 2 * known.sum(axis=-1) >= judged.sum(axis=-1)
        partly = told & (known < judged).any(axis=-1)
        if partly.any():
            correlation = self.correlation[partly] if self.correlation.ndim > 2 else self.correlation
            z[partly] = _filled(z[partly], known[partly], correlation)
        return z, told

    def restored(self, z: Floats) -> Floats:
        """Return standard deviations as readings in the points' units."""
        return self.centre + z * self.scale

    def to_arrays(self) -> dict[str, Floats]:
        """Return plain arrays."""
        return {"centre": self.centre, "scale": self.scale, "correlation": self.correlation}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """Return what `to_arrays` gave."""
        return cls(centre=arrays["centre"], scale=arrays["scale"], correlation=arrays["correlation"])


def _bounded(values: Floats) -> Floats:
    return np.clip(np.nan_to_num(values, nan=0, posinf=0, neginf=0), -_GREATEST, _GREATEST)


def _usual(values: Floats, known: Mask) -> Mask:
    """Return what is known but for spikes: rarer than one in a thousand, and far outside all others."""
    usual = known.copy()
    for column, there in enumerate(known.T):
        if there.any():
            low, high = np.quantile(values[there, column], [0.001, 0.999])
            margin = _SPIKE * (high - low)
            usual[:, column] &= (values[:, column] >= low - margin) & (values[:, column] <= high + margin)
    return usual


def _filled(z: Floats, known: Mask, correlation: Floats) -> Floats:
    """Return rows with what is unknown replaced by its mean given what is known, all taken as normal."""
    both = known[:, :, None] & known[:, None, :]
    among = np.where(both, correlation, 0) + np.eye(z.shape[1]) * ~known[:, None, :]
    weights = np.linalg.solve(among, z[:, :, None])
    return np.where(known, z, (correlation @ weights)[:, :, 0])
