"""Remaining life of engines that were run to failure: learnt from some, asked of others cut short."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from plantroom.models.frame import Floats
from plantroom.models.run_to_failure import Machine, RunToFailure

FOLDS: Final = 5
CUTS: Final = 10
FIRST_CUT: Final = 30
"""Cycles that a machine has run at least before it is cut."""
CAP: Final = 125.0
"""Cycles beyond which remaining life is not told apart; of prediction and truth alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicted:
    """What was said of cut engines, and the truth; cycles, shape (engines, cuts)."""

    truth: Floats
    life: Floats
    low: Floats
    high: Floats

    @property
    def rmse(self) -> float:
        """Root mean square error, cycles."""
        return float(np.sqrt(np.mean((self.life - self.truth) ** 2)))

    @property
    def phm08(self) -> float:
        """Score of the PHM 2008 challenge: sum over engines, of each the mean of its cuts."""
        late = self.life - self.truth
        cost = np.where(late < 0, np.expm1(-late / 13), np.expm1(late / 10))
        return float(cost.mean(axis=1).sum())

    @property
    def coverage(self) -> float:
        """Share of truths inside the interval of 80 %."""
        return float(np.mean((self.low <= self.truth) & (self.truth <= self.high)))

    @property
    def width(self) -> float:
        """Mean width of the interval, cycles."""
        return float(np.mean(self.high - self.low))


def predicted(engines: Sequence[Machine], *, seed: int = 0) -> Predicted:
    """Predict the remaining life of each engine, cut at random, by what those of the other folds teach.

    Raises:
        ValueError: they are too few.
    """
    if len(engines) < 2 * FOLDS:
        raise ValueError(f"{len(engines)} engines, at least {2 * FOLDS} are needed")
    random = np.random.default_rng(seed)
    folds = np.array_split(random.permutation(len(engines)), FOLDS)
    cuts = [_cuts(len(each), random) for each in engines]
    said = np.empty((3, len(engines), CUTS))
    for fold in folds:
        others = [each for number, each in enumerate(engines) if number not in set(fold.tolist())]
        model = RunToFailure(cap=CAP, seed=seed).fit(others)
        for number in fold:
            said[:, number] = model.predict(engines[number])[:, cuts[number]]
    truth = [np.minimum(len(each) - 1 - cut, CAP) for each, cut in zip(engines, cuts, strict=True)]
    return Predicted(truth=np.array(truth), low=said[0], life=said[1], high=said[2])


def _cuts(cycles: int, random: np.random.Generator) -> npt.NDArray[np.int64]:
    """Return rows after which an engine is not seen any more."""
    return random.integers(min(FIRST_CUT, cycles - 1), cycles, CUTS)
