"""Where the tiers beside the samples are kept, and what is known of how complete they are."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from plantroom.storage.series.port import Buckets
from plantroom.storage.series.tiers import Retention, Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far down-sampling has come."""

    until: int
    """Minutes before this time, and whole hours, are what the samples make, but for stale hours; ms."""
    raw_since: int
    """Before this time samples may have been forgotten, ms: there the minutes know better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stale:
    """Hours of assets in which samples were written after their time had been down-sampled."""

    assets: tuple[str, ...]
    hours: npt.NDArray[np.int64]
    """Start of each hour, ms; shape (n,)."""
    touched: npt.NDArray[np.int64]
    """When each was last marked, by the clock of whoever did; shape (n,)."""

    def __len__(self) -> int:
        return len(self.assets)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Buckets to be made anew: those of a tier within `start <= ts < end`."""

    tier: Tier
    start: int
    end: int
    assets: tuple[str, ...] | None
    """Of which assets; None: of all."""
    since: int
    """Before this time (ms) what they are made of may be gone: none gives way to one of fewer samples."""
    is_new: bool = False
    """Whether no such buckets can be there yet."""


class TierStore(Protocol):
    """Minutes and hours of one store; every method may block and raises `StoreUnavailable`."""

    def progress(self) -> Progress | None:
        """Return how far down-sampling has come; None: it has not begun, or there is no room for tiers."""

    def set_progress(self, progress: Progress) -> None:
        """Keep `progress`."""

    def first_sample(self, since: int) -> int | None:
        """Return the time (ms) of the oldest sample not before `since`, of whatever asset."""

    def mark(self, stale: Stale) -> None:
        """Keep that hours are stale, whatever was known of them."""

    def stale(self, *, limit: int) -> Stale:
        """Return some stale hours, not more than `limit`; of equal times all or none where that fits."""

    def stale_hours(self, *, asset: str, start: int, end: int) -> npt.NDArray[np.int64]:
        """Return the starts of an asset's stale hours within `start <= hour < end`, ascending."""

    def settle(self, stale: Stale) -> None:
        """Keep that `stale` is no longer so, unless it was marked again since."""

    def recompute(self, work: Work) -> int:
        """Make buckets anew from what is finer, and return how many there are."""

    def read(self, tier: Tier, *, asset: str, point: str, start: int, end: int) -> Buckets:
        """Return the buckets within `start <= ts < end`."""

    def write(self, tier: Tier, *, asset: str, point: str, buckets: Buckets) -> None:
        """Keep `buckets` of a point as they are, in the place of those at the same times."""

    def prepare(self, retention: Retention) -> tuple[str, ...]:
        """Make room for tiers where there is none; return what somebody must mend, in words."""

    def forget(self, retention: Retention, *, now: int) -> tuple[str, ...]:
        """Forget what is older than `retention` says, by `now` (ms) or by the store's own clock.

        Return what is not forgotten and why, in words.
        """

    def close(self) -> None:
        """Release everything."""
