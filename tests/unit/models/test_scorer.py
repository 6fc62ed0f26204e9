"""Samples in, what the models say of them out; a model that fails ends itself only."""

import subprocess
import sys
from dataclasses import replace
from math import inf, nan

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plantroom.domain.model import Gate
from plantroom.domain.points import PointTable
from plantroom.domain.samples import Quality, SampleBatch
from plantroom.domain.site import Point
from plantroom.models.bundle import Bundle
from plantroom.models.group import PATIENCE
from plantroom.models.scorer import Scorer
from plantroom_testing.modelled import DERIVED, MEASURED, Running, asset, batch, bundle, fitted, said, table

Floats = npt.NDArray[np.float64]
PLANT = table(asset("P-1"), asset("P-2"))
Message = tuple[str, int, dict[str, float]]


def out(points: PointTable, scorer: Scorer, *messages: Message) -> list[tuple[str, str, int, float]]:
    """Return what is derived: asset, point, time and value."""
    given = batch(points, *messages)
    everything = said(points, scorer.observe(given).into(given))
    derived = {point.name for point in DERIVED}
    return [each[:4] for each in everything if each[1] in derived]


def minutes(name: str, count: int, *, value: float = 1.0) -> list[Message]:
    return [(name, number * 60_000, {"flow": value}) for number in range(count)]


def anomalies(points: PointTable, scorer: Scorer, *messages: Message) -> list[tuple[str, int, float]]:
    return [
        (name, at, value) for name, point, at, value in out(points, scorer, *messages) if point == "anomaly"
    ]


def off(scorer: Scorer) -> list[str]:
    return [fault.asset for fault in scorer.faults]


def test_a_ratio_stands_before_the_message_that_ended_its_minute() -> None:
    scorer = Scorer(PLANT, [bundle("P-1", fitted(Running("flow")))])
    given = batch(
        PLANT,
        ("P-1", 0, {"flow": 5.0}),
        ("P-2", 0, {"flow": 1.0}),
        ("P-1", 60_000, {"flow": 7.0, "current": 1.0}),
    )

    assert said(PLANT, scorer.observe(given).into(given)) == [
        ("P-1", "flow", 0, 5.0, 0),
        ("P-2", "flow", 0, 1.0, 1),
        ("P-1", "anomaly", 60_000, 0.5, 2),
        ("P-1", "anomaly_confirmed", 60_000, 0.0, 2),
        ("P-1", "flow", 60_000, 7.0, 3),
        ("P-1", "current", 60_000, 1.0, 3),
    ]


def test_derived_samples_are_good_and_arrive_with_the_end_of_their_minute() -> None:
    given = batch(PLANT, *minutes("P-1", 2))

    derived = (
        Scorer(PLANT, [bundle("P-1", fitted(Running("flow")))]).observe(given).into(given).take(np.array([1]))
    )

    assert derived.quality.tolist() == [Quality.GOOD]
    assert derived.arrived.tolist() == [given.arrived[1]]


def test_the_greatest_ratio_of_an_assets_models_counts() -> None:
    models = (fitted(Running("flow")), fitted(Running("current"), name="current", limit=1.0))
    messages = [("P-1", at, {"flow": 5.0, "current": 3.0}) for at in (0, 60_000)]

    assert anomalies(PLANT, Scorer(PLANT, [bundle("P-1", *models)]), *messages) == [("P-1", 60_000, 3.0)]


def test_a_model_without_a_limit_raises_nothing_but_derives() -> None:
    model = fitted(Running("flow", derived=("expected_flow",)), limit=inf)

    assert out(PLANT, Scorer(PLANT, [bundle("P-1", model)]), *minutes("P-1", 2, value=4.0)) == [
        ("P-1", "expected_flow", 60_000, 4.0)
    ]


def test_the_least_days_of_an_assets_models_count_with_their_interval() -> None:
    days = ("days_to_limit", "days_to_limit_low", "days_to_limit_high")
    models = [fitted(Running(point, derived=days), name=point, limit=inf) for point in ("flow", "current")]
    messages = [("P-1", at, {"flow": 50.0, "current": 20.0}) for at in (0, 60_000)]

    assert out(PLANT, Scorer(PLANT, [bundle("P-1", *models)]), *messages) == [
        ("P-1", "days_to_limit", 60_000, 20.0),
        ("P-1", "days_to_limit_low", 60_000, 21.0),
        ("P-1", "days_to_limit_high", 60_000, 22.0),
    ]


def test_what_people_confirmed_is_said_beside_the_ratio() -> None:
    scorer = Scorer(PLANT, [bundle("P-1", fitted(Running("flow")), confirmed=True)])

    assert ("P-1", "anomaly_confirmed", 60_000, 1.0) in out(PLANT, scorer, *minutes("P-1", 2))


def test_a_machine_that_stands_is_not_judged() -> None:
    scorer = Scorer(PLANT, [bundle("P-1", fitted(Running("flow")), gates=[Gate(point="running", low=0.5)])])
    messages = [("P-1", at, {"flow": 5.0, "running": 0.0}) for at in range(0, 240_000, 10_000)]

    assert out(PLANT, scorer, *messages) == []


