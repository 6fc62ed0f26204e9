"""Snapshots, and going on from them under the same or other files."""

import io
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from plantroom.domain.alarm import AlarmText, Transition
from plantroom.domain.errors import SnapshotInvalid
from plantroom.domain.installation import Installation
from plantroom.domain.rule import Rule, Severity, WorkOrderTemplate
from plantroom.domain.site import Point
from plantroom.domain.text import Text
from plantroom.domain.work_order import Priority
from plantroom.rules.engine import Engine
from plantroom_testing.rule_plant import POINTS, Message, batch, installation, rule, site, told

HOT = rule("temp > 5", keep=20)
COLD = rule("temp < 0", name="cold")

Arrays = Mapping[str, npt.NDArray[Any]]


def run(plant: Installation, *messages: Message) -> Arrays:
    """Return the snapshot of an engine that was told `messages`, as it comes from a file."""
    engine, file = Engine(plant), io.BytesIO()
    engine.observe(batch(plant.table, messages), 0)
    np.savez(file, allow_pickle=False, **engine.snapshot())
    file.seek(0)
    with np.load(file, allow_pickle=False) as arrays:
        return dict(arrays)


def go_on(plant: Installation, arrays: Arrays) -> tuple[Engine, list[Transition]]:
    engine = Engine(plant)
    return engine, engine.restore(arrays)


def hears(engine: Engine, plant: Installation, ts: float, **values: float) -> list[tuple[str, float]]:
    return told(engine.observe(batch(plant.table, [Message("P-1", ts, values)]), 0))


def hot_pump(*rules: Rule) -> Arrays:
    """Return the snapshot of a pump at 6 degrees since 3 s."""
    return run(installation(*rules), Message("P-1", 3, {"temp": 6}))


def test_nothing_is_told_when_the_files_are_the_same() -> None:
    _, said = go_on(installation(HOT, COLD), hot_pump(HOT, COLD))

    assert said == []


def test_a_running_for_goes_on() -> None:
    slow = installation(rule("temp > 5", hold=20))
    arrays = run(slow, Message("P-1", 0, {"temp": 6}), Message("P-1", 10, {"temp": 6}))

    engine, _ = go_on(slow, arrays)

    assert hears(engine, slow, 25, temp=6) == [("activated", 20)]


def test_a_running_keep_goes_on() -> None:
    plant = installation(HOT)
    story = [(0, 6), (10, 1), (20, 1)]
    arrays = run(plant, *(Message("P-1", ts, {"temp": temp}) for ts, temp in story))

    engine, _ = go_on(plant, arrays)

    assert hears(engine, plant, 35, temp=1) == [("cleared", 30)]


def test_the_clock_goes_on() -> None:
    plant = installation(rule("temp > 5", hold=20))
    arrays = run(plant, Message("P-1", 0, {"temp": 6}, arrived=100))
    engine, _ = go_on(plant, arrays)

    before = engine.observe(batch(plant.table, []), 119_999)
    after = engine.observe(batch(plant.table, []), 120_000)

    assert (told(before), told(after)) == ([], [("activated", 20)])


def test_an_alarm_stays_active() -> None:
    engine, _ = go_on(installation(HOT), hot_pump(HOT))

    assert told(engine.active()) == [("activated", 3)]


def test_a_snapshot_holds_plain_arrays_only() -> None:
    assert all(array.dtype.kind in "iuf" for array in hot_pump(HOT).values())


def test_a_snapshot_is_not_changed_by_what_comes_after() -> None:
    plant = installation(HOT)
    engine = Engine(plant)
    engine.observe(batch(plant.table, [Message("P-1", 0, {"temp": 6})]), 0)
    arrays = engine.snapshot()
    before = {name: array.copy() for name, array in arrays.items()}

    engine.observe(batch(plant.table, [Message("P-1", 50, {"temp": 1})]), 0)

    assert all(np.array_equal(arrays[name], before[name], equal_nan=True) for name in arrays)


def test_an_alarm_of_a_removed_rule_is_withdrawn() -> None:
    engine, said = go_on(installation(COLD), hot_pump(HOT, COLD))

    (withdrawn,) = said
    assert (withdrawn.kind.value, withdrawn.at, withdrawn.activated_at) == ("withdrawn", 3_000, 3_000)
    assert (withdrawn.site, withdrawn.asset, withdrawn.rule) == ("riverside", "P-1", "r")
    assert withdrawn.reason == "rule removed"
    assert engine.active() == []


