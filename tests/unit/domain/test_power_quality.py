"""EN 50160 by the week: known weeks get the verdict worked out by hand."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantroom.domain.power_quality import TEN_MINUTES_MS, Means, Quality, Verdict, Week, judge

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEEK = Week.parse("2026-W29", SHANGHAI)
PERIODS = 1008


def means(values: Any, *, point: str = "voltage_l1", least: Any = None, first: int = 0) -> Means:
    mean = np.asarray(values, float)
    ts = WEEK.start + TEN_MINUTES_MS * np.arange(first, first + len(mean), dtype=np.int64)
    return Means(point=point, ts=ts, mean=mean, least=mean if least is None else np.asarray(least, float))


def week_of(outside: int, *, known: int = PERIODS, value: float = 260.0) -> Any:
    values = np.full(known, 230.0)
    values[:outside] = value
    return values


def only(quality: Quality) -> Verdict:
    (verdict,) = quality.verdicts
    return verdict


def test_a_week_is_monday_to_sunday_of_the_sites_clock() -> None:
    assert datetime.fromtimestamp(WEEK.start / 1000, SHANGHAI).isoformat() == "2026-07-13T00:00:00+08:00"
    assert (WEEK.end - WEEK.start) // TEN_MINUTES_MS == PERIODS
    assert str(WEEK) == "2026-W29"


def test_the_week_in_which_clocks_go_forward_is_an_hour_shorter() -> None:
    week = Week.parse("2026-W13", ZoneInfo("Europe/Berlin"))

    assert (week.end - week.start) // TEN_MINUTES_MS == PERIODS - 6


def test_the_week_before_is_the_last_one_that_is_over() -> None:
    monday = Week.parse("2027-W01", SHANGHAI).start

    assert str(Week.before(monday, SHANGHAI)) == "2026-W53"
    assert str(Week.before(monday - 1, SHANGHAI)) == "2026-W52"


@pytest.mark.parametrize("text", ["2026", "2026-W54", "2026-29", "2026-W00", "26-W29", "2026-W2x", ""])
def test_what_is_no_week_is_said(text: str) -> None:
    with pytest.raises(ValueError, match=r"week|Invalid"):
        Week.parse(text, SHANGHAI)


@pytest.mark.parametrize(
    ("outside", "met"), [pytest.param(50, True, id="4.96 %"), pytest.param(51, False, id="5.06 %")]
)
def test_five_percent_of_the_week_may_be_outside(outside: int, met: bool) -> None:
    verdict = only(judge(WEEK, [means(week_of(outside))]))

    assert verdict.met is met
    assert verdict.within == pytest.approx(1 - outside / PERIODS)
    assert verdict.coverage == 1.0


def test_ten_percent_of_the_nominal_voltage_are_allowed_both_ways() -> None:
    values = week_of(100, value=252.9)
    values[100:200] = 207.1

    verdict = only(judge(WEEK, [means(values)]))

    assert verdict.within == 1.0
    assert verdict.percentile_95 == pytest.approx(100 * 22.9 / 230)


def test_the_nominal_voltage_is_the_assets() -> None:
    at_220 = only(judge(WEEK, [means(week_of(PERIODS, value=243.0))], nominal_v=220.0))
    at_230 = only(judge(WEEK, [means(week_of(PERIODS, value=243.0))]))

    assert (at_220.met, at_230.met) == (False, True)


def test_the_worst_mean_and_its_time_are_told() -> None:
    values = week_of(0)
    values[300] = 201.5

    verdict = only(judge(WEEK, [means(values)]))

    assert (verdict.worst, verdict.worst_at) == (201.5, WEEK.start + 300 * TEN_MINUTES_MS)


@pytest.mark.parametrize(
    ("point", "limit"), [pytest.param("voltage_unbalance", 2.0), pytest.param("thd_voltage", 8.0)]
)
def test_unbalance_and_distortion_have_their_limits(point: str, limit: float) -> None:
    below = only(judge(WEEK, [means(np.full(PERIODS, limit), point=point)]))
    above = only(judge(WEEK, [means(np.full(PERIODS, limit + 0.01), point=point)]))

    assert (below.met, above.met) == (True, False)
    assert above.percentile_95 == pytest.approx(limit + 0.01)


def test_interrupted_periods_count_for_no_criterion() -> None:
    least = week_of(0)
    least[10:16] = 0.0
    voltage = means(np.where(least == 0, 120.0, 230.0), least=least)
    distortion = means(np.where(least == 0, 30.0, 2.0), point="thd_voltage")

    quality = judge(WEEK, [voltage, distortion])

    assert quality.interrupted == 6
    assert [verdict.within for verdict in quality.verdicts] == [1.0, 1.0]
    assert [verdict.coverage for verdict in quality.verdicts] == [1.0, 1.0]


def test_half_a_week_says_nothing_of_the_whole() -> None:
    quality = judge(WEEK, [means(week_of(0, known=PERIODS // 2))])

    assert (only(quality).met, only(quality).coverage, quality.met) == (None, 0.5, None)


def test_what_is_known_may_be_bad_enough_already() -> None:
    assert only(judge(WEEK, [means(week_of(60, known=200))])).met is False


def test_nothing_known_is_no_verdict() -> None:
    verdict = only(judge(WEEK, [means([])]))

    assert (verdict.met, verdict.within, verdict.percentile_95, verdict.worst) == (None, None, None, None)
    assert judge(WEEK, []).met is None


def test_the_whole_is_not_met_where_one_criterion_is_not() -> None:
    quality = judge(WEEK, [means(week_of(0)), means(np.full(PERIODS, 9.0), point="thd_voltage")])

    assert quality.met is False


@given(st.integers(0, PERIODS), st.integers(0, PERIODS), st.integers(0, PERIODS))
def test_what_is_not_known_never_turns_a_verdict(known: int, bad: int, bad_unknown: int) -> None:
    bad, bad_unknown = min(bad, known), min(bad_unknown, PERIODS - known)
    so_far = only(judge(WEEK, [means(week_of(bad, known=known))])).met
    rest = week_of(bad_unknown, known=PERIODS - known)

    whole = only(judge(WEEK, [means(np.concatenate([week_of(bad, known=known), rest]))])).met

    assert so_far in (None, whole)
