import numpy as np

from plantroom.models.stacking import run_starts, stacked


def test_a_run_starts_after_each_pause():
    ts = np.array([0, 1, 2, 9, 10, 30])

    assert run_starts(ts, pause=5).tolist() == [0, 0, 0, 3, 3, 5]
    assert run_starts(ts[:0], pause=5).tolist() == []


def test_a_row_stands_after_those_before_it_in_its_run():
    rows = np.array([[1.0, 10], [2, 20], [3, 30], [4, 40]])

    stacks = stacked(rows, np.array([0, 0, 2, 2]), slice(None), depth=2)

    assert stacks.tolist() == [[1, 10, 1, 10], [1, 10, 2, 20], [3, 30, 3, 30], [3, 30, 4, 40]]


def test_only_chosen_rows_are_stacked():
    rows = np.arange(6.0)[:, None]

    assert stacked(rows, np.zeros(6, int), slice(3, 5), depth=3).tolist() == [[1, 2, 3], [2, 3, 4]]
    assert stacked(rows, np.zeros(6, int), np.array([5]), depth=2).tolist() == [[4, 5]]
