"""Rows are what the samples say, however they come."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plantroom.models.grid import EVERY, HELD_ROWS, Grid, Rows, Told
from plantroom.models.outline import Column, Outline

T0 = 1_763_750_040_000
NAN = float("nan")
RUNNING = Column(name="running", number=0, holds=30_000, averaged=False, own=True)
FLOW = Column(name="flow", number=1, holds=30_000, averaged=True, own=True)
PARENT = Column(name="parent.running", number=2, holds=90_000, averaged=False, own=False)

Sample = tuple[int, int, int, float]
"""Slot, column, ms since T0, value."""


def outline(*columns: Column, settle: int = 0) -> Outline:
    return Outline(columns=columns, settle=settle)


def told(samples: list[Sample], outlines: list[Outline]) -> Told:
    slot, column, ts, value = zip(*samples, strict=True) if samples else ((), (), (), ())
    return Told(
        slot=np.array(slot, np.int32),
        column=np.array(column, np.int16),
        ts=np.array(ts, np.int64) + T0,
        value=np.array(value, float),
        source=np.arange(len(samples), dtype=np.int32),
        own=np.array([outlines[s].columns[c].own for s, c, *_ in samples], np.bool_),
    )


def rows_of(samples: list[Sample], *outlines: Outline) -> Rows:
    each = list(outlines) or [outline(RUNNING, FLOW)]
    return Grid(each).take(told(samples, each))


def seen(rows: Rows) -> list[tuple[int, int, list[float | None], bool]]:
    return [
        (
            int(slot),
            int(ts) - T0,
            [None if np.isnan(value) else round(float(value), 6) for value in values],
            bool(live),
        )
        for slot, ts, values, live in zip(rows.slot, rows.ts, rows.values, rows.live, strict=True)
    ]


def test_a_minute_is_over_when_its_asset_says_so_and_not_before() -> None:
    assert seen(rows_of([(0, 1, 0, 2.0), (0, 1, 59_999, 4.0)])) == []
    assert seen(rows_of([(0, 1, 0, 2.0), (0, 1, 59_999, 4.0), (0, 1, 60_000, 9.0)])) == [
        (0, 60_000, [None, 3.0], True)
    ]


def test_a_measurement_is_its_mean_and_a_state_its_last() -> None:
    samples = [(0, 0, 0, 0.0), (0, 1, 0, 1.0), (0, 0, 50_000, 1.0), (0, 1, 50_000, 2.0), (0, 1, 61_000, 0.0)]

    assert seen(rows_of(samples))[0][2] == [1.0, 1.5]


def test_a_value_holds_until_it_is_stale() -> None:
    slow = replace(FLOW, holds=150_000)
    samples = [(0, 0, 0, 7.0), (0, 1, 0, 1.0), (0, 0, 240_000, 1.0)]

    assert seen(rows_of(samples, outline(slow, RUNNING))) == [
        (0, 60_000, [7.0, None], True),
        (0, 120_000, [7.0, None], True),
    ]


def test_a_bad_value_makes_its_point_unknown_from_then_on() -> None:
    slow = replace(FLOW, holds=600_000)
    samples = [(0, 0, 0, 7.0), (0, 0, 30_000, NAN), (0, 1, 70_000, 1.0), (0, 1, 120_000, 1.0)]

    assert [row[2][0] for row in seen(rows_of(samples, outline(slow, RUNNING)))] == [7.0, None]


def test_an_asset_that_says_nothing_is_given_few_rows() -> None:
    manual = replace(FLOW, holds=10**12)

    rows = rows_of([(0, 0, 0, 7.0), (0, 0, 10**10, 8.0)], outline(manual))

    assert len(rows) == 1 + HELD_ROWS


def test_what_comes_too_late_is_ignored() -> None:
    samples = [(0, 1, 60_000, 1.0), (0, 1, 10_000, 500.0), (0, 0, 59_000, 500.0), (0, 1, 120_000, 1.0)]

    assert seen(rows_of(samples)) == [(0, 120_000, [None, 1.0], True)]


def test_another_assets_clock_ends_no_minute_and_its_last_word_counts() -> None:
    samples = [
        (0, 0, 0, 1.0),
        (0, 1, 10_000, 1.0),
        (0, 1, 500_000, 0.0),
        (0, 0, 60_000, 3.0),
        (0, 0, 120_000, 3.0),
    ]

    rows = seen(rows_of(samples, outline(FLOW, PARENT)))

    assert [row[1:3] for row in rows] == [(60_000, [1.0, 0.0]), (120_000, [3.0, 0.0])]


GATED = replace(RUNNING, gate=(0.5, np.inf))


def running(*, off_at: int = -1, minutes: int = 8) -> list[Sample]:
    """A reading every ten seconds; one of them says that it stands."""
    return [(0, 0, at, 0.0 if at == off_at else 1.0) for at in range(0, minutes * 60_000, 10_000)]


def test_a_machine_is_judged_when_it_ran_throughout_and_has_settled() -> None:
    # Of the first minute nobody knows what was before it.
    assert [row[3] for row in seen(rows_of(running(), outline(GATED, settle=120_000)))] == [
        False,
        False,
        False,
        True,
        True,
        True,
        True,
    ]


def test_a_moment_of_standing_begins_the_settling_anew() -> None:
    judged = seen(rows_of(running(off_at=220_000), outline(GATED, settle=120_000)))

    assert [row[3] for row in judged] == [False, False, False, False, False, False, True]


def test_a_gate_that_is_not_known_is_closed() -> None:
    silent = [sample for sample in running() if not 100_000 <= sample[2] < 180_000]
    also = [(0, 1, at, 1.0) for at in range(0, 480_000, 10_000)]
    samples = sorted([*silent, *also], key=lambda sample: sample[2])

    assert [row[3] for row in seen(rows_of(samples, outline(GATED, FLOW)))] == [
        False,
        True,
        False,
        False,
        True,
        True,
        True,
    ]


def test_a_gate_on_a_point_that_is_not_there_stays_closed() -> None:
    assert not rows_of(running(), Outline(columns=(RUNNING,), settle=0, shut=True)).live.any()


def test_no_samples_make_no_rows() -> None:
    assert seen(rows_of([])) == []
    assert len(Grid([]).take(told([], []))) == 0


def test_one_asset_may_have_a_million_samples() -> None:
    count = 1_000_000
    many = Told(
        slot=np.zeros(count, np.int32),
        column=np.zeros(count, np.int16),
        ts=T0 + np.arange(count) * 1000,
        value=np.ones(count),
        source=np.arange(count, dtype=np.int32),
    )

    rows = Grid([outline(FLOW)]).take(many)

    assert len(rows) == (count - 1) * 1000 // EVERY
    assert (rows.values == 1.0).all()


PLANT = [outline(GATED, replace(FLOW, holds=130_000), PARENT, settle=60_000), outline(FLOW), outline(GATED)]

samples = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.integers(0, 2),
        st.integers(0, 60).map(lambda step: step * 7_000),
        st.sampled_from([0.0, 1.0, 0.1, 0.7, NAN]),
    ).map(lambda each: (each[0], each[1] % len(PLANT[each[0]].columns), each[2], each[3])),
    max_size=40,
)


@settings(max_examples=150, deadline=None)
@given(samples, st.lists(st.integers(0, 40), max_size=5), st.booleans())
def test_any_split_into_batches_gives_the_same_rows(
    every: list[Sample], cuts: list[int], in_order: bool
) -> None:
    if in_order:
        every = sorted(every, key=lambda sample: sample[2])
    whole = Grid(PLANT).take(told(every, PLANT))
    edges = sorted({0, *(min(cut, len(every)) for cut in cuts), len(every)})
    grid = Grid(PLANT)
    parts = [grid.take(told(every[a:b], PLANT)) for a, b in pairwise(edges)]

    assert by_asset(*parts) == by_asset(whole)


@settings(max_examples=150, deadline=None)
@given(samples)
def test_rows_are_those_that_the_definition_gives(every: list[Sample]) -> None:
    ordered = sorted(every, key=lambda sample: sample[2])
    columns = [replace(FLOW, holds=130_000), RUNNING]
    mine = [(0, column, at, value) for _, column, at, value in ordered if column < 2]

    assert [row[1:3] for row in seen(rows_of(mine, outline(*columns)))] == slowly(mine, columns)


def slowly(every: list[Sample], columns: list[Column]) -> list[tuple[int, list[float | None]]]:
    """Return the rows of one asset as the definition says, one minute after the other."""
    if not every:
        return []
    times = [at for _, _, at, _ in every]
    found = []
    for start in range(times[0] // EVERY * EVERY, times[-1] // EVERY * EVERY, EVERY):
        row = [minute(every, number, column, start) for number, column in enumerate(columns)]
        has_samples = any(start <= at < start + EVERY for at in times)
        if has_samples or any(value is not None for value in row):
            found.append((start + EVERY, row))
    return found


def minute(every: list[Sample], number: int, column: Column, start: int) -> float | None:
    mine = [(at, value) for _, which, at, value in every if which == number and at < start + EVERY]
    good = [value for at, value in mine if at >= start and not np.isnan(value)]
    if column.averaged and good:
        return round(sum(good) / len(good), 6)
    if not mine or np.isnan(mine[-1][1]) or mine[-1][0] + column.holds < start + EVERY:
        return None
    return round(mine[-1][1], 6)


def by_asset(*parts: Rows) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for part in parts:
        for row in seen(part):
            found.setdefault(row[0], []).append(row)
    return found


@pytest.mark.parametrize("holds", [1, 59_000, 60_000, 61_000, 10**15])
def test_no_hold_is_too_short_or_too_long(holds: int) -> None:
    rows = rows_of([(0, 0, 0, 1.0), (0, 0, 200_000, 2.0)], outline(replace(FLOW, holds=holds)))

    assert rows.ts.tolist() == sorted(set(rows.ts.tolist()))
    assert rows.ts[-1] <= T0 + 180_000
