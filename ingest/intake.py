"""From messages to qualified samples: the way in of everything that is measured."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from plantroom.domain.points import PointTable
from plantroom.domain.samples import FIRST_BAD, Quality, SampleBatch
from plantroom.ingest.clock_watch import ClockReport, ClockWatch
from plantroom.ingest.dead_letters import DeadLetter, Tray
from plantroom.ingest.duplicates import WINDOW, Recent
from plantroom.ingest.mapping.mapper import MappingCount
from plantroom.ingest.pile import AT_ARRIVAL, UNKNOWN, Readings
from plantroom.ingest.qualify import Measures
from plantroom.ingest.read import AssetStatus, Reader
from plantroom.ingest.reasons import report_bad, report_unknown
from plantroom.ingest.timeline import Timeline
from plantroom.mqtt.message import Received

BEHIND: Final = 300_000
"""So much older than its arrival may a live sample be, ms."""
AHEAD: Final = 60_000
"""So much newer than its arrival may a live sample be, ms."""

__all__ = ["AssetStatus", "ClockReport", "Counts", "DeadLetter", "Intake", "LastKnown", "Taken"]

Arrays = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LastKnown:
    """Values that the broker had kept and that say not when they were measured; columns of shape (n,)."""

    point: npt.NDArray[np.int32]
    value: npt.NDArray[np.float64]
    arrived: npt.NDArray[np.int64]
    """ms since the epoch, UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What became of some messages."""

    messages: int
    ignored: int
    """Messages on topics that are our own."""
    values: int
    """Values sent; each is a sample, a duplicate, last-known, or a dead letter only."""
    duplicates: int
    """Values that say again what was last said of their point and time: dropped."""
    mapped: Mapping[str, MappingCount]
    """What each mapping that took some of them did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What some messages say."""

    batch: SampleBatch
    """The samples to be kept, in order of arrival, with their quality."""
    letters: tuple[DeadLetter, ...]
    """What could not be used, unknown devices among it."""
    statuses: tuple[AssetStatus, ...]
    last_known: LastKnown
    clocks: tuple[ClockReport, ...]
    """Assets whose clock turned out to be wrong, or right again."""
    counts: Counts
    kept: tuple[int, ...]
    """Ordinals in `batch` of the messages that the broker had kept: they say nothing about now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Verdict:
    """What is to become of values; masks of shape (n,)."""

    quality: npt.NDArray[np.uint8]
    repeated: npt.NDArray[np.bool_]
    """Says again what was said: to be dropped."""
    stored: npt.NDArray[np.bool_]


