"""Where every asset stands at a time, given what has been heard."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from plantroom.ingest.presence.hearing import NEVER, Heard, Hearing
from plantroom.ingest.presence.layout import Layout, Mask, Numbers, Times
from plantroom.ingest.presence.our_clock import step_after
from plantroom.ingest.presence.status import Cause, Status

LATER: Final = 2**60
"""A time that does not come."""
_ARRAYS: Final = ("status", "cause", "since", "is_held", "heeded_from", "has_alarm")


class Standing:
    """The state of each asset; all arrays of shape (assets,), times in ms of `OurClock`."""

    def __init__(self, layout: Layout, hearing: Hearing) -> None:
        self._layout = layout
        self._hearing = hearing
        count = layout.count
        self.status = np.zeros(count, np.uint8)
        self.cause = np.zeros(count, np.uint8)
        self.gateway = np.full(count, -1, np.int32)
        """Which gateway is gone, where that is the cause."""
        self.since = np.zeros(count, np.int64)
        self.is_held = np.zeros(count, np.bool_)
        """Whether its silence says nothing of itself: what it speaks through is gone, or in doubt."""
        self.heeded_from = np.zeros(count, np.int64)
        """Since when it might have been heard if it spoke: its silence counts from here."""
        self.has_alarm = np.zeros(count, np.bool_)
        self.next = 0
        """Before this nothing changes by time alone."""
        self.is_watched = np.ones(count, np.bool_)
        """Whether something changes as soon as it is heard."""

    def heed_from(self, time: int) -> None:
        """Count silence from `time` at the earliest, but of those who are gone already."""
        here = ~self._is_off_itself(slice(None))
        self.heeded_from[here] = np.maximum(self.heeded_from[here], time)

    def _is_off_itself(self, assets: Any) -> Mask:
        off: Mask = (self.status[assets] == Status.OFFLINE) & (self.cause[assets] != Cause.GATEWAY)
        return off

    def judge(self, now: int) -> Mask:
        """Go on to `now`; return which assets stand otherwise than before."""
        heard = self._hearing.sum_up()
        stale_at = step_after(heard.fresh)
        off_at = self._off_at(heard, slice(None))
        off, held, gateway = self._follow_gateways(now, heard, stale_at=stale_at, off_at=off_at)
        status = np.full(len(off), Status.UNKNOWN, np.uint8)
        status[heard.is_known] = Status.ONLINE
        status[heard.is_known & self._layout.speaks & (now >= stale_at)] = Status.STALE
        status[off] = Status.OFFLINE
        cause = self._causes(status, heard, gateway)
        changed: Mask = (status != self.status) | (cause != self.cause) | (gateway != self.gateway)
        self.since[status != self.status] = now
        self.status, self.cause, self.gateway, self.is_held = status, cause, gateway, held
        self._look_ahead(now, heard, stale_at=stale_at, off_at=off_at)
        return changed

    def settle_alarms(self, now: int) -> tuple[Numbers, Numbers]:
        """Return the assets whose alarm is to be raised now, and those whose alarm is to be cleared."""
        own = self._is_off_itself(slice(None))
        explained = (self.status == Status.OFFLINE) & (self.cause == Cause.GATEWAY)
        back = (self.status == Status.ONLINE) & (now >= self._back_at())
        raised, cleared = own & ~self.has_alarm, self.has_alarm & (explained | back)
        self.has_alarm = (self.has_alarm | raised) & ~cleared
        return np.flatnonzero(raised).astype(np.int32), np.flatnonzero(cleared).astype(np.int32)

    def _back_at(self) -> Times:
        back: Times = self.since + step_after(self._layout.grace)
        return back

    def _off_at(self, heard: Heard, assets: Any) -> Times:
        """Return when each of `assets` is offline for its own silence, or its own word."""
        layout, from_ = self._layout, self.heeded_from[assets]
        silent = np.maximum(heard.fresh[assets], from_ + layout.patience[assets])
        silent = np.where(layout.speaks[assets], step_after(silent + layout.grace[assets]), LATER)
        said = np.maximum(self._hearing.word_at[assets], from_)
        said = np.where(heard.is_gone[assets], step_after(said + layout.grace[assets]), LATER)
        off_at: Times = np.minimum(silent, said)
        return off_at

    def _follow_gateways(
        self, now: int, heard: Heard, *, stale_at: Times, off_at: Times
    ) -> tuple[Mask, Mask, Numbers]:
        """Return who is offline, who is not heeded, and which gateway explains it, -1 for none.

        While a gateway is in doubt nothing is said of what is behind it; when it is back, that gets the
        time to speak again, and `off_at` is set to when it has passed.
        """
        layout = self._layout
        off = now >= off_at
        held = np.zeros(len(off), np.bool_)
        gateway = np.full(len(off), -1, np.int32)
        doubted = self._doubted_from(heard, stale_at)
        for level in layout.levels:
            above = layout.gateway[level]
            gone = off[above]
            in_doubt = doubted[above] <= off_at[level]
            waits = gone | (off[level] & in_doubt & ~self._is_off_itself(level))
            freed = level[self.is_held[level] & ~waits]
            if len(freed):
                self.heeded_from[freed] = now
                off_at[freed] = self._off_at(heard, freed)
                off[freed] = now >= off_at[freed]
            held[level] = waits
            off[level] = gone | (off[level] & ~waits)
            root = np.where(gateway[above] >= 0, gateway[above], above)
            gateway[level] = np.where(gone, root, -1)
        return off, held, gateway

    def _doubted_from(self, heard: Heard, stale_at: Times) -> Times:
        """Return since when something is not as it should be with each asset, or on its way to us."""
        said = np.where(heard.is_gone, self._hearing.word_at, LATER)
        silent = np.where(self._layout.speaks, stale_at, LATER)
        doubted = np.where(heard.is_known, np.minimum(silent, said), NEVER)
        for level in self._layout.levels:
            doubted[level] = np.minimum(doubted[level], doubted[self._layout.gateway[level]])
        return doubted

    def _causes(self, status: npt.NDArray[np.uint8], heard: Heard, gateway: Numbers) -> npt.NDArray[np.uint8]:
        cause = np.zeros(len(status), np.uint8)
        away = status >= Status.STALE
        cause[away] = Cause.SILENT
        cause[away & heard.is_gone] = Cause.SAID_OFFLINE
        cause[away & heard.is_gone & self._hearing.is_death(slice(None))] = Cause.SPARKPLUG_DEATH
        cause[away & ~heard.is_known] = Cause.NEVER_HEARD
        off = status == Status.OFFLINE
        # What was found first stays the cause: a Last Will may come long after the silence.
        stays = off & self._is_off_itself(slice(None))
        cause[stays] = self.cause[stays]
        cause[off & (gateway >= 0)] = Cause.GATEWAY
        return cause

    def _look_ahead(self, now: int, heard: Heard, *, stale_at: Times, off_at: Times) -> None:
        """Note when to judge next, and who is waited for."""
        online, off = self.status == Status.ONLINE, self.status == Status.OFFLINE
        coming = (
            stale_at[online & self._layout.speaks],
            off_at[~off & ~self.is_held],
            self._back_at()[online & self.has_alarm],
        )
        times = np.concatenate(coming)
        times = times[times > now]
        self.next = int(times.min()) if len(times) else LATER
        self.is_watched = ~online | heard.is_gone
        for level in self._layout.levels:
            self.is_watched[level] |= self.is_watched[self._layout.gateway[level]]

    def snapshot(self) -> dict[str, npt.NDArray[Any]]:
        """Return what `restore` needs."""
        return {"gateway": self.gateway, **{name: getattr(self, name).copy() for name in _ARRAYS}}

    def restore(self, kept: Mapping[str, npt.NDArray[Any]], *, assets: npt.NDArray[Any], now: int) -> None:
        """Take up where `snapshot` left off; the silence of new assets counts from `now`."""
        self.heeded_from[:] = now
        known = assets >= 0
        for name in _ARRAYS:
            getattr(self, name)[assets[known]] = kept[name][known]
        there = kept["gateway"][known]
        self.gateway[assets[known]] = np.where(there >= 0, assets[there], -1)
