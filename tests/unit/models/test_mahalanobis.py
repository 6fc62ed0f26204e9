import numpy as np
from sklearn.covariance import ledoit_wolf

from plantroom.models.frame import Frame
from plantroom.models.mahalanobis import Mahalanobis


def frame_of(values) -> Frame:
    live = np.ones(len(values), bool)
    return Frame(ts=np.arange(len(values)) * 60_000, values=values, live=live, points=("a", "b", "c"))


def test_unsmoothed_it_is_the_distance_by_the_shrunk_covariance():
    rng = np.random.default_rng(1)
    mixing = rng.normal(0, 1, (3, 3))
    healthy, seen = rng.normal(0, 1, (500, 3)) @ mixing, rng.normal(0, 1, (50, 3)) @ mixing

    raw = Mahalanobis(points=("a", "b", "c"), weight=1).fit(frame_of(healthy)).score(frame_of(seen)).raw

    centre, scale = healthy.mean(axis=0), healthy.std(axis=0)
    covariance, _ = ledoit_wolf((healthy - centre) / scale, assume_centered=True)
    z = (seen - centre) / scale
    distance = np.sqrt(np.einsum("nd,de,ne->n", z, np.linalg.inv(covariance), z))
    np.testing.assert_allclose(raw / raw[0], distance / distance[0])


def test_it_names_the_point_that_left_the_others():
    rng = np.random.default_rng(2)
    load = rng.normal(0, 1, (600, 1))
    values = 50 + load * [1, 2, 3] + rng.normal(0, 0.1, (600, 3))
    detector = Mahalanobis(points=("a", "b", "c")).fit(frame_of(values[:500]))
    values[540:, 1] += 3

    first, *_ = detector.explain(frame_of(values[500:]))

    assert first.point == "b"
    assert first.value - first.expected > 2
