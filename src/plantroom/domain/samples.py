"""Samples as columns."""

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Self

import numpy as np
import numpy.typing as npt


class Quality(IntEnum):
    """What is known about how far a sample can be relied on."""

    GOOD = 0
    """As it should be."""
    LATE = 1
    """Not newer than the last evaluated sample of its point: stored, not evaluated."""
    HISTORICAL = 2
    """Sent as history: stored, not evaluated."""
    CLOCK = 3
    """Its time is too far from its arrival: stored, not evaluated."""
    RANGE = 16
    """Outside the point's range: makes the point unknown."""
    NOT_A_NUMBER = 17
    """NaN or infinite, value NaN: makes the point unknown."""
    TYPE = 18
    """Not of the point's type, value NaN: makes the point unknown."""
    STALE = 19
    """Its device has said, or its broker for it, that it is gone, value NaN: makes the point unknown."""

    @property
    def label(self) -> str:
        """The word for it in the HTTP API and in stores."""
        return self.name.lower()


def quality_label(code: int) -> str:
    """Return the word for a quality; a code of a newer version stands for itself."""
    try:
        return Quality(code).label
    except ValueError:
        return str(code)


FIRST_BAD = 16
"""Qualities from here on say that the point's value is unknown from this sample on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleBatch:
    """Samples in the order they arrived; all columns have shape (n,)."""

    point: npt.NDArray[np.int32]
    """Point number in the `PointTable`."""
    ts: npt.NDArray[np.int64]
    """When it was measured, ms since the epoch, UTC."""
    value: npt.NDArray[np.float64]
    quality: npt.NDArray[np.uint8]
    arrived: npt.NDArray[np.int64]
    """When it reached us, ms since the epoch, UTC."""
    message: npt.NDArray[np.int32]
    """Ordinal of its message (one `ts` and its values) in the batch, not descending.

    The samples of one message are applied together; a batch is never split within a message."""

    def __post_init__(self) -> None:
        sizes = {len(column) for column in self.columns()}
        if len(sizes) != 1:
            raise ValueError(f"columns must have one length: {sorted(sizes)}")

    def __len__(self) -> int:
        return len(self.point)

    def columns(self) -> tuple[npt.NDArray[np.generic], ...]:
        """All columns, in the order of the fields."""
        return (self.point, self.ts, self.value, self.quality, self.arrived, self.message)

    def take(self, rows: npt.NDArray[np.generic]) -> Self:
        """Return the samples at `rows` (a boolean mask or row numbers)."""
        return replace(
            self,
            point=self.point[rows],
            ts=self.ts[rows],
            value=self.value[rows],
            quality=self.quality[rows],
            arrived=self.arrived[rows],
            message=self.message[rows],
        )

    @classmethod
    def empty(cls) -> Self:
        """Return a batch of no samples."""
        return cls(
            point=np.empty(0, np.int32),
            ts=np.empty(0, np.int64),
            value=np.empty(0, np.float64),
            quality=np.empty(0, np.uint8),
            arrived=np.empty(0, np.int64),
            message=np.empty(0, np.int32),
        )


def concatenate(batches: list[SampleBatch]) -> SampleBatch:
    """Return one batch with the samples of all, in order, their messages renumbered."""
    if not batches:
        return SampleBatch.empty()
    messages, base = [], 0
    for batch in batches:
        messages.append(batch.message + np.int32(base))
        base += int(batch.message[-1]) + 1 if len(batch) else 0
    return SampleBatch(
        point=np.concatenate([batch.point for batch in batches]),
        ts=np.concatenate([batch.ts for batch in batches]),
        value=np.concatenate([batch.value for batch in batches]),
        quality=np.concatenate([batch.quality for batch in batches]),
        arrived=np.concatenate([batch.arrived for batch in batches]),
        message=np.concatenate(messages),
    )
