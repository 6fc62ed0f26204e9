"""How long a machine has until a limit, in sentences."""

import math
from typing import Final

from plantroom.domain.text import Text
from plantroom.models.figures import Calendar, decimals_for, number
from plantroom.models.life import Wear
from plantroom.models.words import Named, capital, inside, reading

_LONG: Final = 365.0
"""Days beyond which nobody plans."""
_SOON: Final = 3.0
"""Days below which parts of a day count."""
_CLOSE: Final = 2.0
"""Days between the ends of an interval, likewise."""


def remaining(wear: Wear, named: Named, calendar: Calendar) -> Text:
    """Say where a wearing point is, how fast it goes, and when it reaches its limit."""
    decimals = max(1, min(decimals_for(wear.per_day), 3))
    level, limit = reading(wear.level, named.unit), reading(wear.limit, named.unit)
    rate = reading(abs(wear.per_day), named.unit, decimals)
    since, up = calendar.day(wear.since), wear.limit > wear.healthy
    en, zh = inside(named.label.in_language("en")), named.label.in_language("zh")
    until = _until(wear, limit)
    return Text(
        en=capital(f"{en} {level} {'rises' if up else 'falls'} {rate} a day since {since.en}; {until.en}"),
        zh=f"{zh} {level}，{since.zh}起每天{'上升' if up else '下降'} {rate}；{until.zh}",
    )


def not_wearing(named: Named, *, rises: bool) -> Text:
    """Say that there is nothing to estimate a remaining life of."""
    return Text(
        en=f"Remaining life by {inside(named.label.in_language('en'))} not estimable: "
        f"no {'rise' if rises else 'fall'}",
        zh=f"按{named.label.in_language('zh')}的剩余寿命无法估计：无{'上升' if rises else '下降'}趋势",
    )


def _until(wear: Wear, limit: str) -> Text:
    if not math.isfinite(wear.days):
        return Text(en="remaining life not estimable yet", zh="剩余寿命暂无法估计")
    if wear.days <= 0:
        return Text(en=f"limit {limit} reached", zh=f"已达到限值 {limit}")
    decimals = 1 if wear.high - wear.low < _CLOSE or wear.days < _SOON else 0
    days, span = _days(wear.days, decimals), _span(wear.low, wear.high, decimals)
    return Text(en=f"limit {limit} in {days.en}{span.en}", zh=f"预计 {days.zh}后达到限值 {limit}{span.zh}")


def _days(days: float, decimals: int) -> Text:
    if days > _LONG:
        return Text(en="more than a year", zh="一年多")
    shown = number(days, decimals)
    return Text(en=f"{shown} days", zh=f"{shown} 天")


def _span(low: float, high: float, decimals: int) -> Text:
    """Return the interval of 80 % about the days."""
    if not math.isfinite(low):
        return Text()
    least = number(low, decimals)
    if not math.isfinite(high) or high > _LONG:
        return Text(en=f" (80 %: at least {least})", zh=f"（80% 区间：至少 {least} 天）")
    most = number(high, decimals)
    return Text(en=f" (80 %: {least} to {most})", zh=f"（80% 区间：{least} 至 {most} 天）")
