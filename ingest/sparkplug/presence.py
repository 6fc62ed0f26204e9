"""What a device that is there said last.

An edge node reports only what changes. As long as its session holds, a value that it does not send again is
still true, and is said again here at the interval of its point: rules, models and charts then see the same
readings as from a device that is polled, and a point does not go stale because nothing happens.
"""

from collections.abc import Mapping
from typing import Any, Final

from plantroom.ingest.decode import Reading
from plantroom.ingest.qualify import GONE

SETTLED: Final = 5_000
"""A value is confirmed as of so long ago, ms, so that a change that is still on its way comes in order."""


class Presence:
    """The current values of one device, on its own clock."""

    def __init__(self, every: Mapping[str, int]) -> None:
        """Take the interval of each point, ms."""
        self._every = every
        self._values: dict[str, Any] = {}
        self._ts: dict[str, int] = {}
        """Time of each value, on the device's clock."""
        self._said: dict[str, int] = {}
        """When each value was last said, on our clock."""
        self._newest = 0
        self._offset = 0
        """What to add to our clock to get the device's."""
        self._next = 0

    def note(self, values: Mapping[str, Any], *, ts: int | None, arrived: int) -> None:
        """Take in values that are current since `ts` on the device's clock."""
        at = arrived + self._offset if ts is None else ts
        if at >= self._newest:
            self._newest, self._offset = at, at - arrived
        for name, value in values.items():
            if at < self._ts.get(name, 0):
                continue
            if value is None:
                self._values.pop(name, None)
                self._said.pop(name, None)
            else:
                self._values[name] = value
                self._said[name] = arrived
            self._ts[name] = at
        self._next = 0

    def confirm(self, now: int) -> Reading | None:
        """Return the values that have not been said for an interval, as they were shortly before `now`."""
        if now < self._next or not self._said:
            return None
        ts = now + self._offset - SETTLED
        due = [
            name for name, at in self._said.items() if now - at >= self._every[name] and ts > self._ts[name]
        ]
        for name in due:
            self._said[name] = now
            self._ts[name] = ts
        self._next = min(
            max(at + self._every[name], self._ts[name] - self._offset + SETTLED)
            for name, at in self._said.items()
        )
        return Reading(values={name: self._values[name] for name in due}, ts=ts) if due else None

    def end(self, now: int) -> Reading | None:
        """Return that the values hold no more, None if there are none."""
        names = list(self._values)
        self._values.clear()
        self._said.clear()
        if not names:
            return None
        ts = max(now + self._offset, self._newest + 1)
        values: Any = dict.fromkeys(names, GONE)
        return Reading(values=values, ts=ts)
