"""Conditions of a hydraulic rig's components, told from single load cycles."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from plantroom.models.frame import Floats

BLOCK: Final = 45
"""Cycles that are held out together: neighbours share their condition."""
RUN: Final = 3
"""Blocks that follow each other in the recordings; between runs, two are missing."""
FOLDS: Final = 5
PHASES: Final = 13
"""Parts of a cycle; the load steps about as often."""
SAMPLES: Final = 60
"""Of a cycle that are kept beside its features, one a second."""

Labels = npt.NDArray[np.int64]


def features_of(sensors: Mapping[str, Floats]) -> Floats:
    """Return what is said of each cycle, from its readings alone, shape (cycles, features)."""
    return np.concatenate([_of_sensor(readings) for readings in sensors.values()], axis=1)


def _of_sensor(readings: Floats) -> Floats:
    said = [part.mean(axis=1) for part in np.array_split(readings, SAMPLES, axis=1)]
    said += [readings.mean(1), readings.std(1), readings.min(1), readings.max(1)]
    said.append(readings[:, -1] - readings[:, 0])
    for phase in np.array_split(readings, PHASES, axis=1):
        time = np.arange(phase.shape[1]) - (phase.shape[1] - 1) / 2
        said += [phase.mean(1), phase.std(1), phase.min(1), phase.max(1)]
        said += [phase @ time / max(float(time @ time), 1.0), np.abs(np.diff(phase, axis=1)).mean(1)]
    return np.stack(said, axis=1)


def blocks_of(number: Labels) -> Labels:
    """Return a fold for each cycle, so that the cycles of a block are in one."""
    return np.unique(number // BLOCK, return_inverse=True)[1] % FOLDS


def runs_of(number: Labels) -> Labels:
    """Return a fold for each cycle, so that all blocks that follow each other are in one."""
    return np.unique(number // BLOCK, return_inverse=True)[1] // RUN


def discriminant() -> Any:
    """Return a linear discriminant analysis with shrunk covariance."""
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"))


def macro_f1(make: Callable[[], Any], features: Floats, labels: Labels, fold: Labels) -> float:
    """Return the mean over conditions of F1, each cycle judged by a model that saw nothing of its fold."""
    from sklearn.metrics import f1_score

    said = np.empty_like(labels)
    for one in np.unique(fold):
        held = fold == one
        said[held] = make().fit(features[~held], labels[~held]).predict(features[held])
    return float(f1_score(labels, said, average="macro"))