def test_a_withdrawal_says_all_that_the_api_must_know_of_the_removed_rule() -> None:
    gone = replace(
        HOT,
        severity=Severity.CRITICAL,
        group="heat",
        title=Text(en="Too hot", zh="过热"),
        work_order=WorkOrderTemplate(priority=Priority.URGENT, skill="mechanical"),
        re_alarm=timedelta(minutes=30),
    )

    _, said = go_on(installation(COLD), hot_pump(gone))

    assert said[0].text == AlarmText.of(gone)


def test_the_last_rule_of_a_class_may_be_removed() -> None:
    _, said = go_on(installation(), hot_pump(HOT))

    assert [(one.kind.value, one.reason) for one in said] == [("withdrawn", "rule removed")]


def test_an_alarm_of_a_removed_asset_is_withdrawn() -> None:
    after = installation(HOT, sites=[site(assets={"P-2": "pump"})])

    _, said = go_on(after, hot_pump(HOT))

    assert [(one.asset, one.kind.value, one.reason) for one in said] == [
        ("P-1", "withdrawn", "asset removed")
    ]


def test_an_alarm_of_an_asset_moved_to_another_site_is_withdrawn_where_it_was() -> None:
    engine, said = go_on(installation(HOT, sites=[site("hilltop")]), hot_pump(HOT))

    assert [(one.site, one.kind.value, one.reason) for one in said] == [
        ("riverside", "withdrawn", "asset removed")
    ]
    assert engine.active() == []


def test_an_alarm_of_an_asset_that_is_now_of_another_class_is_withdrawn() -> None:
    after = installation(HOT, replace(COLD, asset_class="fan"), sites=[site(assets={"P-1": "fan"})])

    _, said = go_on(after, hot_pump(HOT))

    assert [one.kind.value for one in said] == ["withdrawn"]


def test_nothing_is_withdrawn_that_was_not_active() -> None:
    _, said = go_on(installation(COLD), run(installation(HOT), Message("P-1", 0, {"temp": 1})))

    assert said == []


def test_a_changed_rule_keeps_its_alarm() -> None:
    engine, said = go_on(installation(rule("temp > 4", keep=20)), hot_pump(HOT))

    assert said == []
    assert told(engine.active()) == [("activated", 3)]


def test_a_changed_rule_whose_condition_is_gone_clears_at_the_last_known_time() -> None:
    _, said = go_on(installation(rule("temp > 8")), hot_pump(HOT))

    assert told(said) == [("cleared", 3)]


def test_a_changed_rule_whose_condition_holds_now_makes_an_alarm() -> None:
    _, said = go_on(installation(rule("temp > 1")), hot_pump(rule("temp > 8")))

    assert told(said) == [("activated", 3)]


def test_a_changed_rule_begins_its_for_anew() -> None:
    before = installation(rule("temp > 5", hold=20))
    after = installation(rule("temp > 5", hold=15))
    arrays = run(before, Message("P-1", 0, {"temp": 6}), Message("P-1", 10, {"temp": 6}))

    engine, said = go_on(after, arrays)

    assert said == []
    assert hears(engine, after, 30, temp=6) == [("activated", 25)]


def test_a_changed_rule_begins_its_keep_anew() -> None:
    after = installation(rule("temp > 5", keep=25))
    arrays = run(installation(HOT), Message("P-1", 0, {"temp": 6}), Message("P-1", 10, {"temp": 1}))

    engine, _ = go_on(after, arrays)

    assert hears(engine, after, 36, temp=1) == [("cleared", 35)]


def test_a_changed_rule_never_names_a_second_activation_like_the_first() -> None:
    arrays = run(
        installation(rule("temp > 5")), Message("P-1", 0, {"temp": 6}), Message("P-1", 0.001, {"temp": 4})
    )
    engine, said = go_on(installation(rule("temp > 3")), arrays)

    assert told(said) == [("activated", 0.001)]
    assert told(engine.active()) == told(said)


def test_a_rule_with_another_title_goes_on_and_says_the_new_one() -> None:
    titled = replace(HOT, title=Text(en="Hot"))

    engine, said = go_on(installation(titled), hot_pump(HOT))

    assert said == []
    assert engine.active()[0].text.title.en == "Hot"


