"""What a point is like among its siblings: assets of one class with one parent."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from plantroom.rules.arrivals import Arrivals
from plantroom.rules.segments import NEVER, Rows

EVERY: Final = 60_000
"""How often siblings are compared, ms."""
HOLDS: Final = 3 * EVERY
"""How long what was found holds, ms."""
FEWEST: Final = 3
"""Fewer siblings with a known value than this, the asset itself among them, say nothing."""
_DEVIATIONS: Final = 1.4826
"""How many median deviations from the median a standard deviation of a normal distribution is."""


class Circle:
    """One point of all siblings."""

    def __init__(self, points: Rows, told: Iterable[tuple[int, int, int]]) -> None:
        """Compare `points`; `told` are triples of slot, column, and 0 for the median or 1 for the spread."""
        self.points = points
        self.value = np.full(len(points), np.nan)
        self.until = np.full(len(points), NEVER)
        self.edge = np.full(1, NEVER // EVERY)
        rows = np.array(sorted(told), np.int64).reshape(-1, 3)
        self._slot, self._column = rows[:, 0].astype(np.int32), rows[:, 1].astype(np.int16)
        self._which = rows[:, 2]

    def hear(self, own: Arrivals, rows: Rows, place: Rows) -> Iterable[Arrivals]:
        """Take in the samples at `rows`, of the siblings at `place`, and yield what is to be told.

        Siblings are compared as soon as a sample comes of a later minute than all before, as they were held
        at that moment.
        """
        edge = own.ts[rows] // EVERY
        newest = np.maximum.accumulate(np.maximum(edge, self.edge[0]))
        later = np.flatnonzero(newest > np.concatenate((self.edge, newest[:-1])))
        begin = 0
        for row in later.tolist():
            self._hold(own, rows[begin:row], place[begin:row])
            yield self._tell(own, int(rows[row]), int(newest[row]) * EVERY)
            begin = row
        self._hold(own, rows[begin:], place[begin:])
        self.edge[0] = newest[-1]

    def _hold(self, own: Arrivals, rows: Rows, place: Rows) -> None:
        self.value[place] = own.value[rows]
        self.until[place] = own.ts[rows] + own.holds[rows]

    def _tell(self, own: Arrivals, row: int, at: int) -> Arrivals:
        known = self.value[(self.until >= at) & ~np.isnan(self.value)]
        found = np.full(2, np.nan)
        if len(known) >= FEWEST:
            median = np.median(known)
            found[:] = median, _DEVIATIONS * np.median(np.abs(known - median))
        count = len(self._slot)
        return Arrivals(
            slot=self._slot,
            column=self._column,
            point=np.full(count, -1, np.int32),
            ts=np.full(count, at),
            value=found[self._which],
            holds=np.full(count, HOLDS),
            arrived=np.full(count, own.arrived[row]),
            message=np.full(count, own.message[row], np.int32),
            own=np.zeros(count, np.bool_),
        )


class Peers:
    """All circles of an installation."""

    def __init__(self, circles: list[Circle], *, points: int) -> None:
        """Know which circle each point is in."""
        self.circles = circles
        self._circle = np.full(points, -1, np.int32)
        self._place = np.zeros(points, np.intp)
        for number, circle in enumerate(circles):
            self._circle[circle.points] = number
            self._place[circle.points] = np.arange(len(circle.points))

    def told(self, own: Arrivals) -> list[Arrivals]:
        """Return what assets are told of their siblings upon the samples of `own`."""
        circle = self._circle[own.point]
        found: list[Arrivals] = []
        for number in np.unique(circle[circle >= 0]).tolist():
            rows = np.flatnonzero(circle == number)
            found += self.circles[number].hear(own, rows, self._place[own.point[rows]])
        return found

    def keep(self, keys: Sequence[tuple[str, str]]) -> dict[str, npt.NDArray[Any]]:
        """Return the state as plain arrays; `keys` are asset and name of each point."""
        if not self.circles:
            return {}
        named = [keys[point] for circle in self.circles for point in circle.points.tolist()]
        return {
            "peers": np.frombuffer(json.dumps(named).encode(), np.uint8),
            "peer_value": np.concatenate([circle.value for circle in self.circles]),
            "peer_until": np.concatenate([circle.until for circle in self.circles]),
            "peer_edge": np.concatenate([np.repeat(c.edge, len(c.points)) for c in self.circles]),
        }

    def bring_back(self, arrays: Mapping[str, npt.NDArray[Any]], keys: Sequence[tuple[str, str]]) -> None:
        """Fill new circles from a snapshot."""
        if "peers" not in arrays:
            return
        rows = {tuple(key): row for row, key in enumerate(json.loads(arrays["peers"].tobytes()))}
        value, until, edge = (arrays[f"peer_{name}"] for name in ("value", "until", "edge"))
        for circle in self.circles:
            for place, point in enumerate(circle.points.tolist()):
                row = rows.get(keys[point])
                if row is not None:
                    circle.value[place], circle.until[place] = value[row], until[row]
                    circle.edge[0] = max(int(circle.edge[0]), int(edge[row]))
