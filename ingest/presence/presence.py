"""Whether each asset is online: one result for each, from all that tells (contract 4.6).

Last Will and status topic, Sparkplug births and deaths, the age of the points and the gateways all come to
one answer. Pure: what was heard and the time come in, changes go out; how it is split makes no difference.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from plantroom.domain.points import PointTable
from plantroom.domain.samples import Quality, SampleBatch
from plantroom.ingest.presence.hearing import Hearing
from plantroom.ingest.presence.layout import Layout, Mask, Numbers, Times
from plantroom.ingest.presence.our_clock import OurClock
from plantroom.ingest.presence.standing import LATER, Standing
from plantroom.ingest.presence.status import AlarmChange, Cause, Change, Status
from plantroom.ingest.read import AssetStatus

_NO_SIGN: Final = (Quality.HISTORICAL, Quality.STALE)
"""Samples of these qualities do not say that their asset is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Readings:
    """Signs of life in the order of their arrival; columns of shape (n,)."""

    point: Numbers
    asset: Numbers
    time: Times
    arrived: Times


class Presence:
    """Follows all assets through what was accepted."""

    def __init__(self, table: PointTable, *, rate: float = 1.0) -> None:
        """Take the assets, and how many times as fast as a real one the product's clock runs."""
        self._layout = Layout(table)
        self._number = table.asset_number
        self._clock = OurClock(rate=rate)
        self._hearing = Hearing(self._layout)
        self._standing = Standing(self._layout, self._hearing)
        self._judged = 0
        self._since = np.zeros(self._layout.count, np.int64)
        """When each asset came to stand as it does, ms since the epoch."""
        self._untold = np.zeros(self._layout.count, np.bool_)
        self._alarms: list[AlarmChange] = []
        self._changed: list[Change] = []

    def observe(
        self,
        batch: SampleBatch,
        statuses: Sequence[AssetStatus] = (),
        *,
        now: int,
        deaf: bool = False,
        kept: Sequence[int] = (),
    ) -> tuple[list[Change], list[AlarmChange]]:
        """Take in what came before `now`, ms since the epoch; return what changed.

        `deaf`: something may be on its way that would have come before. `kept` are the ordinals of messages
        in `batch` that the broker had kept, which say nothing about now.
        """
        if self._clock.go_on(now, deaf=deaf):
            self._standing.heed_from(self._clock.step())
        readings = self._signs_of_life(batch, kept)
        words = [(int(self._at(np.array([said.arrived]))[0]), said) for said in statuses]
        while (due := self._next_due(readings, words)) <= self._clock.time:
            by_time = due >= self._standing.next
            due = max(due, self._judged)
            readings, words = self._hear(readings, words, before=due if by_time else due + 1)
            self._judge(due)
        self._hear(readings, words, before=LATER)
        changes, self._changed = self._changed, []
        alarms, self._alarms = self._alarms, []
        return changes, alarms

    def _at(self, arrived: Times) -> Times:
        return np.maximum(self._clock.steps_of(arrived), self._judged)

    def _signs_of_life(self, batch: SampleBatch, kept: Sequence[int]) -> _Readings:
        point, arrived = batch.point, batch.arrived
        if batch.quality.any() or kept:
            sign = ~np.isin(batch.quality, _NO_SIGN) & ~np.isin(batch.message, kept)
            point, arrived = point[sign], arrived[sign]
        arrived = np.maximum.accumulate(arrived)
        return _Readings(
            point=point, asset=self._layout.asset_of[point], time=self._at(arrived), arrived=arrived
        )

    def _next_due(self, readings: _Readings, words: Sequence[tuple[int, AssetStatus]]) -> int:
        """Return when to judge next: at a deadline, or when somebody is heard who is waited for."""
        due = min([self._standing.next, *(time for time, _ in words)])
        watched = self._standing.is_watched[readings.asset]
        watched |= self._hearing.is_news(readings.point, readings.time)
        if watched.any():
            due = min(due, int(readings.time[watched.argmax()]))
        return due

    def _hear(
        self, readings: _Readings, words: list[tuple[int, AssetStatus]], *, before: int
    ) -> tuple[_Readings, list[tuple[int, AssetStatus]]]:
        """Take in what came before a time; return the rest."""
        end = int(np.searchsorted(readings.time, before))
        self._hearing.hear(readings.point[:end], readings.time[:end], readings.arrived[:end])
        for time, said in words:
            if time < before:
                self._hearing.hear_word(
                    self._number[said.asset],
                    online=said.online,
                    is_death=said.is_sparkplug,
                    kept=said.retained,
                    time=time,
                    at=said.arrived,
                )
        rest = _Readings(
            point=readings.point[end:],
            asset=readings.asset[end:],
            time=readings.time[end:],
            arrived=readings.arrived[end:],
        )
        return rest, [(time, said) for time, said in words if time >= before]

    def _judge(self, time: int) -> None:
        self._judged = time
        was = self._standing.status
        changed = self._standing.judge(time)
        at = self._clock.wall(time)
        self._since[self._standing.status != was] = at
        self._untold |= changed
        self._changed += [self._change(number) for number in np.flatnonzero(changed).tolist()]
        raised, cleared = self._standing.settle_alarms(time)
        self._alarms += [self._alarm(number, raised=True, at=at) for number in raised.tolist()]
        self._alarms += [self._alarm(number, raised=False, at=at) for number in cleared.tolist()]

    def _change(self, number: int) -> Change:
        gateway = int(self._standing.gateway[number])
        return Change(
            asset=self._layout.names[number],
            status=Status(int(self._standing.status[number])),
            cause=Cause(int(self._standing.cause[number])),
            gateway=self._layout.names[gateway] if gateway >= 0 else "",
            since=int(self._since[number]),
        )

    def _alarm(self, number: int, *, raised: bool, at: int) -> AlarmChange:
        change = self._change(number)
        return AlarmChange(
            asset=change.asset,
            raised=raised,
            cause=change.cause,
            of_gateway=bool(self._layout.is_gateway[number]),
            at=at,
            reason=change.why,
        )

    def tell(self, limit: int) -> list[Change]:
        """Return how up to `limit` assets stand that changed since they were last told."""
        chosen = np.flatnonzero(self._untold)[:limit]
        self._untold[chosen] = False
        return [self._change(number) for number in chosen.tolist()]

    def forget_told(self) -> None:
        """Take it that nobody has been told anything: whoever was has forgotten it."""
        self._untold |= self._standing.status != Status.UNKNOWN

    def counts(self) -> dict[Status, int]:
        """Return how many assets stand how."""
        found = np.bincount(self._standing.status, minlength=len(Status))
        return {status: int(found[status]) for status in Status}

    def snapshot(self) -> dict[str, npt.NDArray[Any]]:
        """Return what `restore` needs; the points and assets are those of the table, in its order."""
        return {
            "clock": self._clock.snapshot(),
            "wall_since": self._since.copy(),
            **{f"heard_{name}": array for name, array in self._hearing.snapshot().items()},
            **{f"stands_{name}": array for name, array in self._standing.snapshot().items()},
        }

    def restore(self, kept: Mapping[str, npt.NDArray[Any]], *, points: Numbers, assets: Numbers) -> None:
        """Take up where `snapshot` left off; the numbers here of points and assets there, -1 for none."""
        self._clock.restore(kept["clock"])
        self._judged = self._clock.step()
        self._hearing.restore(_part(kept, "heard_"), points=points, assets=assets)
        self._standing.restore(_part(kept, "stands_"), assets=assets, now=self._judged)
        self._since[assets[assets >= 0]] = kept["wall_since"][assets >= 0]
        self.forget_told()


def _part(kept: Mapping[str, npt.NDArray[Any]], prefix: str) -> dict[str, npt.NDArray[Any]]:
    return {key.removeprefix(prefix): array for key, array in kept.items() if key.startswith(prefix)}


__all__ = ["AlarmChange", "Cause", "Change", "Mask", "Presence", "Status"]
