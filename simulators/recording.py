"""What a simulated site shows, block by block, as fast as it can be made."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, timedelta
from operator import itemgetter
from typing import Final

import numpy as np
import numpy.typing as npt

from plantroom.domain.site import Point
from plantroom.simulators.faults import Values
from plantroom.simulators.instruments import Instrument, Times
from plantroom.simulators.machine import Value
from plantroom.simulators.simulation import Simulation

BLOCK: Final = timedelta(hours=1)
"""Plant time in a block: enough rows for columns to pay, few enough to be held in memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """What one column of a recording is of."""

    asset: str
    point: Point


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """The readings of a span of time, by time and within it by series."""

    ts: Times
    """ms since the epoch, UTC."""
    series: npt.NDArray[np.int32]
    """Positions in `Recorder.series`."""
    values: Values
    """Booleans as 0 and 1, states as their positions."""
    end: timedelta
    """Plant time since the start at which the span ends."""


class Recorder:
    """Lets a site live at full speed and gives its readings at each point's interval."""

    def __init__(self, simulation: Simulation, *, block: timedelta = BLOCK) -> None:
        self._simulation = simulation
        self._block_ms = round(block / timedelta(milliseconds=1))
        self._started = round(simulation.plant.local.astimezone(UTC).timestamp() * 1000)
        self._assets: list[_Columns] = []
        self.series: list[Series] = []
        for asset in simulation.assets:
            columns = _Columns(simulation, asset.id, first=len(self.series))
            self._assets.append(columns)
            self.series += [
                Series(asset=asset.id, point=each.point) for each in simulation.instruments[asset.id]
            ]

    def blocks(self, duration: timedelta) -> Iterator[Block]:
        """Return the readings from the start to `duration` after it, its end excluded."""
        until = round(duration / timedelta(milliseconds=1))
        by_id = {columns.asset: columns for columns in self._assets}
        end, last = self._block_ms, 0
        for t_ms in _turns(set(self._simulation.plant.intervals_ms.values()), until):
            while t_ms >= end:
                yield self._block(end)
                end += self._block_ms
            for asset, values in self._simulation.plant.step((t_ms - last) / 1000).items():
                by_id[asset].take(t_ms, values)
            last = t_ms
        yield self._block(until)

    def _block(self, end_ms: int) -> Block:
        parts = [part for columns in self._assets for part in columns.parts()]
        t = np.concatenate([times for times, _, _ in parts])
        series = np.concatenate([np.full(len(times), number, np.int32) for times, number, _ in parts])
        values = np.concatenate([values for _, _, values in parts])
        order = np.argsort(t, kind="stable")
        return Block(
            ts=t[order] + self._started,
            series=series[order],
            values=values[order],
            end=timedelta(milliseconds=end_ms),
        )


class _Columns:
    """What has been seen of one asset since the last block."""

    def __init__(self, simulation: Simulation, asset: str, *, first: int) -> None:
        self.asset = asset
        self._simulation = simulation
        self._first = first
        self._every = simulation.plant.intervals_ms[asset]
        self._seen: list[tuple[int, Instrument]] = []
        """Those whose points the machine knows, with their series; a site may declare others of its own."""
        self._row: Callable[[Mapping[str, Value]], tuple[Value, ...]] | None = None
        self._rows: list[tuple[Value, ...]] = []
        self._times: list[int] = []

    def take(self, t_ms: int, values: Mapping[str, Value]) -> None:
        if self._row is None:
            self._look_at(values)
        assert self._row is not None
        self._rows.append(self._row(values))
        self._times.append(t_ms)

    def parts(self) -> Iterable[tuple[Times, int, Values]]:
        """Return each point's times (ms since the start), series and readings; begin anew."""
        columns, times = list(zip(*self._rows, strict=True)), self._times
        self._rows, self._times = [], []
        for (series, instrument), column in zip(self._seen, columns, strict=False):
            due = _due(times, _every_ms(instrument), self._every)
            t = np.array(times[due], dtype=np.int64)
            if len(t):
                yield self._read(instrument, t, instrument.encode(column[due]), series)

    def _look_at(self, values: Mapping[str, Value]) -> None:
        instruments = enumerate(self._simulation.instruments[self.asset], self._first)
        self._seen = [(series, each) for series, each in instruments if each.point.name in values]
        first, *rest = [each.point.name for _, each in self._seen]
        self._row = itemgetter(first, *rest) if rest else lambda row: (row[first],)

    def _read(
        self, instrument: Instrument, t_ms: Times, truth: Values, series: int
    ) -> tuple[Times, int, Values]:
        t = t_ms / 1000
        faults = self._simulation.faults_on(self.asset, instrument.point.name)
        read, kept = instrument.read(truth, t, faults)
        link = self._simulation.link(self.asset)
        if link.is_sound and kept is None:
            return t_ms, series, read
        through = link.arrives(t) if kept is None else kept & link.arrives(t)
        return (t_ms + link.skew(t))[through], series, read[through]


def _every_ms(instrument: Instrument) -> int:
    return round(instrument.point.every / timedelta(milliseconds=1))


def _due(times: list[int], every: int, step: int) -> slice:
    """Return which of `times`, `step` ms apart, are multiples of `every`."""
    first = next((place for place, t in enumerate(times) if t % every == 0), len(times))
    return slice(first, None, max(1, every // step))


def _turns(intervals: set[int], until: int) -> Iterator[int]:
    """Return all multiples of any of `intervals` below `until`, in order: whenever anything happens."""
    shortest = math.gcd(*intervals)
    if shortest in intervals:
        yield from range(0, until, shortest)
        return
    t = 0
    while t < until:
        yield t
        t = min((t // each + 1) * each for each in intervals)
