"""Rows of a Parquet file with a sample in each."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np

from plantroom.storage.history_files.block import Block, Reading, Reject, Row, gather, quality_of, value_of
from plantroom.storage.recordings import IN_MEMORY, RecordingUnreadable

ROWS: Final = 100_000
"""Rows in a block."""
_NEEDED: Final = frozenset({"ts", "asset", "point", "value"})
_NUMBERS: Final = frozenset(
    {
        "TINYINT",
        "SMALLINT",
        "INTEGER",
        "BIGINT",
        "UTINYINT",
        "USMALLINT",
        "UINTEGER",
        "FLOAT",
        "DOUBLE",
        "BOOLEAN",
    }
)


def parquet_blocks(path: Path, reading: Reading, *, after: int = 0) -> Iterator[Block]:
    """Give the rows behind row `after`, a block at a time.

    A time of type TIMESTAMP is UTC; one that is a number or a text is as `reading` says.

    Raises:
        RecordingUnreadable: the file cannot be read, or lacks a column.
    """
    with closing(duckdb.connect(config={**IN_MEMORY, "memory_limit": "512MB"})) as database:
        try:
            database.execute("SET TimeZone = 'UTC'")
            kinds = _kinds(path, database)
            query = f"SELECT {_columns(kinds)} FROM read_parquet(?) OFFSET {after}"  # noqa: S608 - ours
            rows = database.execute(query, [str(path)])
            line = after
            while taken := rows.fetchmany(ROWS):
                yield _block(taken, reading, after=line)
                line += len(taken)
        except duckdb.Error as error:
            raise RecordingUnreadable(f"{path}: {str(error).splitlines()[0]}") from error


def _kinds(path: Path, database: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return the type of each column."""
    described = database.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
    kinds = {str(name).lower(): str(kind) for name, kind, *_ in described}
    missing = sorted(_NEEDED - kinds.keys())
    if missing:
        raise RecordingUnreadable(f"{path}: no column {', '.join(missing)}; columns: {', '.join(kinds)}")
    return kinds


def _columns(kinds: dict[str, str]) -> str:
    ts = "epoch_ms(ts)" if kinds["ts"].startswith("TIMESTAMP") else "ts::VARCHAR"
    value = "value::DOUBLE" if kinds["value"] in _NUMBERS else "value::VARCHAR"
    quality = "quality::VARCHAR" if "quality" in kinds else "NULL"
    return f"{ts}, asset::VARCHAR, point::VARCHAR, {value}, {quality}"


def _block(taken: list[tuple[Any, ...]], reading: Reading, *, after: int) -> Block:
    samples: list[Row] = []
    rejects: list[Reject] = []
    for line, row in enumerate(taken, start=after + 1):
        try:
            samples.append((line, *_sample(row, reading)))
        except ValueError as error:
            rejects.append(Reject(line, str(error), json.dumps(row, ensure_ascii=False)))
    block = gather(samples, last_line=after + len(taken))
    block.rejects = rejects
    return reading.scaled(block)


def _sample(row: tuple[Any, ...], reading: Reading) -> tuple[int, int, float, int]:
    ts, asset, point, value, quality = row
    number = reading.table.number.get((asset, point))
    if number is None:
        raise ValueError(f"the site files have no point {point!r} of an asset {asset!r}")
    if ts is None:
        raise ValueError("time is missing")
    if isinstance(value, str):
        value = value_of(value, reading.table.points[number], decimal_comma=reading.decimal_comma)
    return (
        number,
        ts if isinstance(ts, int) else reading.read_time(ts),
        np.nan if value is None else value,
        quality_of(quality or ""),
    )


def count_rows(path: Path) -> int:
    """Return how many rows there are.

    Raises:
        RecordingUnreadable: the file cannot be read.
    """
    with closing(duckdb.connect(config=IN_MEMORY)) as database:
        try:
            ((rows,),) = database.execute("SELECT count(*) FROM read_parquet(?)", [str(path)]).fetchall()
        except duckdb.Error as error:
            raise RecordingUnreadable(f"{path}: {str(error).splitlines()[0]}") from error
    return int(rows)
