from dataclasses import replace

import numpy as np
import pytest

from plantroom.models.detector import NotFittable
from plantroom.models.frame import Frame
from plantroom.models.seasonal import Seasonal

EVERY = 300_000
PER_DAY = 288
MONDAY = 1_762_128_000_000
"""2025-11-03T00:00Z."""
SHANGHAI = 8


def office(days: int, *, first: int = 0, seed: int = 1, holiday: int = -1) -> Frame:
    """Return the power of an office by Shanghai's clock: 100 kW in working hours, 30 kW else."""
    random = np.random.default_rng(seed)
    number = first * PER_DAY + np.arange(days * PER_DAY)
    ts = MONDAY - SHANGHAI * 3_600_000 + EVERY * (number + 1)
    day, hour = number // PER_DAY, (number % PER_DAY) / 12
    works = (day % 7 < 5) & (hour >= 8) & (hour < 18) & (day != holiday)
    power = np.where(works, 100.0, 30.0) + random.normal(size=len(ts))
    return Frame(
        ts=ts, values=power[:, None], live=np.ones(len(ts), np.bool_), points=("power",), every=EVERY
    )


@pytest.fixture(scope="module")
def learnt() -> Seasonal:
    return Seasonal(points=("power",), utc_offset=SHANGHAI).fit(office(28))


def test_a_usual_week_is_as_usual(learnt: Seasonal) -> None:
    said = learnt.score(office(7, first=28, seed=2))

    assert np.nanquantile(said.raw, 0.99) < 4
    assert np.nanmax(np.abs(said.derived["residual_power"])) < 5


def test_what_is_usual_by_day_is_not_by_night(learnt: Seasonal) -> None:
    at_night = office(1, first=28, seed=2)
    values = at_night.values.copy()
    values[: 6 * 12] = 100

    said = learnt.score(replace(at_night, values=values))

    assert np.nanmin(said.raw[24 : 6 * 12]) > 10
    assert said.derived["residual_power"][6 * 12 - 1] == pytest.approx(70, abs=3)
    assert said.derived["expected_power"][40] == pytest.approx(30, abs=1)


def test_a_working_day_of_power_on_a_sunday_is_unusual(learnt: Seasonal) -> None:
    monday = office(1, first=28, seed=2)
    sunday = replace(monday, ts=monday.ts + 6 * 86_400_000)

    assert np.nanmax(learnt.score(sunday).raw) > 10


def test_a_holiday_is_as_a_sunday() -> None:
    told = Seasonal(points=("power",), utc_offset=SHANGHAI, holidays="2025-12-03, 2025-12-25").fit(office(28))
    untold = Seasonal(points=("power",), utc_offset=SHANGHAI).fit(office(28))
    holiday = office(1, first=30, seed=2, holiday=30)

    assert np.nanmax(told.score(holiday).raw) < 5
    assert np.nanmax(untold.score(holiday).raw) > 10


def test_the_local_clock_is_the_one_that_counts() -> None:
    by_utc = Seasonal(points=("power",)).fit(office(28))
    frame = office(7, first=28, seed=2)

    noon = by_utc.score(frame).derived["expected_power"]

    assert noon[12 * 12] == pytest.approx(100, abs=1)


def test_two_weeks_and_less_fall_back_to_working_days() -> None:
    model = Seasonal(points=("power",), utc_offset=SHANGHAI).fit(office(12))

    said = model.score(office(7, first=28, seed=2))

    assert np.isfinite(said.derived["expected_power"]).all()
    assert np.nanmax(np.abs(said.derived["residual_power"])) < 10


def test_a_week_is_too_little() -> None:
    with pytest.raises(NotFittable, match="power is known on 7 days"):
        Seasonal(points=("power",), utc_offset=SHANGHAI).fit(office(7))


def test_one_bad_day_among_four_weeks_changes_nothing_much(learnt: Seasonal) -> None:
    frame = office(28)
    values = frame.values.copy()
    values[9 * PER_DAY : 10 * PER_DAY] += 200
    taught = Seasonal(points=("power",), utc_offset=SHANGHAI).fit(replace(frame, values=values))
    week = office(7, first=28, seed=2)

    usual, unusual = (model.score(week).derived["expected_power"] for model in (learnt, taught))

    assert np.nanmax(np.abs(usual - unusual)) < 3


@pytest.mark.parametrize(
    "wrong",
    [{"points": ("a", "b")}, {"side": "up"}, {"utc_offset": 20}, {"smooth": 0}, {"holidays": "tomorrow"}],
    ids=["points", "side", "offset", "smooth", "holidays"],
)
def test_settings_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    settings: dict[str, object] = {"points": ("power",)} | wrong

    with pytest.raises(ValueError, match=r"\w"):
        Seasonal(**settings)  # type: ignore[arg-type]


def test_what_was_usual_is_what_it_explains_by(learnt: Seasonal) -> None:
    frame = office(1, first=28, seed=2)

    (told,) = learnt.explain(replace(frame, values=frame.values + 20))

    assert told.point == "power"
    assert told.value - told.expected == pytest.approx(20, abs=3)
