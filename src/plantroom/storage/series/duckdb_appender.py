"""Appending rows to the embedded file."""

from typing import Final

import duckdb
import numpy as np
import numpy.typing as npt

_LEAST_ROOM: Final = 8_192
_TYPES: Final = {
    "series": np.int32,
    "ts": np.int64,
    "value": np.float64,
    "quality": np.uint8,
    "arrival": np.int64,
}
_INSERT: Final = "INSERT INTO recent SELECT series, ts, value, quality, arrival FROM room LIMIT $rows"
_INSERT_WITH_NAN: Final = """
INSERT INTO recent SELECT series, ts, coalesce(value, 'NaN'::DOUBLE), quality, arrival FROM room LIMIT $rows
"""  # DuckDB takes NaN in NumPy's columns for NULL, which arg_max would pass over.


class Appender:
    """Columns that DuckDB is shown once: showing it new ones takes as long as a thousand rows."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, *, rows: int) -> None:
        self.room = max(_LEAST_ROOM, 1 << (rows - 1).bit_length())
        """Most rows that can be appended at once."""
        self._columns = {name: np.zeros(self.room, dtype) for name, dtype in _TYPES.items()}
        self._cursor = connection.cursor()
        self._cursor.register("room", self._columns)

    def append(self, **columns: npt.NDArray[np.generic]) -> None:
        """Append rows durably, given as all the columns of `recent`, of one length up to `room`."""
        rows = len(columns["ts"])
        for name, values in columns.items():
            self._columns[name][:rows] = values
        has_nan = np.isnan(self._columns["value"][:rows]).any()
        self._cursor.execute(_INSERT_WITH_NAN if has_nan else _INSERT, {"rows": rows})

    def close(self) -> None:
        """Let go of the file."""
        self._cursor.close()
