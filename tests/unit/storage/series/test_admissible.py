import numpy as np

from plantroom.domain.samples import SampleBatch
from plantroom.storage.series.admissible import finite_or_nan, split_admissible
from plantroom.storage.series.port import EARLIEST, LATEST
from plantroom_testing.series import batch_of, good, table_of

PUMPS = table_of({"P-1": "pump"})


def test_all_rows_of_a_sound_batch_are_kept() -> None:
    batch = batch_of(PUMPS, [good("P-1", "flow", EARLIEST, 1.0), good("P-1", "flow", LATEST - 1, 1.0)])

    rows, rejections = split_admissible(batch, points=2)

    assert (rows.tolist(), rejections) == ([0, 1], ())


def test_each_row_that_cannot_be_kept_has_one_reason() -> None:
    batch = batch_of(PUMPS, [good("P-1", "flow", ts, 1.0) for ts in (0, LATEST, EARLIEST - 1, LATEST, 0)])
    batch.point[[3, 4]] = [2, -1]

    rows, rejections = split_admissible(batch, points=2)

    assert rows.tolist() == [0]
    assert [each.rows.tolist() for each in rejections] == [[3, 4], [1, 2]]


def test_an_empty_batch_has_nothing_to_refuse() -> None:
    rows, rejections = split_admissible(SampleBatch.empty(), points=0)

    assert (rows.tolist(), rejections) == ([], ())


def test_infinite_values_become_nan_and_the_given_array_stays() -> None:
    values = np.array([1.0, np.inf, -np.inf, np.nan])

    assert np.isnan(finite_or_nan(values)).tolist() == [False, True, True, True]
    assert np.isinf(values).tolist() == [False, True, True, False]
