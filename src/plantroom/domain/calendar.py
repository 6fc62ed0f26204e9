"""Quarter-hours as the people of a site see them: in which hour, which day, by day or by night."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Final, Self
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

QUARTER_MS: Final = 900_000
HOUR_MS: Final = 3_600_000
DAY_MS: Final = 86_400_000
_MARGIN: Final = DAY_MS + 2 * HOUR_MS
"""A local day is no longer than this, ms, whatever a time zone does."""
_NIGHT: Final = re.compile(r"(\d{1,2})(?::(\d{2}))?-(\d{1,2})(?::(\d{2}))?", re.ASCII)


class Every(Enum):
    """What is added up."""

    HOUR = "hour"
    """An hour of the site's clock."""
    DAY = "day"
    """A day of the site's calendar: 23 to 25 hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """The hours of the site's clock that are night."""

    begins: int = 22 * 60
    """Minutes since midnight."""
    ends: int = 6 * 60
    """Minutes since midnight; before `begins` when the night goes over midnight."""

    def __str__(self) -> str:
        return "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in (self.begins, self.ends))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the night that `22-6` or `22:00-06:30` writes.

        Raises:
            ValueError: it writes none.
        """
        matched = _NIGHT.fullmatch(text)
        if matched is not None:
            begins, ends = (60 * int(matched[hour]) + int(matched[hour + 1] or 0) for hour in (1, 3))
            minutes_fit = all(int(matched[part] or 0) < 60 for part in (2, 4))
            if minutes_fit and begins < 1440 and ends <= 1440 and begins != ends % 1440:
                return cls(begins=begins, ends=ends % 1440)
        raise ValueError(f"must be two different times of day such as 22-6 or 22:00-06:30: {text!r}")

    def holds(self, minute: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Return whether each minute since midnight is in the night."""
        if self.begins < self.ends:
            return (minute >= self.begins) & (minute < self.ends)
        return (minute >= self.begins) | (minute < self.ends)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Whole hours or days of a site, cut into quarter-hours."""

    edges: npt.NDArray[np.int64]
    """Where quarter-hours begin and the last ends, ms since the epoch, UTC; shape (quarters + 1,)."""
    bucket: npt.NDArray[np.int64]
    """Number of each quarter-hour's hour or day, from 0; shape (quarters,)."""
    starts: npt.NDArray[np.int64]
    """Where the hours or days begin, ms since the epoch, UTC; shape (buckets,)."""
    is_night: npt.NDArray[np.bool_]
    """Shape (quarters,)."""

    @property
    def end(self) -> int:
        """Where the last hour or day ends, ms since the epoch, UTC."""
        return int(self.edges[-1])


def calendar(*, start: int, end: int, every: Every, zone: ZoneInfo, night: Night) -> Calendar:
    """Return the hours or days of `zone` that have a part in `start` to before `end`, ms since the epoch.

    The hour that comes twice when the clocks go back is two hours.
    """
    first = (start - _MARGIN) // QUARTER_MS
    last = -((-end - _MARGIN) // QUARTER_MS)
    quarters = np.arange(first, last + 1, dtype=np.int64) * QUARTER_MS
    offset = _offsets(quarters, zone)
    local = quarters + offset
    width = HOUR_MS if every is Every.HOUR else DAY_MS
    begins = np.diff(local // width, prepend=np.iinfo(np.int64).min) != 0
    if every is Every.HOUR:
        begins |= np.diff(offset, prepend=offset[0]) != 0
    bounds = np.flatnonzero(begins)
    # The first bucket that reaches beyond `start`, and the first that begins at or after `end`.
    low = bounds[np.searchsorted(quarters[bounds], start, side="right") - 1]
    high = bounds[np.searchsorted(quarters[bounds], end, side="left")]
    inside = slice(low, high)
    return Calendar(
        edges=quarters[low : high + 1],
        bucket=np.cumsum(begins[inside]) - 1,
        starts=quarters[inside][begins[inside]],
        is_night=night.holds(local[inside] // 60_000 % 1440),
    )


def _offsets(times: npt.NDArray[np.int64], zone: ZoneInfo) -> npt.NDArray[np.int64]:
    """Return how far the zone's clock is ahead of UTC at each of `times`, ms."""
    offsets = np.empty(len(times), np.int64)
    for row, ts in enumerate(times.tolist()):
        local = datetime.fromtimestamp(ts // 1000, UTC).astimezone(zone)
        ahead = local.utcoffset()
        assert ahead is not None
        offsets[row] = round(ahead.total_seconds() * 1000)
    return offsets
