"""Load cycles of a hydraulic rig with known conditions of its components, as ZeMA and UCI publish them.

Source: Helwig, Pignanelli, Schütze, Condition monitoring of a complex hydraulic system using multivariate
statistics, I2MTC 2015.
"""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from plantroom.storage.data_sets import DataSetUnreadable

Floats = npt.NDArray[np.float64]
CONDITIONS: Final = ("cooler", "valve", "pump", "accumulator")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadCycles:
    """Cycles of one minute, oldest first."""

    number: npt.NDArray[np.int64]
    """Of each cycle in the whole experiment, shape (cycles,)."""
    sensors: Mapping[str, Floats]
    """Readings of each cycle, shape (cycles, readings)."""
    conditions: Mapping[str, npt.NDArray[np.int64]]
    """By `CONDITIONS`: cooler and valve in %, pump leakage 0 to 2, accumulator in bar; shape (cycles,)."""


def hydraulic(folder: Path) -> LoadCycles:
    """Return all cycles of `folder`: profile.txt and a file for each sensor, packed by gzip or not.

    Raises:
        DataSetUnreadable: they are not there, or not of one length.
    """
    files = {path.name.split(".")[0]: path for path in sorted(folder.glob("*.txt*"))}
    profile = files.pop("profile", None)
    if profile is None or not files:
        raise DataSetUnreadable(f"no profile.txt and sensors' files in {folder}")
    labels = _table(profile)
    if labels.shape[1] < 1 + len(CONDITIONS):
        raise DataSetUnreadable(f"{profile} has {labels.shape[1]} columns")
    sensors = {name: _table(path) for name, path in files.items()}
    for name, readings in sensors.items():
        if len(readings) != len(labels):
            raise DataSetUnreadable(f"{files[name]} has {len(readings)} cycles, {profile} {len(labels)}")
    whole = labels.astype(np.int64)
    return LoadCycles(
        number=whole[:, 0],
        sensors=sensors,
        conditions={name: whole[:, 1 + place] for place, name in enumerate(CONDITIONS)},
    )


def _table(path: Path) -> Floats:
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("ascii")
    try:
        rows = [np.array(line.split(), np.float64) for line in text.splitlines() if line.strip()]
        return np.stack(rows)
    except ValueError as error:
        raise DataSetUnreadable(f"{path}: {error}") from error
