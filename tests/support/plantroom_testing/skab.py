"""A small stand-in for recordings of the water loop of SKAB."""

import gzip
from pathlib import Path

import numpy as np
import numpy.typing as npt

POINTS = ("Accelerometer1RMS", "Current", "Pressure", "Volume Flow RateRMS")
FAULT = slice(600, 800)


def rig(rows: int, *, seed: int, fault: slice | None = None) -> npt.NDArray[np.float64]:
    """Return readings a second; in `fault` the flow is too low for the current."""
    rng = np.random.default_rng(seed)
    load = np.convolve(rng.normal(0, 1, rows + 19), np.ones(20) / 20, "valid") * 3
    values = np.stack([0.2 + 0.01 * load, 1.0 + 0.2 * load, 0.1 * load, 76 + 2 * load], axis=1)
    values += rng.normal(0, [0.004, 0.05, 0.1, 0.5], values.shape)
    if fault is not None:
        values[fault, 3] -= 6
    return values


def write_rig(path: Path, *, seed: int, rows: int = 1000, fault: slice | None = None) -> None:
    """Write a recording as SKAB does, with labels if there is a `fault`."""
    values = rig(rows, seed=seed, fault=fault)
    ts = np.datetime64("2020-03-09T10:00:00") + np.arange(rows)
    abnormal = np.zeros(rows)
    if fault is not None:
        abnormal[fault] = 1
    labels = ";anomaly;changepoint" if fault is not None else ""
    lines = [f"datetime;{';'.join(POINTS)}{labels}"]
    for time, row, label in zip(ts, values, abnormal, strict=True):
        end = f";{label};0.0" if fault is not None else ""
        lines.append(f"{str(time).replace('T', ' ')};{';'.join(f'{value:.6g}' for value in row)}{end}")
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "\n".join([*lines, ""])
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text, "utf-8")


def write_benchmark(folder: Path) -> None:
    """Write a few recordings in the folders of SKAB."""
    write_rig(folder / "anomaly-free.csv.gz", seed=1, rows=1600)
    for number in range(3):
        write_rig(folder / f"valve1/{number}.csv.gz", seed=2 + number, fault=FAULT)
    write_rig(folder / "other/1.csv", seed=9, fault=FAULT)