def test_a_new_rule_is_evaluated_on_what_is_held() -> None:
    _, said = go_on(installation(HOT, rule("temp > 2", name="warm")), hot_pump(HOT))

    assert [(one.rule, one.kind.value, one.at) for one in said] == [("warm", "activated", 3_000)]


def test_assets_and_points_may_be_renumbered() -> None:
    points = (Point(name="extra"), *reversed(POINTS))
    assets = {"A-0": "pump", "F-1": "fan", "P-1": "pump"}
    after = installation(
        rule("extra > 1", name="x", points=points), COLD, HOT, sites=[site(assets=assets, points=points)]
    )

    engine, said = go_on(after, hot_pump(HOT, COLD))

    assert said == []
    assert hears(engine, after, 10, temp=1) == []
    assert hears(engine, after, 31, temp=1) == [("cleared", 30)]


def test_assets_that_parted_into_two_sets_of_rules_keep_their_own_state() -> None:
    assets = {"P-1": "pump", "P-2": "pump"}
    before = installation(HOT, sites=[site(assets=assets)])
    arrays = run(before, Message("P-1", 0, {"temp": 6}), Message("P-2", 1, {"temp": 6}))
    after = installation(
        HOT, rule("temp > 5", asset_class="big_pump"), sites=[site(assets=assets | {"P-1": "big_pump"})]
    )

    engine, said = go_on(after, arrays)

    assert told(said) == []
    assert sorted((one.asset, one.at) for one in engine.active()) == [("P-1", 0), ("P-2", 1_000)]


def test_a_shorter_interval_makes_a_held_value_stale_sooner() -> None:
    slow = (Point(name="temp", every=timedelta(minutes=10)), *POINTS[1:])
    before = installation(HOT, sites=[site(points=slow)])
    after = installation(HOT)
    arrays = run(before, Message("P-1", 0, {"temp": 6}), Message("P-1", 100, {"running": 1}))

    engine, said = go_on(after, arrays)

    assert told(said) == [("unknown", 100)]
    assert hears(engine, after, 110, temp=6) == [("known", 110)]


def test_a_point_that_was_never_heard_of_is_still_missing() -> None:
    either = rule("temp > 5 or supply > 5")
    slow = (POINTS[0], Point(name="supply", unit="degC", every=timedelta(minutes=10)), *POINTS[2:])
    after = installation(either, sites=[site(points=slow)])
    engine, _ = go_on(after, run(installation(either), Message("P-1", 0, {"temp": 6})))

    (unknown,) = engine.observe(batch(after.table, [Message("P-1", 10, {"temp": 1})]), 0)

    assert unknown.reason == "supply is missing"


def test_a_late_sample_stays_late() -> None:
    plant = installation(HOT)
    engine, _ = go_on(plant, run(plant, Message("P-1", 10, {"temp": 1})))

    assert hears(engine, plant, 9, temp=6) == []


def test_a_snapshot_of_another_version_is_refused() -> None:
    head = json.dumps({"version": 99, "cohorts": []}).encode()

    with pytest.raises(SnapshotInvalid, match="snapshot version must be 1 to 2: 99"):
        Engine(installation(HOT)).restore({"head": np.frombuffer(head, np.uint8)})


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda _: {}, id="nothing"),
        pytest.param(lambda arrays: arrays | {"head": arrays["head"][:-1]}, id="head-cut"),
        pytest.param(lambda arrays: arrays | {"phase": arrays["phase"][:-1]}, id="column-cut"),
        pytest.param(lambda arrays: {k: a for k, a in arrays.items() if k != "ts"}, id="column-missing"),
        pytest.param(lambda arrays: arrays | {"head": np.frombuffer(b"[]", np.uint8)}, id="head-of-others"),
    ],
)
def test_what_is_no_snapshot_is_refused(damage: Any) -> None:
    with pytest.raises(SnapshotInvalid):
        Engine(installation(HOT)).restore(damage(hot_pump(HOT, COLD)))


def test_a_refused_snapshot_leaves_the_engine_as_it_was() -> None:
    plant = installation(HOT)
    arrays = hot_pump(HOT)
    engine = Engine(plant)

    with pytest.raises(SnapshotInvalid):
        engine.restore({**arrays, "activated": arrays["activated"][:0]})

    assert engine.active() == []
    assert hears(engine, plant, 1, temp=6) == [("activated", 1)]
