"""Copies of the embedded time-series file: consistent, while it is being written."""

import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

import duckdb

_COPY: Final = "plantroom_copy"
_COUNT: Final = "SELECT (SELECT count(*) FROM settled) + (SELECT count(*) FROM recent)"


class Copier:
    """Writes a database to another file while it is in use, one copy at a time."""

    def __init__(self) -> None:
        self._cursor: duckdb.DuckDBPyConnection | None = None

    def copy(self, cursor: duckdb.DuckDBPyConnection, path: Path) -> None:
        """Write all that the database of `cursor` holds now to a new file; writers go on meanwhile.

        Raises:
            duckdb.Error: the disk did not take it, or it was interrupted; no file is left.
        """
        ((source,),) = cursor.execute("SELECT current_database()").fetchall()
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.unlink(missing_ok=True)
        self._cursor = cursor
        try:
            cursor.execute(f"ATTACH {_text(str(path))} AS {_COPY}")
            cursor.execute(f"COPY FROM DATABASE {_name(source)} TO {_COPY}")
            cursor.execute(f"DETACH {_COPY}")
        except BaseException:
            with suppress(duckdb.Error):
                cursor.execute(f"DETACH {_COPY}")
            path.unlink(missing_ok=True)
            path.with_name(f"{path.name}.wal").unlink(missing_ok=True)
            raise
        finally:
            self._cursor = None

    def interrupt(self) -> None:
        """End a copy that is being made, and return when it has ended."""
        while (cursor := self._cursor) is not None:
            cursor.interrupt()  # again and again: between two statements it has no effect
            time.sleep(0.01)


def merge_log(path: Path) -> int:
    """Bring the write-ahead log of a file that nobody uses into the file; return how many rows it holds.

    Raises:
        duckdb.Error: it is in use, or no such file.
    """
    with closing(duckdb.connect(path)) as connection:
        connection.execute("CHECKPOINT")
        ((rows,),) = connection.execute(_COUNT).fetchall()
    return int(rows)


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
