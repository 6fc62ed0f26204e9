import numpy as np
import pytest

from plantroom.models.deciding import Deciding, decided

HOW = Deciding(threshold=10, on=2, off=3, hysteresis=0.8)


def called(*scores: float) -> str:
    return "".join("#" if each else "." for each in decided(np.array(scores, float), HOW))


def test_it_takes_rows_on_end_above_the_threshold():
    assert called(11, 9, 11, 11, 11) == "...##"


def test_the_threshold_itself_is_not_above():
    assert called(10, 10, 10) == "..."


def test_it_takes_rows_on_end_below_the_hysteresis_to_end():
    assert called(11, 11, 7, 7, 9, 7, 7, 7, 7) == ".######.."


def test_between_hysteresis_and_threshold_it_stays_as_it_was():
    assert called(9, 9, 9, 11, 11, 9, 9, 9, 9) == "....#####"


def test_a_row_without_a_score_changes_nothing():
    assert called(11, np.nan, 11, np.nan, 7, 7, np.nan, 7) == "..#####."


def test_an_infinite_score_counts():
    assert called(np.inf, np.inf, -np.inf, -np.inf, -np.inf) == ".###."


def test_no_rows_decide_nothing():
    assert called() == ""


def test_later_rows_change_nothing():
    scores = np.random.default_rng(1).uniform(0, 20, 300)

    whole = decided(scores, HOW)

    assert all((decided(scores[:row], HOW) == whole[:row]).all() for row in range(0, 300, 7))


@pytest.mark.parametrize("wrong", [{"on": 0}, {"off": 0}, {"hysteresis": 0}, {"hysteresis": 1.1}])
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match="must be"):
        Deciding(threshold=1, **wrong)
