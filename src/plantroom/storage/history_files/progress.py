"""How far the reading of a file has come, kept beside it so that it goes on there."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, Self

import duckdb
import numpy as np
import numpy.typing as npt

from plantroom.domain.errors import PlantroomError
from plantroom.storage.history_files.block import Reject

_SCHEMA: Final = """
CREATE TABLE work (identity VARCHAR, line BIGINT, rows BIGINT, without_value BIGINT);
CREATE TABLE stored (point INTEGER, ts BIGINT);
CREATE TABLE rejects (line BIGINT, reason VARCHAR, text VARCHAR);
"""


class ProgressUnwritable(PlantroomError, OSError):
    """How far an import has come cannot be kept where it should be."""


class Progress:
    """What of a file is in a store already: each step is kept, or not at all."""

    def __init__(self, path: Path, *, identity: str, begins_after: int) -> None:
        """Go on with what is at `path`, if it is about the same file, options and target.

        Raises:
            ProgressUnwritable: nothing can be kept there.
        """
        self._path = path
        try:
            self._database = self._opened(identity, begins_after)
        except duckdb.Error as error:
            raise ProgressUnwritable(f"{path} cannot be written: {str(error).splitlines()[0]}") from error
        self.resumed = self.line > begins_after

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    @property
    def line(self) -> int:
        """The last line that was dealt with."""
        return self._work("line")

    @property
    def rows(self) -> int:
        """How many rows a store has taken."""
        return self._work("rows")

    @property
    def without_value(self) -> int:
        """How many rows had no value."""
        return self._work("without_value")

    def note(
        self,
        *,
        point: npt.NDArray[np.int32],
        ts: npt.NDArray[np.int64],
        rejects: Sequence[Reject],
        line: int,
        without_value: int,
    ) -> None:
        """Keep that samples, columns of shape (n,), are stored and the file is read up to `line`."""
        self._database.begin()
        self._database.register("taken", {"point": point, "ts": ts})
        self._database.execute("INSERT INTO stored SELECT point, ts FROM taken")
        self._database.unregister("taken")
        if rejects:
            columns = {
                "line": np.array([each.line for each in rejects], np.int64),
                "reason": np.array([each.reason for each in rejects], np.object_),
                "text": np.array([each.text for each in rejects], np.object_),
            }
            self._database.register("refused", columns)
            self._database.execute("INSERT INTO rejects SELECT line, reason, text FROM refused")
            self._database.unregister("refused")
        self._database.execute(
            "UPDATE work SET line = ?, rows = rows + ?, without_value = without_value + ?",
            [line, len(ts), without_value],
        )
        self._database.commit()

    def rejects(self) -> list[Reject]:
        """Return what was rejected, in the order of the file."""
        found = self._database.execute(
            "SELECT DISTINCT line, reason, text FROM rejects ORDER BY ALL"
        ).fetchall()
        return [Reject(*row) for row in found]

    def times(self) -> Iterator[tuple[int, npt.NDArray[np.int64]]]:
        """Give the number of each point, and the times that were stored of it: ascending, each once."""
        # In order, so that looking for one point touches little of it.
        ordered = "SELECT DISTINCT point, ts FROM stored ORDER BY point, ts"
        self._database.execute(f"CREATE OR REPLACE TEMP TABLE found AS {ordered}")
        points = self._database.execute("SELECT DISTINCT point FROM found ORDER BY point").fetchall()
        for (point,) in points:
            query = "SELECT ts FROM found WHERE point = ? ORDER BY ts"
            yield int(point), self._database.execute(query, [point]).fetchnumpy()["ts"]

    def forget(self) -> None:
        """Remove what was kept: all is done."""
        self._database.close()
        self._path.unlink(missing_ok=True)

    def _work(self, column: str) -> int:
        ((value,),) = self._database.execute(f"SELECT {column} FROM work").fetchall()  # noqa: S608 - ours
        return int(value)

    def _opened(self, identity: str, begins_after: int) -> duckdb.DuckDBPyConnection:
        for _ in range(2):
            database = duckdb.connect(self._path, config={"threads": 1, "memory_limit": "256MB"})
            if not database.execute("SHOW TABLES").fetchall():
                database.begin()
                database.execute(_SCHEMA)
                database.execute("INSERT INTO work VALUES (?, ?, 0, 0)", [identity, begins_after])
                database.commit()
            ((found,),) = database.execute("SELECT identity FROM work").fetchall()
            if found == identity:
                return database
            database.close()
            self._path.unlink()
        raise AssertionError("a database made for this identity is of another")
