"""Whether a week's supply voltage complies with EN 50160: a statement about a week, not an alarm."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

TEN_MINUTES_MS: Final = 600_000
SHARE: Final = 0.95
"""Of the week's 10-minute means that must be within the limits. Source: EN 50160, low voltage."""
INTERRUPTED: Final = 0.05
"""Share of the nominal voltage below which the supply is interrupted; such means count for no criterion."""
NOMINAL_V: Final = 230.0
PHASES: Final = ("voltage_l1", "voltage_l2", "voltage_l3")

Floats = npt.NDArray[np.float64]


class Criterion(Enum):
    """What is asked of a supply."""

    VOLTAGE = "voltage"
    """Within 10 % of the nominal voltage, phase by phase."""
    UNBALANCE = "unbalance"
    """Negative over positive sequence, at most 2 %."""
    HARMONICS = "harmonics"
    """Total distortion of the voltage, at most 8 %."""


LIMITS: Final[Mapping[Criterion, float]] = {
    Criterion.VOLTAGE: 10.0,
    Criterion.UNBALANCE: 2.0,
    Criterion.HARMONICS: 8.0,
}
"""%. Source: EN 50160, low voltage."""
POINTS: Final[Mapping[str, Criterion]] = {
    **dict.fromkeys(PHASES, Criterion.VOLTAGE),
    "voltage_unbalance": Criterion.UNBALANCE,
    "thd_voltage": Criterion.HARMONICS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """A week of a site's calendar, Monday to Sunday."""

    year: int
    number: int
    start: int
    """ms since the epoch, UTC."""
    end: int

    def __str__(self) -> str:
        return f"{self.year}-W{self.number:02}"

    @classmethod
    def parse(cls, text: str, zone: ZoneInfo) -> "Week":
        """Return the week that `2026-W29` writes.

        Raises:
            ValueError: it writes none.
        """
        year, mark, number = text.partition("-W")
        if not mark or len(year) != 4 or len(number) != 2 or not (year + number).isdecimal():
            raise ValueError(f"must be a week such as 2026-W29: {text!r}")
        return cls.of(date.fromisocalendar(int(year), int(number), 1), zone)

    @classmethod
    def before(cls, now: int, zone: ZoneInfo) -> "Week":
        """Return the last week that was over at `now`, ms since the epoch."""
        today = datetime.fromtimestamp(now / 1000, zone).date()
        return cls.of(today - timedelta(days=7), zone)

    @classmethod
    def of(cls, day: date, zone: ZoneInfo) -> "Week":
        """Return the week that `day` is in."""
        year, number, weekday = day.isocalendar()
        monday = day - timedelta(days=weekday - 1)
        start, end = (
            round(datetime.combine(each, time(), zone).timestamp() * 1000)
            for each in (monday, monday + timedelta(days=7))
        )
        return cls(year=year, number=number, start=start, end=end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """10-minute means of a point, oldest first; columns of shape (n,)."""

    point: str
    ts: npt.NDArray[np.int64]
    """When the ten minutes begin, ms since the epoch, UTC."""
    mean: Floats
    least: Floats
    """The least reading within them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a point's means say of one criterion."""

    point: str
    criterion: Criterion
    limit: float
    """%."""
    coverage: float
    """Share of the week, 0 to 1, that there are means of, interruptions not counted."""
    within: float | None
    """Share of those means, 0 to 1, that are within the limit."""
    percentile_95: float | None
    """What 95 % of them stay below, %: of voltages the deviation from the nominal one."""
    worst: float | None
    """The mean that is furthest off, in the point's unit."""
    worst_at: int | None
    met: bool | None
    """None: too little of the week is known to tell, whatever the rest was like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """How a week was."""

    week: Week
    nominal_v: float
    interrupted: int
    """Periods of 10 minutes in which a phase was interrupted; they count for no criterion."""
    verdicts: tuple[Verdict, ...]

    @property
    def met(self) -> bool | None:
        """Whether all criteria are met; None: it cannot be told."""
        said = [verdict.met for verdict in self.verdicts]
        if False in said:
            return False
        return None if None in said or not said else True


def judge(week: Week, means: Iterable[Means], *, nominal_v: float = NOMINAL_V) -> Quality:
    """Return how the week was by the 10-minute means of the points of `POINTS` within it."""
    known = list(means)
    gone = _interrupted(known, nominal_v)
    total = (week.end - week.start) // TEN_MINUTES_MS - len(gone)
    return Quality(
        week=week,
        nominal_v=nominal_v,
        interrupted=len(gone),
        verdicts=tuple(_verdict(each, gone, total=total, nominal_v=nominal_v) for each in known),
    )


def _interrupted(means: Iterable[Means], nominal_v: float) -> npt.NDArray[np.int64]:
    gone = [each.ts[each.least < INTERRUPTED * nominal_v] for each in means if each.point in PHASES]
    return np.unique(np.concatenate([np.empty(0, np.int64), *gone]))


def _verdict(means: Means, gone: npt.NDArray[np.int64], *, total: int, nominal_v: float) -> Verdict:
    criterion = POINTS[means.point]
    limit = LIMITS[criterion]
    kept = ~np.isin(means.ts, gone)
    ts, mean = means.ts[kept], means.mean[kept]
    off = mean if criterion is not Criterion.VOLTAGE else np.abs(100 * (mean / nominal_v - 1))
    count = len(off)
    within = int(np.count_nonzero(off <= limit))
    worst = int(np.argmax(off)) if count else None
    return Verdict(
        point=means.point,
        criterion=criterion,
        limit=limit,
        coverage=count / total if total else 0.0,
        within=within / count if count else None,
        percentile_95=float(np.percentile(off, 100 * SHARE)) if count else None,
        worst=None if worst is None else float(mean[worst]),
        worst_at=None if worst is None else int(ts[worst]),
        met=_met(within, count - within, total),
    )


def _met(within: int, outside: int, total: int) -> bool | None:
    """Return whether 95 % of `total` means are within, however those were that are not known."""
    if not total:
        return None
    if within >= SHARE * total:
        return True
    return False if outside > (1 - SHARE) * total else None
