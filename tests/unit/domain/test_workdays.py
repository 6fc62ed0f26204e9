"""Working days: weekends, public holidays, days worked in exchange."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from plantroom.domain.workdays import day_at

SHANGHAI = ZoneInfo("Asia/Shanghai")


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).timestamp() * 1000)


@pytest.mark.parametrize(
    ("day", "works", "holiday"),
    [
        pytest.param("2026-02-13", True, False, id="friday"),
        pytest.param("2026-02-14", True, False, id="saturday-worked-for-spring-festival"),
        pytest.param("2026-02-17", False, True, id="spring-festival"),
        pytest.param("2026-10-01", False, True, id="national-day"),
        pytest.param("2026-10-10", True, False, id="saturday-worked-for-national-day"),
        pytest.param("2026-10-17", False, False, id="saturday"),
    ],
)
def test_chinese_holidays_and_the_days_worked_for_them_are_known(
    day: str, works: bool, holiday: bool
) -> None:
    told = day_at(ms(f"{day}T12:00"), zone=SHANGHAI, holidays="CN")

    assert (told.workday, told.holiday) == (works, holiday)


def test_without_holidays_weekends_are_all_that_is_free() -> None:
    told = day_at(ms("2026-10-01T12:00"), zone=SHANGHAI, holidays="")

    assert (told.workday, told.holiday) == (True, False)


def test_the_hour_and_the_day_are_those_of_the_site() -> None:
    told = day_at(ms("2026-11-23T00:15"), zone=SHANGHAI, holidays="CN")

    assert (told.hour, told.weekday) == (0.25, 1)
