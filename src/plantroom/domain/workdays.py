"""When people work: the local time of a site, its weekends and its public holidays."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from holidays import HolidayBase


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A moment as the people of a site see it."""

    hour: float
    """Local time since midnight, h."""
    weekday: int
    """1 is Monday, 7 is Sunday."""
    workday: bool
    """Whether people work: no weekend and no holiday, or a weekend that is worked to make up for one."""
    holiday: bool
    """Whether it is a public holiday, with the days off around it."""


def known_calendars() -> tuple[str, ...]:
    """Return the codes of the countries whose public holidays are known, such as CN."""
    import holidays

    return tuple(sorted(holidays.list_supported_countries(include_aliases=False)))


def day_at(ts: int, *, zone: ZoneInfo, holidays: str) -> Day:
    """Return what `ts`, ms since the epoch, is where people follow `zone` and a country's `holidays`."""
    local = datetime.fromtimestamp(ts / 1000, UTC).astimezone(zone)
    works, is_holiday = _kind_of(local.date(), holidays)
    return Day(
        hour=local.hour + local.minute / 60,
        weekday=local.isoweekday(),
        workday=works,
        holiday=is_holiday,
    )


@lru_cache(maxsize=10_000)
def _kind_of(day: date, country: str) -> tuple[bool, bool]:
    if not country:
        return day.isoweekday() <= 5, False
    calendar = _calendar(country)
    return calendar.is_working_day(day), day in calendar


@cache
def _calendar(country: str) -> "HolidayBase":
    import holidays  # half a second that most processes need not spend

    return holidays.country_holidays(country)
