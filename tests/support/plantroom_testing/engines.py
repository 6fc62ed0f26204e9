"""Engines run to failure, in the shape of C-MAPSS: some of their sensors wear, the others stand still."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np


def engines(number: int, *, seed: int = 0) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield settings (cycles, 3) and sensors (cycles, 21) of each engine."""
    rng = np.random.default_rng(seed)
    for _ in range(number):
        cycles = int(rng.integers(90, 200))
        left = np.arange(cycles)[::-1]
        wear = np.exp(-left / 40)[:, None] * np.linspace(4, 8, 6)
        sensors = np.full((cycles, 21), 518.67)
        sensors[:, 2:8] = 600 + wear + rng.normal(0, 0.5, (cycles, 6))
        settings = np.column_stack((rng.normal(0, 0.002, (cycles, 2)), np.full(cycles, 100.0)))
        yield settings, sensors


def write_engines(path: Path, number: int, *, seed: int = 0) -> None:
    """Write them as C-MAPSS files are written."""
    rows = [
        np.column_stack((np.full(len(settings), unit), np.arange(1, len(settings) + 1), settings, sensors))
        for unit, (settings, sensors) in enumerate(engines(number, seed=seed), 1)
    ]
    np.savetxt(path, np.concatenate(rows), fmt="%.4f")
