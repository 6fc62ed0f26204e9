"""What the product needs of a time-series store."""

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from plantroom.domain.samples import SampleBatch

EARLIEST: Final = -9_223_372_036_854
"""First time a store can hold, ms since the epoch: InfluxDB keeps nanoseconds in 64 bits."""
LATEST: Final = 9_223_372_036_854
"""First time after `EARLIEST` that no store can hold, ms since the epoch (in the year 2262)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Samples of one point, oldest first; all columns have shape (n,)."""

    ts: npt.NDArray[np.int64]
    """ms since the epoch, UTC."""
    value: npt.NDArray[np.float64]
    """NaN where the sample had no usable value."""
    quality: npt.NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.ts)


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

    def __len__(self) -> int:
        return len(self.ts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """Samples that a store will never take, whatever is done."""

    rows: npt.NDArray[np.int64]
    """Their rows in the batch, ascending."""
    reason: str


class TimeSeriesStore(Protocol):
    """A store of samples; `write` is called from one thread, all else from any, and all may block.

    The same (asset, point, ts) written again replaces what was there; within a batch the later row wins. An
    infinite value is kept as NaN. Every method raises `StoreUnavailable` when the store is away or may not be
    used as configured: the same call may succeed later.
    """

    def write(self, batch: SampleBatch) -> tuple[Rejection, ...]:
        """Keep `batch`, durably: on return it survives a crash of ours and of the store.

        Rows the store will never take do not keep it from taking the others, and are returned. After
        `StoreUnavailable` some rows may have been kept: write the whole batch again.
        """

    def read(self, *, asset: str, point: str, start: int, end: int, limit: int) -> Series:
        """Return the samples with `start <= ts < end` (ms), at most the `limit` oldest."""

    def read_buckets(
        self, *, asset: str, point: str, start: int, end: int, every: int, limit: int
    ) -> Buckets:
        """Return the values of quality below `FIRST_BAD` in buckets of `every` ms, the `limit` oldest.

        Buckets begin at multiples of `every`; samples outside `start <= ts < end` count in none.
        """

    def compact(self) -> None:
        """Do a bounded piece (about a second) of the store's housekeeping; call it every minute or so."""

    def close(self) -> None:
        """Release everything; the store is not used afterwards."""
