"""When an alarm becomes active and when it clears."""

import numpy as np
import pytest

from plantroom.domain.alarm import AlarmText, TransitionKind
from plantroom.domain.expression.tree import Expression, Operation, Operator, PointValue
from plantroom.domain.rule import Rule
from plantroom.domain.samples import SampleBatch
from plantroom.rules.engine import Engine
from plantroom_testing.rule_plant import Message, Watched, batch, installation, rule, site, told

HOT = rule("temp > 5")


def test_a_condition_that_holds_makes_an_alarm_at_once() -> None:
    pump = Watched([HOT])

    assert pump.says(0, temp=6) == [("activated", 0)]


def test_a_condition_that_goes_on_makes_no_second_alarm() -> None:
    pump = Watched([HOT])
    pump.says(0, temp=6)

    assert pump.says(10, temp=7) == []


def test_a_condition_that_is_gone_clears_at_once() -> None:
    pump = Watched([HOT])
    pump.says(0, temp=6)

    assert pump.says(10, temp=5) == [("cleared", 10)]


def test_a_condition_must_hold_as_long_as_for_says() -> None:
    pump = Watched([rule("temp > 5", hold=20)])

    assert pump.says(0, temp=6) == []
    assert pump.says(19, temp=6) == []
    assert pump.says(25, temp=6) == [("activated", 20)]


def test_a_condition_gone_in_between_starts_for_anew() -> None:
    pump = Watched([rule("temp > 5", hold=20)])
    pump.says(0, temp=6)
    pump.says(10, temp=4)
    pump.says(15, temp=6)

    assert pump.says(30, temp=6) == []
    assert pump.says(36, temp=6) == [("activated", 35)]


def test_for_is_over_before_a_sample_of_that_very_time_counts() -> None:
    pump = Watched([rule("temp > 5", hold=20)])
    pump.says(0, temp=6)

    assert pump.says(20, temp=4) == [("activated", 20), ("cleared", 20)]


def test_a_condition_must_be_gone_as_long_as_keep_says() -> None:
    pump = Watched([rule("temp > 5", keep=20)])
    pump.says(0, temp=6)

    assert pump.says(10, temp=4) == []
    assert pump.says(29, temp=4) == []
    assert pump.says(40, temp=4) == [("cleared", 30)]


def test_a_condition_back_within_keep_does_not_clear() -> None:
    pump = Watched([rule("temp > 5", keep=20)])
    pump.says(0, temp=6)
    pump.says(10, temp=4)

    assert pump.says(20, temp=6) == []
    assert pump.says(29, temp=4) == []
    assert pump.says(48, temp=4) == []
    assert pump.says(50, temp=4) == [("cleared", 49)]


def test_with_clear_the_alarm_stays_until_clear_is_true() -> None:
    pump = Watched([rule("temp > 5", clear="temp < 3")])
    pump.says(0, temp=6)

    assert pump.says(10, temp=4) == []
    assert pump.says(20, temp=2) == [("cleared", 20)]
    assert pump.says(30, temp=4) == []


def test_when_goes_before_clear_if_both_are_true() -> None:
    pump = Watched([rule("temp > 5", clear="running")])

    assert pump.says(0, temp=6, running=1) == [("activated", 0)]
    assert pump.says(10, temp=6, running=1) == []
    assert pump.says(20, temp=4, running=1) == [("cleared", 20)]


def test_several_points_of_one_asset_make_one_condition() -> None:
    pump = Watched([rule("temp > 5 and running")])

    assert pump.says(0, temp=6) == []
    assert pump.says(5, running=1) == [("activated", 5)]
    assert pump.says(9, running=0) == [("cleared", 9)]


def test_the_samples_of_one_message_are_applied_together() -> None:
    pump = Watched([rule("temp > 5 and not running")])
    pump.says(0, temp=4, running=0)

    assert pump.says(5, temp=6, running=1) == []


def test_two_messages_of_one_time_are_applied_one_after_the_other() -> None:
    pump = Watched([rule("temp > 5 and not running")])
    pump.says(0, temp=4, running=0)

    said = pump.report(Message("P-1", 5, {"temp": 6}), Message("P-1", 5, {"running": 1}))

    assert told(said) == [("activated", 5), ("cleared", 5)]


def test_two_activations_never_have_one_time() -> None:
    pump = Watched([rule("temp > 5 and not running")])
    pump.says(0, temp=4, running=0, supply=0)
    pump.report(Message("P-1", 5, {"temp": 6}), Message("P-1", 5, {"running": 1}))

    again = Watched([rule("(temp > 5 or supply > 5) and not running")])
    again.says(0, temp=4, running=0, supply=0)
    said = again.report(
        Message("P-1", 5, {"temp": 6}),
        Message("P-1", 4, {"running": 1}),
        Message("P-1", 5, {"running": 0}),
    )

    assert told(said) == [("activated", 5), ("cleared", 5)]
    assert told(again.report(Message("P-1", 6, {"supply": 6}))) == [("activated", 5.001)]


