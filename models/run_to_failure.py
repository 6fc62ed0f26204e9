"""Remaining life in cycles, learnt from machines that were run to failure, with an interval."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from plantroom.models.forest import Forest, boosted
from plantroom.models.frame import Floats
from plantroom.models.regimes import Regimes, regimes_of
from plantroom.models.wear_features import wear_features

PARTS: Final = 3
"""Of the machines; each forest is fitted without one, and errs on it as on machines it has not seen."""
MOST_ROWS: Final = 8_000
"""That a forest is fitted to, evenly spaced: cycles beside each other say the same."""
SKIPPED: Final = 15
"""First cycles, in which nothing can be known."""
BANDS: Final = 5
"""Of predicted life; errors differ between them."""
INTERVAL: Final = (0.1, 0.9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A machine's operating settings and readings, a row a cycle."""

    settings: Floats
    readings: Floats

    def __len__(self) -> int:
        return len(self.readings)


class RunToFailure:
    """Forests on features of wear; the interval is that of their errors on machines they were not fitted to.

    Source: Barber, Candès, Ramdas, Tibshirani (2021), Predictive inference with the jackknife+, Ann. Stat. 49
    (errors of the parts left out, here by machine), with bands of the prediction.
    """

    def __init__(self, *, cap: float, seed: int = 0) -> None:
        self.cap, self.seed = cap, seed
        self.regimes_: Regimes | None = None
        self.forests_: list[Forest] = []
        self.errors_: Floats = np.zeros((BANDS, 2))

    def fit(self, machines: Sequence[Machine]) -> Self:
        """Learn from machines whose last row is their failure."""
        settings = np.concatenate([each.settings for each in machines])
        readings = np.concatenate([each.readings for each in machines])
        self.regimes_ = regimes_of(settings, readings, seed=self.seed)
        features = [self._features(each)[SKIPPED:] for each in machines]
        lives = [self._lives(len(each))[SKIPPED:] for each in machines]
        order = np.random.default_rng(self.seed).permutation(len(machines))
        said, true = [], []
        for part in np.array_split(order, PARTS):
            seen = [number for number in order.tolist() if number not in set(part.tolist())]
            rows = np.concatenate([features[number] for number in seen])
            step = -(-len(rows) // MOST_ROWS)
            target = np.concatenate([lives[number] for number in seen])
            forest = boosted(rows[::step], target[::step], seed=self.seed)
            self.forests_.append(forest)
            said.append(forest.predict(np.concatenate([features[number] for number in part])))
            true.append(np.concatenate([lives[number] for number in part]))
        self.errors_ = self._errors(self._within(np.concatenate(said)), np.concatenate(true))
        return self

    def predict(self, machine: Machine) -> Floats:
        """Return lower end, middle, upper end of what remains after each cycle; shape (3, cycles)."""
        features = self._features(machine)
        life = self._within(np.mean([forest.predict(features) for forest in self.forests_], axis=0))
        low, high = self.errors_[self._band(life)].T
        return np.stack([self._within(life + low), life, self._within(life + high)])

    def _features(self, machine: Machine) -> Floats:
        if self.regimes_ is None:
            raise ValueError("not fitted")
        return wear_features(self.regimes_.standardised(machine.settings, machine.readings))

    def _lives(self, cycles: int) -> Floats:
        return np.minimum(np.arange(cycles)[::-1], self.cap).astype(float)

    def _within(self, life: Floats) -> Floats:
        return np.clip(life, 0.0, self.cap)

    def _band(self, life: Floats) -> npt.NDArray[np.intp]:
        return np.minimum((life / self.cap * BANDS).astype(np.intp), BANDS - 1)

    def _errors(self, said: Floats, true: Floats) -> Floats:
        """Return the quantiles of truth less prediction by band, on either side of 0; shape (bands, 2)."""
        band = self._band(said)
        error = true - said
        inside = [error[band == number] for number in range(BANDS)]
        ends = np.array([np.quantile(each if len(each) else error, INTERVAL) for each in inside])
        return np.column_stack((np.minimum(ends[:, 0], 0.0), np.maximum(ends[:, 1], 0.0)))
