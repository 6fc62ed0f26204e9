"""Readings as they would be in any operating condition: standardised within the one they were taken in."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from plantroom.models.frame import Floats

MOST: Final = 10
"""Conditions that are looked for."""
WORTH: Final = 0.5
"""Share of the readings' variance that conditions must explain to be told apart."""
_ENOUGH = 0.99
_CONSTANT = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Regimes:
    """Operating conditions and what the sensors read in them."""

    centre: Floats
    scale: Floats
    """Of the settings."""
    centres: Floats
    """Shape (regimes, settings)."""
    mean: Floats
    spread: Floats
    """Shape (regimes, sensors)."""
    varying: npt.NDArray[np.intp]
    """Sensors that vary within a regime."""

    def standardised(self, settings: Floats, readings: Floats) -> Floats:
        """Return the readings of varying sensors, in standard deviations from their regime's mean."""
        regime = _nearest((settings - self.centre) / self.scale, self.centres)
        off = (readings - self.mean[regime]) / self.spread[regime]
        return np.asarray(off[:, self.varying])


def regimes_of(settings: Floats, readings: Floats, *, seed: int) -> Regimes:
    """Learn the conditions in `settings` (rows, settings) and what sensors read in them (rows, sensors)."""
    centre, scale = settings.mean(axis=0), settings.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    centres = _centres((settings - centre) / scale, readings, seed=seed)
    regime = _nearest((settings - centre) / scale, centres)
    groups = [readings[regime == number] for number in range(len(centres))]
    mean = np.array([group.mean(axis=0) for group in groups])
    spread = np.array([group.std(axis=0) for group in groups])
    varies = spread > _CONSTANT * np.maximum(np.abs(mean), 1.0)
    return Regimes(
        centre=centre,
        scale=scale,
        centres=centres,
        mean=mean,
        spread=np.where(varies, spread, 1.0),
        varying=np.flatnonzero(varies.mean(axis=0) >= WORTH),
    )


def _centres(settings: Floats, readings: Floats, *, seed: int) -> Floats:
    """Return the fewest centres that explain the readings as well as many do; one, if even many do not."""
    one: Floats = settings.mean(axis=0, keepdims=True)
    most = min(MOST, len(np.unique(settings, axis=0)))
    found = {number: _clustered(settings, number, seed=seed) for number in range(2, most + 1)}
    explained = {number: _explained(settings, readings, centres) for number, centres in found.items()}
    if not explained or max(explained.values()) < WORTH:
        return one
    enough = _ENOUGH * max(explained.values())
    return next(found[number] for number, share in explained.items() if share >= enough)


def _clustered(settings: Floats, number: int, *, seed: int) -> Floats:
    from sklearn.cluster import KMeans

    return np.asarray(KMeans(number, n_init=3, random_state=seed).fit(settings).cluster_centers_)


def _explained(settings: Floats, readings: Floats, centres: Floats) -> float:
    """Return the median share of the sensors' variance that lies between the regimes."""
    total = readings.var(axis=0)
    moving = total > (_CONSTANT * np.maximum(np.abs(readings.mean(axis=0)), 1.0)) ** 2
    if not moving.any():
        return 0.0
    regime = _nearest(settings, centres)
    groups = [readings[regime == number] for number in np.unique(regime)]
    within: Floats = sum(group.var(axis=0) * len(group) / len(readings) for group in groups)
    return float(np.median(1 - (within / np.where(moving, total, 1.0))[moving]))


def _nearest(settings: Floats, centres: Floats) -> npt.NDArray[np.intp]:
    squares = ((settings[:, None, :] - centres) ** 2).sum(axis=2)
    return np.asarray(squares.argmin(axis=1))
