"""Readers of the journal: each follows it, past what a crash or a failed disk left behind."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import numpy.typing as npt

from plantroom.domain.errors import SpoolBroken
from plantroom.storage.journal import record as records
from plantroom.storage.journal import segment
from plantroom.storage.journal.record import Record

if TYPE_CHECKING:
    from plantroom.storage.journal.journal import Journal

log = logging.getLogger(__name__)


class Reader:
    """Follows a journal, a record at a time, in order; used from one thread."""

    def __init__(self, journal: "Journal", *, after: int) -> None:
        self._journal = journal
        self._file: BinaryIO | None = None
        self._numbers: npt.NDArray[np.int32] | None = None
        self._before: int | None = None
        """First sequence of the segment after the open one, where there was one when it was opened."""
        self.position = after
        """Sequence of the last record returned."""

    def read(self, *, max_samples: int) -> Iterator[Record]:
        """Yield the records that are there, up to the one that makes it `max_samples` samples or more."""
        samples = 0
        while samples < max_samples and self.position < self._journal.last:
            record = self._next()
            samples += len(record.batch)
            self.position = record.sequence
            yield record

    def _next(self) -> Record:
        while True:
            if self._file is None:
                self._open()
            assert self._file is not None
            start = self._file.tell()
            found = records.read(self._file)
            if found is None or found.sequence > self._journal.last or found.sequence == self._before:
                self._leave_segment(start)
            elif found.sequence > self.position:
                return self._renumbered(found)

    def _leave_segment(self, end: int) -> None:
        """Go on with the next segment, which begins where this one's sound records ended."""
        assert self._file is not None
        path = Path(self._file.name)
        self.close()
        following = [other for other in segment.find(self._journal.folder) if other > path]
        if not following:
            raise SpoolBroken(f"journal record {self.position + 1} is not readable: {path} at byte {end}")
        skipped = segment.first_sequence(following[0]) - 1 - self.position
        if skipped > 0:
            log.error("journal records lost", extra={"file": str(path), "byte": end, "records": skipped})
            self.position += skipped

    def _open(self) -> None:
        paths = segment.find(self._journal.folder)
        if not paths:
            raise SpoolBroken(
                f"journal has no segment with record {self.position + 1}: {self._journal.folder}"
            )
        starts = [path for path in paths if segment.first_sequence(path) <= self.position + 1]
        path = starts[-1] if starts else paths[0]
        following = paths[paths.index(path) + 1 :]
        self._before = segment.first_sequence(following[0]) if following else None
        file = path.open("rb")
        keys = segment.read_header(file)
        if keys is None:
            file.close()
            raise SpoolBroken(f"journal segment has no whole header: {path}")
        table = self._journal.table
        self._numbers = None if keys == table.keys else table.renumbering(keys)
        self._file = file

    def _renumbered(self, record: Record) -> Record:
        if self._numbers is None or not len(record.batch):
            return record
        point = self._numbers[record.batch.point]
        known = point >= 0
        if not known.all():
            log.warning("samples of removed points left out", extra={"samples": int((~known).sum())})
        batch = replace(record.batch, point=point).take(known)
        return replace(record, batch=batch)

    def close(self) -> None:
        """Release the file."""
        if self._file is not None:
            self._file.close()
            self._file = None
