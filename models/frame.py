"""The readings of one asset as rows, one a minute."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Times = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Members = npt.NDArray[np.intp]
"""Positions of assets among those that are scored together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Rows of an asset, oldest first, at regular times; a row that is missing is a gap."""

    ts: Times
    """End of each row's interval, ms since the epoch, UTC, ascending; shape (rows,)."""
    values: Floats
    """Shape (rows, points): the mean of a measurement, the last of a state, NaN where unknown."""
    live: Mask
    """Whether the row may be judged: its gates are open and the machine has settled; shape (rows,)."""
    points: tuple[str, ...]
    """What the columns are."""
    every: int = 60_000
    """Interval between rows, ms."""

    def __post_init__(self) -> None:
        if self.values.shape != (len(self.ts), len(self.points)) or len(self.live) != len(self.ts):
            raise ValueError(
                f"values must be of shape {(len(self.ts), len(self.points))} and live of {len(self.ts)}: "
                f"{self.values.shape}, {len(self.live)}"
            )

    def __len__(self) -> int:
        return len(self.ts)

    def rows(self, chosen: slice | npt.NDArray[np.generic]) -> Self:
        """Return the rows at `chosen`."""
        return replace(self, ts=self.ts[chosen], values=self.values[chosen], live=self.live[chosen])

    def columns(self, points: tuple[str, ...]) -> Self:
        """Return the columns of `points`, in their order; one that is not there is unknown throughout."""
        place = {name: number for number, name in enumerate(self.points)}
        unknown = np.full(len(self), np.nan)
        values = [self.values[:, place[name]] if name in place else unknown for name in points]
        return replace(self, values=np.stack(values, axis=1), points=points)