def test_a_derived_point_that_the_asset_does_not_have_is_left_out() -> None:
    few = table(asset("P-1", *MEASURED, DERIVED[0]))

    assert out(few, Scorer(few, [bundle("P-1", fitted(Running("flow")))]), *minutes("P-1", 2)) == [
        ("P-1", "anomaly", 60_000, 0.1)
    ]


def test_a_devices_own_point_of_such_a_name_is_never_written() -> None:
    own = table(asset("P-1", *MEASURED, Point(name="anomaly")))
    given = batch(own, *minutes("P-1", 3))

    assert Scorer(own, [bundle("P-1", fitted(Running("flow")))]).observe(given).into(given) is given


@pytest.mark.parametrize("quality", [Quality.LATE, Quality.HISTORICAL, Quality.CLOCK])
def test_what_is_not_live_is_not_scored(quality: Quality) -> None:
    scorer = Scorer(PLANT, [bundle("P-1", fitted(Running("flow")))])
    given = batch(PLANT, *minutes("P-1", 3))
    given = replace(given, quality=np.full(len(given), quality, np.uint8))

    assert len(scorer.observe(given)) == 0


def test_a_point_of_what_an_asset_is_part_of_is_read() -> None:
    plant = table(asset("V-1", parent="A-1"), asset("A-1"))
    scorer = Scorer(plant, [bundle("V-1", fitted(Running("parent.flow", "flow")))])
    messages = [("V-1", 0, {"flow": 1.0}), ("A-1", 40_000, {"flow": 3.0}), ("V-1", 60_000, {"flow": 1.0})]

    assert anomalies(plant, scorer, *messages) == [("V-1", 60_000, 0.3)]


def test_a_model_of_an_asset_that_is_gone_is_left_out() -> None:
    scorer = Scorer(PLANT, [bundle("P-9", fitted(Running("flow")))])

    assert (scorer.count, scorer.faults) == (0, ())


def test_a_model_that_learnt_in_another_unit_is_off_and_says_so() -> None:
    learnt = replace(bundle("P-1", fitted(Running("flow"))), units={"flow": "l/s"})

    scorer = Scorer(PLANT, [learnt])

    assert [fault.reason for fault in scorer.faults] == ["flow was in l/s when it learnt, and is in m3/h now"]
    assert out(PLANT, scorer, *minutes("P-1", 3)) == []


@pytest.mark.parametrize("limit", [0.0, -1.0, nan])
def test_a_limit_that_is_none_ends_its_model(limit: float) -> None:
    scorer = Scorer(PLANT, [bundle("P-1", fitted(Running("flow"), limit=limit))])

    assert [(fault.asset, fault.model) for fault in scorer.faults] == [("P-1", "whole")]


def failing(row: Floats) -> Floats:
    raise RuntimeError("broken")


def test_a_model_that_fails_is_off_and_the_others_go_on() -> None:
    many = table(*(asset(f"P-{number}") for number in range(8)))
    bundles = [
        bundle(f"P-{number}", fitted(Running("flow", fails=failing if number in (2, 5) else None)))
        for number in range(8)
    ]
    scorer = Scorer(many, bundles)
    messages = [(f"P-{number}", at, {"flow": 1.0}) for at in (0, 60_000, 120_000) for number in range(8)]

    found = anomalies(many, scorer, *messages)

    assert [name for name, at, _ in found if at == 60_000] == [f"P-{number}" for number in (0, 1, 3, 4, 6, 7)]
    assert {value for _, at, value in found if at == 120_000} == {0.2}
    assert [(fault.asset, fault.reason) for fault in scorer.faults] == [
        ("P-2", "RuntimeError: broken"),
        ("P-5", "RuntimeError: broken"),
    ]


def test_a_model_that_makes_no_bank_is_off_and_the_others_are_at_work() -> None:
    scorer = Scorer(
        PLANT,
        [bundle("P-1", fitted(Running("flow", makes_bank=False))), bundle("P-2", fitted(Running("flow")))],
    )

    assert [fault.asset for fault in scorer.faults] == ["P-1"]
    assert anomalies(PLANT, scorer, *minutes("P-2", 2)) == [("P-2", 60_000, 0.1)]


def test_a_model_that_says_infinity_says_nothing_and_is_off_when_it_goes_on() -> None:
    scorer = Scorer(PLANT, [bundle("P-1", fitted(Running("flow", fails=lambda row: row + inf)))])

    assert out(PLANT, scorer, *minutes("P-1", PATIENCE)) == []
    assert off(scorer) == []
    assert out(PLANT, scorer, *[("P-1", (PATIENCE + n) * 60_000, {"flow": 1.0}) for n in range(2)]) == []
    assert off(scorer) == ["P-1"]


