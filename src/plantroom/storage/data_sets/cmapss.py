"""Turbofan engines run to failure, as NASA publishes them (C-MAPSS).

Source: Saxena, Goebel, Simon, Eklund, Damage propagation modeling for aircraft engine run-to-failure
simulation, PHM 2008.
"""

import gzip
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from plantroom.storage.data_sets import DataSetUnreadable

_SETTINGS: Final = 3
_SENSORS: Final = 21

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedEngine:
    """One engine from its first cycle to its last; a row a cycle."""

    settings: Floats
    """Shape (cycles, 3)."""
    sensors: Floats
    """Shape (cycles, 21)."""


def cmapss(folder: Path) -> dict[str, tuple[RecordedEngine, ...]]:
    """Return the engines of each train_NAME.txt or train_NAME.txt.gz of `folder`, by name.

    Raises:
        DataSetUnreadable: there is none, or one is not what it should be.
    """
    files = sorted(folder.glob("train_*.txt*"))
    if not files:
        raise DataSetUnreadable(f"no train_*.txt or train_*.txt.gz in {folder}")
    return {path.name.partition(".")[0].removeprefix("train_"): _engines(path) for path in files}


def _engines(path: Path) -> tuple[RecordedEngine, ...]:
    content = path.read_bytes()
    try:
        text = gzip.decompress(content) if path.suffix == ".gz" else content
        rows = np.loadtxt(io.BytesIO(text), ndmin=2)
    except (OSError, ValueError) as error:
        raise DataSetUnreadable(f"{path}: {error}") from error
    if rows.shape[1] != 2 + _SETTINGS + _SENSORS:
        raise DataSetUnreadable(f"{path} has {rows.shape[1]} columns, not {2 + _SETTINGS + _SENSORS}")
    rows = rows[np.lexsort((rows[:, 1], rows[:, 0]))]
    starts = np.flatnonzero(np.diff(rows[:, 0])) + 1
    return tuple(
        RecordedEngine(settings=each[:, 2 : 2 + _SETTINGS], sensors=each[:, 2 + _SETTINGS :])
        for each in np.split(rows, starts)
    )
