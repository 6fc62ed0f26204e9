"""How well an alarm system serves the people who must act on it (ISA-18.2, IEC 62682, EEMUA 191)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from plantroom.domain.alarm_policy import AlarmPolicy, PerformanceTargets, milliseconds
from plantroom.domain.rule import Severity

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
TEN_MINUTES_MS: Final = 600_000
TOP: Final = 10

Times = NDArray[np.int64]
"""ms since the epoch, UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The activations of a period as columns of one length; `end` is that of the period for what goes on."""

    start: int
    stop: int
    begin: Times
    end: Times
    key: NDArray[np.int64]
    """Which (site, asset, rule), as a number from 0."""
    rank: NDArray[np.int64]
    """Rank of the severity."""
    shown: NDArray[np.bool_]
    """Whether people were shown it; else it was held or grouped."""
    ended: NDArray[np.bool_]

    @property
    def inside(self) -> NDArray[np.bool_]:
        """Which began in the period."""
        return (self.begin >= self.start) & (self.begin < self.stop)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One line of the table."""

    name: str
    value: float | None
    """None: there was nothing to measure."""
    unit: str
    target: float
    relation: str
    """How the value should be to the target: `<=`, `<` or `>=`."""

    @property
    def met(self) -> bool | None:
        """Whether it is so."""
        if self.value is None:
            return None
        if self.relation == "<":
            return self.value < self.target
        return self.value <= self.target if self.relation == "<=" else self.value >= self.target


def measure(record: Record, policy: AlarmPolicy) -> list[Measure]:
    """Return the table of a period."""
    targets = policy.targets
    shown = np.sort(record.begin[record.shown & record.inside])
    return [
        *_rates(shown, record, policy),
        Measure(
            name="top_ten_percent",
            value=_top_share(record),
            unit="%",
            target=targets.top_ten_percent,
            relation="<=",
        ),
        _count("chattering", len(chattering_keys(record, policy)), targets.chattering),
        _count("fleeting", int(fleeting(record, policy).sum()), targets.fleeting),
        Measure(
            name="stale",
            value=float(most_stale(record, policy)),
            unit="",
            target=targets.stale,
            relation="<",
        ),
        *_priorities(record, targets),
    ]


def floods(shown: Times, *, start: int, stop: int, policy: AlarmPolicy) -> list[tuple[int, int]]:
    """Return from when to when more alarms came than people can act on; `shown` is sorted."""
    window = milliseconds(policy.flood.window)
    times = np.concatenate([shown, shown + window])
    steps = np.concatenate([np.ones(len(shown), np.int64), -np.ones(len(shown), np.int64)])
    order = np.lexsort((steps, times))
    counts = np.cumsum(steps[order])
    found: list[tuple[int, int]] = []
    began: int | None = None
    for at, count in zip(times[order].tolist(), counts.tolist(), strict=True):
        if began is None and count > policy.flood.begins_above:
            began = at
        elif began is not None and count < policy.flood.ends_below:
            found.append((began, at))
            began = None
    if began is not None:
        found.append((began, stop))
    return [(max(a, start), min(b, stop)) for a, b in found if a < stop and b > start]


def chattering_keys(record: Record, policy: AlarmPolicy) -> set[int]:
    """Return which alarms came so often in so short a time that it was chattering."""
    wanted = record.inside
    order = np.lexsort((record.begin[wanted], record.key[wanted]))
    key, begin = record.key[wanted][order], record.begin[wanted][order]
    back = policy.chatter.activations - 1
    if len(key) <= back:
        return set()
    close = begin[back:] - begin[:-back] < milliseconds(policy.chatter.within)
    return set(key[back:][close & (key[back:] == key[:-back])].tolist())


def fleeting(record: Record, policy: AlarmPolicy) -> NDArray[np.bool_]:
    """Return which shown activations were over before anybody could act."""
    short = record.end - record.begin < milliseconds(policy.fleeting_within)
    return record.inside & record.shown & record.ended & short