def test_a_transition_says_all_that_the_api_must_know() -> None:
    high = rule("temp > 5 and running", hold=10)
    pump = Watched([high])

    said = pump.report(
        Message("P-1", 0, {"temp": 6, "running": 1}),
        Message("P-1", 8, {"temp": 7}),
        Message("P-1", 12, {"temp": 8}),
    )

    (activated,) = said
    assert (activated.site, activated.asset, activated.rule) == ("riverside", "P-1", "r")
    assert activated.kind is TransitionKind.ACTIVATED
    assert activated.at == activated.activated_at == 10_000
    assert (activated.value, activated.point, activated.unit) == (7.0, "temp", "degC")
    assert activated.text == AlarmText.of(high)


def test_a_clear_names_its_activation() -> None:
    pump = Watched([HOT])
    pump.says(3, temp=6)

    (cleared,) = pump.report(Message("P-1", 10, {"temp": 2}))

    assert (cleared.at, cleared.activated_at, cleared.value) == (10_000, 3_000, 2.0)


def test_assets_do_not_touch_each_other() -> None:
    plant = installation(HOT, sites=[site(assets={"P-1": "pump", "P-2": "pump"})])
    engine = Engine(plant)

    said = engine.observe(
        batch(plant.table, [Message("P-2", 0, {"temp": 6}), Message("P-1", 0, {"temp": 4})]), 0
    )

    assert [one.asset for one in said] == ["P-2"]


def test_transitions_come_in_the_order_of_the_messages() -> None:
    cold = rule("temp > 5", name="fan-hot", asset_class="fan")
    plant = installation(HOT, cold, sites=[site(assets={"P-1": "pump", "F-1": "fan", "P-2": "pump"})])
    engine = Engine(plant)
    names = ["P-2", "F-1", "P-1"]

    said = engine.observe(batch(plant.table, [Message(name, 0, {"temp": 6}) for name in names]), 0)

    assert [one.asset for one in said] == names


def test_each_site_has_its_own_rules() -> None:
    west, east = site("west", {"W-1": "pump"}), site("east", {"E-1": "pump"})
    plant = installation(sites=[west, east])
    plant = type(plant)(table=plant.table, classes={}, rules={"west": (HOT,), "east": (rule("temp > 7"),)})
    engine = Engine(plant)
    messages = [Message("W-1", 0, {"temp": 6}), Message("E-1", 0, {"temp": 6})]

    said = engine.observe(batch(plant.table, messages), 0)

    assert [(one.site, one.asset) for one in said] == [("west", "W-1")]


def test_an_asset_without_rules_is_passed_over() -> None:
    plant = installation(HOT, sites=[site(assets={"X-1": "fan", "P-1": "pump"})])
    engine = Engine(plant)
    messages = [Message("X-1", 0, {"temp": 6}), Message("P-1", 0, {"temp": 6})]

    said = engine.observe(batch(plant.table, messages), 0)

    assert [one.asset for one in said] == ["P-1"]


def test_an_installation_without_rules_tells_nothing() -> None:
    plant = installation()
    engine = Engine(plant)

    assert engine.observe(batch(plant.table, [Message("P-1", 0, {"temp": 6})]), 0) == []
    assert engine.observe(SampleBatch.empty(), 10) == []
    assert engine.active() == []
    assert Engine(plant).restore(engine.snapshot()) == []


def test_active_alarms_can_be_sent_again() -> None:
    pump = Watched([HOT, rule("temp < 0", name="cold")])
    (activated,) = pump.report(Message("P-1", 3, {"temp": 6}))

    assert pump.engine.active() == [activated]


def test_a_cleared_alarm_is_not_sent_again() -> None:
    pump = Watched([HOT])
    pump.says(0, temp=6)
    pump.says(1, temp=1)

    assert pump.engine.active() == []


def test_an_alarm_on_its_way_to_clear_is_still_sent_again() -> None:
    pump = Watched([rule("temp > 5", keep=60)])
    pump.says(0, temp=6)
    pump.says(1, temp=1)

    assert told(pump.engine.active()) == [("activated", 0)]


def broken() -> Rule:
    root = Operation(Operator.GREATER, (PointValue("temp"),))
    return Rule(id="broken", asset_class="pump", when=Expression("temp >", root, ("temp",)))


def test_a_wrong_rule_is_named_and_does_not_stop_the_others() -> None:
    pump = Watched([broken(), HOT])

    assert pump.says(0, temp=6) == [("activated", 0)]
    assert len(pump.engine.faults) == 1
    assert pump.engine.faults[0].startswith("broken: cannot be compiled: 'temp >'")


def test_of_two_rules_with_one_id_the_first_counts() -> None:
    pump = Watched([HOT, rule("temp > 1")])

    assert pump.says(0, temp=3) == []
    assert pump.engine.faults == ("r: given twice for pump, the first counts",)


def test_of_two_samples_of_a_point_in_one_message_the_first_counts() -> None:
    pump = Watched([HOT])
    twice = batch(pump.plant.table, [Message("P-1", 0, {"temp": 6})]).take(np.array([0, 0]))
    twice.value[1] = 1.0

    assert told(pump.engine.observe(twice, 0)) == [("activated", 0)]


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan")])
def test_a_value_that_is_no_number_is_unknown_whatever_its_quality(value: float) -> None:
    pump = Watched([rule("temp > 5 or temp < 0 or not temp == 1")])

    assert pump.says(0, temp=value) == []
