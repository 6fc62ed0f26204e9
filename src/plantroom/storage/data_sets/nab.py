"""Single series with known anomalies, as Numenta publishes them.

Source: Lavin, Ahmad, Evaluating real-time anomaly detection algorithms: the Numenta anomaly benchmark,
ICMLA 2015.
"""

import csv
import gzip
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from plantroom.storage.data_sets import DataSetUnreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedSeries:
    """One series."""

    name: str
    """Folder and file, as its windows are filed under."""
    values: npt.NDArray[np.float64]
    windows: tuple[tuple[int, int], ...]
    """First and last row of each anomaly."""


def nab(folder: Path) -> tuple[RecordedSeries, ...]:
    """Return the series of `folder` that have an entry in its combined_windows.json, by name.

    Raises:
        DataSetUnreadable: there is none, or one is not what it should be.
    """
    try:
        windows = json.loads((folder / "combined_windows.json").read_text("utf-8"))
        series = tuple(_series(folder / "data", windows))
    except (OSError, KeyError, ValueError) as error:
        raise DataSetUnreadable(f"no series with windows in {folder}: {error}") from error
    if not series:
        raise DataSetUnreadable(f"no series with windows in {folder}")
    return series


def _series(data: Path, windows: Mapping[str, list[list[str]]]) -> Iterator[RecordedSeries]:
    for path in sorted(data.glob("*/*.csv*")):
        name = f"{path.parent.name}/{path.name.removesuffix('.gz')}"
        if name not in windows:
            continue
        times, values = _rows(path)
        bounds = np.array(windows[name], "datetime64[us]").reshape(-1, 2)
        first = np.searchsorted(times, bounds[:, 0])
        last = np.searchsorted(times, bounds[:, 1], side="right") - 1
        yield RecordedSeries(
            name=name, values=values, windows=tuple(zip(first.tolist(), last.tolist(), strict=True))
        )


def _rows(path: Path) -> tuple[npt.NDArray[np.datetime64], npt.NDArray[np.float64]]:
    content = path.read_bytes()
    if path.suffix == ".gz":
        content = gzip.decompress(content)
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8"))))
    times = np.array([row["timestamp"] for row in rows], "datetime64[us]")
    return times, np.array([row["value"] for row in rows], float)