class Intake:
    """Takes messages, and remembers what it needs of them to tell late and repeated samples.

    How messages are split into batches makes no difference to the samples.
    """

    def __init__(self, table: PointTable, *, window: int = WINDOW) -> None:
        self._table = table
        self._reader = Reader(table)
        self._measures = Measures(table)
        self._timeline = Timeline(table)
        self._recent = Recent(window)
        self._clocks = ClockWatch(table)

    def take(self, messages: Sequence[Received], *, grace: int = 0) -> Taken:
        """Return what `messages` say; never raises for what is in them.

        `grace` (ms) is how long we were away: by so much more may live samples be behind their arrival.
        """
        tray = Tray()
        read = self._reader.read(messages, tray)
        readings = read.readings
        report_unknown(readings, messages, tray, table=self._table)
        undated = (readings.retained & (readings.ts == AT_ARRIVAL))[readings.reading]
        known = readings.point != UNKNOWN
        value, fault, form = self._measure(readings, known)
        told = np.flatnonzero(known & ~undated)
        ts, verdict = self._judge(readings, told, value[told], fault[told], grace=grace)
        batch = _batch(
            readings, told[verdict.stored], ts[verdict.stored], value, verdict.quality[verdict.stored]
        )
        self._timeline.advance(batch)
        bad = (fault >= FIRST_BAD) & (fault != Quality.STALE)
        bad[told[verdict.repeated]] = False
        rows = np.flatnonzero(bad)
        if len(rows):
            faults = (fault[rows], form[rows])
            report_bad(readings, messages, tray, measures=self._measures, rows=rows, faults=faults)
        return Taken(
            batch=batch,
            letters=tray.letters(),
            statuses=read.statuses,
            last_known=_last_known(readings, np.flatnonzero(known & undated & ~bad), value),
            clocks=self._clocks.observe(batch),
            counts=Counts(
                messages=len(messages),
                ignored=read.ignored,
                values=len(readings.point),
                duplicates=int(np.count_nonzero(verdict.repeated)),
                mapped=read.mapped,
            ),
            kept=_kept(readings, told[verdict.stored], batch),
        )

    def recall(self, batch: SampleBatch) -> None:
        """Remember `batch` as `take` did when it returned it."""
        live = batch.quality != Quality.HISTORICAL
        self._recent.add(batch.point[live], batch.ts[live], batch.value[live])
        self._timeline.advance(batch)
        self._clocks.observe(batch)

    def snapshot(self) -> dict[str, npt.NDArray[Any]]:
        """Return what is remembered as plain arrays that name their points.

        Take it only when all that was taken is durable: what it remembers is dropped when it comes again.
        """
        point, ts, value = self._recent.columns()
        return {
            "points": _written(f"{asset} {name}" for asset, name in self._table.keys),
            "assets": _written(asset.id for asset in self._table.assets),
            "newest": self._timeline.newest.copy(),
            "recent_point": point,
            "recent_ts": ts,
            "recent_value": value,
            "clocks": self._clocks.snapshot(),
        }

    def restore(self, arrays: Arrays) -> None:
        """Remember what `snapshot` did, as far as this table has its points; for a new `Intake`."""
        here, assets = self.renumber(arrays)
        self._timeline.restore(here[here >= 0], arrays["newest"][here >= 0])
        point = here[arrays["recent_point"]]
        known = point >= 0
        self._recent.add(point[known], arrays["recent_ts"][known], arrays["recent_value"][known])
        self._clocks.restore(arrays["clocks"], assets.tolist())

    def renumber(self, arrays: Arrays) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        """Return the number here of each point and each asset of a snapshot, -1 for those not here."""
        keys = [(asset, name) for asset, name in (line.split(" ") for line in _lines(arrays["points"]))]
        number = self._table.asset_number
        assets = [number.get(asset, -1) for asset in _lines(arrays["assets"])]
        return self._table.renumbering(keys), np.array(assets, np.int32)

    def _measure(
        self, readings: Readings, known: npt.NDArray[np.bool_]
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
        """Return value, fault and form of each value; those of unknown points mean nothing."""
        if known.all():
            return self._measures.measure(readings.point, readings.raw)
        rows = np.flatnonzero(known)
        raw: list[Any] = [readings.raw[row] for row in rows.tolist()]
        value, fault, form = (
            np.zeros(len(known)),
            np.zeros(len(known), np.uint8),
            np.zeros(len(known), np.uint8),
        )
        value[rows], fault[rows], form[rows] = self._measures.measure(readings.point[rows], raw)
        return value, fault, form

    def _judge(
        self,
        readings: Readings,
        told: npt.NDArray[np.intp],
        value: npt.NDArray[np.float64],
        fault: npt.NDArray[np.uint8],
        *,
        grace: int,
    ) -> tuple[npt.NDArray[np.int64], _Verdict]:
        """Return the time of each value at `told`, and what is to become of it; remember what was told."""
        reading, point = readings.reading[told], readings.point[told]
        timeless = readings.ts == AT_ARRIVAL
        live = np.zeros(len(readings.ts), np.bool_)
        live[reading] = True
        live &= ~readings.historical
        age = readings.arrived - readings.ts
        astray = live & ~timeless & ((age > BEHIND + grace) | (age < -AHEAD))
        timed = live & ~timeless & ~astray
        ts = self._timeline.at_arrival(
            readings.asset, readings.ts, readings.arrived, timed=timed, timeless=live & timeless
        )[reading]
        live, astray = live[reading], astray[reading]
        late = live & (ts <= self._timeline.before(point, ts, timed=live & ~astray))
        aside = late | astray | ~live
        # A bad value makes its point unknown from its time on; where it cannot, it says nothing at all.
        useful = ~aside | (fault < FIRST_BAD)
        repeated = self._recent.repeated(point, ts, value, asked=late, kept=live & useful)
        kept = np.flatnonzero(live & useful)
        self._recent.add(point[kept], ts[kept], value[kept])
        quality = np.where(late, np.uint8(Quality.LATE), fault)
        quality[astray] = Quality.CLOCK
        quality[~live] = Quality.HISTORICAL
        return ts, _Verdict(quality=quality, repeated=repeated, stored=useful & ~repeated)


def _batch(
    readings: Readings,
    rows: npt.NDArray[np.intp],
    ts: npt.NDArray[np.int64],
    value: npt.NDArray[np.float64],
    quality: npt.NDArray[np.uint8],
) -> SampleBatch:
    reading = readings.reading[rows]
    return SampleBatch(
        point=readings.point[rows],
        ts=ts,
        value=value[rows],
        quality=quality,
        arrived=readings.arrived[reading],
        message=_dense(reading),
    )


def _kept(readings: Readings, rows: npt.NDArray[np.intp], batch: SampleBatch) -> tuple[int, ...]:
    if not readings.retained.any():
        return ()
    return tuple(np.unique(batch.message[readings.retained[readings.reading[rows]]]).tolist())


def _dense(reading: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Return the ordinals of `reading` with no gaps between them, from 0."""
    if not len(reading):
        return reading
    return np.concatenate(([0], np.cumsum(reading[1:] != reading[:-1]))).astype(np.int32)


def _last_known(readings: Readings, rows: npt.NDArray[np.intp], value: npt.NDArray[np.float64]) -> LastKnown:
    return LastKnown(
        point=readings.point[rows],
        value=value[rows],
        arrived=readings.arrived[readings.reading[rows]],
    )


def _written(lines: Iterable[str]) -> npt.NDArray[np.uint8]:
    """Return lines of text as one array, since an array of texts takes the length of the longest for each."""
    return np.frombuffer("\n".join(lines).encode(), np.uint8)


def _lines(written: npt.NDArray[np.uint8]) -> list[str]:
    return written.tobytes().decode().splitlines()
