"""How long a machine has until a limit, in sentences."""

import math
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from plantroom.domain.text import Text
from plantroom.models.figures import Calendar
from plantroom.models.life import Wear
from plantroom.models.life_words import not_wearing, remaining
from plantroom.models.words import Named

DAY = 86_400_000
NOW = 1_763_706_800_000  # 2025-11-21 in Shanghai
CALENDAR = Calendar(zone=ZoneInfo("Asia/Shanghai"), now=NOW)
VIBRATION = Named(label=Text(en="Vibration", zh="振动"), unit="mm/s")
WORN = Wear(
    point="vibration",
    level=3.4,
    healthy=2.1,
    limit=7.1,
    per_day=0.11,
    since=NOW - 9 * DAY,
    days=12.3,
    low=8.2,
    high=19.4,
)


def test_a_wearing_point_says_how_fast_and_how_long() -> None:
    text = remaining(WORN, VIBRATION, CALENDAR)

    assert text.en == (
        "Vibration 3.40 mm/s rises 0.11 mm/s a day since 12 November; "
        "limit 7.10 mm/s in 12 days (80 %: 8 to 19)"
    )
    assert text.zh == (
        "振动 3.40 mm/s，11月12日起每天上升 0.11 mm/s；预计 12 天后达到限值 7.10 mm/s（80% 区间：8 至 19 天）"
    )


@pytest.mark.parametrize(
    ("changes", "end"),
    [
        pytest.param(
            {"days": math.nan, "low": math.nan, "high": math.nan}, "not estimable yet", id="unknown"
        ),
        pytest.param({"high": math.inf}, "in 12 days (80 %: at least 8)", id="open-end"),
        pytest.param(
            {"days": 6.32, "low": 6.1, "high": 6.5}, "in 6.3 days (80 %: 6.1 to 6.5)", id="close-ends"
        ),
        pytest.param({"days": 0.0}, "limit 7.10 mm/s reached", id="reached"),
        pytest.param({"days": 1.04, "low": 0.7, "high": 1.6}, "in 1.0 days (80 %: 0.7 to 1.6)", id="soon"),
        pytest.param(
            {"days": 900.0, "low": 400.0, "high": 2000.0}, "more than a year (80 %: at least 400)", id="far"
        ),
    ],
)
def test_what_is_not_sure_is_not_said_as_if_it_were(changes: dict[str, Any], end: str) -> None:
    assert remaining(replace(WORN, **changes), VIBRATION, CALENDAR).en.endswith(end)


def test_a_point_may_fall_towards_its_limit() -> None:
    falling = replace(WORN, level=4.0, healthy=5.0, limit=3.0, per_day=-0.05)

    assert "falls 0.050 mm/s a day" in remaining(falling, VIBRATION, CALENDAR).en


def test_a_machine_that_does_not_wear_has_no_remaining_life() -> None:
    text = not_wearing(VIBRATION, rises=True)

    assert text == Text(
        en="Remaining life by vibration not estimable: no rise", zh="按振动的剩余寿命无法估计：无上升趋势"
    )
