"""Recordings of readings as files: Parquet or CSV, a row for each reading, in order of time."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Final, Self

import duckdb
import numpy as np
import numpy.typing as npt

from plantroom.domain.errors import PlantroomError
from plantroom.domain.site import Point

FORMATS: Final = {
    ".parquet": "FORMAT parquet, COMPRESSION zstd",
    ".csv": "FORMAT csv, HEADER",
}
_TIMES: Final = {
    ".parquet": "make_timestamp(ts * 1000)",
    ".csv": "strftime(make_timestamp(ts * 1000), '%Y-%m-%dT%H:%M:%S.%gZ')",
}


class RecordingUnwritable(PlantroomError, OSError):
    """A recording cannot be written where it should be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedLabel:
    """The truth about one fault of a recording."""

    asset: str
    fault: str
    point: str | None
    start: str
    """RFC 3339."""
    end: str | None
    severity: float


class RecordingWriter:
    """Writes blocks of readings to one file, which is there only when all are written.

    Columns: `ts` (UTC; in CSV as RFC 3339), `asset`, `point`, `value` (number; false and true are 0 and 1,
    a state its position), `text` (the state's name).
    """

    def __init__(self, path: Path, series: Sequence[tuple[str, Point]]) -> None:
        """Take the path, its suffix says the format, and what the numbers of the series stand for.

        Raises:
            RecordingUnwritable: the suffix is none of `FORMATS`, or the folder cannot be written.
        """
        if path.suffix not in FORMATS:
            raise RecordingUnwritable(f"recording must end in {' or '.join(FORMATS)}: {path}")
        self._path = path
        self.rows = 0
        try:
            self._folder = TemporaryDirectory(prefix=".recording-", dir=path.parent)
        except OSError as error:
            raise RecordingUnwritable(f"{path.parent}: {error.strerror}") from error
        # One thread, so that the same readings give the same file, byte for byte.
        self._database = duckdb.connect(str(Path(self._folder.name) / "rows.db"), config={"threads": 1})
        self._database.execute("CREATE TABLE readings (ts BIGINT, series INTEGER, value DOUBLE)")
        self._names = [(asset, point.name, point.states) for asset, point in series]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()
        self._folder.cleanup()

    def write(
        self, *, ts: npt.NDArray[np.int64], series: npt.NDArray[np.int32], values: npt.NDArray[np.float64]
    ) -> None:
        """Take readings that are not older than those before; `ts` in ms since the epoch."""
        self._database.register("block", {"ts": ts, "series": series, "value": values})
        self._database.execute("INSERT INTO readings SELECT ts, series, value FROM block")
        self._database.unregister("block")
        self.rows += len(ts)

    def finish(self) -> None:
        """Make the file of all that was written; one of that name is replaced."""
        made = Path(self._folder.name) / f"made{self._path.suffix}"
        # Names are looked up in lists: a join may give the rows in another order.
        assets, points, states = (_listed(each) for each in zip(*self._names, strict=True))
        columns = (
            f"{_TIMES[self._path.suffix]} AS ts, {assets}[series + 1] AS asset, "
            f"{points}[series + 1] AS point, value, {states}[series + 1][value::INTEGER + 1] AS text"
        )
        rows = f"SELECT {columns} FROM readings"  # noqa: S608  # every name is quoted
        self._database.execute(f"COPY ({rows}) TO {_quoted(str(made))} ({FORMATS[self._path.suffix]})")
        made.replace(self._path)


def _listed(names: Iterable[str | Sequence[str]]) -> str:
    """Return a list, or a list of lists, in SQL."""
    return f"[{', '.join(_quoted(each) if isinstance(each, str) else _listed(each) for each in names)}]"


def _quoted(text: str) -> str:
    escaped = text.replace("'", "''")
    return f"'{escaped}'"


def write_labels(path: Path, labels: Iterable[RecordedLabel]) -> None:
    """Write the truth about a recording's faults as CSV: asset, fault, point, from, to, severity."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["asset", "fault", "point", "from", "to", "severity"])
        for label in labels:
            rows.writerow(
                [label.asset, label.fault, label.point or "", label.start, label.end or "", label.severity]
            )
