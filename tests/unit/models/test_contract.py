"""What every kind of model promises, whatever it learns."""

import io
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from plantroom.models.detector import Detector, NotFittable, Scores
from plantroom.models.expected import Expected
from plantroom.models.frame import Frame
from plantroom.models.isolation_forest import IsolationForest
from plantroom.models.kinds import KINDS, detector_of
from plantroom.models.life import Life
from plantroom.models.mahalanobis import Mahalanobis
from plantroom.models.pca import Pca
from plantroom.models.seasonal import Seasonal
from plantroom.models.single_series import SingleSeries
from plantroom.models.t2_q import T2Q

POINTS = ("load", "speed", "current", "flow")
START = 1_760_000_000_000


def plant_rows(rows: int, *, seed: int, every: int = 60_000, off: bool = True) -> Frame:
    """Return readings of a machine whose points follow its load, switched off now and then, with a gap."""
    rng = np.random.default_rng(seed)
    number = np.arange(rows)
    ts = START + every * number + np.where(number > rows // 2, 17 * every, 0)
    day = np.sin(2 * np.pi * ts / 86_400_000)
    load = 60 + 20 * day + np.cumsum(rng.normal(0, 0.5, rows)) % 7
    mixed = np.stack([load, 1400 + 2 * load, 0.4 * load, 1.5 * load], axis=1)
    values = mixed + rng.normal(0, [1, 5, 0.3, 1], (rows, 4))
    values[rng.random((rows, 4)) < 0.01] = np.nan
    live = (number % 97 < 80) if off else np.ones(rows, bool)
    return Frame(ts=ts, values=values, live=live, points=POINTS, every=every)


def worn(frame: Frame) -> Frame:
    """Return `frame` with a load that grows."""
    grown = np.linspace(0, 100, len(frame))[:, None] * (np.array(frame.points) == "load")
    return replace(frame, values=frame.values + grown)


@dataclass(frozen=True, kw_only=True)
class Case:
    """How a kind is made, and rows that it can learn from and then score."""

    make: Callable[[], Detector]
    healthy: Callable[[int], Frame] = lambda seed: plant_rows(900, seed=seed)
    watched: Callable[[int], Frame] = lambda seed: plant_rows(250, seed=seed + 100)
    many: int = 100_000
    """Rows that are scored at once: fewer for what goes row by row."""


CASES = {
    "expected": Case(make=lambda: Expected(points=POINTS, target="current")),
    "isolation_forest": Case(make=lambda: IsolationForest(points=POINTS, trees=30)),
    "life": Case(
        make=lambda: Life(points=("load",), limit=200.0),
        healthy=lambda seed: plant_rows(900, seed=seed, every=600_000),
        watched=lambda seed: worn(plant_rows(250, seed=seed + 100, every=600_000)),
        many=10_000,
    ),
    "mahalanobis": Case(make=lambda: Mahalanobis(points=POINTS)),
    "pca": Case(make=lambda: Pca(points=POINTS)),
    "seasonal": Case(
        make=lambda: Seasonal(points=("load",)),
        healthy=lambda seed: plant_rows(1_200, seed=seed, every=1_200_000),
        watched=lambda seed: plant_rows(250, seed=seed + 100, every=1_200_000),
    ),
    "single_series": Case(make=lambda: SingleSeries(points=("load",)), many=10_000),
    "t2_q": Case(make=lambda: T2Q(points=POINTS)),
}


@pytest.fixture(params=sorted(KINDS), scope="module")
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


@pytest.fixture(scope="module")
def fitted(case: Case) -> Detector:
    return case.make().fit(case.healthy(1))


def pushed(detectors: list[Detector], frames: list[Frame]) -> list[Scores]:
    """Return what a bank of `detectors` says of `frames` of one length, row after row."""
    bank = detectors[0].bank(detectors)
    member = np.arange(len(detectors))
    said = [bank.push(member, *row_of(frames, number)) for number in range(len(frames[0]))]
    return [
        Scores(
            raw=np.array([each.raw[asset] for each in said]),
            derived={
                name: np.array([each.derived[name][asset] for each in said]) for name in detectors[0].derived
            },
        )
        for asset in member
    ]


def row_of(frames: list[Frame], number: int):
    return (
        np.array([frame.ts[number] for frame in frames]),
        np.array([frame.values[number] for frame in frames]),
        np.array([frame.live[number] for frame in frames]),
    )


def assert_alike(said: Scores, wanted: Scores, tolerance: float = 1e-7) -> None:
    assert_allclose(said.raw, wanted.raw, rtol=tolerance, atol=1e-9)
    assert set(said.derived) == set(wanted.derived)
    for name, column in wanted.derived.items():
        assert_allclose(said.derived[name], column, rtol=tolerance, atol=1e-9, err_msg=name)


def with_values(frame: Frame, values: float) -> Frame:
    return replace(frame, values=np.full_like(frame.values, values))


def strange(frame: Frame) -> dict[str, Frame]:
    """Return rows such as no healthy machine sends."""
    mixed = frame.values.copy()
    mixed[::3] = np.nan
    mixed[1::7, 0] = np.inf
    mixed[2::11, 1:] = -np.inf
    return {
        "none": frame.rows(slice(0, 0)),
        "one": frame.rows(slice(0, 1)),
        "unknown": with_values(frame, np.nan),
        "constant": with_values(frame, 5.0),
        "infinite": with_values(frame, np.inf),
        "huge": with_values(frame, 1e300),
        "hugely negative": with_values(frame, -1e300),
        "another unit": replace(frame, values=frame.values * 1000),
        "mixed": replace(frame, values=mixed),
        "off": replace(frame, live=np.zeros(len(frame), bool)),
        "other points": frame.columns(("another",)),
        "a point less": frame.columns(frame.points[1:]),
    }


def test_every_kind_is_held_to_the_contract():
    assert set(CASES) == set(KINDS)


def test_it_says_which_kind_and_points_it_is_of(fitted: Detector):
    assert KINDS[fitted.kind] is type(fitted)
    assert fitted.points
    assert isinstance(hash(fitted.shape), int)


def test_fitting_returns_the_model_itself(case: Case):
    detector = case.make()

    assert detector.fit(case.healthy(1)) is detector


def test_it_has_something_to_say_of_rows_like_those_it_learnt(case: Case, fitted: Detector):
    said = fitted.score(case.watched(1))

    assert any(np.isfinite(column).any() for column in (said.raw, *said.derived.values()))
    assert (said.raw[np.isfinite(said.raw)] >= 0).all()
    assert set(said.derived) == set(fitted.derived)


def test_scoring_changes_nothing(case: Case, fitted: Detector):
    first = fitted.score(case.watched(1))

    fitted.score(with_values(case.watched(2), 1e9))

    assert_array_equal(fitted.score(case.watched(1)).raw, first.raw)


def test_rows_pushed_one_by_one_score_as_together(case: Case, fitted: Detector):
    frame = case.watched(1)

    said = pushed([fitted], [frame])

    assert_alike(said[0], fitted.score(frame))


def test_a_bank_of_many_scores_as_each_alone(case: Case):
    detectors = [case.make().fit(case.healthy(seed)) for seed in range(3)]
    assert len({each.shape for each in detectors}) == 1
    frames = [case.watched(seed) for seed in range(3)]

    said = pushed(detectors, frames)

    for detector, frame, scores in zip(detectors, frames, said, strict=True):
        assert_alike(scores, detector.score(frame))


def test_an_asset_without_a_row_stays_as_it_is(case: Case):
    detectors = [case.make().fit(case.healthy(seed)) for seed in range(3)]
    frames = [case.watched(seed) for seed in range(3)]
    bank = detectors[0].bank(detectors)

    for number in range(101):
        member = np.array([2] if number % 2 else [2, 0])
        said = bank.push(member, *row_of([frames[asset] for asset in member], number))

    always = detectors[2].score(frames[2].rows(slice(0, 101)))
    at_times = detectors[0].score(frames[0].rows(slice(0, 101, 2)))
    assert_allclose(said.raw, [always.raw[-1], at_times.raw[-1]], rtol=1e-7)


def test_later_rows_change_no_earlier_score(case: Case, fitted: Detector):
    frame = case.watched(1)
    values = frame.values.copy()
    values[150:] *= 3

    changed = fitted.score(replace(frame, values=values))
    cut = fitted.score(frame.rows(slice(0, 150)))

    wanted = fitted.score(frame)
    assert_allclose(changed.raw[:150], wanted.raw[:150], rtol=1e-9)
    assert_allclose(cut.raw, wanted.raw[:150], rtol=1e-9)


@pytest.mark.parametrize("kind_of_rows", sorted(strange(plant_rows(5, seed=1))))
def test_no_rows_make_it_fail(case: Case, fitted: Detector, kind_of_rows: str):
    frame = strange(case.watched(1))[kind_of_rows]

    said = fitted.score(frame)
    fitted.explain(frame)

    assert len(said.raw) == len(frame)
    assert not np.isinf(said.raw).any()
    if len(frame):
        assert_alike(pushed([fitted], [frame.columns(fitted.points)])[0], said)


def test_columns_are_found_by_their_names(case: Case, fitted: Detector):
    frame = case.watched(1)

    turned = frame.columns((*reversed(frame.points), "another"))

    assert_alike(fitted.score(turned), fitted.score(frame))


def test_a_kept_model_scores_exactly_the_same(case: Case, fitted: Detector):
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **fitted.to_arrays())
    file.seek(0)

    with np.load(file, allow_pickle=False) as arrays:
        kept = detector_of(fitted.kind, dict(arrays))

    said, wanted = kept.score(case.watched(1)), fitted.score(case.watched(1))
    assert_array_equal(said.raw, wanted.raw)
    for name, column in wanted.derived.items():
        assert_array_equal(said.derived[name], column)
    assert (kept.points, kept.derived, kept.shape) == (fitted.points, fitted.derived, fitted.shape)
    assert kept.explain(case.watched(1)) == fitted.explain(case.watched(1))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_arrays_of_something_else_are_no_model(kind: str):
    with pytest.raises(ValueError, match=r"."):
        detector_of(kind, {"weights": np.ones(3)})


