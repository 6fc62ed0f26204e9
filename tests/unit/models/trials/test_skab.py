import numpy as np
import pytest

from plantroom.models.deciding import Deciding
from plantroom.models.frame import Frame
from plantroom.models.trials.skab import (
    LEARNT,
    SETTINGS,
    Recording,
    best,
    components,
    crops,
    document,
    judged,
    pieces,
    scored,
)
from plantroom_testing.skab import FAULT, POINTS, rig


def frame_of(values) -> Frame:
    return Frame(
        ts=np.arange(len(values)) * 1000,
        values=values,
        live=np.ones(len(values), bool),
        points=POINTS,
        every=1000,
    )


def recording(name: str, *, seed: int, rows: int = 1000) -> Recording:
    abnormal = np.zeros(rows, bool)
    abnormal[FAULT] = True
    return Recording(name=name, frame=frame_of(rig(rows, seed=seed, fault=FAULT)), abnormal=abnormal)


@pytest.fixture(scope="module")
def recordings() -> list[Recording]:
    return [recording(f"valve1/{number}", seed=number) for number in range(3)]


def test_what_was_learnt_is_not_judged(recordings: list[Recording]):
    scores = scored(recordings, components)

    assert [len(each.raw) for each in scores] == [1000 - LEARNT] * 3
    assert scores[0].hours == pytest.approx(600 / 3600)
    assert (scores[0].abnormal == recordings[0].abnormal[LEARNT:]).all()


def test_faults_of_the_rig_are_found(recordings: list[Recording]):
    found = judged(scored(recordings, components), SETTINGS["balanced"])

    assert (found.found, found.events, found.false_events) == (3, 3, 0)
    assert found.f1 > 0.8


def test_a_recording_that_teaches_nothing_calls_nothing_abnormal(recordings: list[Recording]):
    still = Recording(name="still", frame=frame_of(np.full((1000, 4), 7.0)), abnormal=recordings[0].abnormal)

    found = judged(scored([still], components), SETTINGS["balanced"])

    assert (found.found, found.events, found.false_alarm) == (0, 1, 0)


def test_a_recording_too_short_to_be_judged_counts_for_nothing():
    found = judged(scored([recording("short", seed=1, rows=300)], components), SETTINGS["balanced"])

    assert (found.events, found.hours) == (0, 0)


def test_the_best_threshold_keeps_false_rows_few(recordings: list[Recording]):
    scores = scored(recordings, components)
    how = best(scores, Deciding(threshold=99))

    found = judged(scores, how)

    assert found.far <= 0.15
    assert found.f1 >= judged(scores, SETTINGS["balanced"]).f1 - 1e-9


def test_crops_are_the_same_each_time(recordings: list[Recording]):
    how = SETTINGS["balanced"]

    once, again = (crops(recordings, how, 0.9) for _ in range(2))

    assert once == again
    assert once["greatest_change"] == pytest.approx(max(abs(f1 - 0.9) for f1 in once["f1"]), abs=1e-3)


def test_normal_rows_are_judged_in_pieces():
    found = pieces([frame_of(rig(2700, seed=1)), frame_of(rig(300, seed=2))])

    assert [len(each.frame) for each in found] == [1100, 1100, 500]
    assert not any(each.abnormal.any() for each in found)


@pytest.fixture(scope="module")
def figures(recordings: list[Recording]):
    return document(recordings, [frame_of(rig(1600, seed=7))], "low-alarm")


def test_the_figures_of_the_setting_asked_for_stand_first(figures):
    low = figures["settings"]["low-alarm"]

    assert figures["dataset"] == "skab"
    assert figures["files"] == 3
    assert {name: figures[name] for name in ("f1", "far", "mar")} == {
        name: low[name] for name in ("f1", "far", "mar")
    }
    assert figures["events"]["total"] == 3
    assert 0 <= figures["events"]["false_per_hour"] < 2


def test_each_half_is_judged_by_what_was_chosen_on_the_other(figures):
    first, second = figures["groups"]

    assert first["files"] == ["valve1/0", "valve1/2"]
    assert second["files"] == ["valve1/1"]
    assert first["chosen_on_others"]["threshold"] >= 1


def test_other_models_and_published_figures_stand_beside(figures):
    assert set(figures["others"]) == {"t2_q", "mahalanobis", "isolation_forest"}
    assert figures["published"][0]["name"] == "Conv-AE"
    assert figures["normal"]["far"] < 0.1
