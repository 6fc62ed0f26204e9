"""Rows of what was recorded are those that the pipeline would have made."""

from datetime import timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from plantroom.domain.model import Gate
from plantroom.domain.samples import Quality
from plantroom.models.frame import Frame
from plantroom.models.history import Readings, frame_of
from plantroom_testing.modelled import T0, asset, table

PLANT = table(asset("V-1", parent="A-1"), asset("A-1"))
Recorded = dict[tuple[str, str], Readings]


def readings(*samples: tuple[int, float], quality: Quality = Quality.GOOD) -> Readings:
    ts, value = zip(*samples, strict=True) if samples else ((), ())
    return Readings(
        ts=np.array(ts, np.int64) + T0,
        value=np.array(value, float),
        quality=np.full(len(samples), quality, np.uint8),
    )


def frame(recorded: Recorded, *points: str, gates: tuple[Gate, ...] = ()) -> Frame:
    return frame_of(PLANT, "V-1", points=points, gates=gates, settle=timedelta(0), readings=recorded)


def test_a_frame_has_the_columns_that_were_asked_for() -> None:
    recorded = {
        ("V-1", "flow"): readings((0, 1.0), (30_000, 3.0), (60_000, 5.0)),
        ("V-1", "running"): readings((0, 1.0), (50_000, 1.0)),
    }

    made = frame(recorded, "current", "flow", gates=(Gate(point="running", low=0.5),))

    assert made.points == ("current", "flow")
    assert made.ts.tolist() == [T0 + 60_000]
    assert made.values[:, 1].tolist() == [2.0]
    assert np.isnan(made.values[:, 0]).all()


def test_a_point_of_what_the_asset_is_part_of_has_its_last_value() -> None:
    recorded = {
        ("V-1", "flow"): readings((0, 1.0), (60_000, 1.0), (120_000, 1.0)),
        ("A-1", "flow"): readings((40_000, 3.0), (50_000, 4.0), (110_000, 5.0)),
    }

    assert frame(recorded, "parent.flow", "flow").values[:, 0].tolist() == [4.0, 5.0]


def test_history_counts_and_what_has_a_wrong_time_does_not() -> None:
    recorded = {
        ("V-1", "flow"): readings((0, 1.0), (60_000, 1.0), quality=Quality.HISTORICAL),
        ("V-1", "current"): readings((0, 1.0), (60_000, 1.0), quality=Quality.CLOCK),
    }

    made = frame(recorded, "flow", "current")

    assert made.values[0, 0] == 1.0
    assert np.isnan(made.values[0, 1])


def test_nothing_recorded_makes_no_rows() -> None:
    assert len(frame({}, "flow")) == 0
    assert len(frame({("V-1", "flow"): readings()}, "flow")) == 0


def test_one_reading_makes_no_row() -> None:
    assert len(frame({("V-1", "flow"): readings((0, 1.0))}, "flow")) == 0


samples = st.lists(st.tuples(st.integers(0, 600_000), st.floats(0, 9)), max_size=30, unique_by=lambda s: s[0])


@settings(max_examples=50, deadline=None)
@given(samples, samples)
def test_the_order_in_which_points_are_given_makes_no_difference(
    flow: list[tuple[int, float]], current: list[tuple[int, float]]
) -> None:
    one = {("V-1", "flow"): readings(*sorted(flow)), ("V-1", "current"): readings(*sorted(current))}

    first, second = frame(one, "flow", "current"), frame(dict(reversed(one.items())), "current", "flow")

    assert first.ts.tolist() == second.ts.tolist()
    np.testing.assert_array_equal(first.values, second.values[:, ::-1])
