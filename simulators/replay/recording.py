"""Read a recording, row by row, whatever is wrong with some of them."""

import csv
import gzip
import io
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TextIO

from plantroom.domain.errors import Problem
from plantroom.domain.site import Asset
from plantroom.simulators.machine import Value
from plantroom.simulators.replay.cells import read_value
from plantroom.simulators.replay.columns import Column, ColumnMapping, RecordingInvalid, choose_columns

_GZIP_MAGIC: Final = b"\x1f\x8b"
_USUAL_TIME_COLUMNS: Final = ("ts", "time", "timestamp", "datetime", "date")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a recording is written."""

    read_time: Callable[[str], int]
    """Turns a cell into ms since the epoch; raises ValueError."""
    separator: str = ","
    time_column: str | None = None
    """None: the first that is called like one."""
    decimal_comma: bool = False
    mappings: tuple[ColumnMapping, ...] = ()
    constants: Mapping[str, Value] = field(default_factory=dict)
    """Values that every row has besides, by point."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a recording."""

    line: int
    ts: int
    """ms since the epoch, UTC."""
    values: dict[str, Value]


class Recording:
    """A CSV file, plain or gzip, of one asset's data; every row stands on a line of its own."""

    def __init__(self, path: Path, *, layout: Layout, asset: Asset | None = None) -> None:
        """Read the header.

        Raises:
            RecordingInvalid: the file cannot be read, or its header does not have what `layout` names.
        """
        self.path = path
        self._layout = layout
        header = self._header()
        self._time_index = self._find_time(header)
        try:
            self.columns: tuple[Column, ...] = choose_columns(
                header, mappings=layout.mappings, asset=asset, time_column=self._time_index
            )
        except RecordingInvalid as error:
            raise RecordingInvalid(f"{path}:1: {error}") from None

    def rows(self) -> Iterator[Row | Problem]:
        """Yield each row that has a time and a value, and each mistake; a bad cell costs only its value."""
        blank = f" \t\r\n{self._layout.separator}"
        try:
            with open_text(self.path) as lines:
                next(lines, None)
                for number, line in enumerate(lines, start=2):
                    if line.strip(blank):
                        yield from self._row(line, number)
        except (EOFError, OSError, zlib.error) as error:
            raise RecordingInvalid(f"{self.path}: ends too early or is broken: {error}") from error

    def count(self) -> int | None:
        """Return how many lines follow the header, None if the file cannot be read to its end."""
        lines, last = 0, b"\n"
        try:
            with open_bytes(self.path) as stream:
                while block := stream.read(1 << 20):
                    lines, last = lines + block.count(b"\n"), block[-1:]
        except (EOFError, OSError, zlib.error):
            return None
        return lines - 1 + (last != b"\n")

    def _row(self, line: str, number: int) -> Iterator[Row | Problem]:
        try:
            cells = split(line, self._layout.separator)
            ts = self._layout.read_time(cells[self._time_index])
        except IndexError:
            yield self._problem(
                number, f"has {len(cells)} cells, the time should be in number {self._time_index + 1}"
            )
            return
        except (ValueError, csv.Error) as error:
            yield self._problem(number, f"time {error}")
            return
        values: dict[str, Value] = {}
        for column in self.columns:
            try:
                value = read_value(cells[column.index], column, decimal_comma=self._layout.decimal_comma)
            except IndexError:
                yield self._problem(
                    number, f"has {len(cells)} cells, {column.name} should be in number {column.index + 1}"
                )
            except (ValueError, OverflowError) as error:
                yield self._problem(number, f"{column.name} {error}")
            else:
                if value is not None:
                    values[column.point] = value
        yield Row(number, ts, {**self._layout.constants, **values} if values else {})

    def _header(self) -> Sequence[str]:
        try:
            with open_text(self.path) as lines:
                first = next(lines, "")
                return (
                    [name.strip() for name in split(first, self._layout.separator)] if first.strip() else []
                )
        except (EOFError, OSError, zlib.error, csv.Error) as error:
            raise RecordingInvalid(f"{self.path}: cannot be read: {error}") from error

    def _find_time(self, header: Sequence[str]) -> int:
        if not header:
            raise RecordingInvalid(f"{self.path}:1: first line must name the columns: it is empty")
        wanted = self._layout.time_column
        names = [name.lower() for name in header] if wanted is None else list(header)
        for name in _USUAL_TIME_COLUMNS if wanted is None else (wanted,):
            if name in names:
                return names.index(name)
        what = (
            "no column is called like a time, name it by --time-column"
            if wanted is None
            else f"no column {wanted!r}"
        )
        separator = self._layout.separator
        raise RecordingInvalid(
            f"{self.path}:1: {what}; columns (separator {separator!r}): {', '.join(map(repr, header))}"
        )

    def _problem(self, line: int, message: str) -> Problem:
        return Problem(file=str(self.path), line=line, message=message)


def split(line: str, separator: str) -> list[str]:
    """Return the cells of one line; a quote that is not closed ends with its line.

    Raises:
        csv.Error: the line is too long.
    """
    text = line.rstrip("\r\n")
    if '"' not in text:
        return text.split(separator)
    return next(csv.reader([text], delimiter=separator), [])


def open_bytes(path: Path) -> io.BufferedReader | gzip.GzipFile:
    """Open a file, plain or gzip, told by its content and not by its name."""
    with path.open("rb") as stream:
        compressed = stream.read(2) == _GZIP_MAGIC
    if compressed:
        return gzip.open(path, "rb")
    return path.open("rb")


def open_text(path: Path) -> TextIO:
    """Open a file, plain or gzip, as UTF-8 with or without a mark; other bytes are replaced."""
    return io.TextIOWrapper(open_bytes(path), encoding="utf-8-sig", errors="replace")
