"""The journal: durable appends in one order, readers that follow, segments dropped once all have read."""

import errno
import itertools
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from plantroom.domain.errors import SpoolBroken, SpoolFull
from plantroom.domain.points import PointTable
from plantroom.domain.samples import SampleBatch
from plantroom.storage.durable import make_folder, sync_folder
from plantroom.storage.journal import record as records
from plantroom.storage.journal import segment
from plantroom.storage.journal.reader import Reader
from plantroom.storage.journal.record import Record

log = logging.getLogger(__name__)

SEGMENT_BYTES: Final = 64 * 1024 * 1024
_SEGMENTS: Final = 16
"""At least so many segments make a full journal: only whole ones can be dropped, and never the last."""
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
            segment_bytes: size from which a new segment is begun, less where the room is small.
            reserve_bytes: see `RESERVE_BYTES`.
            start: the sequence to go on from at least, should the files have been taken away.

        Raises:
            SpoolBroken: a file in it is no segment of this version.
        """
        make_folder(folder)
        self.folder = folder
        self.table = table
        self._max_bytes = max_bytes
        room = min(max_bytes, _bytes_of_disk(folder))
        self._segment_bytes = min(segment_bytes, room // _SEGMENTS)
        self._reserve_bytes = reserve_bytes
        self._file: BinaryIO | None = None
        self._end = 0
        self.last_now = 0
        """Our clock at the last record, ms since the epoch; 0 in an empty journal."""
        self.last = max(self._recover(), start)
        """Sequence of the last record that readers may see."""
        self.written = self.last
        """Sequence of the last record, durable or not."""
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
        # Synced also where nothing is torn: a record that was written and not synced when we were killed is
        # seen from now on, and what it holds is acknowledged when it comes again.
        segment.cut(paths[-1], extent.size)
        return extent.last

    def append(self, *, now: int, batch: SampleBatch, notes: bytes = b"", sync: bool = True) -> int:
        """Keep one record and return its sequence; durable on return if `sync`.

        Raises:
            SpoolFull: there is no room; nothing was kept.
            SpoolBroken: the disk failed; nothing was kept.
        """
        record = Record(sequence=self.written + 1, now=now, batch=batch, notes=notes)
        data = records.encode(record)
        self._check_room(len(data))
        with self._failures_told():
            self._write(data)
            if sync:
                self._sync()
        self.written = record.sequence
        self.last_now = now
        if sync:
            self.last = record.sequence
        return record.sequence

    def sync(self) -> None:
        """Make every record so far durable.

        Raises:
            SpoolFull: the disk is full.
            SpoolBroken: the disk failed.
        """
        if self.written == self.last:
            return
        with self._failures_told():
            self._sync()
        self.last = self.written

    @contextmanager
    def _failures_told(self) -> Iterator[None]:
        """Leave the segment that could not be written, and say why it could not."""
        try:
            yield
        except OSError as error:
            self._abandon_tail()
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise SpoolFull(f"disk of {self.folder} is full") from error
            raise SpoolBroken(f"cannot write to {self.folder}: {error}") from error

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
        path = self.folder / segment.name(self.written + 1)
        file = path.open("wb", buffering=0)
        try:
            head = segment.header(self.table.keys)
            _write_all(file, head)
            sync_folder(self.folder)
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
        self.last = self.written
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
        extent = segment.measure(path, through=self.written)
        if extent.now == 0:
            path.unlink()
            return
        self._closed_bytes += extent.size
        with suppress(OSError):  # readers go by the next segment's name, should what failed be there again
            segment.cut(path, extent.size)

    def reader(self, *, after: int) -> Reader:
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


def _bytes_of_disk(folder: Path) -> int:
    disk = os.statvfs(folder)
    return disk.f_blocks * disk.f_frsize
