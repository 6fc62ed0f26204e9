"""Samples on their way to the assets whose rules they concern: their own, and those of others."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from plantroom.domain.samples import FIRST_BAD, Quality, SampleBatch
from plantroom.rules.segments import Floats, Mask, Rows, Times


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """Samples in the order in which they count; all columns have shape (n,)."""

    slot: npt.NDArray[np.int32]
    """Of the asset that they concern."""
    column: npt.NDArray[np.int16]
    """In the cohort of that asset, -1 where no rule needs it."""
    point: npt.NDArray[np.int32]
    ts: Times
    value: Floats
    """NaN where it is not known."""
    holds: Times
    """How long the value holds, ms."""
    arrived: Times
    message: npt.NDArray[np.int32]
    own: Mask | None = None
    """Whether the sample is of the asset itself; None: all are."""

    def __len__(self) -> int:
        return len(self.slot)

    def take(self, rows: Rows) -> "Arrivals":
        """Return the samples at `rows`."""
        return Arrivals(
            slot=self.slot[rows],
            column=self.column[rows],
            point=self.point[rows],
            ts=self.ts[rows],
            value=self.value[rows],
            holds=self.holds[rows],
            arrived=self.arrived[rows],
            message=self.message[rows],
            own=None if self.own is None else self.own[rows],
        )

    @classmethod
    def of(
        cls,
        batch: SampleBatch,
        *,
        slot: npt.NDArray[np.int32],
        column: npt.NDArray[np.int16],
        stale_after: Times,
    ) -> "Arrivals":
        """Return the live samples of `batch`, each for its own asset; columns are those of each point."""
        live = (batch.quality == Quality.GOOD) | (batch.quality >= FIRST_BAD)
        if not live.all():
            batch = batch.take(live)
        usable = (batch.quality == Quality.GOOD) & np.isfinite(batch.value)
        return cls(
            slot=slot[batch.point],
            column=column[batch.point],
            point=batch.point,
            ts=batch.ts,
            value=np.where(usable, batch.value, np.nan),
            holds=stale_after[batch.point],
            arrived=batch.arrived,
            message=batch.message,
        )

    def for_other(
        self, rows: Rows, *, slot: npt.NDArray[np.int32], column: npt.NDArray[np.int16]
    ) -> "Arrivals":
        """Return the samples at `rows` as they concern other assets."""
        return replace(self.take(rows), slot=slot, column=column, own=np.zeros(len(rows), np.bool_))


def in_order(parts: list[Arrivals]) -> Arrivals:
    """Return all parts as one; of one message, the earlier part counts first, in a part the lower slot."""
    own = np.concatenate([np.ones(len(part), np.bool_) if part.own is None else part.own for part in parts])
    number = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    joined = Arrivals(
        slot=np.concatenate([part.slot for part in parts]),
        column=np.concatenate([part.column for part in parts]),
        point=np.concatenate([part.point for part in parts]),
        ts=np.concatenate([part.ts for part in parts]),
        value=np.concatenate([part.value for part in parts]),
        holds=np.concatenate([part.holds for part in parts]),
        arrived=np.concatenate([part.arrived for part in parts]),
        message=np.concatenate([part.message for part in parts]),
        own=own,
    )
    slot = np.where(own, 0, joined.slot)
    return joined.take(np.lexsort((slot, number, joined.message)))
