"""Samples at three finenesses: as they came, by the minute and by the hour."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 3_600_000
DAY_MS: Final = 86_400_000


class Tier(Enum):
    """Buckets kept beside the samples."""

    MINUTES = "minutes"
    """Of a minute, computed from the samples."""
    HOURS = "hours"
    """Of an hour, computed from the minutes."""

    @property
    def width(self) -> int:
        """How long a bucket is, ms."""
        return MINUTE_MS if self is Tier.MINUTES else HOUR_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long each tier is kept, ms; None: for ever."""

    raw: int | None = 90 * DAY_MS
    minutes: int | None = 730 * DAY_MS
    hours: int | None = 3650 * DAY_MS

    def of(self, tier: Tier) -> int | None:
        """Return how long a tier is kept, ms."""
        return self.minutes if tier is Tier.MINUTES else self.hours
