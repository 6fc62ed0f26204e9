"""Fitted models of one kind and shape, scored together; one that fails is switched off, the others go on."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from plantroom.models.bundle import Fitted
from plantroom.models.detector import Bank, Scores
from plantroom.models.frame import Floats, Mask, Members, Times

PATIENCE: Final = 10
"""After so many rows in a row that came to an infinite number a model is off."""

Arrays = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A fitted model at its place."""

    asset: str
    version: int
    slot: int
    """Number of its asset among those that are scored."""
    columns: tuple[int, ...]
    """Where its points are in the rows of its asset, -1 for one that the asset does not have."""
    fitted: Fitted

    @property
    def kind(self) -> tuple[object, ...]:
        """What entries of one group have in common."""
        detector = self.fitted.detector
        return detector.kind, detector.shape, detector.derived, len(self.columns)

    @property
    def key(self) -> tuple[str, str, int]:
        """What its memory is kept under."""
        return self.asset, self.fitted.id, self.version


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A model that is switched off."""

    asset: str
    model: str
    version: int
    reason: str

    @property
    def key(self) -> tuple[str, str, int]:
        """That of its entry."""
        return self.asset, self.model, self.version


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    """Rows for members of a bank; first axis the rows."""

    member: Members
    ts: Times
    values: Floats
    live: Mask


class Group:
    """A bank and whose models are in it."""

    def __init__(self, entries: Sequence[Entry], *, slots: int) -> None:
        """Put together `entries`, which are of one kind; those that make no bank are switched off."""
        self._slots = slots
        self.faults: list[Fault] = []
        """What was switched off, and why."""
        self._bank: Bank | None = None
        self._bad = np.zeros(0, np.int64)
        """How many rows in a row came to an infinite number; shape (entries,)."""
        self._arrange(sorted(entries, key=lambda entry: entry.slot))

    @property
    def points(self) -> tuple[str, ...]:
        """The derived points of every entry."""
        return self.entries[0].fitted.detector.derived if self.entries else ()

    def score(
        self, slot: Members, ts: Times, values: Floats, live: Mask
    ) -> tuple[Members, Members, Scores] | None:
        """Return number of the row, member and scores for rows of assets; None: there are none to be had.

        `values` has a column of NaN at its end. What fails is switched off, and only its scores are missing.
        """
        while self._bank is not None:
            row, member = self._members(slot)
            if not len(member):
                return None
            given = _Given(
                member=member, ts=ts[row], values=values[row[:, None], self.columns[member]], live=live[row]
            )
            scores = self._scores(given)
            if scores is not None:
                return row, member, self._finite(member, scores)
        return None

    def snapshot(self) -> Arrays:
        """Return what the bank remembers, first axis the entries; one that cannot say is switched off."""
        if self._bank is None:
            return {}
        try:
            kept = {name: np.array(array) for name, array in self._bank.snapshot().items()}
        except Exception as error:  # as in _arrange
            self.faults += [_fault(entry, _told(error)) for entry in self.entries]
            self._arrange(())
            return {}
        return kept

    def restore(self, arrays: Arrays) -> None:
        """Go on from a snapshot of the same entries, or from nothing if it is none."""
        try:
            if self._bank is not None and arrays:
                self._bank.restore(arrays)
        except Exception:  # as in _arrange
            self._bank = _bank_of(self.entries)

    def switch_off(self, off: Mask, reason: str) -> None:
        """Do without the entries where `off` is true; the others keep what they remember."""
        kept = self.snapshot()
        if self._bank is None:
            return
        self.faults += [_fault(entry, reason) for entry in compress(self.entries, off)]
        stay = np.flatnonzero(~off)
        bad = self._bad[stay]
        self._arrange([self.entries[number] for number in stay])
        if len(self.entries) == len(stay):
            self._bad = bad
            self.restore({name: array[stay] for name, array in kept.items()})

    def _arrange(self, entries: Sequence[Entry]) -> None:
        """Make a bank of `entries`, or of those of them that make one."""
        self._bank = None
        while entries and self._bank is None:
            try:
                self._bank = _bank_of(entries)
            except Exception as error:  # a model that makes no bank ends itself, never the pipeline
                wrong = [not _makes_bank(entry) for entry in entries]
                wrong = wrong if any(wrong) else [True] * len(entries)
                self.faults += [_fault(entry, _told(error)) for entry in compress(entries, wrong)]
                entries = [entry for entry, is_wrong in zip(entries, wrong, strict=True) if not is_wrong]
        self.entries = tuple(entries)
        self.columns = np.array([entry.columns for entry in entries], np.intp)
        self.limit = np.array([entry.fitted.limit for entry in entries])
        slot = np.array([entry.slot for entry in entries], np.intp)
        self._count = np.bincount(slot, minlength=self._slots)
        self._first = np.cumsum(self._count) - self._count
        self._bad = np.zeros(len(entries), np.int64)

    def _members(self, slot: Members) -> tuple[Members, Members]:
        """Return each entry that has a row: the number of the row, and its own."""
        count = self._count[slot]
        row = np.repeat(np.arange(len(slot)), count)
        within = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
        return row, self._first[slot[row]] + within

    def _scores(self, given: _Given) -> Scores | None:
        """Return the scores of rows; None: something failed, and is switched off."""
        assert self._bank is not None
        try:
            return _push(self._bank, given)
        except Exception as error:  # as in _arrange
            failing = given.member[self._failing(given)]
            off = np.zeros(len(self.entries), np.bool_)
            if len(off):
                off[failing] = True
                self.switch_off(off, _told(error))
            return None

    def _failing(self, given: _Given) -> Members:
        """Return which of the rows fail, each tried again by halves; all, if they fail only together."""
        kept = self.snapshot()
        found: list[int] = []
        waiting = [np.arange(len(given.member))]
        while waiting:
            rows = waiting.pop()
            if not self._fails(given, rows, kept):
                continue
            if len(rows) == 1:
                found += rows.tolist()
            else:
                waiting += np.array_split(rows, 2)
        return np.array(sorted(found) or range(len(given.member)), np.intp)

    def _fails(self, given: _Given, rows: Members, kept: Arrays) -> bool:
        member = given.member[rows]
        try:
            bank = _bank_of([self.entries[number] for number in member])
            if kept:
                bank.restore({name: array[member] for name, array in kept.items()})
            alone = _Given(
                member=np.arange(len(rows)),
                ts=given.ts[rows],
                values=given.values[rows],
                live=given.live[rows],
            )
            _push(bank, alone)
        except Exception:
            return True
        return False

    def _finite(self, member: Members, scores: Scores) -> Scores:
        """Return scores with NaN for what is infinite; who goes on with that is switched off next time."""
        columns = [scores.raw, *scores.derived.values()]
        infinite = np.logical_or.reduce([np.isinf(column) for column in columns])
        self._bad[member] = np.where(infinite, self._bad[member] + 1, 0)
        if not infinite.any():
            return scores
        clean = {name: np.where(np.isinf(said), np.nan, said) for name, said in scores.derived.items()}
        return Scores(raw=np.where(infinite, np.nan, scores.raw), derived=clean)

    def end_garbage(self) -> None:
        """Switch off what came to infinite numbers for too long."""
        if self.entries and (self._bad >= PATIENCE).any():
            self.switch_off(self._bad >= PATIENCE, f"infinite scores {PATIENCE} times in a row")


def _bank_of(entries: Sequence[Entry]) -> Bank:
    detectors = [entry.fitted.detector for entry in entries]
    return type(detectors[0]).bank(detectors)


def _makes_bank(entry: Entry) -> bool:
    try:
        _bank_of([entry])
    except Exception:
        return False
    return True


def _push(bank: Bank, given: _Given) -> Scores:
    """Return the scores of rows.

    Raises:
        ValueError: there is not one for each.
    """
    with np.errstate(all="ignore"):
        scores = bank.push(given.member, given.ts, given.values, given.live)
    for column in (scores.raw, *scores.derived.values()):
        if column.shape != given.member.shape:
            raise ValueError(f"{column.shape} scores of {given.member.shape} rows")
    return scores


def _fault(entry: Entry, reason: str) -> Fault:
    return Fault(asset=entry.asset, model=entry.fitted.id, version=entry.version, reason=reason)


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
