"""History written to a file that is there only when all of it is."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, Self

import duckdb

from plantroom.domain.samples import quality_label
from plantroom.domain.site import Point, ValueType
from plantroom.storage.recordings import FORMATS, TIMES, RecordingUnwritable, listed, quoted
from plantroom.storage.series.port import Series

_SCHEMA: Final = """
CREATE TABLE about (identity VARCHAR);
CREATE TABLE done (series INTEGER, rows BIGINT);
CREATE TABLE samples (series INTEGER, ts BIGINT, value DOUBLE, quality UTINYINT);
"""


class HistoryWriter:
    """Writes one series after another; what was written of a file that never became whole is gone on with."""

    def __init__(self, path: Path, series: Sequence[tuple[str, Point]], *, identity: str) -> None:
        """Take where to, what the numbers of the series stand for, and what tells this export from another.

        Raises:
            RecordingUnwritable: the suffix is none of `FORMATS`, or the folder cannot be written.
        """
        if path.suffix not in FORMATS:
            raise RecordingUnwritable(f"history must end in {' or '.join(FORMATS)}: {path}")
        self._path = path
        self._series = series
        self._kept = path.with_name(f".{path.name}.export")
        try:
            self._database = self._opened(identity)
        except duckdb.Error as error:
            raise RecordingUnwritable(f"{path.parent}: {str(error).splitlines()[0]}") from error
        self.done = dict(self._database.execute("SELECT series, rows FROM done").fetchall())
        """Rows of each series that is written, by its number."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def write(self, series: int, parts: Iterable[Series]) -> int:
        """Write the samples of a series, oldest first, and return how many."""
        rows = 0
        self._database.begin()
        for part in parts:
            columns = {"ts": part.ts, "value": part.value, "quality": part.quality}
            self._database.register("part", columns)
            self._database.execute("INSERT INTO samples SELECT ?, ts, value, quality FROM part", [series])
            self._database.unregister("part")
            rows += len(part)
        self._database.execute("INSERT INTO done VALUES (?, ?)", [series, rows])
        self._database.commit()
        self.done[series] = rows
        return rows

    def finish(self) -> None:
        """Make the file, a row for each sample, in the order of the series; one of that name is replaced."""
        assets = listed([asset for asset, _ in self._series])
        points = listed([point.name for _, point in self._series])
        words = listed([quality_label(code) for code in range(256)])
        ts = TIMES[self._path.suffix]
        self._copy(
            f"SELECT {ts} AS ts, {assets}[series + 1] AS asset, {points}[series + 1] AS point, "  # noqa: S608 - quoted
            f"CASE WHEN NOT isnan(value) THEN value END AS value, {words}[quality + 1] AS quality "
            "FROM samples"
        )

    def finish_wide(self) -> None:
        """Make the file of one asset: a row for each time, a column for each point, no bad samples."""
        columns = ", ".join(
            f'max({_shown(point)}) FILTER (WHERE series = {number}) AS "{point.name}"'
            for number, (_, point) in enumerate(self._series)
        )
        self._copy(
            f"SELECT {TIMES[self._path.suffix]} AS ts, {columns} "  # noqa: S608 - quoted
            "FROM samples WHERE quality < 16 AND NOT isnan(value) GROUP BY samples.ts ORDER BY samples.ts"
        )

    def _copy(self, rows: str) -> None:
        made = self._path.with_name(f".{self._path.name}.made")
        try:
            self._database.execute(f"COPY ({rows}) TO {quoted(str(made))} ({FORMATS[self._path.suffix]})")
            made.replace(self._path)
        except (duckdb.Error, OSError) as error:
            made.unlink(missing_ok=True)
            raise RecordingUnwritable(f"{self._path}: {str(error).splitlines()[0]}") from error
        self._database.close()
        self._kept.unlink()

    def _opened(self, identity: str) -> duckdb.DuckDBPyConnection:
        while True:
            # One thread, so that the same samples give the same file, byte for byte.
            database = duckdb.connect(self._kept, config={"threads": 1, "memory_limit": "512MB"})
            if not database.execute("SHOW TABLES").fetchall():
                database.begin()
                database.execute(_SCHEMA)
                database.execute("INSERT INTO about VALUES (?)", [identity])
                database.commit()
            if database.execute("SELECT identity FROM about").fetchall() == [(identity,)]:
                return database
            database.close()
            self._kept.unlink()


def _shown(point: Point) -> str:
    """Return in SQL how a value of `point` is written: a number, true or false, or a state's name."""
    if point.value_type is ValueType.STATE:
        return f"{listed(point.states)}[value::INTEGER + 1]"
    if point.value_type is ValueType.BOOLEAN:
        return "(value <> 0)::VARCHAR"
    return "value"
