"""What has passed through meters, by hour and day, by day and by night, and the greatest demand."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from plantroom.domain.calendar import HOUR_MS, QUARTER_MS, Calendar
from plantroom.domain.counter import increments

Floats = npt.NDArray[np.float64]

WHOLE: Final = 1 - 1e-9
"""From this share on a quarter-hour counts as measured throughout."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """What has passed through one meter since its first reading; all columns have shape (n,)."""

    ts: npt.NDArray[np.int64]
    """When it was read, ms since the epoch, strictly ascending."""
    amount: Floats
    """Since the first reading, in the meter's unit."""
    measured: Floats
    """How long of the time since then readings were close enough together, ms."""
    known: Floats
    """How long of the time since then the amount is known of, ms; for a counter also in gaps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """What passed in each quarter-hour of a calendar; all columns have shape (quarters,)."""

    amount: Floats
    measured: Floats
    """Share of the time, 0 to 1, in which readings were close enough together."""
    known: Floats
    """Share of the time, 0 to 1, of which the amount is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumption:
    """What passed in each hour or day of a calendar; all columns have shape (buckets,)."""

    ts: npt.NDArray[np.int64]
    """Where it begins, ms since the epoch, UTC."""
    total: Floats
    """NaN where nothing is known."""
    night: Floats
    """The part of `total` in night hours; the rest is by day."""
    measured: Floats
    """Share of the time, 0 to 1, in which readings were close enough together."""
    peak: Floats
    """Greatest amount per hour over a quarter-hour measured throughout; NaN where there is none."""
    peak_at: npt.NDArray[np.int64]
    """Where that quarter-hour begins, ms since the epoch, UTC; meaningless where there is none."""


def counted(ts: npt.NDArray[np.int64], value: Floats, *, wraps_at: float | None, gap: int) -> Curve:
    """Return the curve of a counter's good readings, oldest first.

    What was counted between two readings is spread evenly over the time between them. `gap`: readings
    farther apart than this, ms, do not measure when it was.
    """
    passed = np.diff(ts, prepend=ts[:1]).astype(np.float64)
    return Curve(
        ts=ts,
        amount=np.cumsum(increments(value, wraps_at=wraps_at)),
        measured=np.cumsum(np.where(passed <= gap, passed, 0.0)),
        known=np.cumsum(passed),
    )


def integrated(ts: npt.NDArray[np.int64], value: Floats, *, gap: int) -> Curve:
    """Return the curve of readings per hour (such as kW), oldest first, by the trapezoidal rule.

    Between readings farther apart than `gap`, ms, nothing is known.
    """
    passed = np.diff(ts, prepend=ts[:1]).astype(np.float64)
    known = np.where(passed <= gap, passed, 0.0)
    mean = (value + np.concatenate((value[:1], value[:-1]))) / 2
    total = np.cumsum(known)
    return Curve(ts=ts, amount=np.cumsum(mean * known / HOUR_MS), measured=total, known=total)


def by_quarter(curve: Curve, calendar: Calendar) -> Amounts:
    """Return what the curve says of each quarter-hour."""
    quarters = len(calendar.bucket)
    if len(curve.ts) == 0:
        return Amounts(amount=np.zeros(quarters), measured=np.zeros(quarters), known=np.zeros(quarters))
    amount, measured, known = (
        np.diff(np.interp(calendar.edges, curve.ts, column))
        for column in (curve.amount, curve.measured, curve.known)
    )
    return Amounts(amount=amount, measured=measured / QUARTER_MS, known=known / QUARTER_MS)


def together(meters: Sequence[Amounts]) -> Amounts:
    """Return the sum of at least one meter; it is measured when all are, and known when any is."""
    return Amounts(
        amount=np.sum([each.amount for each in meters], axis=0),
        measured=np.min([each.measured for each in meters], axis=0),
        known=np.max([each.known for each in meters], axis=0),
    )


def by_bucket(amounts: Amounts, calendar: Calendar) -> Consumption:
    """Return the sums over each hour or day."""
    first = np.searchsorted(calendar.bucket, np.arange(len(calendar.starts)))
    size = np.diff(first, append=len(calendar.bucket))
    known = np.add.reduceat(amounts.known, first) > 0
    night = np.add.reduceat(np.where(calendar.is_night, amounts.amount, 0.0), first)
    demand = np.where(amounts.measured >= WHOLE, amounts.amount * (HOUR_MS / QUARTER_MS), -np.inf)
    peak = np.maximum.reduceat(demand, first)
    # The first quarter-hour of its bucket that reaches the peak.
    at_peak = np.where(demand == peak[calendar.bucket], np.arange(len(demand)), len(demand))
    return Consumption(
        ts=calendar.starts,
        total=np.where(known, np.add.reduceat(amounts.amount, first), np.nan),
        night=np.where(known, night, np.nan),
        measured=np.add.reduceat(amounts.measured, first) / size,
        peak=np.where(np.isfinite(peak), peak, np.nan),
        peak_at=calendar.edges[np.minimum.reduceat(at_peak, first)],
    )
