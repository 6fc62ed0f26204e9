"""The data directory in a backup: consistent while the product runs on it.

What is copied later is never older: the journal is held fast, then come the checkpoint and the cursors, the
outbox, the records, the samples, and what the journal holds by then. So after restoring as after a crash
everything since the checkpoint is decided again, and what the store may lack is written again.
"""

import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from plantroom.domain.errors import BackupFailed
from plantroom.storage.backup import ASIDE
from plantroom.storage.durable import make_folder, sync_folder
from plantroom.storage.journal.journal import RESERVE_BYTES

PREFIX: Final = "data/"
"""Before the names of members that are files of the data directory."""
REPLACED: Final = "replaced-"
"""Begins the name of the folder in which restoring leaves what was there."""
STAGING: Final = "restoring"
"""Folder in which a backup is unpacked before it takes its place."""
RECORDS: Final = "records.sqlite"
SAMPLES: Final = "samples.duckdb"
_LOCKS: Final = frozenset({"lock", "api.json"})
_PASSING: Final = (".new", ".wal", "-wal", "-shm", ".tmp")
"""Ends the names of files and folders that are being written, or belong to a database that is open."""
_SEGMENT: Final = ".journal"
_HOLD_EVERY: Final = 1.0
"""Seconds; a segment lives longer, from its first record to the checkpoint that makes it superfluous."""


def kept_in(data: Path) -> list[Path]:
    """Return every file in `data` that belongs into a backup, relative to it."""
    return [path for path in all_in(data) if not any(part.endswith(_PASSING) for part in path.parts)]


def all_in(data: Path) -> list[Path]:
    """Return every file in `data` but what only a running process needs, and what others left aside."""
    return sorted(path.relative_to(data) for path in _files(data) if path.name not in _LOCKS)


def _files(data: Path) -> Iterator[Path]:
    for path in data.iterdir():
        if path.is_dir() and path.name not in (ASIDE, STAGING) and not path.name.startswith(REPLACED):
            yield from (inner for inner in path.rglob("*") if inner.is_file())
        elif path.is_file():
            yield path


def replace(data: Path, fresh: Path, *, aside: Path) -> bool:
    """Put the files of `fresh` where those of `data` are, which go `aside`; return whether there were any."""
    old = all_in(data)
    moves = [(data / path, aside / path) for path in old]
    moves += [(fresh / path, data / path) for path in all_in(fresh)]
    for source, target in moves:
        make_folder(target.parent)
        source.rename(target)
    for folder in {path.parent for move in moves for path in move}:
        sync_folder(folder)
    return bool(old)


@contextmanager
def holding_journal(data: Path) -> Iterator[None]:
    """Keep every segment from being deleted while the block runs, by a second name."""
    ended = threading.Event()
    failures: list[OSError] = []

    def hold() -> None:
        try:
            while not ended.wait(_HOLD_EVERY):
                _hold(data)
        except OSError as error:
            failures.append(error)

    _hold(data)
    holder = threading.Thread(target=hold, name="journal holder", daemon=True)
    holder.start()
    try:
        yield
    finally:
        ended.set()
        holder.join()
    for failure in failures:
        raise failure


def _hold(data: Path) -> None:
    for path in kept_in(data):
        held = data / ASIDE / path
        if path.suffix == _SEGMENT and not held.exists():
            make_folder(held.parent)
            with suppress(FileNotFoundError):  # deleted meanwhile: nobody needed it any more
                os.link(data / path, held)


def journal_held(data: Path) -> dict[str, Path]:
    """Return the segments that are held, with all that has been appended by now, as members."""
    _hold(data)
    held = sorted((data / ASIDE).rglob(f"*{_SEGMENT}"))
    return {PREFIX + path.relative_to(data / ASIDE).as_posix(): path for path in held}


def check_room(data: Path) -> None:
    """Do nothing if the disk of `data` has room for a second copy of the samples beside all it must take.

    Raises:
        BackupFailed: it has not: the product would have to stop taking readings.
    """
    disk = shutil.disk_usage(data)
    needed = (data / SAMPLES).stat().st_size + min(RESERVE_BYTES, disk.total // 5)
    if disk.free < needed:
        raise BackupFailed(
            f"the disk of {data} has {disk.free:,} bytes free: a copy of the samples while the product runs "
            f"needs {needed:,}; stopped, it needs none"
        )


def copy_state(data: Path, into: Path) -> dict[str, Path]:
    """Copy all but the journal and the samples to the folder `into`, and return the copies as members."""
    kept = [path for path in kept_in(data) if path.suffix not in (_SEGMENT, Path(SAMPLES).suffix)]
    copies: dict[str, Path] = {}
    for path in sorted(kept, key=_turn):
        copy = into / path
        make_folder(copy.parent)
        (_copy_database if _is_database(path) else shutil.copyfile)(data / path, copy)
        copies[PREFIX + path.as_posix()] = copy
    return copies


def _turn(path: Path) -> tuple[bool, bool]:
    """Return the order: what a database is told is in the checkpoint or the outbox before."""
    return _is_database(path), path == Path(RECORDS)


def _is_database(path: Path) -> bool:
    return path.suffix == Path(RECORDS).suffix


def _copy_database(path: Path, copy: Path) -> None:
    """Copy an SQLite database as it is at one moment; writers do not wait.

    Raises:
        BackupFailed: it cannot be read, or the disk does not take the copy.
    """
    try:
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
    except sqlite3.Error as error:
        free = shutil.disk_usage(copy.parent).free
        raise BackupFailed(f"{path} cannot be copied to a disk with {free:,} bytes free: {error}") from error
