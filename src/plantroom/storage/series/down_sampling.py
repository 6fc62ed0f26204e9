"""Making minutes and hours of what has been written, piece by piece."""

import itertools
from dataclasses import replace
from typing import Final

import numpy as np

from plantroom.storage.series.port import EARLIEST
from plantroom.storage.series.tier_store import Progress, Stale, Work
from plantroom.storage.series.tiered_store import TieredStore
from plantroom.storage.series.tiers import HOUR_MS, MINUTE_MS, Retention, Tier

BUCKETS: Final = 100_000
"""Minutes of points that are made at once: they are held in memory."""
_STALE_AT_ONCE: Final = 1_000


class DownSampling:
    """Follows what is written; the only one of its kind on a database.

    Time is down-sampled once it is past, for all assets together; what comes later for a time that is done
    was marked by whoever wrote it, and is done anew for the hours and assets concerned.
    """

    def __init__(self, store: TieredStore, *, points: int) -> None:
        """Work on `store`, which has so many points."""
        self._store = store
        self._tiers = store.tiers
        self._step = max(1, BUCKETS // max(1, points)) * MINUTE_MS
        self._raw_since = EARLIEST
        self._minutes_since = EARLIEST
        self._is_first = True
        self.until: int | None = None
        """Before which time (ms) everything is done but for what is stale; None: not known yet."""

    def prepare(self, retention: Retention, *, now: int) -> tuple[str, ...]:
        """See `TierStore`; also takes note of what may be forgotten by `now` (ms)."""
        self._note(retention, now)
        return self._tiers.prepare(retention)

    def forget(self, retention: Retention, *, now: int) -> tuple[str, ...]:
        """See `TierStore`; to be called when nothing is left to do: what is forgotten is not made anew."""
        self._note(retention, now)
        done = self._tiers.progress()
        if done is None:
            return ()
        self._raw_since = max(self._raw_since, done.raw_since)
        self._tiers.set_progress(replace(done, raw_since=self._raw_since))
        return self._tiers.forget(retention, now=_hour_of(now))

    def _note(self, retention: Retention, now: int) -> None:
        """Take note of what may be forgotten from now on; whole hours, so that none is known in part."""
        self._raw_since = EARLIEST if retention.raw is None else _hour_of(now) - retention.raw
        self._minutes_since = EARLIEST if retention.minutes is None else _hour_of(now) - retention.minutes

    def mend(self) -> int:
        """Make anew what is stale, or a bounded part of it; return how many hours of assets that were."""
        if self.until is None:
            return 0
        stale = self._store.take_stale(limit=_STALE_AT_ONCE)
        order = np.argsort(stale.hours, kind="stable")
        for hour, places in itertools.groupby(order.tolist(), key=lambda place: int(stale.hours[place])):
            chosen = list(places)
            same = Stale(
                assets=tuple(stale.assets[place] for place in chosen),
                hours=stale.hours[chosen],
                touched=stale.touched[chosen],
            )
            self._remake(hour, same.assets)
            self._tiers.settle(same)
        return len(stale)

    def advance(self, to: int) -> bool:
        """Down-sample a bounded piece of the time before `to` (ms); return whether some is left."""
        to = to // MINUTE_MS * MINUTE_MS
        done = self._tiers.progress()
        self._store.mark_before(to if done is None else max(to, done.until))
        if done is None:
            done = self._begin(to)
        self.until, self._raw_since = done.until, max(self._raw_since, done.raw_since)
        if done.until >= to:
            return False
        until = min(done.until + self._step, to)
        made = self._make(Tier.MINUTES, done.until, until)
        last = _hour_of(until + HOUR_MS - 1)
        if not made:
            following = self._tiers.first_sample(until)
            until = to if following is None else min(max(until, following // MINUTE_MS * MINUTE_MS), to)
        self._make(Tier.HOURS, _hour_of(done.until), min(last, _hour_of(until)))
        self._tiers.set_progress(replace(done, until=until))
        self.until, self._is_first = until, False
        return until < to

    def _begin(self, to: int) -> Progress:
        """Begin where the oldest samples are, or at `to` where there are none before."""
        first = self._tiers.first_sample(EARLIEST)
        begun = Progress(until=to if first is None else min(_hour_of(first), to), raw_since=EARLIEST)
        self._tiers.set_progress(begun)
        return begun

    def _make(self, tier: Tier, start: int, end: int) -> int:
        """Make a tier's buckets from `start` to `end` of all assets; return how many there are."""
        if start >= end:
            return 0
        since = self._raw_since if tier is Tier.MINUTES else self._minutes_since
        is_new = not self._is_first and start >= since
        return self._tiers.recompute(
            Work(tier=tier, start=start, end=end, assets=None, since=since, is_new=is_new)
        )

    def _remake(self, hour: int, assets: tuple[str, ...]) -> None:
        """Make an hour of `assets` anew, as far as it is done."""
        assert self.until is not None
        until = min(hour + HOUR_MS, self.until)
        if hour < until:
            self._tiers.recompute(
                Work(tier=Tier.MINUTES, start=hour, end=until, assets=assets, since=self._raw_since)
            )
        if until == hour + HOUR_MS:
            self._tiers.recompute(
                Work(tier=Tier.HOURS, start=hour, end=until, assets=assets, since=self._minutes_since)
            )


def _hour_of(ts: int) -> int:
    return ts // HOUR_MS * HOUR_MS
