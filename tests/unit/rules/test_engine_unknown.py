"""Missing, bad and stale values: unknown neither raises nor clears (contract 4.6)."""

import pytest

from plantroom.domain.expression.tree import Expression, Operation, Operator, PointValue
from plantroom.domain.rule import Rule
from plantroom.domain.samples import FIRST_BAD, Quality
from plantroom.rules.engine import Engine
from plantroom_testing.rule_plant import Message, Watched, rule

HOT = rule("temp > 5")
BAD = [quality for quality in Quality if quality >= FIRST_BAD]
IGNORED = [quality for quality in Quality if Quality.GOOD < quality < FIRST_BAD]


def reasons(pump: Watched, *messages: Message) -> list[str]:
    return [one.reason for one in pump.report(*messages)]


def test_a_missing_point_raises_nothing() -> None:
    pump = Watched([rule("not running")])

    assert pump.says(0, temp=6) == []


@pytest.mark.parametrize("quality", BAD)
def test_a_bad_value_raises_nothing(quality: Quality) -> None:
    pump = Watched([HOT])

    assert pump.says(0, temp=(6, quality)) == []


@pytest.mark.parametrize("quality", BAD)
def test_a_bad_value_makes_an_active_alarm_unknown_and_a_good_one_known(quality: Quality) -> None:
    pump = Watched([HOT])
    pump.says(0, temp=6)

    assert pump.says(10, temp=(1, quality)) == [("unknown", 10)]
    assert pump.says(15, temp=(1, quality)) == []
    assert pump.says(20, temp=6) == [("known", 20)]


@pytest.mark.parametrize("quality", IGNORED)
def test_a_sample_that_is_only_stored_changes_nothing(quality: Quality) -> None:
    pump = Watched([HOT])
    pump.says(0, temp=6)

    assert pump.says(10, temp=(1, quality)) == []
    assert pump.says(29, temp=(1, quality)) == []
    assert pump.tick(31) == [("unknown", 30)]


def test_an_alarm_known_again_may_clear_at_once() -> None:
    pump = Watched([HOT])
    pump.says(0, temp=6)
    pump.says(10, temp=(1, Quality.RANGE))

    assert pump.says(20, temp=1) == [("known", 20), ("cleared", 20)]


def test_a_value_that_comes_no_more_goes_stale_at_its_time() -> None:
    pump = Watched([HOT])
    pump.says(0, temp=6)

    assert pump.tick(30) == []
    assert pump.tick(100) == [("unknown", 30)]
    assert pump.tick(200) == []


def test_a_value_holds_up_to_the_very_end_of_its_time() -> None:
    pump = Watched([HOT])
    pump.says(0, temp=6)

    assert pump.says(30, temp=6) == []


def test_a_value_goes_stale_between_two_messages() -> None:
    pump = Watched([HOT])
    pump.says(0, temp=6)

    assert pump.says(100, temp=7) == [("unknown", 30), ("known", 100)]


def test_each_point_goes_stale_at_its_own_time() -> None:
    pump = Watched([rule("temp > 5 or supply > 5")])
    pump.says(0, temp=6, supply=6)

    assert pump.tick(100) == [("unknown", 45)]


def test_stale_cancels_for_even_when_nothing_comes_for_long() -> None:
    pump = Watched([rule("temp > 5", hold=60)])
    pump.says(0, temp=6)

    assert pump.says(1000, temp=6) == []
    assert pump.says(1030, temp=6) == []
    assert pump.says(1060, temp=6) == [("activated", 1060)]


def test_for_that_ends_with_the_value_has_been_held_in_full() -> None:
    pump = Watched([rule("temp > 5", hold=30)])
    pump.says(0, temp=6)

    assert pump.tick(31) == [("activated", 30), ("unknown", 30)]


def test_a_bad_value_cancels_for() -> None:
    pump = Watched([rule("temp > 5", hold=20)])
    pump.says(0, temp=6)
    pump.says(10, temp=(6, Quality.RANGE))

    assert pump.says(15, temp=6) == []
    assert pump.says(35, temp=6) == [("activated", 35)]


