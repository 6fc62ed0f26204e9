import numpy as np

from plantroom.domain.samples import Quality
from plantroom.storage.series.influx.marks import QualityMarks
from plantroom_testing.series import Sample, batch_of, good, table_of

PUMPS = table_of({"P-1": "pump"})
NOWHERE = -(2**60)


def told(marks: QualityMarks, *samples: Sample) -> list[bool]:
    """Ask which qualities are to be told, and note them, as a store does."""
    batch = batch_of(PUMPS, samples)
    told = marks.told(batch)
    marks.note(batch, told)
    return [bool(each) for each in told]


def marks(*, flow: int = NOWHERE, since: int = NOWHERE) -> QualityMarks:
    return QualityMarks(np.array([flow, NOWHERE], np.int64), since=since)


def test_good_samples_need_not_say_so() -> None:
    assert told(marks(), good("P-1", "flow", 1, 1.0), good("P-1", "pressure", 1, 1.0)) == [False, False]


def test_other_samples_say_what_they_are() -> None:
    nan = float("nan")

    assert (
        told(marks(), ("P-1", "flow", 1, 1.0, Quality.LATE), ("P-1", "pressure", 1, nan, Quality.GOOD))
        == [True] * 2
    )


def test_a_good_sample_that_may_replace_another_says_that_it_is_good() -> None:
    known = marks()
    told(known, ("P-1", "flow", 5, 1.0, Quality.RANGE))

    assert told(known, good("P-1", "flow", 5, 1.0)) == [True]
    assert told(known, good("P-1", "flow", 4, 1.0)) == [True]
    assert told(known, good("P-1", "flow", 6, 1.0)) == [False]
    assert told(known, good("P-1", "pressure", 5, 1.0)) == [False]


def test_a_good_sample_that_said_so_makes_no_later_one_say_so() -> None:
    known = marks(flow=5)

    assert told(known, good("P-1", "flow", 5, 1.0)) == [True]
    assert told(known, good("P-1", "flow", 6, 1.0)) == [False]


def test_what_the_store_held_before_counts() -> None:
    assert told(marks(flow=5), good("P-1", "flow", 5, 1.0), good("P-1", "pressure", 5, 1.0)) == [True, False]


def test_where_the_store_was_not_asked_every_sample_says_what_it_is() -> None:
    assert told(marks(since=5), good("P-1", "flow", 4, 1.0), good("P-1", "flow", 5, 1.0)) == [True, False]
