"""Recordings of readings as files: Parquet or CSV, a row for each reading, in order of time."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from types import TracebackType
from typing import Final, Self

import duckdb
import numpy as np
import numpy.typing as npt

from plantroom.domain.errors import PlantroomError
from plantroom.domain.points import PointTable
from plantroom.domain.samples import SampleBatch
from plantroom.domain.site import Point
from plantroom.storage.series.history import as_if_live

IN_MEMORY: Final[dict[str, str | bool | int | float | list[str]]] = {
    "threads": 1,
    "temp_directory": gettempdir(),
}
"""Settings of a database without a file, which would put what memory cannot hold into the working directory.

One thread, so that rows come in the order of the file."""
FORMATS: Final = {
    ".parquet": "FORMAT parquet, COMPRESSION zstd",
    ".csv": "FORMAT csv, HEADER",
}
TIMES: Final = {
    ".parquet": "make_timestamp(ts * 1000)",
    ".csv": "strftime(make_timestamp(ts * 1000), '%Y-%m-%dT%H:%M:%S.%gZ')",
}


class RecordingUnwritable(PlantroomError, OSError):
    """A recording cannot be written where it should be."""


class RecordingUnreadable(PlantroomError, ValueError):
    """A recording, or the labels of one, cannot be read."""


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
        assets, points, states = (listed(each) for each in zip(*self._names, strict=True))
        columns = (
            f"{TIMES[self._path.suffix]} AS ts, {assets}[series + 1] AS asset, "
            f"{points}[series + 1] AS point, value, {states}[series + 1][value::INTEGER + 1] AS text"
        )
        rows = f"SELECT {columns} FROM readings"  # noqa: S608  # every name is quoted
        self._database.execute(f"COPY ({rows}) TO {quoted(str(made))} ({FORMATS[self._path.suffix]})")
        made.replace(self._path)


class RecordedHistory:
    """A `History` in files such as `RecordingWriter` makes; a CSV file is read once, what is needed of it."""

    def __init__(self, paths: Sequence[Path], table: PointTable) -> None:
        """Take files of one installation, whose points `table` numbers; what it has not is left out.

        Raises:
            RecordingUnreadable: a file is missing, or not such a recording.
        """
        self._table = table
        self._paths = paths
        self._database = duckdb.connect(config={**IN_MEMORY, "memory_limit": "1GB"})
        self._database.execute("SET TimeZone = 'UTC'")
        rows = " UNION ALL ".join(self._rows_of(path) for path in paths)
        with self._translated_errors():
            self._database.execute(f"CREATE VIEW rows AS {rows}")

    def _rows_of(self, path: Path) -> str:
        if path.suffix not in FORMATS:
            raise RecordingUnreadable(f"recording must end in {' or '.join(FORMATS)}: {path}")
        if path.suffix == ".parquet":
            return f"SELECT ts, asset, point, value FROM read_parquet({quoted(str(path))})"  # noqa: S608 - quoted
        typed = "{'ts': 'TIMESTAMP', 'asset': 'VARCHAR', 'point': 'VARCHAR', 'value': 'DOUBLE'}"
        with self._translated_errors():
            table = f"csv_{len(self._database.execute('SHOW TABLES').fetchall())}"
            self._database.execute(
                f"CREATE TABLE {table} AS SELECT ts, asset, point, value "  # noqa: S608 - a number and a quoted name
                f"FROM read_csv({quoted(str(path))}, header = true, types = {typed})"
            )
        return f"SELECT * FROM {table}"  # noqa: S608 - made of a number

    def span(self) -> tuple[int, int] | None:
        """See `History`."""
        with self._translated_errors():
            query = "SELECT epoch_ms(min(ts)), epoch_ms(max(ts)) FROM rows"
            ((first, last),) = self._database.execute(query).fetchall()
        return None if first is None else (int(first), int(last))

    def read(self, points: npt.NDArray[np.intp], *, start: int, end: int) -> SampleBatch:
        """See `History`."""
        keys = [self._table.keys[number] for number in points.tolist()]
        wanted = {
            "asset": np.array([asset for asset, _ in keys], dtype=object),
            "point": np.array([point for _, point in keys], dtype=object),
            "number": points,
        }
        with self._translated_errors():
            self._database.register("wanted", wanted)
            found = self._database.execute(
                "SELECT epoch_ms(ts) AS ts, number, coalesce(value, 'NaN'::DOUBLE) AS value "
                "FROM rows JOIN wanted USING (asset, point) "
                "WHERE ts >= make_timestamp($start * 1000) AND ts < make_timestamp($end * 1000)",
                {"start": start, "end": end},
            ).fetchnumpy()
            self._database.unregister("wanted")
        return as_if_live(
            self._table,
            point=np.asarray(found["number"], np.intp),
            ts=np.asarray(found["ts"], np.int64),
            value=np.asarray(found["value"], np.float64),
        )

    def close(self) -> None:
        """Release everything."""
        self._database.close()

    @contextmanager
    def _translated_errors(self) -> Iterator[None]:
        try:
            yield
        except duckdb.Error as error:
            files = ", ".join(str(path) for path in self._paths)
            raise RecordingUnreadable(f"{files}: {str(error).splitlines()[0]}") from error


def listed(names: Iterable[str | Sequence[str]]) -> str:
    """Return a list, or a list of lists, in SQL."""
    return f"[{', '.join(quoted(each) if isinstance(each, str) else listed(each) for each in names)}]"


def quoted(text: str) -> str:
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


def read_labels(path: Path) -> tuple[RecordedLabel, ...]:
    """Return the truth about faults that `write_labels` wrote.

    Raises:
        RecordingUnreadable: it is not such a file.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return tuple(_label(row) for row in csv.DictReader(file))
    except (OSError, KeyError, ValueError) as error:
        raise RecordingUnreadable(f"{path}: expected labels, as beside a recording: {error}") from error


def _label(row: Mapping[str, str]) -> RecordedLabel:
    return RecordedLabel(
        asset=row["asset"],
        fault=row["fault"],
        point=row["point"] or None,
        start=row["from"],
        end=row["to"] or None,
        severity=float(row["severity"]),
    )
