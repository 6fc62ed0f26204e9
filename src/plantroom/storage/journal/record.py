"""One record of the journal, and its bytes.

    record  = length u32 | crc32 u32 | sequence u64 | now i64 | samples u32 | notes u32 | columns | notes
    columns = point i32[] | ts i64[] | value f64[] | quality u8[] | arrived i64[] | message i32[]

All little-endian; `length` counts what follows the checksum, which covers the same bytes.
"""

import struct
import zlib
from dataclasses import dataclass, field
from typing import BinaryIO, Final

import numpy as np

from plantroom.domain.samples import SampleBatch

_FRAME: Final = struct.Struct("<II")
_HEAD: Final = struct.Struct("<QqII")
_COLUMNS: Final = ("<i4", "<i8", "<f8", "u1", "<i8", "<i4")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One input of the pipeline, as it happened: samples, or none for a tick of the clock."""

    sequence: int
    """Position in the journal, from 1, without gaps."""
    now: int
    """Our clock, ms since the epoch, UTC."""
    batch: SampleBatch = field(default_factory=SampleBatch.empty)
    notes: bytes = b""
    """What else is to be remembered with it, as its writer encoded it."""


def encode(record: Record) -> bytes:
    """Return the record's bytes."""
    body = b"".join(
        (
            _HEAD.pack(record.sequence, record.now, len(record.batch), len(record.notes)),
            *(
                np.ascontiguousarray(column, dtype=kind).tobytes()
                for column, kind in zip(record.batch.columns(), _COLUMNS, strict=True)
            ),
            record.notes,
        )
    )
    return _FRAME.pack(len(body), zlib.crc32(body)) + body


def read(file: BinaryIO) -> Record | None:
    """Return the record that starts at the file's position, or None where no whole, sound one does."""
    frame = file.read(_FRAME.size)
    if len(frame) < _FRAME.size:
        return None
    length, checksum = _FRAME.unpack(frame)
    body = file.read(length)
    if len(body) < length or length < _HEAD.size or zlib.crc32(body) != checksum:
        return None
    return _decode(body)


def _decode(body: bytes) -> Record:
    sequence, now, samples, notes = _HEAD.unpack_from(body)
    columns, offset = [], _HEAD.size
    for kind in _COLUMNS:
        columns.append(np.frombuffer(body, dtype=kind, count=samples, offset=offset))
        offset += columns[-1].nbytes
    point, ts, value, quality, arrived, message = columns
    batch = SampleBatch(point=point, ts=ts, value=value, quality=quality, arrived=arrived, message=message)
    return Record(sequence=sequence, now=now, batch=batch, notes=body[offset : offset + notes])
