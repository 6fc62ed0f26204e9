"""The rules engine: samples and ticks in, alarm transitions out (contract 4.6)."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from plantroom.domain.alarm import Transition
from plantroom.domain.installation import Installation
from plantroom.domain.rule import Rule
from plantroom.domain.samples import SampleBatch
from plantroom.rules import checkpoint
from plantroom.rules.arrivals import Arrivals, in_order
from plantroom.rules.circles import circles
from plantroom.rules.cohort import Cohort, Told
from plantroom.rules.companions import with_companions
from plantroom.rules.peers import Peers
from plantroom.rules.relations import Relations
from plantroom.rules.segments import Mask, Rows, starts_of_runs
from plantroom.rules.surroundings import OWN, PEERS, place_of
from plantroom.rules.timeline import Messages


class Engine:
    """Watches every asset by its site's rules.

    What it returns depends only on what it was given: samples, ticks, and the snapshot it began with.
    """

    def __init__(self, installation: Installation, *, companions: bool = False) -> None:
        """Watch `installation`, of which nothing is known yet.

        With `companions` it also tells when rules are suppressed, for the stage behind (`Inhibition`).
        """
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
            self._add(Cohort(table, with_companions(rules) if companions else rules, members))
        sizes = [len(cohort.members) for cohort in self._cohorts]
        self._relations = Relations(self._told_to_others(), points=len(table))
        self._peers = Peers(circles(self._cohorts, self._base, table), points=len(table))
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
        for number, messages in self._sort_out(self._arrivals(batch)):
            told += self._cohorts[number].observe(messages)
        return _in_order(told)

    def active(self) -> list[Transition]:
        """Return the activation of each alarm that is active, for re-sending."""
        return [transition for cohort in self._cohorts for transition in cohort.active()]

    def snapshot(self) -> dict[str, npt.NDArray[Any]]:
        """Return all state as plain arrays, which `np.savez` can keep."""
        taken = checkpoint.take(self._cohorts, self._table) | self._peers.keep(self._table.keys)
        return taken | {"head": self._head}

    def restore(self, arrays: Mapping[str, npt.NDArray[Any]]) -> list[Transition]:
        """Go on, as a new engine, from a snapshot of another, and return what has changed with the files.

        Alarms of rules and assets that are gone are withdrawn; changed rules keep theirs, and are evaluated
        on what is held.

        Raises:
            SnapshotInvalid: `arrays` are no snapshot of this version.
        """
        withdrawn = checkpoint.bring_back(arrays, self._cohorts, self._table)
        self._peers.bring_back(arrays, self._table.keys)
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
        for column, point in enumerate(cohort.points):
            numbers = cohort.point_number[:, column]
            if place_of(point).relation == OWN:
                self._column[numbers[numbers >= 0]] = column
        self._cohorts.append(cohort)
        self._base.append(base)

    def _told_to_others(self) -> Iterable[tuple[int, int, int]]:
        """Yield point, slot and column of each point that rules on another asset need."""
        for cohort, base in zip(self._cohorts, self._base, strict=True):
            for column, point in enumerate(cohort.points):
                if place_of(point).relation in (OWN, PEERS):
                    continue
                for member, number in enumerate(cohort.point_number[:, column].tolist()):
                    if number >= 0:
                        yield number, base + member, column

    def _arrivals(self, batch: SampleBatch) -> Arrivals:
        """Return the live samples of `batch` for all assets that they concern."""
        own = Arrivals.of(batch, slot=self._slot, column=self._column, stale_after=self._table.stale_after)
        if self._relations.are_none and not self._peers.circles:
            return own
        parts = [*self._peers.told(own), own]
        related = self._relations.told(own)
        return in_order(parts if related is None else [*parts, related])

    def _sort_out(self, arrivals: Arrivals) -> Iterable[tuple[int, Messages]]:
        """Yield the messages of each cohort that there are any of."""
        watched = arrivals.slot >= 0
        if not watched.all():
            arrivals = arrivals.take(np.flatnonzero(watched))
        if not len(arrivals):
            return
        slot = arrivals.slot
        first = starts_of_runs(arrivals.message, slot, arrivals.ts)
        order = np.argsort(slot[first], kind="stable")
        row = np.empty(len(order), np.intp)
        row[order] = np.arange(len(order))
        sample_row = np.repeat(row, np.diff(np.append(first, len(arrivals))))
        first = first[order]
        cohort = self._cohort_of_slot[slot[first]]
        starts = starts_of_runs(cohort)
        for start, end in zip(starts, np.append(starts[1:], len(cohort)), strict=True):
            needed = arrivals.column >= 0
            if len(starts) > 1:
                needed &= (sample_row >= start) & (sample_row < end)
            number = int(cohort[start])
            rows = first[start:end]
            member = slot[rows].astype(np.intp) - self._base[number]
            yield number, _messages(arrivals, rows, member, needed, sample_row[needed] - start)


def _messages(arrivals: Arrivals, rows: Rows, member: Rows, needed: Mask, sample_message: Rows) -> Messages:
    return Messages(
        member=member,
        ts=arrivals.ts[rows],
        arrived=arrivals.arrived[rows],
        order=rows,
        sample_message=sample_message,
        sample_column=arrivals.column[needed].astype(np.intp),
        sample_value=arrivals.value[needed],
        sample_expires=arrivals.ts[needed] + arrivals.holds[needed],
        own=None if arrivals.own is None else arrivals.own[rows],
    )


def _same_rules(installation: Installation, faults: list[str]) -> dict[tuple[Rule, ...], list[int]]:
    """Return the numbers of the assets that are watched by the same rules, by those rules."""
    cohorts: dict[tuple[Rule, ...], list[int]] = {}
    rules_of_class: dict[tuple[str, str], tuple[Rule, ...]] = {}
    members: dict[tuple[str, str, tuple[str, ...]], list[int]] = {}
    table = installation.table
    for number, (site, asset) in enumerate(zip(table.site_of, table.assets, strict=True)):
        of_class = site.id, asset.asset_class
        if of_class not in rules_of_class:
            given = installation.rules.get(site.id, ())
            rules_of_class[of_class] = _rules_of(asset.asset_class, given, faults)
        rules = rules_of_class[of_class]
        off: tuple[str, ...] = ()
        if site.tuning or asset.tuning:
            off = tuple(rule.id for rule in rules if not rule.watches(asset, site))
        if (*of_class, off) not in members:
            watching = tuple(rule for rule in rules if rule.id not in off)
            members[(*of_class, off)] = cohorts.setdefault(watching, [])
        members[(*of_class, off)].append(number)
    return {rules: numbers for rules, numbers in cohorts.items() if rules}


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
