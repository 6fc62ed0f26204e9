"""When a recorded row is published, and with what time."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What becomes of one row."""

    ts: int
    """Time it is published with, ms since the epoch, UTC."""
    due: int
    """When it is published, ms since the epoch, UTC."""


class Pace(Protocol):
    """A way through the recording."""

    historical: bool

    def turn(self, ts: int) -> Turn:
        """Return when the next row, recorded at `ts`, is published and with what time."""


class Shifted:
    """The first row is now, intervals are divided by `speed`, and each row is published at its new time.

    Rows that were recorded one after another stay so, by a millisecond at least, however fast it goes: at
    infinite speed a thousand rows a second. A row out of order comes out of order, one of an equal time with
    an equal time.
    """

    historical = False

    def __init__(self, *, start: int, speed: float) -> None:
        self._start = start
        self._speed = speed
        self._first: int | None = None
        self._newest = 0
        self._newest_shifted = start

    def turn(self, ts: int) -> Turn:
        """Return when the next row, recorded at `ts`, is published and with what time."""
        if self._first is None:
            self._first = self._newest = ts
        ahead = ts - self._newest
        if ahead > 0:
            ideal = self._start + round((ts - self._first) / self._speed)
            self._newest_shifted = max(ideal, self._newest_shifted + 1)
            self._newest = ts
        shifted = self._newest_shifted + (min(-1, round(ahead / self._speed)) if ahead < 0 else 0)
        return Turn(ts=shifted, due=self._newest_shifted)


class Kept:
    """Every row keeps its time and is history; intervals are divided by `speed`."""

    historical = True

    def __init__(self, *, start: int, speed: float) -> None:
        self._start = start
        self._speed = speed
        self._first: int | None = None
        self._newest = 0

    def turn(self, ts: int) -> Turn:
        """Return when the next row, recorded at `ts`, is published and with what time."""
        if self._first is None:
            self._first = self._newest = ts
        self._newest = max(self._newest, ts)
        return Turn(ts=ts, due=self._start + round((self._newest - self._first) / self._speed))