def most_stale(record: Record, policy: AlarmPolicy) -> int:
    """Return how many alarms had been active for too long on the worst day."""
    days = max(1, -(-(record.stop - record.start) // DAY_MS))
    first = np.maximum(record.begin + milliseconds(policy.stale_after), record.start)
    last = np.minimum(record.end, record.stop)
    stale = record.shown & (first < last)
    per_day = np.zeros(days + 1, np.int64)
    np.add.at(per_day, (first[stale] - record.start) // DAY_MS, 1)
    np.add.at(per_day, np.minimum((last[stale] - 1 - record.start) // DAY_MS + 1, days), -1)
    return int(np.cumsum(per_day)[:days].max())


def counts_by_key(record: Record, keys: int) -> NDArray[np.int64]:
    """Return how often people were shown each of `keys` alarms."""
    return np.bincount(record.key[record.inside & record.shown], minlength=keys)


def _rates(shown: Times, record: Record, policy: AlarmPolicy) -> list[Measure]:
    targets, length = policy.targets, record.stop - record.start
    in_flood = sum(b - a for a, b in floods(shown, start=record.start, stop=record.stop, policy=policy))
    hours = _per_bucket(shown, record, HOUR_MS)
    tens = _per_bucket(shown, record, TEN_MINUTES_MS)
    count = len(shown)
    rows: Sequence[tuple[str, float, str, float]] = (
        ("per_day", count * DAY_MS / length, "", targets.per_day),
        ("per_hour", count * HOUR_MS / length, "", targets.per_hour),
        ("per_10_minutes", count * TEN_MINUTES_MS / length, "", targets.per_10_minutes),
        ("most_in_10_minutes", float(_most_within(shown, TEN_MINUTES_MS)), "", targets.most_in_10_minutes),
        (
            "busy_hours_percent",
            100 * float(np.mean(hours > targets.busy_hour)),
            "%",
            targets.busy_hours_percent,
        ),
        (
            "busy_10_minutes_percent",
            100 * float(np.mean(tens > targets.busy_10_minutes)),
            "%",
            targets.busy_10_minutes_percent,
        ),
        ("flood_percent", 100 * in_flood / length, "%", targets.flood_percent),
    )
    return [
        Measure(name=name, value=value, unit=unit, target=target, relation="<=")
        for name, value, unit, target in rows
    ]


def _per_bucket(shown: Times, record: Record, width: int) -> NDArray[np.int64]:
    buckets = max(1, -(-(record.stop - record.start) // width))
    return np.bincount((shown - record.start) // width, minlength=buckets)


def _most_within(shown: Times, window: int) -> int:
    if not len(shown):
        return 0
    return int((np.searchsorted(shown, shown + window) - np.arange(len(shown))).max())


def _top_share(record: Record) -> float | None:
    counts = counts_by_key(record, 0)
    total = int(counts.sum())
    return 100 * float(np.sort(counts)[-TOP:].sum()) / total if total else None


def _count(name: str, value: int, target: float) -> Measure:
    return Measure(name=name, value=float(value), unit="", target=target, relation="<=")


def _priorities(record: Record, targets: PerformanceTargets) -> list[Measure]:
    rank = record.rank[record.inside & record.shown]
    total, slack = len(rank), targets.priority_tolerance

    def share(chosen: NDArray[np.bool_]) -> float | None:
        return 100 * float(chosen.sum()) / total if total else None

    major = Severity.MAJOR.rank
    return [
        Measure(
            name="low_percent",
            value=share(rank < major),
            unit="%",
            target=targets.low_percent - slack,
            relation=">=",
        ),
        Measure(
            name="medium_percent",
            value=share(rank == major),
            unit="%",
            target=targets.medium_percent + slack,
            relation="<=",
        ),
        Measure(
            name="high_percent",
            value=share(rank > major),
            unit="%",
            target=targets.high_percent + slack,
            relation="<=",
        ),
    ]
