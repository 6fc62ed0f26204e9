"""Hours, days and nights on a site's clock, also when it is put forward and back."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from plantroom.domain.calendar import DAY_MS, HOUR_MS, QUARTER_MS, Calendar, Every, Night, calendar

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
ZONES = [
    ZoneInfo(name)
    for name in (
        "UTC",
        "Asia/Shanghai",
        "Europe/Berlin",
        "America/New_York",
        "Asia/Kathmandu",  # 5 h 45 min ahead
        "Australia/Lord_Howe",  # summer time is half an hour
        "America/Havana",  # clocks change at midnight: one day begins at 1
        "Pacific/Apia",  # left out a day in 2011
    )
]
TIMES = st.integers(1_230_768_000_000, 1_893_456_000_000)
"""From 2009 to 2029."""


def ms(year: int, month: int, day: int, hour: int = 0, *, zone: ZoneInfo = SHANGHAI) -> int:
    return int(datetime(year, month, day, hour, tzinfo=zone).timestamp() * 1000)


def made(start: int, end: int, every: Every = Every.DAY, *, zone: ZoneInfo = SHANGHAI) -> Calendar:
    return calendar(start=start, end=end, every=every, zone=zone, night=Night())


def local(ts: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(ts / 1000, UTC).astimezone(zone)


def test_a_day_is_one_of_the_sites_calendar() -> None:
    days = made(ms(2026, 3, 1), ms(2026, 3, 3))

    assert days.starts.tolist() == [ms(2026, 3, 1), ms(2026, 3, 2)]
    assert days.end == ms(2026, 3, 3)


def test_a_part_of_a_day_or_an_hour_asks_for_the_whole() -> None:
    days = made(ms(2026, 3, 1, 9), ms(2026, 3, 2) + 1)
    hours = made(ms(2026, 3, 1, 9) + 1, ms(2026, 3, 1, 10), Every.HOUR)

    assert (days.starts[0], days.end) == (ms(2026, 3, 1), ms(2026, 3, 3))
    assert (hours.starts.tolist(), hours.end) == ([ms(2026, 3, 1, 9)], ms(2026, 3, 1, 10))


@pytest.mark.parametrize(
    ("month", "day", "hours"),
    [
        pytest.param(3, 29, 23, id="put forward"),
        pytest.param(10, 25, 25, id="put back"),
        pytest.param(7, 1, 24, id="left alone"),
    ],
)
def test_a_day_has_the_hours_it_has(month: int, day: int, hours: int) -> None:
    start, end = ms(2026, month, day, zone=BERLIN), ms(2026, month, day + 1, zone=BERLIN)

    assert len(made(start, end, Every.HOUR, zone=BERLIN).starts) == hours
    assert len(made(start, end, zone=BERLIN).bucket) == 4 * hours


@pytest.mark.parametrize(
    ("month", "day", "hours"),
    [pytest.param(3, 29, 7, id="put forward"), pytest.param(10, 25, 9, id="put back")],
)
def test_the_night_is_as_long_as_its_clock_says(month: int, day: int, hours: int) -> None:
    start, end = ms(2026, month, day, zone=BERLIN), ms(2026, month, day + 1, zone=BERLIN)

    assert made(start, end, zone=BERLIN).is_night.sum() == 4 * hours


def test_the_night_is_from_evening_to_morning() -> None:
    day = made(ms(2026, 3, 1), ms(2026, 3, 2))

    hours = day.is_night.reshape(24, 4).all(axis=1)
    assert np.flatnonzero(hours).tolist() == [0, 1, 2, 3, 4, 5, 22, 23]


@given(TIMES, st.integers(1, 12 * DAY_MS), st.sampled_from(Every), st.sampled_from(ZONES))
def test_a_calendar_is_whole_and_covers_what_was_asked(
    start: int, width: int, every: Every, zone: ZoneInfo
) -> None:
    days = made(start, start + width, every, zone=zone)

    assert days.starts[0] <= start < start + width <= days.end
    assert (np.diff(days.edges) == QUARTER_MS).all()
    assert len(days.edges) == len(days.bucket) + 1 == len(days.is_night) + 1
    assert days.starts.tolist() == days.edges[:-1][np.diff(days.bucket, prepend=-1) == 1].tolist()
    longest = HOUR_MS if every is Every.HOUR else DAY_MS + HOUR_MS
    assert np.diff(days.starts, append=days.end).max() <= longest


@given(TIMES, st.sampled_from(ZONES))
def test_all_of_a_day_has_its_date(start: int, zone: ZoneInfo) -> None:
    days = made(start, start + 3 * DAY_MS, zone=zone)

    dates = [local(int(ts), zone).date() for ts in days.edges[:-1]]
    for number in range(len(days.starts)):
        assert len({date for date, bucket in zip(dates, days.bucket, strict=True) if bucket == number}) == 1
    assert local(days.end, zone).date() > dates[-1]
    assert local(days.end - 1, zone).date() == dates[-1]


@given(TIMES, st.sampled_from(ZONES), st.integers(0, 1439), st.integers(0, 1439))
def test_a_quarter_is_night_by_the_clock_on_the_wall(
    start: int, zone: ZoneInfo, begins: int, ends: int
) -> None:
    assume(begins != ends)
    night = Night(begins=begins, ends=ends)
    days = calendar(start=start, end=start + DAY_MS, every=Every.DAY, zone=zone, night=night)

    for ts, is_night in zip(days.edges[:-1].tolist(), days.is_night.tolist(), strict=True):
        clock = local(ts, zone)
        since_dusk = timedelta(minutes=(clock.hour * 60 + clock.minute - begins) % 1440)
        assert is_night == (since_dusk < timedelta(minutes=(ends - begins) % 1440))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("22-6", "22:00-06:00"),
        ("22:30-05:15", "22:30-05:15"),
        ("0-7", "00:00-07:00"),
        ("18-24", "18:00-00:00"),
    ],
)
def test_a_night_is_written_in_hours_or_with_minutes(text: str, shown: str) -> None:
    assert str(Night.parse(text)) == shown


@pytest.mark.parametrize("text", ["", "22", "22-22", "0-24", "24-6", "22-25", "22:60-6", "ten-six", "-1-6"])
def test_what_is_no_night_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="two different times of day"):
        Night.parse(text)
