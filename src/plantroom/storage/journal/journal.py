"""The journal: durable appends in one order, readers that follow, segments dropped once all have read."""

import errno
import itertools
import logging
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
import numpy.typing as npt

from plantroom.domain.errors import SpoolBroken, SpoolFull
from plantroom.domain.points import PointTable
from plantroom.domain.samples import SampleBatch
from plantroom.storage.journal import record as records
from plantroom.storage.journal import segment
from plantroom.storage.journal.record import Record

log = logging.getLogger(__name__)

SEGMENT_BYTES: Final = 64 * 1024 * 1024
MAX_BYTES: Final = 4 * 1024 * 1024 * 1024
RESERVE_BYTES: Final = 256 * 1024 * 1024
"""Left free on the disk for the records and the outbox: at most this, at most a fifth of a small disk."""


class Journal:
    """The one writer of a journal; its owner calls it from one thread, readers may be in others."""

    def __init__(
        self,
        folder: Path,
        table: PointTable,
        *,
        max_bytes: int = MAX_BYTES,
        segment_bytes: int = SEGMENT_BYTES,
        reserve_bytes: int = RESERVE_BYTES,
        start: int = 0,
    ) -> None:
        """Open the journal in `folder`, cutting off what a crash left half-written at its end.

        Args:
            folder: where the segments are; made if missing.
            table: the points that the numbers in batches mean.
            max_bytes: most bytes the journal may take.
            segment_bytes: size from which a new segment is begun.
            reserve_bytes: see `RESERVE_BYTES`.
            start: the sequence to go on from at least, should the files have been taken away.

        Raises:
            SpoolBroken: a file in it is no segment of this version.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.table = table
        self._max_bytes = max_bytes
        self._segment_bytes = segment_bytes
        self._reserve_bytes = reserve_bytes
        self._file: BinaryIO | None = None
        self._end = 0
        self.last_now = 0
        """Our clock at the last record, ms since the epoch; 0 in an empty journal."""
        self.last = max(self._recover(), start)
        """Sequence of the last record that readers may see."""
        self._written = self.last
        self._closed_bytes = sum(path.stat().st_size for path in segment.find(folder))

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return self._closed_bytes + (self._end if self._file else 0)

    @property
    def max_bytes(self) -> int:
        """Most bytes that it may take on disk."""
        return self._max_bytes

    def _recover(self) -> int:
        paths = segment.find(self.folder)
        if not paths:
            return 0
        extent = segment.measure(paths[-1])
        if extent.now == 0:
            paths[-1].unlink()
            return max(self._recover(), extent.last)
        self.last_now = extent.now
        torn = paths[-1].stat().st_size - extent.size
        if torn:
            log.warning("journal tail cut off", extra={"file": str(paths[-1]), "bytes": torn})
            os.truncate(paths[-1], extent.size)
        return extent.last

    def append(self, *, now: int, batch: SampleBatch, notes: bytes = b"", sync: bool = True) -> int:
        """Keep one record and return its sequence; durable on return if `sync`.

        Raises:
            SpoolFull: there is no room; nothing was kept.
            SpoolBroken: the disk failed; nothing was kept.
        """
        record = Record(sequence=self._written + 1, now=now, batch=batch, notes=notes)
        data = records.encode(record)
        self._check_room(len(data))
        try:
            self._write(data)
            if sync:
                self._sync()
        except OSError as error:
            self._abandon_tail()
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise SpoolFull(f"disk of {self.folder} is full") from error
            raise SpoolBroken(f"cannot write to {self.folder}: {error}") from error
        self._written = record.sequence
        self.last_now = now
        if sync:
            self.last = record.sequence
        return record.sequence

    def sync(self) -> None:
        """Make every record so far durable.

        Raises:
            SpoolBroken: the disk failed.
        """
        if self._written == self.last:
            return
        try:
            self._sync()
        except OSError as error:
            raise SpoolBroken(f"cannot write to {self.folder}: {error}") from error
        self.last = self._written

    def check_room(self, size: int) -> None:
        """Do nothing if records of about `size` bytes in all can be kept.

        Raises:
            SpoolFull: they cannot.
        """
        self._check_room(min(size, self._max_bytes // 4))

    def _check_room(self, size: int) -> None:
        if self.size + size > self._max_bytes:
            raise SpoolFull(f"spool {self.folder} holds {self.size} of {self._max_bytes} bytes")
        disk = os.statvfs(self.folder)
        free, total = disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize
        reserve = min(self._reserve_bytes, total // 5)
        if free - size < reserve:
            raise SpoolFull(f"disk of {self.folder} has {free} bytes free, {reserve} are reserved")

    def _write(self, data: bytes) -> None:
        if self._file is not None and self._end >= self._segment_bytes:
            self._close_segment()
        if self._file is None:
            self._open_segment()
        assert self._file is not None
        _write_all(self._file, data)
        self._end += len(data)

    def _open_segment(self) -> None:
        path = self.folder / segment.name(self._written + 1)
        file = path.open("wb", buffering=0)
        try:
            head = segment.header(self.table.keys)
            _write_all(file, head)
            segment.sync_folder(self.folder)
        except OSError:
            file.close()
            path.unlink(missing_ok=True)
            raise
        self._file, self._end = file, len(head)

    def _sync(self) -> None:
        if self._file is not None:
            os.fdatasync(self._file.fileno())

    def _close_segment(self) -> None:
        if self._file is None:
            return
        os.fdatasync(self._file.fileno())
        self.last = self._written
        self._closed_bytes += self._end
        self._file.close()
        self._file = None

    def _abandon_tail(self) -> None:
        """Cut off what a failed append left, and go on in a new segment.

        After a failed fsync the state of the old segment on disk is not known: what was written to it without
        `sync` may be missing after a crash, which readers bridge.
        """
        if self._file is None:
            return
        path = Path(self._file.name)
        self._file.close()
        self._file = None
        extent = segment.measure(path, through=self._written)
        if extent.now == 0:
            path.unlink()
            return
        os.truncate(path, extent.size)
        self._closed_bytes += extent.size

    def reader(self, *, after: int) -> "Reader":
        """Return a reader that starts with the first record after sequence `after` that is kept."""
        return Reader(self, after=after)

    def drop_through(self, sequence: int) -> None:
        """Delete the segments all of whose records have a sequence up to `sequence`."""
        paths = segment.find(self.folder)
        for path, following in itertools.pairwise(paths):
            if segment.first_sequence(following) > sequence + 1:
                return
            self._closed_bytes -= path.stat().st_size
            path.unlink()

    def close(self) -> None:
        """Make everything durable and release the file."""
        self._close_segment()


def _write_all(file: BinaryIO, data: bytes) -> None:
    """Write all of `data` to an unbuffered file, which may take a part at a time on a disk that fills up."""
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]


class Reader:
    """Follows a journal, a record at a time, in order; used from one thread."""

    def __init__(self, journal: Journal, *, after: int) -> None:
        self._journal = journal
        self._file: BinaryIO | None = None
        self._numbers: npt.NDArray[np.int32] | None = None
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
            if found is None or found.sequence > self._journal.last:
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
