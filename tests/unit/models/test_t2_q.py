import numpy as np
import pytest

from plantroom.models.frame import Frame
from plantroom.models.t2_q import T2Q, q_limit, t2_limit


def test_one_in_a_hundred_normal_rows_exceeds_the_limit_of_t2():
    rng = np.random.default_rng(1)
    learnt, seen = rng.normal(0, 1, (200, 3)), rng.normal(0, 1, (20_000, 3))
    centred = seen - learnt.mean(axis=0)

    t2 = np.einsum("nd,de,ne->n", centred, np.linalg.inv(np.cov(learnt.T)), centred)

    assert np.mean(t2 > t2_limit(3, 200)) == pytest.approx(0.01, abs=0.008)


def test_one_in_a_hundred_normal_rows_exceeds_the_limit_of_q():
    variances = np.array([0.8, 0.4, 0.3, 0.1])
    rows = np.random.default_rng(2).normal(0, np.sqrt(variances), (50_000, 4))

    assert np.mean((rows**2).sum(axis=1) > q_limit(variances)) == pytest.approx(0.01, abs=0.003)


def test_nothing_left_over_has_a_limit_all_the_same():
    assert q_limit(np.zeros(3)) > 0


def test_both_what_is_large_within_and_what_is_outside_the_model_count():
    rng = np.random.default_rng(3)
    load = rng.normal(0, 1, 1000)
    values = np.stack([load, 2 * load], axis=1) + rng.normal(0, 0.1, (1000, 2))

    def frame(rows):
        return Frame(
            ts=np.arange(len(rows)) * 60_000,
            values=np.asarray(rows),
            live=np.ones(len(rows), bool),
            points=("a", "b"),
        )

    detector = T2Q(points=("a", "b"), depth=1, weight=1).fit(frame(values))

    usual, within, outside = detector.score(frame([[0.1, 0.2], [6.0, 12.0], [1.0, -2.0]])).raw

    assert usual < 1
    assert within > 2
    assert outside > 2
