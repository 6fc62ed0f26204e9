"""Hours of a machine, each the median of its last sixty rows: what wears does not change within one."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from plantroom.models.detector import Arrays
from plantroom.models.frame import Floats, Members, Times

HOUR_MS: Final = 3_600_000
LEAST_ROWS: Final = 5
"""Of an hour that says something."""
_MOST_ROWS = 60


def hours_of(ts: Times) -> Times:
    """Return the number of the hour since the epoch that rows ending at `ts` lie in."""
    return np.asarray((ts - 1) // HOUR_MS)


def medians(ts: Times, values: Floats) -> tuple[Times, Floats, npt.NDArray[np.intp]]:
    """Return the hours of one machine that say something, their medians, and the row after each of them."""
    hours = hours_of(ts)
    ends = np.flatnonzero(np.diff(hours)) + 1
    starts = np.concatenate(([0], ends))
    told = np.flatnonzero(ends - starts[:-1] >= LEAST_ROWS)
    found = [np.median(values[max(starts[i], ends[i] - _MOST_ROWS) : ends[i]]) for i in told]
    return hours[ends[told] - 1], np.array(found), ends[told]


class Hours:
    """The hour that each of many machines is in."""

    def __init__(self, assets: int) -> None:
        self._hour = np.zeros(assets, np.int64)
        self._rows = np.zeros(assets, np.int64)
        self._values = np.zeros((assets, _MOST_ROWS))

    def push(self, member: Members, ts: Times, values: Floats) -> tuple[npt.NDArray[np.intp], Times, Floats]:
        """Take a known row of each `member`; return whose hour ended before, which, its median."""
        hour = hours_of(ts)
        ended = member[self._hour[member] != hour]
        told = ended[self._rows[ended] >= LEAST_ROWS]
        closed = told, self._hour[told], self._medians(told)
        self._rows[ended] = 0
        self._values[member, self._rows[member] % _MOST_ROWS] = values
        self._rows[member] += 1
        self._hour[member] = hour
        return closed

    def _medians(self, member: Members) -> Floats:
        kept = np.minimum(self._rows[member], _MOST_ROWS)
        places = np.arange(_MOST_ROWS)
        ordered = np.sort(np.where(places < kept[:, None], self._values[member], np.inf), axis=1)
        row = np.arange(len(member))
        return np.asarray(np.stack((ordered[row, (kept - 1) // 2], ordered[row, kept // 2])).mean(axis=0))

    def snapshot(self) -> dict[str, npt.NDArray[Any]]:
        """Return the hours so far."""
        return {"hour": self._hour.copy(), "rows": self._rows.copy(), "values": self._values.copy()}

    def restore(self, arrays: Arrays) -> None:
        """Go on from a snapshot, whose shapes were looked at."""
        self._hour, self._rows = arrays["hour"].astype(np.int64), arrays["rows"].astype(np.int64)
        self._values = arrays["values"].astype(np.float64)
