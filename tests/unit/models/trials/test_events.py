import math

import numpy as np
import pytest

from plantroom.models.trials.events import Tally, pooled, spans, tally


def mask(text: str):
    return np.array([sign == "#" for sign in text])


def test_spans_are_rows_on_end():
    assert spans(mask("##..#.###")) == [slice(0, 2), slice(4, 5), slice(6, 9)]
    assert spans(mask("...")) == []
    assert spans(mask("")) == []


def test_rows_and_events_are_counted():
    one = tally(mask(".##...#..#"), mask("..##....##"), hours=2)

    assert (one.true_alarm, one.false_alarm, one.missed, one.true_quiet) == (2, 2, 2, 4)
    assert (one.events, one.found, one.false_events) == (2, 2, 1)
    assert one.false_per_hour == 0.5


def test_rates_are_of_rows():
    one = Tally(true_alarm=60, false_alarm=20, true_quiet=180, missed=40)

    assert one.f1 == pytest.approx(120 / 180)
    assert one.far == pytest.approx(0.1)
    assert one.mar == pytest.approx(0.4)


def test_a_late_end_of_what_was_found_is_no_false_event():
    one = tally(mask("..####"), mask("..##.."), hours=1)

    assert (one.found, one.false_events) == (1, 0)
    assert one.false_alarm == 2


def test_recordings_are_pooled_by_their_rows():
    both = pooled([tally(mask("#."), mask("##"), hours=1), tally(mask("#."), mask(".."), hours=2)])

    assert (both.true_alarm, both.false_alarm, both.missed, both.true_quiet) == (1, 1, 1, 1)
    assert (both.events, both.found, both.false_events, both.hours) == (1, 1, 1, 3)


def test_nothing_to_divide_by_is_no_rate():
    none = pooled([])

    assert all(math.isnan(rate) for rate in (none.f1, none.far, none.mar, none.false_per_hour))
