import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from plantroom.domain.samples import FIRST_BAD, Quality, SampleBatch
from plantroom.ingest.timeline import Timeline, newest_before
from plantroom_testing.telemetry import small_table

rows = st.tuples(st.integers(0, 3), st.integers(0, 2**42 - 1) | st.integers(0, 9), st.booleans())


@given(st.lists(rows), st.lists(st.integers(0, 9), min_size=4, max_size=4))
def test_the_newest_time_before_each_row_is_that_of_taking_the_rows_one_by_one(given_rows, start):
    newest, expected = list(start), []
    for group, time, step in given_rows:
        expected.append(newest[group])
        newest[group] = max(newest[group] + step, time)

    group, time, step = (
        (np.array(column) for column in zip(*given_rows, strict=True))
        if given_rows
        else (
            np.empty(0, np.int64),
            np.empty(0, np.int64),
            np.empty(0, np.bool_),
        )
    )
    found = newest_before(group.astype(np.int32), time, np.array(start)[group], step=step)

    assert found.tolist() == expected


def test_times_of_arrival_increase_strictly_on_an_asset_and_never_lie_before_arrival():
    timeline = Timeline(small_table())
    asset = np.array([0, 0, 1, 0, 0], np.int32)
    arrived = np.array([100, 100, 100, 99, 105], np.int64)
    every, none = np.ones(5, np.bool_), np.zeros(5, np.bool_)

    ts = timeline.at_arrival(asset, np.full(5, -1), arrived, timed=none, timeless=every)

    assert ts.tolist() == [100, 101, 100, 102, 105]


def test_a_time_of_arrival_lies_behind_what_the_device_itself_dated():
    timeline = Timeline(small_table())
    asset = np.zeros(3, np.int32)
    timeless = np.array([True, False, True])

    ts = timeline.at_arrival(
        asset, np.array([-1, 130, -1]), np.array([100, 101, 102]), timed=~timeless, timeless=timeless
    )

    assert ts.tolist() == [100, 130, 131]


def batch_of(quality):
    return SampleBatch(
        point=np.array([1], np.int32),
        ts=np.array([500]),
        value=np.array([1.0]),
        quality=np.array([quality], np.uint8),
        arrived=np.array([500]),
        message=np.array([0], np.int32),
    )


def test_only_evaluated_samples_take_their_point_further():
    evaluated = set()
    for quality in Quality:
        timeline = Timeline(small_table())
        timeline.advance(batch_of(quality))
        if timeline.newest[1]:
            evaluated.add(quality)

    assert evaluated == {quality for quality in Quality if quality >= FIRST_BAD} | {Quality.GOOD}


def test_no_rows_are_no_trouble():
    nothing = np.empty(0, np.int64)

    assert newest_before(nothing.astype(np.int32), nothing, nothing).tolist() == []
