"""Assets whose own clock is wrong, and stays wrong by the same amount."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from plantroom.domain.points import PointTable
from plantroom.domain.samples import Quality, SampleBatch

MESSAGES: Final = 3
"""So many messages in a row make a clock wrong, or right again."""
LASTING: Final = 60_000
"""For so long they must have been coming for the clock to be wrong, ms."""
SPREAD: Final = 60_000
"""So far apart may the offsets of one wrong clock be, ms; a backlog's shrink faster."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockReport:
    """An asset's clock turned out to be wrong, wrong by another amount, or right again."""

    asset: str
    offset: int | None
    """How far it is ahead of ours (behind: negative), ms; None: it is right again."""
    at: int
    """When the message arrived that settled it, ms since the epoch, UTC."""


@dataclass(slots=True, kw_only=True)
class _Suspicion:
    """What speaks against one clock so far; times and offsets in ms."""

    since: int = 0
    count: int = 0
    low: int = 0
    high: int = 0
    reported: int | None = None
    right: int = 0
    """How many messages in a row had the right time since it was reported."""

    def wrong(self, offset: int, at: int) -> bool:
        """Count a message that was wrong by `offset`; return whether that is to be reported."""
        self.right = 0
        if not self.count or offset < self.high - SPREAD or offset > self.low + SPREAD:
            self.since, self.count, self.low, self.high = at, 0, offset, offset
        self.count += 1
        self.low, self.high = min(self.low, offset), max(self.high, offset)
        if self.count < MESSAGES or at - self.since < LASTING:
            return False
        if self.reported is not None and abs(self.reported - self.high) <= SPREAD:
            return False
        # What was delayed on its way looks older than it is: the greatest offset is nearest to the truth.
        self.reported = self.high
        return True

    def is_over(self) -> bool:
        """Count a message whose time was right; return whether nothing is left of the suspicion."""
        self.count = 0
        self.right += 1
        return self.reported is None or self.right >= MESSAGES


class ClockWatch:
    """Follows the clock of each asset through the batches that were accepted."""

    def __init__(self, table: PointTable) -> None:
        self._table = table
        self._suspicions: dict[int, _Suspicion] = {}
        self._suspected = np.zeros(len(table.assets), np.bool_)

    def observe(self, batch: SampleBatch) -> tuple[ClockReport, ...]:
        """Return what `batch` settles."""
        if not self._suspicions and not (batch.quality == Quality.CLOCK).any():
            return ()
        heads = np.flatnonzero(np.diff(batch.message, prepend=-1))
        heads = heads[batch.quality[heads] != Quality.HISTORICAL]
        asset = self._table.asset_of[batch.point[heads]]
        wrong = batch.quality[heads] == Quality.CLOCK
        self._suspected[asset[wrong]] = True
        telling = self._suspected[asset]
        heads, asset, wrong = heads[telling], asset[telling], wrong[telling]
        arrived = batch.arrived[heads]
        offset = batch.ts[heads] - arrived
        rows = zip(asset.tolist(), wrong.tolist(), offset.tolist(), arrived.tolist(), strict=True)
        reports = [self._hear(number, is_wrong, ahead, at) for number, is_wrong, ahead, at in rows]
        return tuple(report for report in reports if report is not None)

    def snapshot(self) -> npt.NDArray[np.int64]:
        """Return one row per suspected asset, its number first."""
        rows = [
            (number, item.since, item.count, item.low, item.high, item.right, item.reported or 0)
            for number, item in self._suspicions.items()
        ]
        return np.array(rows, np.int64).reshape(-1, 7)

    def restore(self, rows: npt.NDArray[np.int64], assets: Sequence[int]) -> None:
        """Become what `snapshot` was taken of; `assets` has the number here of each asset there, or -1."""
        for number, since, count, low, high, right, reported in rows.tolist():
            here = assets[number]
            if here < 0:
                continue
            # Zero is no wrong clock's offset, so it can stand for none.
            self._suspicions[here] = _Suspicion(
                since=since, count=count, low=low, high=high, right=right, reported=reported or None
            )
            self._suspected[here] = True

    def _hear(self, number: int, wrong: bool, offset: int, at: int) -> ClockReport | None:
        if wrong:
            suspicion = self._suspicions.setdefault(number, _Suspicion())
            self._suspected[number] = True
            return self._report(number, suspicion.high, at) if suspicion.wrong(offset, at) else None
        known = self._suspicions.get(number)
        if known is None or not known.is_over():
            return None
        del self._suspicions[number]
        self._suspected[number] = False
        return None if known.reported is None else self._report(number, None, at)

    def _report(self, number: int, offset: int | None, at: int) -> ClockReport:
        return ClockReport(asset=self._table.assets[number].id, offset=offset, at=at)
