"""The Skoltech Anomaly Benchmark: a water loop with a pump and valves, a row a second.

Source: Katser and Kozitsin, Skoltech Anomaly Benchmark (SKAB), v0.9 (2020).
"""

import csv
import gzip
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

import numpy as np
import numpy.typing as npt

from plantroom.storage.data_sets import DataSetUnreadable

_LABELS: Final = ("anomaly", "changepoint")


@dataclass(frozen=True, slots=True, kw_only=True)
class SkabFile:
    """One recording, oldest row first."""

    name: str
    """Folder and number, as in `valve1/0`."""
    points: tuple[str, ...]
    ts: npt.NDArray[np.int64]
    """ms."""
    values: npt.NDArray[np.float64]
    """Shape (rows, points), NaN where there is none."""
    abnormal: npt.NDArray[np.bool_] | None
    """What the label says of each row; none in a recording without anomalies."""


def skab(folder: Path) -> tuple[SkabFile, ...]:
    """Return all recordings below `folder`.

    Raises:
        DataSetUnreadable: there is none, or one is not what it should be.
    """
    paths = sorted({*folder.rglob("*.csv"), *folder.rglob("*.csv.gz")})
    if not paths:
        raise DataSetUnreadable(f"no .csv or .csv.gz in {folder}")
    return tuple(_read(path, folder) for path in paths)


def _read(path: Path, folder: Path) -> SkabFile:
    with _opened(path) as lines:
        rows = csv.reader(lines, delimiter=";")
        header = next(rows, [])
        points = tuple(name for name in header[1:] if name not in _LABELS)
        if header[:1] != ["datetime"] or not points:
            raise DataSetUnreadable(f"{path}:1: is not of SKAB: must have datetime and readings, parted by ;")
        try:
            table = [_numbers(row, len(header)) for row in rows if row]
        except ValueError as error:
            raise DataSetUnreadable(f"{path}:{rows.line_num}: {error}") from error
    if not table:
        raise DataSetUnreadable(f"{path}: no rows")
    ts = np.array([at for at, _ in table], np.int64)
    cells = np.array([numbers for _, numbers in table])
    columns = dict(zip(header[1:], cells.T, strict=True))
    order = np.argsort(ts, kind="stable")
    label = columns.get("anomaly")
    return SkabFile(
        name=str(path.relative_to(folder)).removesuffix(".gz").removesuffix(".csv"),
        points=points,
        ts=ts[order],
        values=np.stack([columns[point] for point in points], axis=1)[order],
        abnormal=None if label is None else (label > 0)[order],
    )


def _numbers(row: list[str], width: int) -> tuple[int, list[float]]:
    """Return the time of a row, ms, and what was read; raises ValueError."""
    if len(row) != width:
        raise ValueError(f"expected {width} fields, got {len(row)}")
    at = int(np.datetime64(row[0], "ms").astype(np.int64))
    return at, [float(cell or "nan") for cell in row[1:]]


def _opened(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return io.TextIOWrapper(gzip.GzipFile(path), encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")
