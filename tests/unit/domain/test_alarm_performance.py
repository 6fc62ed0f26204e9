"""The table of alarm-system performance, against counts by hand."""

import numpy as np
import pytest

from plantroom.domain.alarm_performance import (
    DAY_MS,
    HOUR_MS,
    Record,
    chattering_keys,
    floods,
    measure,
)
from plantroom.domain.alarm_policy import AlarmPolicy
from plantroom.domain.rule import Severity

POLICY = AlarmPolicy()
MINUTE = 60_000
Row = tuple[int, int | None, int, Severity]
"""Begin and end (ms), key, severity."""


def record(*rows: Row, days: int = 1, shown: bool = True) -> Record:
    stop = days * DAY_MS
    return Record(
        start=0,
        stop=stop,
        begin=np.array([row[0] for row in rows], np.int64),
        end=np.array([stop if row[1] is None else row[1] for row in rows], np.int64),
        key=np.array([row[2] for row in rows], np.int64),
        rank=np.array([row[3].rank for row in rows], np.int64),
        shown=np.full(len(rows), shown),
        ended=np.array([row[1] is not None for row in rows], np.bool_),
    )


def values(*rows: Row, days: int = 1) -> dict[str, float | None]:
    return {each.name: each.value for each in measure(record(*rows, days=days), POLICY)}


def burst(count: int, *, at: int = 0, every: int = 1000, key: int = 0, lasts: int = 5 * MINUTE) -> list[Row]:
    return [(at + n * every, at + n * every + lasts, key + n, Severity.WARNING) for n in range(count)]


def test_a_period_without_alarms_meets_all_that_can_be_measured() -> None:
    table = measure(record(), POLICY)

    assert {each.met for each in table} == {True, None}
    assert [each.name for each in table if each.met is None] == [
        "top_ten_percent",
        "low_percent",
        "medium_percent",
        "high_percent",
    ]


def test_rates_are_means_over_the_period() -> None:
    found = values(*burst(48, every=30 * MINUTE), days=2)

    assert (found["per_day"], found["per_hour"]) == (24, 1)
    assert found["per_10_minutes"] == pytest.approx(1 / 6)


def test_the_most_in_ten_minutes_is_over_any_ten_minutes() -> None:
    assert values(*burst(8, at=9 * MINUTE, every=20_000))["most_in_10_minutes"] == 8
    assert values(*burst(3, every=5 * MINUTE))["most_in_10_minutes"] == 2


def test_busy_hours_and_tens_are_shares_of_the_period() -> None:
    found = values(*burst(31, at=HOUR_MS, every=1000))

    assert found["busy_hours_percent"] == pytest.approx(100 / 24)
    assert found["busy_10_minutes_percent"] == pytest.approx(100 / 144)


def test_a_flood_lasts_from_the_eleventh_alarm_until_fewer_than_five_are_left() -> None:
    shown = np.arange(11, dtype=np.int64) * 1000

    found = floods(shown, start=0, stop=DAY_MS, policy=POLICY)

    # below five when the seventh of the eleven is ten minutes old
    assert found == [(10_000, 6_000 + 10 * MINUTE)]


def test_a_flood_that_goes_on_ends_with_the_period() -> None:
    shown = np.arange(100, dtype=np.int64) * 1000

    assert floods(shown, start=0, stop=2 * MINUTE, policy=POLICY) == [(10_000, 2 * MINUTE)]


def test_ten_alarms_are_no_flood() -> None:
    assert floods(np.zeros(10, np.int64), start=0, stop=DAY_MS, policy=POLICY) == []


def test_three_of_one_key_within_a_minute_are_chattering() -> None:
    same = [(n * 29_000, n * 29_000 + 1, 7, Severity.WARNING) for n in range(3)]
    slower = [(n * 31_000, n * 31_000 + 1, 8, Severity.WARNING) for n in range(3)]
    others = burst(5, key=20)

    assert chattering_keys(record(*same, *slower, *others), POLICY) == {7}


def test_fleeting_is_over_within_a_minute() -> None:
    found = values(
        (0, MINUTE - 1, 0, Severity.WARNING),
        (0, MINUTE, 1, Severity.WARNING),
        (DAY_MS - 1, None, 2, Severity.WARNING),
    )

    assert found["fleeting"] == 1


def test_stale_is_counted_on_the_worst_day() -> None:
    long = [(0, 3 * DAY_MS, key, Severity.WARNING) for key in range(4)]
    late = [(2 * DAY_MS, None, 9, Severity.WARNING)]
    short = [(0, DAY_MS, 10, Severity.WARNING)]

    table = {each.name: each for each in measure(record(*long, *late, *short, days=5), POLICY)}

    assert table["stale"].value == 4
    assert table["stale"].met is True


def test_five_stale_alarms_are_too_many() -> None:
    table = measure(record(*[(0, None, key, Severity.WARNING) for key in range(5)], days=2), POLICY)

    assert next(each for each in table if each.name == "stale").met is False


def test_an_alarm_that_became_stale_before_the_period_counts() -> None:
    one = Record(
        start=10 * DAY_MS,
        stop=11 * DAY_MS,
        begin=np.array([0]),
        end=np.array([11 * DAY_MS]),
        key=np.array([0]),
        rank=np.array([1]),
        shown=np.array([True]),
        ended=np.array([False]),
    )

    found = {each.name: each.value for each in measure(one, POLICY)}

    assert (found["stale"], found["per_day"]) == (1, 0)


def test_priorities_are_shares_of_what_was_shown() -> None:
    rows: list[Row] = [(n, n + HOUR_MS, n, Severity.WARNING) for n in range(80)]
    rows += [(n, n + HOUR_MS, n, Severity.MAJOR) for n in range(15)]
    rows += [(n, n + HOUR_MS, n, Severity.CRITICAL) for n in range(5)]

    table = {each.name: each for each in measure(record(*rows), POLICY)}

    assert [table[f"{name}_percent"].value for name in ("low", "medium", "high")] == [80, 15, 5]
    assert all(table[f"{name}_percent"].met for name in ("low", "medium", "high"))


def test_what_was_held_is_no_load_but_chattering() -> None:
    held = record(*[(n * 1000, n * 1000 + 1, 0, Severity.WARNING) for n in range(9)], shown=False)

    found = {each.name: each.value for each in measure(held, POLICY)}

    assert (found["per_day"], found["chattering"], found["fleeting"]) == (0, 1, 0)


def test_the_ten_most_frequent_have_their_share() -> None:
    rows = [row for n in range(10) for row in burst(9, at=n * HOUR_MS, key=0)]
    rows += burst(10, at=12 * HOUR_MS, key=100)

    assert values(*rows)["top_ten_percent"] == pytest.approx(100 * 91 / 100)
