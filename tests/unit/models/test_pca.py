from dataclasses import replace

import numpy as np
import pytest

from plantroom.models.frame import Floats, Frame
from plantroom.models.pca import Pca

POINTS = ("speed", "current", "flow", "vibration")
MINUTE = 60_000


def machine(rows: int, *, seed: int) -> Floats:
    """Return readings of a pump whose current and flow follow its speed, at an ever changing speed."""
    rng = np.random.default_rng(seed)
    speed = 1200 + 200 * np.sin(np.arange(rows) / 40 + seed) + 5 * rng.normal(0, 1, rows)
    values = np.stack([speed, 0.02 * speed, 0.1 * speed, np.full(rows, 1.8)], axis=1)
    return values + rng.normal(0, [2, 0.2, 1, 0.1], values.shape)


def frame_of(values: Floats, *, start: int = 0) -> Frame:
    ts = (start + np.arange(len(values))) * MINUTE
    return Frame(ts=ts, values=values, live=np.ones(len(values), bool), points=POINTS)


@pytest.fixture(scope="module")
def pump() -> Pca:
    return Pca(points=POINTS).fit(frame_of(machine(3000, seed=1)))


def test_healthy_rows_of_another_day_stay_about_one(pump: Pca):
    raw = pump.score(frame_of(machine(1000, seed=2))).raw

    assert np.median(raw) < 1
    assert raw.max() < 2


def test_a_broken_relation_shows_though_each_point_is_in_its_range(pump: Pca):
    values = machine(300, seed=3)
    healthy = machine(3000, seed=1)
    values[150:, 1] = 0.02 * values[150:, 0] * 1.15

    raw = pump.score(frame_of(values)).raw

    assert values[150:, 1].max() < 1.2 * healthy[:, 1].max()
    assert raw[:150].max() < 2
    assert raw[180:].min() > 3


def test_the_explanation_names_the_point_and_what_it_should_read(pump: Pca):
    values = machine(300, seed=3)
    values[200:, 1] *= 1.3

    first, *_ = pump.explain(frame_of(values))

    speed = values[270:, 0].mean()
    assert first.point == "current"
    assert first.share > 0.5
    assert first.value == pytest.approx(0.02 * speed * 1.3, rel=0.1)
    assert first.expected == pytest.approx(0.02 * speed, rel=0.1)


def test_a_row_that_is_not_judged_is_not_explained(pump: Pca):
    frame = frame_of(machine(100, seed=3))
    live = frame.live.copy()
    live[-1] = False

    assert pump.explain(replace(frame, live=live)) == ()
    assert pump.explain(frame.rows(slice(0, 0))) == ()


def test_a_small_lasting_deviation_outweighs_a_larger_short_one(pump: Pca):
    lasting, short = machine(300, seed=4), machine(300, seed=4)
    lasting[200:, 3] += 0.15
    short[200, 3] += 0.5

    assert pump.score(frame_of(lasting)).raw[240:].mean() > pump.score(frame_of(short)).raw[200:].max()


def test_an_unknown_point_raises_nothing(pump: Pca):
    values = machine(600, seed=5)
    values[300:, 2] = np.nan

    raw = pump.score(frame_of(values)).raw

    assert np.isfinite(raw).all()
    assert raw[300:].max() < 2


def test_other_points_are_still_judged_while_one_is_unknown(pump: Pca):
    values = machine(600, seed=5)
    values[300:, 3] = np.nan
    values[400:, 1] *= 1.2

    raw = pump.score(frame_of(values)).raw

    assert raw[300:400].max() < 2
    assert raw[450:].min() > 3


def test_a_row_with_most_points_unknown_cannot_be_judged(pump: Pca):
    values = machine(100, seed=5)
    values[50, :3] = np.nan

    raw = pump.score(frame_of(values)).raw

    assert np.flatnonzero(np.isnan(raw)).tolist() == [50]


@pytest.mark.parametrize("reading", [1e9, -1e9, 1e300, 0.0])
def test_a_replaced_sensor_is_abnormal_by_a_finite_score(pump: Pca, reading: float):
    values = machine(200, seed=6)
    values[100:, 0] = reading

    raw = pump.score(frame_of(values)).raw

    assert np.isfinite(raw).all()
    assert 3 < raw[-1] < 1000


def test_a_point_that_was_constant_is_not_judged():
    values = machine(2000, seed=1)
    values[:, 3] = 5.0
    watched = machine(300, seed=2)
    watched[:, 3] = 5.0
    detector = Pca(points=POINTS).fit(frame_of(values))

    still = detector.score(frame_of(watched)).raw
    watched[100:, 3] = 9.0

    np.testing.assert_array_equal(detector.score(frame_of(watched)).raw, still)
    assert "vibration" not in {each.point for each in detector.explain(frame_of(watched))}


def test_after_a_pause_rows_before_it_are_not_looked_at_together_with_those_after(pump: Pca):
    values = machine(200, seed=7)
    jump = values.copy()
    jump[100:] = jump[:100] + np.array([400, 8, 40, 0])
    frame = frame_of(jump)
    at_once = pump.score(frame).raw
    with_pause = pump.score(replace(frame, ts=frame.ts + np.where(np.arange(200) < 100, 0, 20 * MINUTE))).raw

    np.testing.assert_array_equal(at_once[:100], with_pause[:100])
    assert with_pause[100:115].max() < at_once[100:115].max()


def test_what_shows_in_short_runs_adds_up(pump: Pca):
    values = machine(60, seed=8)
    values[:, 1] *= 1.1
    runs = np.arange(60) // 6
    frame = frame_of(values)
    alone = pump.score(frame.rows(slice(0, 6))).raw
    together = pump.score(replace(frame, ts=frame.ts + runs * 60 * MINUTE)).raw

    assert together[-1] > 2 * alone[-1]


def test_after_a_day_away_it_is_forgotten(pump: Pca):
    sick, well = machine(100, seed=9), machine(100, seed=10)
    sick[:, 1] *= 1.3
    frame = frame_of(np.concatenate([sick, well]))
    later = replace(frame, ts=frame.ts + np.where(np.arange(200) < 100, 0, 2 * 1440 * MINUTE))

    raw = pump.score(later).raw

    assert raw[99] > 3
    np.testing.assert_allclose(raw[100:], pump.score(frame_of(well, start=5000)).raw)


@pytest.mark.parametrize(
    "wrong",
    [
        {"points": ()},
        {"depth": 0},
        {"weight": 0},
        {"weight": 1.1},
        {"pause": 0},
        {"variance": 1},
        {"scaling": 2},
    ],
)
def test_settings_that_cannot_be_are_refused(wrong):
    with pytest.raises(ValueError, match="must"):
        Pca(**{"points": POINTS, **wrong})


def test_by_its_own_spread_a_point_that_follows_others_closely_counts_more():
    healthy, values = frame_of(machine(3000, seed=1)), machine(300, seed=3)
    values[150:, 1] *= 1.15

    alike, by_spread = (
        Pca(points=POINTS, scaling=scaling).fit(healthy).score(frame_of(values)).raw for scaling in (0, 1)
    )

    assert by_spread[200:].mean() > 1.3 * alike[200:].mean()
