"""Samples with their minutes and hours beside them: written as they come, read from what will do."""

import threading
import time
from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from plantroom.domain.points import PointTable
from plantroom.domain.samples import SampleBatch
from plantroom.storage.series.folding import empty_buckets, first_of, folded, joined
from plantroom.storage.series.pieces import Piece, pieces_of
from plantroom.storage.series.port import EARLIEST, LATEST, Buckets, Rejection, Series, TimeSeriesStore
from plantroom.storage.series.tier_store import Progress, Stale, TierStore
from plantroom.storage.series.tiers import DAY_MS, HOUR_MS, Tier

_LATELY_MS: Final = DAY_MS
"""Buckets of so recent a time are made of the samples: that is one query."""
_BUCKETS_PER_READ: Final = 50_000
_MARKS_KNOWN: Final = 500_000
_ASK_EVERY: Final = 10.0
"""Seconds for which it is believed that nothing has been down-sampled, where another process does that."""


class TieredStore:
    """A `TimeSeriesStore` that a `DownSampling` works on.

    Whoever writes marks the hours that it changes after their time has been down-sampled, before it writes;
    so a crash leaves at most an hour that is made anew for nothing.
    """

    def __init__(
        self, raw: TimeSeriesStore, tiers: TierStore, table: PointTable, *, down_samples: bool = False
    ) -> None:
        """Put both together; `down_samples`: this process, and no other, has a `DownSampling` of them."""
        self.raw: Final = raw
        self.tiers: Final = tiers
        self._assets = [asset.id for asset in table.assets]
        self._numbers = table.asset_number
        self._asset_of = table.asset_of
        self._down_samples = down_samples
        self._writing = threading.Lock()
        self._late_before: int | None = None
        """Samples before this time (ms) are marked; None: not known yet."""
        self._ask_at = 0.0
        self._marked: set[int] = set()
        """Hours of assets that are known to be marked: the hour's number times assets, plus the asset's."""
        self._last_touched = 0

    def write(self, batch: SampleBatch) -> tuple[Rejection, ...]:
        """See `TimeSeriesStore`."""
        with self._writing:
            self._mark_late(batch)
            return self.raw.write(batch)

    def read(self, *, asset: str, point: str, start: int, end: int, limit: int) -> Series:
        """See `TimeSeriesStore`."""
        return self.raw.read(asset=asset, point=point, start=start, end=end, limit=limit)

    def read_buckets(
        self, *, asset: str, point: str, start: int, end: int, every: int, limit: int
    ) -> Buckets:
        """See `TimeSeriesStore`; continues with the tiers where samples have been forgotten."""
        start, end = max(start, EARLIEST), min(end, LATEST)
        if limit < 1:
            return empty_buckets()
        found: list[Buckets] = []
        for piece in self._pieces(asset, start=start, end=end, every=every):
            for part in self._read_piece(piece, asset=asset, point=point, every=every, limit=limit):
                found = [folded(joined([*found, part]), every=every)]
                if len(found[0]) > limit:
                    return first_of(found[0], limit)
        return first_of(joined(found), limit)

    def read_tier(self, tier: Tier, *, asset: str, point: str, start: int, end: int) -> Buckets:
        """Return the buckets that a tier holds within `start <= ts < end`."""
        return self.tiers.read(tier, asset=asset, point=point, start=start, end=end)

    def write_tier(self, tier: Tier, *, asset: str, point: str, buckets: Buckets) -> None:
        """Keep `buckets` of a time whose samples are not there, such as those that another store has kept."""
        self.tiers.write(tier, asset=asset, point=point, buckets=buckets)

    def compact(self) -> None:
        """See `TimeSeriesStore`."""
        self.raw.compact()

    def close(self) -> None:
        """See `TimeSeriesStore`."""
        self.tiers.close()
        self.raw.close()

    def mark_before(self, ts: int) -> None:
        """From now on mark samples older than `ts` (ms); what is being written is waited for."""
        with self._writing:
            self._late_before = ts

    def take_stale(self, *, limit: int) -> Stale:
        """Return some stale hours: what is written to them from now on is marked again."""
        stale = self.tiers.stale(limit=limit)
        numbers = self._numbers
        keys = [
            hour * len(self._assets) + numbers[asset]
            for asset, hour in zip(stale.assets, (stale.hours // HOUR_MS).tolist(), strict=True)
            if asset in numbers
        ]
        with self._writing:
            self._marked.difference_update(keys)
        return stale

    def _mark_late(self, batch: SampleBatch) -> None:
        before = self._marks_before()
        rows = np.flatnonzero((batch.ts < before) & (batch.ts >= EARLIEST))
        if len(rows) == 0:
            return
        asset = self._asset_of[np.clip(batch.point[rows], 0, len(self._asset_of) - 1)].astype(np.int64)
        keys = np.unique(batch.ts[rows] // HOUR_MS * len(self._assets) + asset)
        fresh = [key for key in keys.tolist() if key not in self._marked]
        if not fresh:
            return
        if len(self._marked) > _MARKS_KNOWN:
            self._marked.clear()
        hours, numbers = np.divmod(np.array(fresh, np.int64), len(self._assets))
        self._last_touched = max(self._last_touched + 1, time.time_ns() // 1_000_000)
        self.tiers.mark(
            Stale(
                assets=tuple(self._assets[number] for number in numbers.tolist()),
                hours=hours * HOUR_MS,
                touched=np.full(len(fresh), self._last_touched),
            )
        )
        self._marked.update(fresh)

    def _marks_before(self) -> int:
        """Return before which time samples are late."""
        if self._late_before is not None:
            return self._late_before
        if self._down_samples or time.monotonic() >= self._ask_at:
            self._ask_at = time.monotonic() + _ASK_EVERY
            progress = self.tiers.progress()
            if self._down_samples:
                self._late_before = EARLIEST if progress is None else progress.until
                return self._late_before
            if progress is not None:
                # How far another process has come since is not known here.
                self._late_before = LATEST
                return LATEST
        return EARLIEST

    def _pieces(self, asset: str, *, start: int, end: int, every: int) -> Iterator[Piece]:
        """Return from where each part of a span is read."""
        progress = None if every % Tier.MINUTES.width else self.tiers.progress()
        if progress is None or start >= max(progress.until - _LATELY_MS, progress.raw_since):
            progress = Progress(until=EARLIEST, raw_since=EARLIEST)
        stale: npt.NDArray[np.int64] = np.empty(0, np.int64)
        if start < progress.until:
            since = max(start - start % HOUR_MS, progress.raw_since)
            stale = self.tiers.stale_hours(asset=asset, start=since, end=min(end, progress.until))
        return pieces_of(start=start, end=end, every=every, until=progress.until, stale=stale)

    def _read_piece(
        self, piece: Piece, *, asset: str, point: str, every: int, limit: int
    ) -> Iterator[Buckets]:
        if piece.tier is None:
            yield self.raw.read_buckets(
                asset=asset, point=point, start=piece.start, end=piece.end, every=every, limit=limit + 1
            )
            return
        step = _BUCKETS_PER_READ * piece.tier.width
        for start in range(piece.start, piece.end, step):
            yield self.tiers.read(
                piece.tier, asset=asset, point=point, start=start, end=min(start + step, piece.end)
            )
