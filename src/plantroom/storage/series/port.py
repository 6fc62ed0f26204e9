"""What the product needs of a time-series store."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from plantroom.domain.samples import SampleBatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Samples of one point, oldest first; all columns have shape (n,)."""

    ts: npt.NDArray[np.int64]
    """ms since the epoch, UTC."""
    value: npt.NDArray[np.float64]
    """NaN where the sample had no usable value."""
    quality: npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Buckets:
    """Down-sampled good samples of one point, oldest first, empty buckets left out; columns of shape (n,)."""

    ts: npt.NDArray[np.int64]
    """Start of the bucket, a multiple of its width, ms since the epoch, UTC."""
    min: npt.NDArray[np.float64]
    max: npt.NDArray[np.float64]
    mean: npt.NDArray[np.float64]
    last: npt.NDArray[np.float64]
    count: npt.NDArray[np.int64]


class TimeSeriesStore(Protocol):
    """A store of samples; every method may be called from any thread and may block.

    The same (asset, point, ts) written again replaces what was there. All methods raise `StoreUnavailable`
    when the store is away, and `StoreRejected` when it refuses what it was given.
    """

    def write(self, batch: SampleBatch) -> None:
        """Keep `batch`, durably: on return it survives a crash of ours and of the store."""

    def read(self, *, asset: str, point: str, start: int, end: int, limit: int) -> Series:
        """Return the samples with `start <= ts < end` (ms), at most the `limit` oldest."""

    def read_buckets(
        self, *, asset: str, point: str, start: int, end: int, every: int, limit: int
    ) -> Buckets:
        """Return the samples of quality below `FIRST_BAD` in buckets of `every` ms, the `limit` oldest."""

    def drop_before(self, ts: int) -> None:
        """Forget the samples older than `ts` (ms)."""

    def close(self) -> None:
        """Release everything; the store is not used afterwards."""
