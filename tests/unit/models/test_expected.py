from dataclasses import replace

import numpy as np
import pytest

from plantroom.models.detector import NotFittable
from plantroom.models.expected import Expected
from plantroom.models.frame import Floats, Frame
from plantroom.models.robust_ridge import fit, folds

POINTS = ("current", "flow", "pressure")
START = 1_760_000_000_000
DAY = 1440


def pump(rows: int, *, start: int = 0, load: float = 0.5, swing: float = 0.3, seed: int = 1) -> Frame:
    """Return a pump whose current goes with flow and pressure, minute by minute."""
    random = np.random.default_rng(seed)
    minute = start + np.arange(rows)
    share = load + swing * np.sin(2 * np.pi * minute / DAY) + 0.01 * random.normal(size=rows)
    flow = 100 * share + random.normal(size=rows)
    pressure = 4 - 2 * share**2 + 0.02 * random.normal(size=rows)
    current = 20 + 10 * share + 5 * share**2 + 0.2 * random.normal(size=rows)
    return Frame(
        ts=START + 60_000 * (minute + 1),
        values=np.stack([current, flow, pressure], axis=1),
        live=np.ones(rows, np.bool_),
        points=POINTS,
    )


def with_current(frame: Frame, current: Floats) -> Frame:
    return replace(frame, values=np.column_stack((current, frame.values[:, 1:])))


@pytest.fixture(scope="module")
def learnt() -> Expected:
    return Expected(points=POINTS, target="current").fit(pump(5 * DAY))


def test_a_healthy_machine_is_as_expected(learnt: Expected) -> None:
    said = learnt.score(pump(2 * DAY, start=5 * DAY, seed=2))

    assert np.nanquantile(said.raw, 0.99) < 4
    assert np.nanmedian(np.abs(said.derived["residual_current"])) < 0.1


def test_the_residual_is_what_the_target_is_above_expected(learnt: Expected) -> None:
    frame = pump(DAY, start=5 * DAY, seed=2)

    said = learnt.score(with_current(frame, frame.values[:, 0] + 1.5))

    assert np.nanmedian(said.derived["residual_current"]) == pytest.approx(1.5, abs=0.1)
    assert np.nanmedian(said.derived["expected_current"]) == pytest.approx(
        np.median(frame.values[:, 0]), abs=0.3
    )
    assert np.nanmin(said.raw[60:]) > 10


def test_a_side_that_is_not_bad_raises_nothing() -> None:
    frame = pump(DAY, start=5 * DAY, seed=2)
    low = with_current(frame, frame.values[:, 0] - 1.5)
    high_only = Expected(points=POINTS, target="current", side="high").fit(pump(5 * DAY))

    said = high_only.score(low)

    assert np.nanmax(said.raw) == 0
    assert np.nanmedian(said.derived["residual_current"]) == pytest.approx(-1.5, abs=0.1)


def test_what_it_has_not_learnt_is_not_expected(learnt: Expected) -> None:
    far = pump(DAY, load=2.5, seed=2)

    said = learnt.score(far)

    assert np.isnan(said.derived["expected_current"]).all()
    assert np.isnan(said.raw).all()


def test_a_set_point_that_never_moved_and_moves_is_not_known() -> None:
    frame = pump(5 * DAY)
    points = ("current", "flow", "set_point")
    still = replace(
        frame, values=np.column_stack((frame.values[:, :2], np.full(len(frame), 7.0))), points=points
    )
    model = Expected(points=points, target="current").fit(still)
    values = still.values.copy()
    values[100:, 2] = 7.5

    said = model.score(replace(still, values=values))

    assert np.isfinite(said.raw[20:100]).all()
    assert np.isnan(said.raw[100:]).all()


def test_readings_gone_wrong_while_it_learns_do_not_turn_it() -> None:
    frame = pump(5 * DAY)
    current = frame.values[:, 0].copy()
    current[1_000:1_400] += 15
    model = Expected(points=POINTS, target="current").fit(with_current(frame, current))

    said = model.score(pump(DAY, start=5 * DAY, seed=2))

    assert abs(float(np.nanmedian(said.derived["residual_current"]))) < 0.1


def test_a_machine_that_remembers_is_expected_by_what_was() -> None:
    frame = pump(6 * DAY)
    flow = frame.values[:, 1]
    warm = np.empty(len(flow))
    level = flow[0]
    for minute, each in enumerate(flow):
        level += (each - level) / 120
        warm[minute] = 20 + 0.3 * level
    points = ("oil_temp", "flow")
    heated = replace(frame, values=np.stack([warm, flow], axis=1), points=points)
    head, tail = heated.rows(slice(0, 5 * DAY)), heated.rows(slice(5 * DAY, None))

    at_once = Expected(points=points, target="oil_temp").fit(head).score(tail)
    remembering = Expected(points=points, target="oil_temp", memory=120).fit(head).score(tail)

    error = [np.nanmedian(np.abs(said.derived["residual_oil_temp"])) for said in (at_once, remembering)]
    assert error[1] < error[0] / 5


def test_the_time_of_day_can_be_an_input_of_two_days_or_more() -> None:
    frame = pump(5 * DAY)
    by_hour = 3 * np.sin(2 * np.pi * frame.ts / 86_400_000)
    daily = with_current(frame, frame.values[:, 0] + by_hour)

    with pytest.raises(NotFittable, match="two days"):
        Expected(points=POINTS, target="current", hours=1).fit(daily.rows(slice(0, DAY)))
    said = Expected(points=POINTS, target="current", hours=1).fit(daily).score(daily)

    assert np.nanmedian(np.abs(said.derived["residual_current"])) < 0.1


def test_the_target_is_what_it_explains_by(learnt: Expected) -> None:
    frame = pump(DAY, start=5 * DAY, seed=2)

    (told,) = learnt.explain(with_current(frame, frame.values[:, 0] + 1.5))

    assert (told.point, told.share) == ("current", 1.0)
    assert told.value - told.expected == pytest.approx(1.5, abs=0.2)


def test_it_says_nothing_before_it_has_seen_enough(learnt: Expected) -> None:
    said = learnt.score(pump(DAY, start=5 * DAY, seed=2))

    assert np.isnan(said.raw[:5]).all()
    assert np.isfinite(said.raw[15:]).all()
    assert np.isfinite(said.derived["expected_current"]).all()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"target": "speed"}, "target"),
        ({"points": ("current",)}, "target"),
        ({"side": "up"}, "side"),
        ({"degree": 4}, "degree"),
        ({"hours": 9}, "hours"),
        ({"smooth": 0}, "smooth"),
    ],
    ids=["no target", "no inputs", "side", "degree", "hours", "smooth"],
)
def test_settings_out_of_range_are_refused(wrong: dict[str, object], message: str) -> None:
    settings: dict[str, object] = {"points": POINTS, "target": "current"} | wrong

    with pytest.raises(ValueError, match=message):
        Expected(**settings)  # type: ignore[arg-type]


def test_a_fold_of_the_regression_has_not_seen_its_rows() -> None:
    random = np.random.default_rng(3)
    columns = np.column_stack((np.ones(400), random.normal(size=400)))
    target = columns @ [1.0, 2.0]
    fold = folds(400)
    target[fold == 2] += 50

    said = fit(columns, target, fold, 1e-6)

    assert said.without[2] == pytest.approx([1, 2], abs=1e-3)
