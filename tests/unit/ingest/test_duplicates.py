from collections import OrderedDict
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantroom.ingest.duplicates import Recent


class SlowRecent:
    """The same by a dictionary and one sample at a time."""

    def __init__(self, size):
        self.size = size
        self.taken = 0
        self.last = OrderedDict()

    def take(self, point, ts, value, asked, kept):
        number, known = self.last.get((point, ts), (-1, None))
        again = (
            asked and known is not None and repr(known) == repr(value) and self.taken - number <= self.size
        )
        if kept:
            self.last[point, ts] = (self.taken, value)
            self.taken += 1
        return again


def columns(rows):
    point, ts, value, asked, kept = zip(*rows, strict=True) if rows else ((),) * 5
    return (
        np.array(point, np.int32),
        np.array(ts, np.int64),
        np.array(value, np.float64),
        np.array(asked, np.bool_),
        np.array(kept, np.bool_),
    )


def offer(recent, rows):
    point, ts, value, asked, kept = columns(rows)
    again = recent.repeated(point, ts, value, asked=asked, kept=kept)
    recent.add(point[kept], ts[kept], value[kept])
    return again.tolist()


def told(point, ts, value):
    """A sample that comes in order: nobody asks about it."""
    return (point, ts, value, False, True)


def asked(point, ts, value):
    return (point, ts, value, True, True)


@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "in two batches"])
@pytest.mark.parametrize(
    ("again", "expected"),
    [
        pytest.param(asked(1, 10, 5.0), True, id="same"),
        pytest.param(asked(1, 10, 6.0), False, id="other value"),
        pytest.param(asked(1, 11, 5.0), False, id="other time"),
        pytest.param(asked(2, 10, 5.0), False, id="other point"),
        pytest.param(asked(1, 20, np.nan), True, id="nothing twice"),
        pytest.param(asked(1, 10, np.nan), False, id="nothing for something"),
    ],
)
def test_a_sample_is_repeated_if_point_time_and_value_are_the_same(again, expected, together):
    recent = Recent(10)
    known = [told(1, 10, 5.0), told(1, 20, np.nan)]

    if together:
        *_, last = offer(recent, [*known, again])
    else:
        offer(recent, known)
        (last,) = offer(recent, [again])

    assert last is expected


def test_what_counts_is_what_was_last_said_of_a_time():
    recent = Recent(10)
    offer(recent, [told(0, 10, 1.0)])

    assert offer(recent, [asked(0, 10, 2.0), asked(0, 10, 1.0), asked(0, 10, 1.0)]) == [False, False, True]


def test_what_is_not_kept_cannot_be_repeated():
    recent = Recent(10)

    assert offer(recent, [(0, 10, 1.0, False, False), asked(0, 10, 1.0), asked(0, 10, 1.0)]) == [
        False,
        False,
        True,
    ]


def test_only_the_last_samples_are_remembered():
    recent = Recent(3)
    offer(recent, [told(0, ts, 1.0) for ts in range(5)])

    assert offer(recent, [(0, ts, 1.0, True, False) for ts in range(5)]) == [False, False, True, True, True]


def test_a_batch_larger_than_the_memory_leaves_its_end():
    recent = Recent(4)
    offer(recent, [told(0, ts, float(ts)) for ts in range(3)])
    offer(recent, [told(0, ts, float(ts)) for ts in range(3, 13)])

    point, ts, value = recent.columns()

    assert point.tolist() == [0, 0, 0, 0]
    assert ts.tolist() == value.tolist() == [9, 10, 11, 12]


rows = st.tuples(
    st.integers(0, 2),
    st.integers(0, 3),
    st.sampled_from([1.0, 2.0, float("nan")]),
    st.booleans(),
    st.booleans(),
)


@given(st.lists(rows, max_size=60), st.lists(st.integers(0, 60), max_size=5), st.integers(1, 12))
def test_it_agrees_with_one_sample_at_a_time_however_they_are_split(given_rows, cuts, size):
    slow, fast = SlowRecent(size), Recent(size)
    expected = [slow.take(*row) for row in given_rows]

    bounds = [0, *sorted(min(cut, len(given_rows)) for cut in cuts), len(given_rows)]
    found = [again for start, end in pairwise(bounds) for again in offer(fast, given_rows[start:end])]

    assert found == expected


@given(st.lists(st.lists(rows, max_size=9)), st.integers(1, 12))
def test_what_is_remembered_is_the_end_of_what_was_kept_in_order(batches, size):
    recent = Recent(size)
    for batch in batches:
        offer(recent, batch)

    kept = [row[:2] for batch in batches for row in batch if row[4]]
    point, ts, _ = recent.columns()
    assert list(zip(point.tolist(), ts.tolist(), strict=True)) == kept[-size:]
