import numpy as np
from sklearn.ensemble import IsolationForest as Forest

from plantroom.models.frame import Frame
from plantroom.models.isolation_forest import IsolationForest

POINTS = ("a", "b")


def frame_of(values) -> Frame:
    live = np.ones(len(values), bool)
    return Frame(ts=np.arange(len(values)) * 60_000, values=values, live=live, points=POINTS)


def test_plain_arrays_score_as_the_forest_that_they_came_from():
    rows = np.random.default_rng(1).normal(0, 1, (700, 2))
    detector = IsolationForest(points=POINTS, trees=20, weight=1).fit(frame_of(rows))
    z, _ = detector.standard_.apply(rows)

    forest = Forest(n_estimators=20, max_samples=256, random_state=6).fit(z)

    score = -forest.score_samples(z)
    np.testing.assert_allclose(detector.deviations(z)[:, 0], score - score.mean(), atol=1e-6)


def test_a_row_apart_from_others_scores_high_and_names_the_point():
    rows = np.random.default_rng(1).normal(5, 1, (700, 2))
    detector = IsolationForest(points=POINTS, trees=50).fit(frame_of(rows))
    rows[650:, 1] += 5

    raw = detector.score(frame_of(rows)).raw
    first, *_ = detector.explain(frame_of(rows))

    assert raw[680:].min() > 2 * raw[:650].max()
    assert (first.point, round(first.expected)) == ("b", 5)
