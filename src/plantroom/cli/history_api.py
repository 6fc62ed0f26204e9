"""History written and read through the HTTP API of a running product."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from plantroom.cli.rules_api import ApiSamples
from plantroom.domain.points import PointTable
from plantroom.domain.samples import SampleBatch, quality_label
from plantroom.domain.times import rfc3339_texts
from plantroom.storage.series.admissible import split_admissible
from plantroom.storage.series.port import Rejection

_AT_ONCE: Final = 20_000
"""Samples in a request."""


class ApiHistory(ApiSamples):
    """Reads samples of a point, and writes those of a table's points."""

    def __init__(self, url: str, token: str | None, table: PointTable) -> None:
        super().__init__(url, token)
        self._table = table

    def write(self, batch: SampleBatch) -> tuple[Rejection, ...]:
        """See `TimeSeriesStore`.

        Raises:
            ApiUnavailable: the API does not answer, or does not let us.
        """
        rows, rejections = split_admissible(batch, points=len(self._table))
        for start in range(0, len(rows), _AT_ONCE):
            some = rows[start : start + _AT_ONCE]
            refused = self._post(batch.take(some))
            rejections += tuple(Rejection(rows=some[each.rows], reason=each.reason) for each in refused)
        return rejections

    def _post(self, samples: SampleBatch) -> Iterator[Rejection]:
        order = np.argsort(samples.point, kind="stable")
        sorted_ = samples.take(order)
        begins = np.flatnonzero(np.diff(sorted_.point, prepend=-1))
        parts = [order[part] for part in np.split(np.arange(len(order)), begins[1:])]
        series = [self._series(samples.take(part)) for part in parts]
        answer = self.ask("POST", "/history", json={"series": series})
        for each in answer["rejected"]:
            yield Rejection(rows=np.sort(parts[each["series"]][each["rows"]]), reason=str(each["reason"]))

    def _series(self, samples: SampleBatch) -> dict[str, Any]:
        asset, point = self._table.keys[int(samples.point[0])]
        finite = np.isfinite(samples.value)
        return {
            "asset": asset,
            "point": point,
            "ts": rfc3339_texts(samples.ts),
            "value": [
                value if usable else None
                for value, usable in zip(samples.value.tolist(), finite, strict=True)
            ],
            "quality": [quality_label(code) for code in samples.quality.tolist()],
        }
