import numpy as np
import pytest
from numpy.testing import assert_array_equal

from plantroom.domain.text import Text
from plantroom.models.detector import NotFittable
from plantroom.models.drift import (
    Reference,
    State,
    Verdict,
    drift,
    page_hinkley,
    reference_of,
    stability_index,
)
from plantroom.models.frame import Floats, Frame

DAY = 1440
START = 1_760_000_400_000


def loads(days: int, *, start: int = 0, about: float = 50, swing: float = 20, seed: int = 1) -> Frame:
    minute = (start * DAY) + np.arange(days * DAY)
    noise = np.random.default_rng(seed).normal(size=len(minute))
    load = about + swing * np.sin(2 * np.pi * minute / DAY) + noise
    ts = START + 60_000 * (minute + 1)
    return Frame(ts=ts, values=load[:, None], live=np.ones(len(ts), np.bool_), points=("load",))


def scores(rows: int, *, about: float = 0.0, seed: int = 5) -> Floats:
    return np.abs(about + np.random.default_rng(seed).normal(size=rows))


@pytest.fixture(scope="module")
def learnt() -> Reference:
    frame = loads(28)
    return reference_of(frame, scores(len(frame)))


def verdict_on(learnt: Reference, frame: Frame, *, score: float = 0.0) -> Verdict:
    return drift(learnt, frame, scores(len(frame), about=score, seed=6))


def test_more_of_the_same_is_known(learnt: Reference) -> None:
    verdict = verdict_on(learnt, loads(7, start=28, seed=2))

    assert verdict.state is State.KNOWN
    assert not verdict.retrain
    assert verdict.since is None


def test_a_part_of_a_day_is_no_drift(learnt: Reference) -> None:
    part = loads(1, start=28, seed=2).rows(slice(0, 300))

    assert verdict_on(learnt, part).state is State.KNOWN


def test_a_narrower_load_than_learnt_is_known(learnt: Reference) -> None:
    assert verdict_on(learnt, loads(7, start=28, swing=3, seed=2)).state is State.KNOWN


def test_inputs_that_moved_while_the_machine_does_what_it_should_ask_for_retraining(
    learnt: Reference,
) -> None:
    verdict = verdict_on(learnt, loads(7, start=28, about=70, seed=2))

    assert verdict.retrain
    assert verdict.shifts[0].point == "load"
    assert verdict.shifts[0].now == pytest.approx(70, abs=2)
    assert verdict.shifts[0].outside > 0.2
    assert "load is now about 70" in verdict.reason.en
    assert "重新训练" in verdict.reason.zh


def test_a_fault_at_known_inputs_does_not_ask_for_retraining(learnt: Reference) -> None:
    verdict = verdict_on(learnt, loads(7, start=28, seed=2), score=4)

    assert verdict.state is State.CHANGED
    assert not verdict.retrain
    assert "look at the machine" in verdict.reason.en


def test_a_fault_at_unknown_inputs_is_unclear(learnt: Reference) -> None:
    verdict = verdict_on(learnt, loads(7, start=28, about=70, seed=2), score=4)

    assert verdict.state is State.UNCLEAR
    assert not verdict.retrain


def test_it_says_since_when_the_score_is_high(learnt: Reference) -> None:
    frame = loads(7, start=28, seed=2)
    raw = scores(len(frame), seed=6)
    raw[4 * DAY :] += 5

    verdict = drift(learnt, frame, raw)

    assert verdict.since is not None
    assert abs(verdict.since - frame.ts[4 * DAY]) < 3_600_000


def test_a_score_that_fell_is_no_fault(learnt: Reference) -> None:
    frame = loads(7, start=28, seed=2)

    assert drift(learnt, frame, np.zeros(len(frame))).state is State.KNOWN


def test_too_few_recent_readings_tell_nothing(learnt: Reference) -> None:
    frame = loads(1, start=28, about=90).rows(slice(0, 100))

    assert verdict_on(learnt, frame).state is State.UNTOLD


def test_unknown_points_and_infinite_readings_tell_nothing(learnt: Reference) -> None:
    frame = loads(1, start=28)
    values = np.full_like(frame.values, np.inf)
    strange = Frame(ts=frame.ts, values=values, live=frame.live, points=("other",))

    assert verdict_on(learnt, strange).state is State.UNTOLD


def test_a_set_point_that_stood_still_is_known_where_it_stood() -> None:
    still = loads(14, swing=0)
    still = Frame(ts=still.ts, values=np.full_like(still.values, 7.0), live=still.live, points=("set_point",))
    learnt = reference_of(still, scores(len(still)))
    moved = Frame(ts=still.ts, values=still.values + 1, live=still.live, points=("set_point",))

    assert verdict_on(learnt, still).state is State.KNOWN
    assert verdict_on(learnt, moved).state is State.MOVED


def test_points_are_called_by_their_labels(learnt: Reference) -> None:
    frame = loads(7, start=28, about=70, seed=2)

    verdict = drift(learnt, frame, scores(len(frame)), labels={"load": Text(en="Cooling load", zh="冷负荷")})

    assert verdict.reason.en.startswith("Cooling load is now about 70")
    assert verdict.reason.zh.startswith("冷负荷目前约为70")


def test_what_is_kept_is_the_same(learnt: Reference) -> None:
    again = Reference.from_arrays(learnt.to_arrays())

    assert again.points == learnt.points
    assert_array_equal(again.counts, learnt.counts)
    with pytest.raises(ValueError, match="counts"):
        Reference.from_arrays({"points": np.array(["a"]), "edges": np.ones((1, 11))})


def test_nothing_can_be_held_against_an_hour() -> None:
    frame = loads(1).rows(slice(0, 60))

    with pytest.raises(NotFittable, match="60 rows"):
        reference_of(frame, scores(60))


def test_the_sum_of_a_rise_says_where_it_began() -> None:
    deviations = np.concatenate((np.zeros(500), np.full(100, 1.0)))

    assert page_hinkley(deviations) == 500
    assert page_hinkley(np.zeros(500)) is None
    assert page_hinkley(np.full(100, 1.0)) == 0


def test_equal_distributions_have_no_index() -> None:
    assert stability_index(np.array([10.0, 20]), np.array([10.0, 20])) == pytest.approx(0)
    assert stability_index(np.array([100.0, 10]), np.array([10.0, 100])) > 2
