"""What passed through meters: sums that add up, whatever the readings' times, gaps and falls."""

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantroom.domain.calendar import DAY_MS, HOUR_MS, QUARTER_MS, Calendar, Every, Night, calendar
from plantroom.domain.consumption import (
    Amounts,
    Consumption,
    by_bucket,
    by_quarter,
    counted,
    integrated,
    together,
)

ZONE = ZoneInfo("Europe/Berlin")
START = int(datetime(2026, 3, 28, tzinfo=ZONE).timestamp() * 1000)
"""Midnight; the clocks are put forward on the day after."""
MINUTE = 60_000
GAP = 3 * MINUTE


def days(count: int = 2, every: Every = Every.DAY) -> Calendar:
    # One hour short of days of 24 hours, since one of them has 23.
    end = START + count * DAY_MS - HOUR_MS * (count > 1)
    return calendar(start=START, end=end, every=every, zone=ZONE, night=Night())


def times(*minutes: float) -> npt.NDArray[np.int64]:
    return START + (np.array(minutes) * MINUTE).astype(np.int64)


def consumed(amounts: Amounts, of: Calendar) -> Consumption:
    return by_bucket(amounts, of)


def counter(ts: npt.NDArray[np.int64], *values: float, of: Calendar, gap: int = GAP) -> Amounts:
    return by_quarter(counted(ts, np.array(values, np.float64), wraps_at=None, gap=gap), of)


def every_minute(of: Calendar, kw: float = 60.0) -> Amounts:
    """A meter that is read every minute from before to after the calendar."""
    ts = np.arange(of.edges[0] - HOUR_MS, of.edges[-1] + HOUR_MS, MINUTE)
    return by_quarter(counted(ts, (ts - ts[0]) / HOUR_MS * kw, wraps_at=None, gap=GAP), of)


def test_each_day_has_what_its_hours_hold() -> None:
    of = days(3)

    found = consumed(every_minute(of), of)

    assert found.total == pytest.approx([24 * 60, 23 * 60, 24 * 60])
    assert found.night == pytest.approx([8 * 60, 7 * 60, 8 * 60])
    assert found.peak == pytest.approx([60, 60, 60])
    assert found.measured == pytest.approx([1, 1, 1])


def test_hours_add_up_to_days() -> None:
    of = days(2, Every.HOUR)

    found = consumed(every_minute(of), of)

    assert len(found.total) == 24 + 23
    assert found.total == pytest.approx(np.full(47, 60.0))
    assert found.night.sum() == pytest.approx(15 * 60)


def test_a_reading_between_hours_is_shared_out_by_time() -> None:
    of = days(1, Every.HOUR)

    found = consumed(counter(times(30, 90), 0.0, 10.0, of=of, gap=HOUR_MS), of)

    assert found.total[:3] == pytest.approx([5.0, 5.0, np.nan], nan_ok=True)


def test_what_a_counter_counted_in_a_gap_is_known_but_not_when() -> None:
    of = days(1, Every.HOUR)

    found = consumed(counter(times(0, 1, 241), 0.0, 1.0, 241.0, of=of), of)

    assert found.total[:4].sum() == pytest.approx(240.0)
    assert found.measured[:4] == pytest.approx([1 / 60, 0, 0, 0])
    assert np.isnan(found.peak[:4]).all()


def test_power_in_a_gap_is_not_known() -> None:
    of = days(1, Every.HOUR)
    power = integrated(times(0, 1, 241, 242), np.array([60.0, 60.0, 30.0, 30.0]), gap=GAP)

    found = consumed(by_quarter(power, of), of)

    assert found.total[[0, 4]] == pytest.approx([1.0, 0.5])
    assert np.isnan(found.total[[1, 2, 3]]).all()


def test_power_counts_as_its_counter_does() -> None:
    of = days(2)
    ts = np.arange(of.edges[0] - HOUR_MS, of.edges[-1] + HOUR_MS, MINUTE)
    kw = 50 + 40 * np.sin(ts / DAY_MS * 2 * np.pi)
    energy = np.concatenate(([0.0], np.cumsum((kw[1:] + kw[:-1]) / 2 / 60)))

    by_power = consumed(by_quarter(integrated(ts, kw, gap=GAP), of), of)
    by_counter = consumed(by_quarter(counted(ts, energy, wraps_at=None, gap=GAP), of), of)

    assert by_power.total == pytest.approx(by_counter.total)
    assert by_power.peak == pytest.approx(by_counter.peak)
    assert by_power.peak_at.tolist() == by_counter.peak_at.tolist()


def test_a_wrap_and_a_reset_lose_nothing() -> None:
    of = days(1)
    ts = times(0, 1, 2, 3, 4)
    values = np.array([997.0, 999.0, 1.0, 3.0, 5.0])
    wrapped = by_quarter(counted(ts, values, wraps_at=1000.0, gap=GAP), of)
    reset = by_quarter(counted(ts, values, wraps_at=None, gap=GAP), of)

    assert wrapped.amount.sum() == pytest.approx(8.0)
    assert reset.amount.sum() == pytest.approx(7.0)


def test_the_peak_is_the_greatest_quarter_hour_and_when_it_began() -> None:
    of = days(1)
    ts = np.arange(START, START + DAY_MS + 1, MINUTE)
    kw = np.where((ts > START + 10 * HOUR_MS) & (ts <= START + 10 * HOUR_MS + QUARTER_MS), 80.0, 20.0)
    energy = np.cumsum(kw / 60)

    found = consumed(by_quarter(counted(ts, energy, wraps_at=None, gap=GAP), of), of)

    assert found.peak == pytest.approx([80.0])
    assert found.peak_at.tolist() == [START + 10 * HOUR_MS]


def test_meters_are_added_and_the_one_with_gaps_says_how_much_was_measured() -> None:
    of = days(1, Every.HOUR)

    found = consumed(together([every_minute(of, 10.0), counter(times(0, 1), 0.0, 1.0, of=of)]), of)

    assert found.total[:2] == pytest.approx([11.0, 10.0])
    assert found.measured[:2] == pytest.approx([1 / 60, 0.0])


def test_without_readings_nothing_is_known() -> None:
    of = days(1)

    found = consumed(counter(times(), of=of), of)

    assert np.isnan(found.total).all()
    assert np.isnan(found.night).all()
    assert found.measured == pytest.approx([0.0])


STEPS = st.lists(
    st.tuples(st.integers(1, 5 * HOUR_MS), st.floats(0, 100, allow_nan=False)), min_size=1, max_size=40
)


@given(STEPS, st.sampled_from(Every))
def test_nothing_is_lost_and_nothing_is_counted_twice(steps: list[tuple[int, float]], every: Every) -> None:
    ts = START + HOUR_MS + np.cumsum([0, *(passed for passed, _ in steps)])
    values = np.cumsum([0.0, *(amount for _, amount in steps)])
    of = calendar(start=START, end=int(ts[-1]) + 1, every=every, zone=ZONE, night=Night())

    found = consumed(by_quarter(counted(ts, values, wraps_at=None, gap=GAP), of), of)

    assert np.nansum(found.total) == pytest.approx(values[-1], abs=1e-6)
    assert (np.nan_to_num(found.night) <= np.nan_to_num(found.total) + 1e-6).all()
    assert ((found.measured >= 0) & (found.measured <= 1 + 1e-9)).all()
