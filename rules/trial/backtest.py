"""The engine in event time over what was, and what it would have done."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from plantroom.domain.alarm import Transition
from plantroom.domain.installation import Installation
from plantroom.domain.samples import SampleBatch
from plantroom.rules.segments import Rows
from plantroom.rules.trial.alarms import Order, Raised, alarms_of, orders_of
from plantroom.rules.trial.coverage import Coverage
from plantroom.rules.trial.watching import Watching

_ROWS: Final = 1_000_000
"""Samples in a batch: columns pay, and a few hundred MB hold what is made of them."""
_LONGEST: Final = 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """A point that was unknown for a good part of the time."""

    asset: str
    point: str
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestResult:
    """What rules would have done from `start` to before `end`, ms since the epoch."""

    start: int
    end: int
    samples: int
    transitions: tuple[Transition, ...]
    alarms: tuple[Raised, ...]
    orders: tuple[Order, ...]
    unknown: tuple[Unknown, ...]
    """Points that rules need and that were unknown for over a tenth of the time, the worst first."""
    faults: tuple[str, ...]
    """What is wrong with rules."""

    @property
    def hours(self) -> float:
        """How long it was, h."""
        return (self.end - self.start) / 3_600_000


class Backtest:
    """Takes samples in order of time, and gives what the rules made of them."""

    def __init__(self, installation: Installation, needed: Rows, *, start: int, end: int) -> None:
        """Watch by the rules of `installation`, whose points `needed` are shown from `start` to `end`."""
        self._watching = Watching(installation)
        self._coverage = Coverage(installation.table)
        self._table = installation.table
        self._needed = needed
        self._start, self._end = start, end
        self._told: list[Transition] = []
        self.samples = 0

    def spans(self) -> Iterator[tuple[int, int]]:
        """Yield the spans of time of which batches are made, so that each has about as many samples."""
        every = np.array([self._table.points[number].every.total_seconds() for number in self._needed])
        rate = float(np.sum(1.0 / every)) / 1000 if len(every) else 0.0
        step = _LONGEST if rate == 0 else int(min(_LONGEST, max(60_000.0, _ROWS / rate)))
        for begin in range(self._start, self._end, step):
            yield begin, min(begin + step, self._end)

    def take(self, batch: SampleBatch, *, until: int) -> None:
        """Evaluate `batch`, by time, and let time pass until just before `until`."""
        self._told += self._watching.take(batch, until=until)
        if len(batch):
            self._coverage.take(batch)
            self.samples += len(batch)

    def result(self) -> BacktestResult:
        """Return what came of it."""
        told = sorted(self._told, key=lambda each: each.at)
        alarms = alarms_of(told, end=self._end)
        return BacktestResult(
            start=self._start,
            end=self._end,
            samples=self.samples,
            transitions=tuple(told),
            alarms=alarms,
            orders=orders_of(alarms),
            unknown=tuple(self._unknown()),
            faults=self._watching.faults,
        )

    def _unknown(self) -> Iterator[Unknown]:
        shares = self._coverage.unknown(start=self._start, end=self._end)[self._needed]
        for place in np.argsort(-shares, kind="stable").tolist():
            if shares[place] <= 0.1:
                return
            asset, point = self._table.keys[self._needed[place]]
            yield Unknown(asset=asset, point=point, share=float(shares[place]))
