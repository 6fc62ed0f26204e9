"""One file of the journal: which points its numbers mean, then records.

segment = "PRJ1" | length u32 | crc32 u32 | JSON {"points": [[asset, [point, ...]], ...]} | records
"""

import itertools
import json
import os
import re
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from plantroom.domain.errors import SpoolBroken
from plantroom.storage.journal import record

_MAGIC: Final = b"PRJ1"
_FRAME: Final = struct.Struct("<4sII")
_NAME: Final = re.compile(r"\d{20}\.journal")

Keys = tuple[tuple[str, str], ...]


def name(first: int) -> str:
    """Return the name of the segment whose first record has sequence `first`."""
    return f"{first:020d}.journal"


def first_sequence(path: Path) -> int:
    """Return the sequence of a segment's first record."""
    return int(path.stem)


def find(folder: Path) -> list[Path]:
    """Return the segments in `folder`, oldest first."""
    return sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))


def header(keys: Sequence[tuple[str, str]]) -> bytes:
    """Return the bytes that open a segment whose point numbers mean `keys`."""
    grouped = [
        [asset, [point for _, point in group]] for asset, group in itertools.groupby(keys, lambda key: key[0])
    ]
    body = json.dumps({"points": grouped}, separators=(",", ":")).encode()
    return _FRAME.pack(_MAGIC, len(body), zlib.crc32(body)) + body


def read_header(file: BinaryIO) -> Keys | None:
    """Return the points that a segment's numbers mean, or None if its header is not whole.

    Raises:
        SpoolBroken: the file is no segment of this version.
    """
    frame = file.read(_FRAME.size)
    if len(frame) < _FRAME.size:
        return None
    magic, length, checksum = _FRAME.unpack(frame)
    if not any(frame):  # room that was taken on the disk, and the power failed before anything was in it
        return None
    if magic != _MAGIC:
        raise SpoolBroken(f"not a journal segment of this version: {file.name}")
    body = file.read(length)
    if len(body) < length or zlib.crc32(body) != checksum:
        return None
    return tuple((asset, point) for asset, points in json.loads(body)["points"] for point in points)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much of a segment is sound."""

    size: int
    """Bytes up to the end of the last sound record; 0 if even the header is not whole."""
    last: int
    """Sequence of the last sound record; one less than the first if there is none."""
    now: int
    """Our clock at the last sound record, ms since the epoch; 0 if there is none."""


def measure(path: Path, *, through: int | None = None) -> Extent:
    """Return how much of the segment at `path` is sound, at most up to the record `through`."""
    last, now = first_sequence(path) - 1, 0
    with path.open("rb") as file:
        if read_header(file) is None:
            return Extent(size=0, last=last, now=0)
        end = file.tell()
        while last != through and (found := record.read(file)) is not None and found.sequence == last + 1:
            last, now, end = found.sequence, found.now, file.tell()
    return Extent(size=end, last=last, now=now)


def cut(path: Path, size: int) -> None:
    """Cut the segment at `path` down to `size` bytes, durably."""
    with path.open("r+b") as file:
        file.truncate(size)
        os.fsync(file.fileno())
