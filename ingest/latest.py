"""The newest value of each point, for people who watch."""

from typing import Any, Final

import numpy as np

from plantroom.domain.points import PointTable
from plantroom.domain.samples import FIRST_BAD, Quality, SampleBatch
from plantroom.ingest.intake import LastKnown

_LABELS: Final = {int(quality): quality.label for quality in Quality}


class Latest:
    """Holds the newest live sample of each point and which of them have not been told yet."""

    def __init__(self, table: PointTable) -> None:
        self._table = table
        self._ts = np.zeros(len(table), np.int64)
        self._value = np.full(len(table), np.nan)
        self._quality = np.zeros(len(table), np.uint8)
        self._known = np.zeros(len(table), np.bool_)
        self._untold = np.zeros(len(table), np.bool_)
        self._next = 0

    def update(self, batch: SampleBatch) -> None:
        """Take in the live samples of `batch`, good and bad."""
        live = batch.take((batch.quality == Quality.GOOD) | (batch.quality >= FIRST_BAD))
        self._ts[live.point] = live.ts
        self._value[live.point] = live.value
        self._quality[live.point] = live.quality
        self._known[live.point] = True
        self._untold[live.point] = True

    def note_last_known(self, known: LastKnown) -> None:
        """Take in values of unknown age, for points that have no better one."""
        better = self._ts[known.point] > 0
        point = known.point[~better]
        self._value[point] = known.value[~better]
        self._untold[point] = True
        self._known[point] = True

    def forget_told(self) -> None:
        """Take it that nobody has been told anything: whoever was has forgotten it."""
        self._untold |= self._known

    def tell(self, limit: int) -> list[dict[str, Any]]:
        """Return up to `limit` values that changed since they were last told, each point in its turn."""
        changed = np.flatnonzero(self._untold)
        turn = np.searchsorted(changed, self._next)
        chosen = np.concatenate((changed[turn:], changed[:turn]))[:limit]
        self._untold[chosen] = False
        if len(chosen):
            self._next = int(chosen[-1]) + 1
        return [self._document(int(number)) for number in chosen]

    def _document(self, number: int) -> dict[str, Any]:
        asset, point = self._table.keys[number]
        value = float(self._value[number])
        return {
            "asset": asset,
            "point": point,
            "ts": int(self._ts[number]) or None,
            "value": value if np.isfinite(value) else None,
            "quality": _LABELS[int(self._quality[number])],
        }