def test_a_model_that_fails_costs_the_others_no_memory() -> None:
    breaks = Running("flow", fails=lambda row: failing(row) if row[0] > 5 else row)
    scorer = Scorer(PLANT, [bundle("P-1", fitted(breaks)), bundle("P-2", fitted(Running("flow")))])
    messages = [
        (name, at, {"flow": 9.0 if at == 120_000 else 1.0})
        for at in range(0, 300_000, 60_000)
        for name in ("P-1", "P-2")
    ]

    found = anomalies(PLANT, scorer, *messages)

    assert [value for name, _, value in found if name == "P-2"] == pytest.approx([0.1, 0.2, 1.1, 1.2])
    assert [at for name, at, _ in found if name == "P-1"] == [60_000, 120_000]


messages = st.lists(
    st.tuples(
        st.sampled_from(["P-1", "P-2"]),
        st.integers(0, 40).map(lambda step: step * 17_000),
        st.dictionaries(
            st.sampled_from(["flow", "current", "running"]), st.sampled_from([0.0, 1.0, 2.5, nan]), min_size=1
        ),
    ),
    max_size=30,
)


def plant_models() -> list[Bundle]:
    gates = [Gate(point="running", low=0.5)]
    return [
        bundle(
            "P-1", fitted(Running("flow", "current")), fitted(Running("current"), name="current"), gates=gates
        ),
        bundle("P-2", fitted(Running("flow", "current"))),
    ]


@settings(max_examples=100, deadline=None)
@given(messages, st.lists(st.integers(0, 30), max_size=4))
def test_neither_splits_nor_restarts_change_what_is_derived(every: list[Message], cuts: list[int]) -> None:
    every = sorted(every, key=lambda message: message[1])
    whole = out(PLANT, Scorer(PLANT, plant_models()), *every)
    scorer, found = Scorer(PLANT, plant_models()), []
    edges = [0, *sorted(min(cut, len(every)) for cut in cuts), len(every)]
    for number in range(len(edges) - 1):
        found += out(PLANT, scorer, *every[edges[number] : edges[number + 1]])
        again = Scorer(PLANT, plant_models())
        again.restore(scorer.snapshot())
        scorer = again

    assert found == whole


def test_what_is_remembered_is_of_assets_and_models_by_name() -> None:
    before = Scorer(PLANT, [bundle("P-1", fitted(Running("flow"))), bundle("P-2", fitted(Running("flow")))])
    out(PLANT, before, *minutes("P-1", 3), *minutes("P-2", 3))
    other = table(asset("A-9"), asset("P-2"), asset("P-1", *MEASURED, Point(name="head"), *DERIVED))
    models = [
        bundle("P-2", fitted(Running("flow")), version=2),
        bundle("P-1", fitted(Running("head"), name="head"), fitted(Running("flow"))),
        bundle("A-9", fitted(Running("flow"))),
    ]

    after = Scorer(other, models)
    after.restore(before.snapshot())
    found = anomalies(
        other, after, ("P-1", 180_000, {"flow": 1.0}), ("P-2", 180_000, {"flow": 1.0}), *minutes("A-9", 2)
    )

    # P-1 goes on; of P-2 only the open minute is known to the new version.
    assert found == [("P-1", 180_000, pytest.approx(0.3)), ("P-2", 180_000, 0.1), ("A-9", 60_000, 0.1)]


def test_a_model_that_is_off_stays_off_until_it_is_another_version() -> None:
    broken = Scorer(PLANT, [bundle("P-1", fitted(Running("flow", fails=failing)))])
    out(PLANT, broken, *minutes("P-1", 2))

    same = Scorer(PLANT, [bundle("P-1", fitted(Running("flow")))])
    same.restore(broken.snapshot())
    newer = Scorer(PLANT, [bundle("P-1", fitted(Running("flow")), version=2)])
    newer.restore(broken.snapshot())

    assert [fault.reason for fault in same.faults] == ["RuntimeError: broken"]
    assert (same.count, newer.count, newer.faults) == (0, 1, ())


@pytest.mark.parametrize("name", ["assets", "columns", "off", "groups/0", "minute", "last"])
def test_what_is_no_snapshot_is_refused(name: str) -> None:
    arrays = Scorer(PLANT, [bundle("P-1", fitted(Running("flow")))]).snapshot()
    arrays[name] = np.empty(0, np.uint8)

    with pytest.raises(ValueError, match=r"no snapshot|Expecting value"):
        Scorer(PLANT, [bundle("P-1", fitted(Running("flow")))]).restore(arrays)


def test_scoring_loads_nothing_that_only_training_needs() -> None:
    look = (
        "import sys, plantroom.ingest.modelling, plantroom.ingest.pipeline\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('sklearn', 'scipy', 'joblib')])"
    )

    ran = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)

    assert ran.stdout.strip() == "[]"


def test_nothing_at_work_costs_nothing() -> None:
    given = batch(PLANT, *minutes("P-1", 3))

    assert len(Scorer(PLANT).observe(given)) == 0
    assert Scorer(PLANT).observe(SampleBatch.empty()).into(given) is given
