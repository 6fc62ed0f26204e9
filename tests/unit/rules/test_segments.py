import numpy as np
import pytest

from plantroom.rules.segments import running_maximum, starts_of_runs


def test_a_run_begins_where_any_column_changes() -> None:
    first, second = np.array([1, 1, 1, 2, 2]), np.array([7, 7, 8, 8, 8])

    assert starts_of_runs(first, second).tolist() == [0, 2, 3]


def test_no_rows_make_no_runs() -> None:
    assert starts_of_runs(np.array([])).tolist() == []


@pytest.mark.parametrize(
    ("values", "starts", "expected"),
    [
        pytest.param([1, 2, 3], [0], [1, 2, 3], id="already-so"),
        pytest.param([1, 3, 2], [0], [1, 3, 3], id="a-fall"),
        pytest.param([1, 9, 2, 4], [0, 2], [1, 9, 2, 4], id="a-segment-forgets-the-one-before"),
        pytest.param([5, 1, 7, 6, 8, 0, 0], [0, 2, 5], [5, 5, 7, 7, 8, 0, 0], id="falls-in-two-segments"),
    ],
)
def test_the_running_maximum_is_that_of_the_segment(
    values: list[int], starts: list[int], expected: list[int]
) -> None:
    assert running_maximum(np.array(values), np.array(starts)).tolist() == expected


def test_each_column_has_its_own_running_maximum() -> None:
    values = np.array([[1, 9], [3, 2], [2, 4]])

    assert running_maximum(values, np.array([0])).tolist() == [[1, 9], [3, 9], [3, 9]]
