"""Rows of a CSV file with a sample in each."""

import csv
import gzip
import zlib
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final, TextIO

import numpy as np

from plantroom.domain.times import plain_times
from plantroom.storage.history_files.block import (
    NO_QUALITY,
    Block,
    Reading,
    Reject,
    Row,
    gather,
    quality_of,
    value_of,
)
from plantroom.storage.recordings import RecordingUnreadable

ROWS: Final = 50_000
"""Rows in a block."""
COLUMNS: Final = ("ts", "asset", "point", "value")
_GZIP_MAGIC: Final = b"\x1f\x8b"
Cells = list[str]


def csv_header(path: Path, separator: str = ",") -> list[str]:
    """Return the names of the columns, in lower case.

    Raises:
        RecordingUnreadable: the file cannot be read.
    """
    try:
        with _open(path) as lines:
            return [name.strip().lower() for name in _split(next(lines, ""), separator)]
    except (OSError, EOFError, zlib.error, csv.Error) as error:
        raise RecordingUnreadable(f"{path}: cannot be read: {error}") from error


def csv_blocks(path: Path, reading: Reading, *, after: int = 1) -> Iterator[Block]:
    """Give the rows behind line `after`, a block at a time; every row stands on a line of its own.

    Raises:
        RecordingUnreadable: the file cannot be read to its end, or lacks a column.
    """
    header = csv_header(path, reading.separator)
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        raise RecordingUnreadable(f"{path}:1: no column {', '.join(missing)}; columns: {', '.join(header)}")
    rows = _Rows(header, reading)
    try:
        with _open(path) as lines:
            numbered = islice(enumerate(lines, start=1), after, None)
            while taken := list(islice(numbered, ROWS)):
                yield rows.block(taken)
    except (OSError, EOFError, zlib.error) as error:
        raise RecordingUnreadable(f"{path}: ends too early or is broken: {error}") from error


def lines_at(path: Path, numbers: Sequence[int]) -> dict[int, str]:
    """Return the lines of these numbers, the first is 1."""
    wanted = set(numbers)
    with _open(path) as lines:
        return {number: line.rstrip("\r\n") for number, line in enumerate(lines, start=1) if number in wanted}


class _Rows:
    """Makes blocks of lines."""

    def __init__(self, header: Sequence[str], reading: Reading) -> None:
        self._reading = reading
        self._width = len(header)
        self._at = [header.index(name) for name in COLUMNS]
        self._quality_at = header.index("quality") if "quality" in header else None
        self._number = reading.table.number
        self._points = reading.table.points

    def block(self, taken: Sequence[tuple[int, str]]) -> Block:
        """Return what numbered lines say."""
        rejects: list[Reject] = []
        rows = self._whole(taken, rejects)
        last = taken[-1][0]
        block = self._at_once(rows, last) if rows else None
        if block is None:
            block = self._one_by_one(rows, last, rejects)
        block.rejects = rejects
        return self._reading.scaled(block)

    def _whole(self, taken: Sequence[tuple[int, str]], rejects: list[Reject]) -> list[tuple[int, Cells]]:
        """Return the cells of the lines that have enough of them."""
        rows = []
        for number, line in taken:
            try:
                cells = _split(line, self._reading.separator)
            except csv.Error as error:
                rejects.append(Reject(number, str(error), line.rstrip("\r\n")))
                continue
            if len(cells) == self._width:
                rows.append((number, cells))
            elif line.strip():
                reason = f"has {len(cells)} cells, the first line {self._width}"
                rejects.append(Reject(number, reason, line.rstrip("\r\n")))
        return rows

    def _at_once(self, rows: list[tuple[int, Cells]], last_line: int) -> Block | None:
        """Return the rows as columns where all are in plain form, None if any is not."""
        if not self._reading.plain_utc or self._reading.decimal_comma:
            return None
        ts_at, asset_at, point_at, value_at = self._at
        ts = plain_times([cells[ts_at] for _, cells in rows])
        values = [cells[value_at] for _, cells in rows]
        if ts is None or "_" in "".join(values):
            return None
        try:
            point = [self._number[cells[asset_at], cells[point_at]] for _, cells in rows]
            value = np.array(values).astype(np.float64)
            quality = self._qualities(rows)
        except (KeyError, ValueError):
            return None
        if np.isnan(value).any():
            return None
        return Block(
            line=np.array([number for number, _ in rows], np.int64),
            point=np.array(point, np.int32),
            ts=ts,
            value=value,
            quality=quality,
            last_line=last_line,
        )

    def _qualities(self, rows: list[tuple[int, Cells]]) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
        if self._quality_at is None:
            return np.full(len(rows), NO_QUALITY, np.uint8)
        words = [cells[self._quality_at] for _, cells in rows]
        codes = {word: quality_of(word) for word in set(words)}
        return np.array([codes[word] for word in words], np.uint8)

    def _one_by_one(self, rows: list[tuple[int, Cells]], last_line: int, rejects: list[Reject]) -> Block:
        samples: list[Row] = []
        for number, cells in rows:
            try:
                samples.append((number, *self._sample(cells)))
            except ValueError as error:
                rejects.append(Reject(number, str(error), self._reading.separator.join(cells)))
        return gather(samples, last_line=last_line)

    def _sample(self, cells: Cells) -> tuple[int, int, float, int]:
        ts, asset, point, value = (cells[at].strip() for at in self._at)
        number = self._number.get((asset, point))
        if number is None:
            raise ValueError(f"the site files have no point {point!r} of an asset {asset!r}")
        quality = NO_QUALITY if self._quality_at is None else quality_of(cells[self._quality_at])
        decimal_comma = self._reading.decimal_comma
        return (
            number,
            self._reading.read_time(ts),
            value_of(value, self._points[number], decimal_comma=decimal_comma),
            quality,
        )


def _split(line: str, separator: str) -> Cells:
    text = line.rstrip("\r\n")
    if '"' not in text:
        return text.split(separator)
    return next(csv.reader([text], delimiter=separator), [])


def _open(path: Path) -> TextIO:
    """Open a file, plain or gzip, told by its content; bytes that are no UTF-8 are replaced."""
    with path.open("rb") as stream:
        compressed = stream.read(2) == _GZIP_MAGIC
    if compressed:
        return gzip.open(path, "rt", encoding="utf-8-sig", errors="replace")
    return path.open(encoding="utf-8-sig", errors="replace")


def count_lines(path: Path) -> int:
    """Return how many lines there are.

    Raises:
        RecordingUnreadable: the file cannot be read to its end.
    """
    try:
        with _open(path) as lines:
            return sum(1 for _ in lines)
    except (OSError, EOFError, zlib.error) as error:
        raise RecordingUnreadable(f"{path}: ends too early or is broken: {error}") from error