def test_a_bad_value_cancels_keep() -> None:
    pump = Watched([rule("temp > 5", keep=20)])
    pump.says(0, temp=6)
    pump.says(10, temp=1)

    assert pump.says(15, temp=(1, Quality.RANGE)) == [("unknown", 15)]
    assert pump.says(25, temp=1) == [("known", 25)]
    assert pump.says(44, temp=1) == []
    assert pump.says(46, temp=1) == [("cleared", 45)]


def test_a_value_that_is_old_when_it_comes_is_unknown() -> None:
    pump = Watched([HOT])
    pump.says(100, supply=1)

    assert pump.says(60, temp=6) == []


def test_what_can_be_told_without_the_unknown_point_is_told() -> None:
    pump = Watched([rule("temp > 5 or running")])
    pump.says(0, temp=6, running=1)

    assert pump.says(10, temp=(1, Quality.RANGE)) == []


def test_an_alarm_whose_clear_is_false_is_known_though_when_is_not() -> None:
    pump = Watched([rule("temp > 5", clear="running")])
    pump.says(0, temp=6, running=0)

    assert pump.says(10, temp=(1, Quality.RANGE)) == []


def test_clear_that_is_true_clears_though_when_is_unknown() -> None:
    pump = Watched([rule("temp > 5", clear="running")])
    pump.says(0, temp=6, running=0)
    pump.says(10, temp=(1, Quality.RANGE))

    assert pump.says(12, running=1) == [("cleared", 12)]


def test_an_alarm_is_unknown_when_nobody_can_tell_whether_it_is_gone() -> None:
    pump = Watched([rule("temp > 5", clear="running")])
    pump.says(0, temp=6)

    assert pump.says(10, temp=4) == [("unknown", 10)]
    assert pump.says(12, running=0) == [("known", 12)]


def test_the_reason_says_that_a_point_is_bad() -> None:
    pump = Watched([HOT])
    pump.says(0, temp=6)

    assert reasons(pump, Message("P-1", 10, {"temp": (1, Quality.RANGE)})) == ["temp is bad"]


def test_the_reason_says_that_a_point_is_stale() -> None:
    pump = Watched([HOT])
    pump.says(0, temp=6)

    assert reasons(pump, Message("P-1", 100, {"running": 1})) == ["temp is stale"]


def test_the_reason_names_every_unknown_point() -> None:
    pump = Watched([rule("temp > 5 or supply > 5 or running")])
    pump.says(0, running=1)

    assert reasons(pump, Message("P-1", 10, {"running": 0, "supply": (0, Quality.TYPE)})) == [
        "temp is missing, supply is bad"
    ]


def test_the_reason_says_that_something_was_divided_by_zero() -> None:
    pump = Watched([rule("temp / supply > 1")])
    pump.says(0, temp=6, supply=2)

    assert reasons(pump, Message("P-1", 10, {"supply": 0})) == ["division by zero"]


def test_an_unknown_alarm_has_no_value() -> None:
    pump = Watched([HOT])
    pump.says(0, temp=6)

    (unknown,) = pump.report(Message("P-1", 10, {"temp": (1, Quality.RANGE)}))

    assert unknown.value is None


def test_an_unknown_alarm_is_still_active() -> None:
    pump = Watched([HOT])
    pump.says(0, temp=6)
    pump.says(10, temp=(1, Quality.RANGE))

    (active,) = pump.engine.active()
    assert (active.at, active.value) == (0, None)


def test_a_rule_that_has_gone_wrong_makes_its_alarm_unknown() -> None:
    pump = Watched([HOT])
    pump.says(0, temp=6)
    root = Operation(Operator.GREATER, (PointValue("temp"),))
    wrong = Rule(id="r", asset_class="pump", when=Expression("temp >", root, ("temp",)))
    after = Watched([wrong])

    (unknown,) = Engine(after.plant).restore(pump.engine.snapshot())

    assert unknown.kind.value == "unknown"
    assert unknown.reason.startswith("cannot be compiled")
