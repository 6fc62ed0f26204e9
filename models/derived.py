"""What models say as samples, put among those that made them say it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from plantroom.domain.samples import Quality, SampleBatch
from plantroom.models.frame import Floats, Times


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """Samples that models derived from a batch; shape (n,), or (messages,) where they are of messages."""

    point: npt.NDArray[np.int32]
    value: Floats
    message: npt.NDArray[np.int32]
    """Number of the sample's message here, ascending."""
    ts: Times
    """Of each message: the end of the minute that it judges."""
    arrived: Times
    """Of each message: when the minute's end was heard of."""
    before: npt.NDArray[np.int32]
    """Ordinal of the message of the batch that each message stands before, ascending."""

    def __len__(self) -> int:
        return len(self.point)

    def into(self, batch: SampleBatch) -> SampleBatch:
        """Return `batch` with these samples, its messages renumbered by `renumbered`."""
        if not len(self):
            return batch
        own = self.before + np.arange(len(self.before), dtype=np.int32)
        message = np.concatenate((own[self.message], self.renumbered(batch.message))).astype(np.int32)
        order = np.argsort(message, kind="stable")
        good = np.full(len(self), Quality.GOOD, np.uint8)
        joined = SampleBatch(
            point=np.concatenate((self.point, batch.point)),
            ts=np.concatenate((self.ts[self.message], batch.ts)),
            value=np.concatenate((self.value, batch.value)),
            quality=np.concatenate((good, batch.quality)),
            arrived=np.concatenate((self.arrived[self.message], batch.arrived)),
            message=message,
        )
        return joined.take(order)

    def renumbered(self, message: npt.NDArray[np.int32] | Sequence[int]) -> npt.NDArray[np.int32]:
        """Return the ordinals that messages of the batch have among these."""
        old = np.asarray(message, np.int32)
        new: npt.NDArray[np.int32] = (old + np.searchsorted(self.before, old, side="right")).astype(np.int32)
        return new


def nothing() -> Derived:
    """Return no samples."""
    return Derived(
        point=np.empty(0, np.int32),
        value=np.empty(0),
        message=np.empty(0, np.int32),
        ts=np.empty(0, np.int64),
        arrived=np.empty(0, np.int64),
        before=np.empty(0, np.int32),
    )
