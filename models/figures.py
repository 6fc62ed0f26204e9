"""Numbers and times as people read them, in English and Chinese."""

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from plantroom.domain.text import Text

_DAYS: Final = (
    ("Monday", "周一"),
    ("Tuesday", "周二"),
    ("Wednesday", "周三"),
    ("Thursday", "周四"),
    ("Friday", "周五"),
    ("Saturday", "周六"),
    ("Sunday", "周日"),
)
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_THIS_WEEK: Final = timedelta(days=6)
_MOST_DECIMALS: Final = 4


def decimals_for(difference: float) -> int:
    """Return how many decimals show two significant digits of `difference`."""
    if difference == 0 or not math.isfinite(difference):
        return 1
    return max(0, min(_MOST_DECIMALS, 1 - math.floor(math.log10(abs(difference)))))


def number(value: float, decimals: int | None = None) -> str:
    """Return `value`, to three significant digits unless `decimals` says otherwise; – if it is none."""
    if not math.isfinite(value):
        return "–"
    if decimals is None:
        size = math.floor(math.log10(abs(value))) if value else 0
        decimals = max(0, min(_MOST_DECIMALS, 2 - size))
    shown = f"{value:.{decimals}f}"
    return shown.removeprefix("-") if float(shown) == 0 else shown


def percent(share: float) -> str:
    """Return a share as a percentage, one decimal below 10 %."""
    value = abs(100 * share)
    return f"{value:.1f} %" if value < 9.95 else f"{value:.0f} %"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Says when something was, to a reader at `now` (ms since the epoch) where the asset stands."""

    zone: ZoneInfo
    now: int

    def moment(self, ms: int) -> Text:
        """Return when it was, to the minute: only the hour if today, the weekday if lately."""
        then, today = self._at(ms), self._at(self.now).date()
        hour = f"{then:%H:%M}"
        if then.date() == today:
            return Text(en=hour, zh=f"今天 {hour}")
        if timedelta(0) < today - then.date() <= _THIS_WEEK:
            en, zh = _DAYS[then.weekday()]
            return Text(en=f"{en} {hour}", zh=f"{zh} {hour}")
        day = self._day(then.date())
        return Text(en=f"{day.en} {hour}", zh=f"{day.zh} {hour}")

    def day(self, ms: int) -> Text:
        """Return the day on which it was."""
        return self._day(self._at(ms).date())

    def span(self, start: int, end: int) -> Text:
        """Return from which day to which."""
        first, last = self.day(start), self.day(end)
        if first == last:
            return Text(en=f"on {first.en}", zh=first.zh)
        return Text(en=f"from {first.en} to {last.en}", zh=f"{first.zh}至{last.zh}")

    def _at(self, ms: int) -> datetime:
        return datetime.fromtimestamp(ms / 1000, self.zone)

    def _day(self, day: date) -> Text:
        en, zh = f"{day.day} {_MONTHS[day.month - 1]}", f"{day.month}月{day.day}日"
        if day.year == self._at(self.now).year:
            return Text(en=en, zh=zh)
        return Text(en=f"{en} {day.year}", zh=f"{day.year}年{zh}")
