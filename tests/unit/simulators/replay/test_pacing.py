"""When recorded rows are published, and with what time."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantroom.simulators.replay.pacing import Kept, Shifted
from plantroom_testing.simulation import START

recorded = st.lists(st.integers(0, 10_000_000), min_size=1, max_size=50)
speeds = st.one_of(st.floats(0.1, 10_000), st.just(math.inf))


def test_shifted_the_first_row_is_now_and_intervals_are_divided() -> None:
    pace = Shifted(start=START, speed=60)

    turns = [pace.turn(ts) for ts in (5_000_000, 5_060_000, 5_180_000)]

    assert [turn.ts for turn in turns] == [START, START + 1_000, START + 3_000]
    assert [turn.due for turn in turns] == [turn.ts for turn in turns]


@given(recorded, speeds)
def test_shifted_times_keep_the_order_the_equalities_and_the_disorder(ts: list[int], speed: float) -> None:
    pace = Shifted(start=START, speed=speed)
    turns = [pace.turn(each) for each in ts]

    newest = -1
    for before, row, turn in zip([None, *turns], ts, turns, strict=False):
        if before is None:
            assert turn.ts == turn.due == START
        elif row > newest:
            assert turn.ts > before.due
        elif row == newest:
            assert turn.ts == before.due
        else:
            assert turn.ts < turn.due
        newest = max(newest, row)


@given(recorded, speeds)
def test_nothing_is_due_before_what_stands_above_it(ts: list[int], speed: float) -> None:
    for pace in (Shifted(start=START, speed=speed), Kept(start=START, speed=speed)):
        due = [pace.turn(each).due for each in ts]

        assert due == sorted(due)
        assert due[0] == START


def test_at_greatest_speed_a_row_takes_a_millisecond() -> None:
    pace = Shifted(start=START, speed=math.inf)

    assert [pace.turn(ts).ts for ts in (0, 1_000, 5_000)] == [START, START + 1, START + 2]


def test_kept_times_are_the_recorded_ones_and_history() -> None:
    pace = Kept(start=START, speed=10)

    turns = [pace.turn(ts) for ts in (5_000, 25_000, 15_000)]

    assert pace.historical
    assert [turn.ts for turn in turns] == [5_000, 25_000, 15_000]
    assert [turn.due - START for turn in turns] == [0, 2_000, 2_000]


@pytest.mark.parametrize("gap", [pytest.param(10**9, id="days"), pytest.param(1, id="a-millisecond")])
def test_at_greatest_speed_history_waits_for_nothing(gap: int) -> None:
    pace = Kept(start=START, speed=math.inf)

    assert [pace.turn(ts).due for ts in (0, gap, 5 * gap)] == [START] * 3