def test_the_same_rows_make_the_same_model(case: Case, fitted: Detector):
    again = case.make().fit(case.healthy(1)).to_arrays()

    for name, array in fitted.to_arrays().items():
        assert_array_equal(again[name], array, err_msg=name)


def test_a_bank_goes_on_from_a_snapshot(case: Case, fitted: Detector):
    frame = case.watched(1)
    bank = fitted.bank([fitted])
    member = np.array([0])
    for number in range(120):
        bank.push(member, *row_of([frame], number))

    other = fitted.bank([fitted])
    other.restore(bank.snapshot())

    for number in range(120, len(frame)):
        said, wanted = (each.push(member, *row_of([frame], number)) for each in (other, bank))
        assert_array_equal(said.raw, wanted.raw)
        for name in fitted.derived:
            assert_array_equal(said.derived[name], wanted.derived[name])


def test_a_snapshot_of_something_else_is_refused(fitted: Detector):
    bank = fitted.bank([fitted])

    with pytest.raises(ValueError, match=r"."):
        bank.restore({"weights": np.ones(3)})


@pytest.mark.parametrize("kind_of_rows", ["none", "one", "unknown", "constant", "off", "other points"])
def test_rows_that_teach_nothing_are_refused_with_a_reason(case: Case, kind_of_rows: str):
    frame = strange(case.healthy(1))[kind_of_rows]

    with pytest.raises(NotFittable, match=r"\w+ \w+"):
        case.make().fit(frame)


def test_only_live_rows_are_learnt(case: Case, fitted: Detector):
    frame = case.healthy(1)
    values = np.where(frame.live[:, None], frame.values, 1e6)

    said = case.make().fit(replace(frame, values=values))

    for name, array in fitted.to_arrays().items():
        assert_array_equal(said.to_arrays()[name], array, err_msg=name)


def test_contributions_are_shares_of_its_points(case: Case, fitted: Detector):
    frame = case.watched(1)

    told = fitted.explain(frame)

    shares = [each.share for each in told]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) <= 1 + 1e-9
    assert {each.point for each in told} <= set(fitted.points)


def test_very_many_rows_are_scored(case: Case, fitted: Detector):
    frame = case.watched(1)
    times = case.many // len(frame)
    span = int(frame.ts[-1] - frame.ts[0]) + frame.every
    long = Frame(
        ts=(np.arange(times)[:, None] * span + frame.ts).reshape(-1),
        values=np.tile(frame.values, (times, 1)),
        live=np.tile(frame.live, times),
        points=frame.points,
        every=frame.every,
    )

    said = fitted.score(long)

    assert len(said.raw) == len(long)
    assert_allclose(said.raw[: len(frame)], fitted.score(frame).raw, rtol=1e-9)
