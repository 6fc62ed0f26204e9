"""Samples that the time-series store will never take, as dead letters."""

from collections.abc import Callable, Sequence

from plantroom.domain import topics
from plantroom.domain.points import PointTable
from plantroom.domain.samples import SampleBatch
from plantroom.ingest.dead_letters import DeadLetter, LetterKind, Tray
from plantroom.storage.series.port import Rejection


def letters_of(table: PointTable) -> Callable[[SampleBatch, Sequence[Rejection]], tuple[DeadLetter, ...]]:
    """Return what makes dead letters of a batch's refused samples, which `table` numbers."""

    def letters(batch: SampleBatch, rejections: Sequence[Rejection]) -> tuple[DeadLetter, ...]:
        tray = Tray()
        for rejection in rejections:
            for row in rejection.rows.tolist():
                asset, point = table.keys[batch.point[row]]
                site = table.site_of[table.asset_of[batch.point[row]]].id
                tray.add(
                    topics.telemetry(site=site, asset=asset),
                    f"{point}: refused by the time-series store: {rejection.reason}",
                    content=f"{point}={batch.value[row]} at {batch.ts[row]}",
                    kind=LetterKind.VALUE,
                    first=int(batch.arrived[row]),
                )
        return tray.letters()

    return letters
