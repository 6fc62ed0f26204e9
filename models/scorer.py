"""Scores the assets of an installation as their readings come: samples in, derived samples out."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from plantroom.domain.points import PointTable
from plantroom.domain.samples import SampleBatch
from plantroom.models import memory
from plantroom.models.audience import Audience
from plantroom.models.bundle import Bundle, Fitted
from plantroom.models.derived import Derived, nothing
from plantroom.models.frame import Members
from plantroom.models.grid import Grid, Rows
from plantroom.models.group import Entry, Fault, Group
from plantroom.models.outline import Outline, outline_of, units_of
from plantroom.models.saying import Saying


class Scorer:
    """The models at work.

    What it derives depends only on the samples it was given and the snapshot it began with; how they are
    split into batches makes no difference. A model that fails is switched off; nothing here raises for it.
    """

    def __init__(self, table: PointTable, bundles: Sequence[Bundle] = ()) -> None:
        """Score by `bundles`, one for each asset that has any; those of other assets are left out."""
        self._table = table
        self.bundles = tuple(
            {bundle.asset: bundle for bundle in bundles if bundle.asset in table.asset_number}.values()
        )
        self._assets = tuple(bundle.asset for bundle in self.bundles)
        outlines = [self._outline(bundle) for bundle in self.bundles]
        self._faults: list[Fault] = []
        self._grid = Grid(outlines)
        self._audience = Audience(outlines, points=len(table))
        self._groups = [Group(entries, slots=len(outlines)) for entries in self._by_kind(outlines).values()]
        self._saying = Saying(table, self.bundles)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The models that are switched off."""
        return (*self._faults, *(fault for group in self._groups for fault in group.faults))

    @property
    def count(self) -> int:
        """How many models are at work."""
        return sum(len(group.entries) for group in self._groups)

    def observe(self, batch: SampleBatch) -> Derived:
        """Return what the models say of the minutes that `batch` ends."""
        told = self._audience.told(batch) if self.bundles else None
        if told is None:
            return nothing()
        rows = self._grid.take(told)
        if not len(rows):
            return nothing()
        self._saying.begin(rows)
        values = np.hstack((rows.values, np.full((len(rows), 1), np.nan)))
        for chosen in _rounds(rows):
            for group in self._groups:
                self._score(group, rows, values, chosen)
        return self._saying.end(batch)

    def snapshot(self) -> dict[str, npt.NDArray[Any]]:
        """Return all that is remembered as plain arrays."""
        return memory.taken(self._grid, self._assets, self._groups)

    def restore(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        """Go on, as a new scorer, from a snapshot of another.

        Assets, points and models are known by their names, models by their version as well: what is new
        begins knowing nothing, what was switched off stays so.

        Raises:
            ValueError: `arrays` are no snapshot.
        """
        memory.bring_back(arrays, self._grid, self._assets, self._groups)

    def _score(self, group: Group, rows: Rows, values: npt.NDArray[np.float64], chosen: Members) -> None:
        found = group.score(rows.slot[chosen], rows.ts[chosen], values[chosen], rows.live[chosen])
        if found is not None:
            row, member, scores = found
            self._saying.add(chosen[row], scores, limit=group.limit[member])
            group.end_garbage()

    def _outline(self, bundle: Bundle) -> Outline:
        points = dict.fromkeys(point for fitted in bundle.models for point in fitted.detector.points)
        asset = self._table.assets[self._table.asset_number[bundle.asset]]
        return outline_of(self._table, asset, points=points, gates=bundle.gates, settle=bundle.settle)

    def _by_kind(self, outlines: Sequence[Outline]) -> Mapping[object, list[Entry]]:
        """Return the models that can be at work, by what they must have in common to be scored together."""
        kinds: dict[object, list[Entry]] = {}
        for slot, (bundle, outline) in enumerate(zip(self.bundles, outlines, strict=True)):
            place = {name: number for number, name in enumerate(outline.names)}
            for fitted in bundle.models:
                reason = self._unfit(bundle, fitted)
                if reason:
                    self._faults.append(
                        Fault(asset=bundle.asset, model=fitted.id, version=bundle.version, reason=reason)
                    )
                    continue
                entry = Entry(
                    asset=bundle.asset,
                    version=bundle.version,
                    slot=slot,
                    columns=tuple(place.get(point, -1) for point in fitted.detector.points),
                    fitted=fitted,
                )
                kinds.setdefault(entry.kind, []).append(entry)
        return kinds

    def _unfit(self, bundle: Bundle, fitted: Fitted) -> str:
        """Return why a model cannot be put to work; empty if it can."""
        if not fitted.limit > 0:
            return f"limit must be above 0: {fitted.limit:g}"
        asset = self._table.assets[self._table.asset_number[bundle.asset]]
        for point, unit in units_of(self._table, asset, fitted.detector.points).items():
            learnt = bundle.units.get(point, unit)
            if learnt != unit:
                return (
                    f"{point} was in {learnt or 'no unit'} when it learnt, and is in {unit or 'no unit'} now"
                )
        return ""


def _rounds(rows: Rows) -> Iterator[Members]:
    """Yield the first row of each asset, then the second of each that has one, and so on."""
    first = np.concatenate(([True], rows.slot[1:] != rows.slot[:-1]))
    heads = np.flatnonzero(first)
    size = np.diff(np.append(heads, len(rows)))
    for turn in range(int(size.max())):
        yield heads[size > turn] + turn
