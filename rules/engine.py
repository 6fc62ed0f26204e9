"""The rules engine: samples and ticks in, alarm transitions out (contract 4.6)."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from plantroom.domain.alarm import Transition
from plantroom.domain.installation import Installation
from plantroom.domain.rule import Rule
from plantroom.domain.samples import FIRST_BAD, Quality, SampleBatch
from plantroom.rules import checkpoint
from plantroom.rules.cohort import Cohort, Told
from plantroom.rules.segments import Mask, Rows, starts_of_runs
from plantroom.rules.timeline import Messages


class Engine:
    """Watches every asset by its site's rules.

    What it returns depends only on what it was given: samples, ticks, and the snapshot it began with.
    """

    def __init__(self, installation: Installation) -> None:
        """Watch `installation`, of which nothing is known yet."""
        table = self._table = installation.table
        self._cohorts: list[Cohort] = []
        self._base: list[int] = []
        """Slot of each cohort's first asset; slots number the assets cohort by cohort."""
        self._slot = np.full(len(table), -1, np.int32)
        """Slot of each point's asset, -1 if no rule watches it."""
        self._column = np.full(len(table), -1, np.int16)
        """Column of each point in its cohort, -1 if no rule needs it."""
        faults: list[str] = []
        for rules, members in _same_rules(installation, faults).items():
            self._add(Cohort(table, rules, members))
        sizes = [len(cohort.members) for cohort in self._cohorts]
        self._cohort_of_slot = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
        faults += (f"{w.rule.id}: {w.fault}" for cohort in self._cohorts for w in cohort.watches if w.fault)
        self.faults = tuple(dict.fromkeys(faults))
        """What is wrong with rules: `rule id: what`. A wrong rule tells nothing and stops no other."""

    def observe(self, batch: SampleBatch, now: int) -> list[Transition]:
        """Return what happens upon the samples of `batch`, or, if it is empty, until `now`.

        `now` is in ms since the epoch on our clock.
        """
        told: list[Told] = []
        if len(batch) == 0:
            for cohort, base in zip(self._cohorts, self._base, strict=True):
                told += cohort.tick(now, base=base)
            return _in_order(told)
        for number, messages in self._sort_out(batch):
            told += self._cohorts[number].observe(messages)
        return _in_order(told)

    def active(self) -> list[Transition]:
        """Return the activation of each alarm that is active, for re-sending."""
        return [transition for cohort in self._cohorts for transition in cohort.active()]

    def snapshot(self) -> dict[str, npt.NDArray[Any]]:
        """Return all state as plain arrays, which `np.savez` can keep."""
        return checkpoint.take(self._cohorts, self._table) | {"head": self._head}

    def restore(self, arrays: Mapping[str, npt.NDArray[Any]]) -> list[Transition]:
        """Go on, as a new engine, from a snapshot of another, and return what has changed with the files.

        Alarms of rules and assets that are gone are withdrawn; changed rules keep theirs, and are evaluated
        on what is held.

        Raises:
            SnapshotInvalid: `arrays` are no snapshot of this version.
        """
        withdrawn = checkpoint.bring_back(arrays, self._cohorts, self._table)
        told: list[Told] = []
        for cohort, base in zip(self._cohorts, self._base, strict=True):
            told += cohort.reconsider(base=base)
        return withdrawn + _in_order(told)

    @cached_property
    def _head(self) -> npt.NDArray[np.uint8]:
        return checkpoint.describe(self._cohorts, self._table)

    def _add(self, cohort: Cohort) -> None:
        """Number the assets of `cohort` and the columns of their points."""
        base = sum(len(other.members) for other in self._cohorts)
        slot_of_asset = np.full(len(self._table.assets), -1, np.int32)
        slot_of_asset[cohort.members] = np.arange(base, base + len(cohort.members))
        self._slot = np.maximum(self._slot, slot_of_asset[self._table.asset_of])
        for column in range(len(cohort.points)):
            numbers = cohort.point_number[:, column]
            self._column[numbers[numbers >= 0]] = column
        self._cohorts.append(cohort)
        self._base.append(base)

    def _sort_out(self, batch: SampleBatch) -> Iterable[tuple[int, Messages]]:
        """Yield the live messages of each cohort that `batch` has any of."""
        slot = self._slot[batch.point]
        live = (slot >= 0) & ((batch.quality == Quality.GOOD) | (batch.quality >= FIRST_BAD))
        if not live.all():
            batch, slot = batch.take(live), slot[live]
        if not len(batch):
            return
        first = starts_of_runs(batch.message, slot, batch.ts)
        order = np.argsort(slot[first], kind="stable")
        row = np.empty(len(order), np.intp)
        row[order] = np.arange(len(order))
        sample_row = np.repeat(row, np.diff(np.append(first, len(batch))))
        first = first[order]
        cohort = self._cohort_of_slot[slot[first]]
        starts = starts_of_runs(cohort)
        for start, end in zip(starts, np.append(starts[1:], len(cohort)), strict=True):
            needed = self._column[batch.point] >= 0
            if len(starts) > 1:
                needed &= (sample_row >= start) & (sample_row < end)
            number = int(cohort[start])
            rows = first[start:end]
            member = slot[rows].astype(np.intp) - self._base[number]
            yield number, self._messages(batch, rows, member, needed, sample_row[needed] - start)

    def _messages(
        self, batch: SampleBatch, rows: Rows, member: Rows, needed: Mask, sample_message: Rows
    ) -> Messages:
        point, value = batch.point[needed], batch.value[needed]
        usable = (batch.quality[needed] == Quality.GOOD) & np.isfinite(value)
        return Messages(
            member=member,
            ts=batch.ts[rows],
            arrived=batch.arrived[rows],
            order=rows,
            sample_message=sample_message,
            sample_column=self._column[point].astype(np.intp),
            sample_value=np.where(usable, value, np.nan),
            sample_expires=batch.ts[needed] + self._table.stale_after[point],
        )


def _same_rules(installation: Installation, faults: list[str]) -> dict[tuple[Rule, ...], list[int]]:
    """Return the numbers of the assets that are watched by the same rules, by those rules."""
    cohorts: dict[tuple[Rule, ...], list[int]] = {}
    cohort_of_class: dict[tuple[str, str], list[int]] = {}
    table = installation.table
    for number, (site, asset) in enumerate(zip(table.site_of, table.assets, strict=True)):
        key = site.id, asset.asset_class
        if key not in cohort_of_class:
            rules = _rules_of(asset.asset_class, installation.rules.get(site.id, ()), faults)
            cohort_of_class[key] = cohorts.setdefault(rules, [])
        cohort_of_class[key].append(number)
    return {rules: members for rules, members in cohorts.items() if rules}


def _rules_of(asset_class: str, rules: Iterable[Rule], faults: list[str]) -> tuple[Rule, ...]:
    by_id: dict[str, Rule] = {}
    for rule in rules:
        if rule.asset_class != asset_class:
            continue
        if by_id.setdefault(rule.id, rule) is not rule:
            faults.append(f"{rule.id}: given twice for {asset_class}, the first counts")
    return tuple(by_id.values())


def _in_order(told: list[Told]) -> list[Transition]:
    """Return transitions in the order in which they would come were each message a batch of its own."""
    return [one.transition for one in sorted(told, key=lambda one: one[:-1])]
