"""Which alarms are consequences of another, and for how long."""

from dataclasses import replace

import pytest

from plantroom.domain.alarm import TransitionKind
from plantroom.domain.names import SYSTEM_ASSET
from plantroom_testing.inhibition_plant import ASSETS, RULES, SETTLE, Plant, plant


@pytest.fixture
def building() -> Plant:
    return Plant()


def causes(building: Plant) -> dict[str, str]:
    """Return of each active alarm what it is a consequence of."""
    return {f"{asset} {rule}": cause for asset, rule, _, _, cause in building.active()}


def test_what_a_lost_panel_feeds_is_its_consequence(building: Plant) -> None:
    building.raises("PANEL", "dead", at=100)

    assert building.raises("PUMP", "no-flow", at=105) == [
        ("PUMP", "no-flow", "activated", 105, "PANEL dead 100")
    ]


def test_what_no_rule_may_hide_is_no_consequence(building: Plant) -> None:
    building.raises("PANEL", "dead", at=100)

    assert building.raises("PUMP", "flood", at=105) == [("PUMP", "flood", "activated", 105, "")]


def test_what_was_heard_seconds_before_its_root_is_suppressed_when_the_root_is_heard(building: Plant) -> None:
    building.raises("PUMP", "no-flow", at=98)

    assert building.raises("PANEL", "dead", at=100) == [
        ("PANEL", "dead", "activated", 100, ""),
        ("PUMP", "no-flow", "suppressed", 100, "PANEL dead 100"),
    ]


def test_what_was_active_long_before_the_root_is_no_consequence(building: Plant) -> None:
    building.raises("PUMP", "no-flow", at=30)

    assert building.raises("PANEL", "dead", at=100) == [("PANEL", "dead", "activated", 100, "")]
    assert causes(building)["PUMP no-flow"] == ""


def test_a_root_that_takes_long_to_be_sure_explains_what_came_while_it_was_coming(building: Plant) -> None:
    building.raises("PUMP", "no-flow", at=75)

    said = building.raises("PANEL", "slow", at=400)

    assert said[1:] == [("PUMP", "no-flow", "suppressed", 400, "PANEL slow 400")]


def test_what_had_begun_before_the_loss_and_is_only_sure_after_it_is_no_consequence(building: Plant) -> None:
    building.raises("PANEL", "dead", at=100)

    assert building.raises("PUMP", "worn", at=125) == [("PUMP", "worn", "activated", 125, "")]


def test_a_second_loss_of_the_same_asset_is_a_consequence_of_the_first(building: Plant) -> None:
    building.raises("PANEL", "dead", at=100)

    assert building.raises("PANEL", "slow", at=400) == [("PANEL", "slow", "activated", 400, "PANEL dead 100")]
    assert building.raises("PUMP", "no-flow", at=401)[0][-1] == "PANEL dead 100"


def test_nothing_is_said_before_what_was_said_of_the_same_alarm(building: Plant) -> None:
    building.raises("PUMP", "no-flow", at=98)
    building.says("PUMP", "no-flow", TransitionKind.UNKNOWN, at=103)

    said = building.raises("PANEL", "dead", at=100)

    assert said[1:] == [("PUMP", "no-flow", "suppressed", 103, "PANEL dead 100")]


def test_what_does_not_depend_on_the_lost_panel_is_no_consequence(building: Plant) -> None:
    building.raises("PANEL", "dead", at=100)

    assert building.raises("GEN", "no-flow", at=101) == [("GEN", "no-flow", "activated", 101, "")]
    assert building.raises("MAINS", "no-flow", at=101) == [("MAINS", "no-flow", "activated", 101, "")]


def test_an_alarm_that_inhibits_nothing_has_no_consequences(building: Plant) -> None:
    building.raises("PANEL", "no-flow", at=100)

    assert building.raises("PUMP", "no-flow", at=101) == [("PUMP", "no-flow", "activated", 101, "")]


def test_the_cause_is_always_the_topmost_root_in_whatever_order_they_are_heard(building: Plant) -> None:
    building.raises("PUMP", "no-flow", at=100)
    building.raises("PANEL", "dead", at=101)
    building.raises("MAINS", "dead", at=102)

    assert causes(building) == {
        "PUMP no-flow": "MAINS dead 102",
        "PANEL dead": "MAINS dead 102",
        "MAINS dead": "",
    }


def test_a_consequence_that_gets_another_root_is_told_again(building: Plant) -> None:
    building.raises("PUMP", "no-flow", at=100)
    building.raises("PANEL", "dead", at=101)

    assert building.raises("MAINS", "dead", at=102) == [
        ("MAINS", "dead", "activated", 102, ""),
        ("PANEL", "dead", "suppressed", 102, "MAINS dead 102"),
        ("PUMP", "no-flow", "suppressed", 102, "MAINS dead 102"),
    ]


def test_other_alarms_of_the_lost_panel_itself_are_its_consequences(building: Plant) -> None:
    building.raises("PANEL", "dead", at=100)

    assert building.raises("PANEL", "no-flow", at=101)[0][-1] == "PANEL dead 100"


def test_what_says_nothing_of_its_feed_is_fed_with_what_it_is_part_of(building: Plant) -> None:
    building.raises("MAINS", "dead", at=100)
    building.raises("PANEL", "dead", at=100)

    assert building.raises("METER", "no-flow", at=101)[0][-1] == "MAINS dead 100"


def test_with_one_of_two_feeders_lost_an_asset_is_not_lost(building: Plant) -> None:
    building.raises("PANEL", "dead", at=100)

    assert building.raises("SUMP", "no-flow", at=101) == [("SUMP", "no-flow", "activated", 101, "")]


def test_the_loss_of_an_asset_with_two_feeders_is_a_consequence_of_either(building: Plant) -> None:
    building.raises("PANEL", "dead", at=100)

    said = building.raises("EMERGENCY", "dead", at=101)

    assert said == [("EMERGENCY", "dead", "activated", 101, "PANEL dead 100")]
    assert building.raises("SUMP", "no-flow", at=102)[0][-1] == "PANEL dead 100"


def test_with_both_feeders_lost_an_asset_is_lost_though_it_says_nothing(building: Plant) -> None:
    building.raises("SUMP", "no-flow", at=101)
    building.raises("GEN", "dead", at=102)

    said = building.raises("PANEL", "dead", at=103)

    assert said[1:] == [("SUMP", "no-flow", "suppressed", 103, "PANEL dead 103")]


def test_a_loss_goes_through_assets_that_have_no_alarm_of_their_own(building: Plant) -> None:
    building.raises("EMERGENCY", "dead", at=100)

    assert building.raises("HEATER", "no-flow", at=101)[0][-1] == "EMERGENCY dead 100"


def test_while_the_stand_by_feeds_again_new_alarms_are_honest_once_all_has_settled(building: Plant) -> None:
    building.raises("PANEL", "dead", at=100)
    building.raises("EMERGENCY", "dead", at=101)
    building.ends("EMERGENCY", "dead", at=120)

    assert building.raises("SUMP", "no-flow", at=119 + SETTLE)[0][-1] == "PANEL dead 100"
    assert building.ticks(120 + SETTLE) == [("SUMP", "no-flow", "released", 120 + SETTLE, "")]
    assert building.raises("CABINET", "no-flow", at=121 + SETTLE)[0][-1] == ""


def test_what_is_about_life_is_never_suppressed(building: Plant) -> None:
    building.raises("PUMP", "trapped", at=99)
    building.raises("BELL", "no-flow", at=99)

    assert building.raises("PANEL", "dead", at=100) == [("PANEL", "dead", "activated", 100, "")]


def test_after_the_root_has_cleared_its_consequences_stay_until_all_has_settled(building: Plant) -> None:
    building.raises("PANEL", "dead", at=100)
    building.raises("PUMP", "no-flow", at=101)

    assert building.ends("PANEL", "dead", at=200) == [("PANEL", "dead", "cleared", 200, "")]
    assert building.ticks(199 + SETTLE) == []
    assert building.ticks(500 + SETTLE) == [("PUMP", "no-flow", "released", 200 + SETTLE, "")]
    assert causes(building) == {"PUMP no-flow": ""}


def test_what_comes_before_all_has_settled_is_born_suppressed(building: Plant) -> None:
    building.raises("PANEL", "dead", at=100)
    building.ends("PANEL", "dead", at=200)

    assert building.raises("PUMP", "no-flow", at=199 + SETTLE)[0][-1] == "PANEL dead 100"
    assert building.ends("PUMP", "no-flow", at=199.5 + SETTLE) == [
        ("PUMP", "no-flow", "cleared", 199.5 + SETTLE, "PANEL dead 100")
    ]


def test_the_time_to_settle_ends_before_what_comes_at_that_very_time(building: Plant) -> None:
    building.raises("PANEL", "dead", at=100)
    building.raises("PUMP", "no-flow", at=101)
    building.ends("PANEL", "dead", at=200)

    assert building.raises("CHILLER", "no-flow", at=200 + SETTLE) == [
        ("PUMP", "no-flow", "released", 200 + SETTLE, ""),
        ("CHILLER", "no-flow", "activated", 200 + SETTLE, ""),
    ]


def test_a_root_that_comes_back_meanwhile_is_the_same_root(building: Plant) -> None:
    building.raises("PANEL", "dead", at=100)
    building.raises("PUMP", "no-flow", at=101)
    building.ends("PANEL", "dead", at=200)

    assert building.raises("PANEL", "dead", at=300) == [("PANEL", "dead", "activated", 300, "")]
    assert building.ticks(250 + SETTLE) == []
    assert building.raises("CHILLER", "no-flow", at=301)[0][-1] == "PANEL dead 100"


def test_losses_that_followed_from_a_root_settle_with_it(building: Plant) -> None:
    building.raises("MAINS", "dead", at=100)
    building.raises("PANEL", "dead", at=101)
    building.raises("PUMP", "no-flow", at=102)
    building.ends("MAINS", "dead", at=200)
    building.ends("PANEL", "dead", at=260)

    assert building.ticks(200 + SETTLE) == [("PUMP", "no-flow", "released", 200 + SETTLE, "")]
    assert building.ticks(300 + SETTLE) == []


def test_a_loss_that_outlasts_its_root_becomes_one_itself(building: Plant) -> None:
    building.raises("MAINS", "dead", at=100)
    building.raises("PANEL", "dead", at=101)
    building.raises("PUMP", "no-flow", at=102)
    building.ends("MAINS", "dead", at=200)

    assert building.ticks(200 + SETTLE) == [
        ("PANEL", "dead", "released", 200 + SETTLE, ""),
        ("PUMP", "no-flow", "suppressed", 200 + SETTLE, "PANEL dead 101"),
    ]


def test_a_root_whose_rule_is_withdrawn_lets_its_consequences_go_at_once(building: Plant) -> None:
    building.raises("PANEL", "dead", at=100)
    building.raises("PUMP", "no-flow", at=101)

    assert building.ends("PANEL", "dead", at=150, kind=TransitionKind.WITHDRAWN) == [
        ("PANEL", "dead", "withdrawn", 150, ""),
        ("PUMP", "no-flow", "released", 150, ""),
    ]


def test_what_is_said_of_a_suppressed_alarm_says_that_it_is(building: Plant) -> None:
    building.raises("PANEL", "dead", at=100)
    building.raises("PUMP", "no-flow", at=101)

    assert building.says("PUMP", "no-flow", TransitionKind.UNKNOWN, at=130)[0][-1] == "PANEL dead 100"
    assert building.active()[1] == ("PUMP", "no-flow", "activated", 101, "PANEL dead 100")


def test_alarms_of_assets_that_no_file_knows_go_through(building: Plant) -> None:
    assert building.raises(SYSTEM_ASSET, "system-spool-full", at=1)[0][2:] == ("activated", 1, "")
    assert building.ends(SYSTEM_ASSET, "system-spool-full", at=2)[0][2:] == ("cleared", 2, "")


class TestSilence:
    def test_what_is_about_missing_readings_follows_from_the_asset_being_gone(self, building: Plant) -> None:
        building.raises("PUMP", "silent", at=50)

        said = building.raises("PUMP", "asset-offline", at=100)

        assert said[1:] == [("PUMP", "silent", "suppressed", 100, "PUMP asset-offline 100")]

    def test_what_is_about_missing_readings_follows_from_the_gateway_being_gone(
        self, building: Plant
    ) -> None:
        building.raises("GATEWAY", "asset-offline", at=100)

        assert building.raises("PUMP", "silent", at=150)[0][-1] == "GATEWAY asset-offline 100"
        assert building.raises("PUMP", "asset-offline", at=150)[0][-1] == "GATEWAY asset-offline 100"

    def test_what_readings_told_is_no_consequence_of_their_going_missing(self, building: Plant) -> None:
        building.raises("PUMP", "no-flow", at=99)

        assert building.raises("GATEWAY", "asset-offline", at=100)[1:] == []
        assert building.raises("SUMP", "no-flow", at=101)[0][-1] == ""

    def test_a_gateway_without_power_is_a_consequence_and_what_is_behind_it_too(
        self, building: Plant
    ) -> None:
        building.raises("EMERGENCY", "dead", at=100)

        assert building.raises("GATEWAY", "asset-offline", at=190)[0][-1] == "EMERGENCY dead 100"
        assert building.raises("PUMP", "silent", at=200)[0][-1] == "EMERGENCY dead 100"


class TestParts:
    def test_alarms_of_what_is_part_of_a_stopped_machine_are_its_consequences(self, building: Plant) -> None:
        building.raises("CHILLER", "stopped", at=100)

        assert building.raises("PUMP", "no-flow", at=101)[0][-1] == "CHILLER stopped 100"

    def test_other_alarms_of_the_stopped_machine_itself_are_not(self, building: Plant) -> None:
        building.raises("CHILLER", "stopped", at=100)

        assert building.raises("CHILLER", "no-flow", at=101)[0][-1] == ""


class TestDesign:
    """A rule's `suppress` is watched by a companion, whose transitions come first."""

    def test_an_alarm_is_born_suppressed_while_its_rule_says_so(self, building: Plant) -> None:
        assert building.raises("PUMP", "by-design~suppress", at=100) == []

        (born,) = building.stage.follow(
            [building.transition("PUMP", "by-design", TransitionKind.ACTIVATED, 101, activated_at=101)]
        )

        assert (born.suppressed, born.cause) == (True, "")
        assert born.reason == "suppressed by its rule: not running"

    def test_an_active_alarm_is_suppressed_and_released_as_its_rule_says(self, building: Plant) -> None:
        building.raises("PUMP", "by-design", at=100)

        assert building.raises("PUMP", "by-design~suppress", at=110) == [
            ("PUMP", "by-design", "suppressed", 110, "")
        ]
        assert building.ends("PUMP", "by-design~suppress", at=120) == [
            ("PUMP", "by-design", "released", 120, "")
        ]

    def test_while_it_cannot_be_told_what_was_stays(self, building: Plant) -> None:
        building.raises("PUMP", "by-design", at=100)
        building.raises("PUMP", "by-design~suppress", at=110)

        assert building.says("PUMP", "by-design~suppress", TransitionKind.UNKNOWN, at=115) == []
        assert building.says("PUMP", "by-design~suppress", TransitionKind.KNOWN, at=116) == []

    def test_the_rules_own_word_goes_before_what_follows_from_a_loss(self, building: Plant) -> None:
        building.raises("PANEL", "dead", at=100)
        building.raises("PUMP", "by-design~suppress", at=100)
        building.raises("PUMP", "by-design", at=101)

        assert building.ends("PUMP", "by-design~suppress", at=110) == [
            ("PUMP", "by-design", "suppressed", 110, "PANEL dead 100")
        ]

    def test_companions_are_not_sent_again(self, building: Plant) -> None:
        building.raises("PUMP", "by-design~suppress", at=100)

        assert building.active() == []


class TestCircles:
    """An incoming breaker is part of the panel that it feeds."""

    def test_assets_that_feed_each_other_lose_their_supply_and_get_it_back(self) -> None:
        breaker = replace(ASSETS[0], id="BREAKER", parent="PANEL")
        panel = replace(ASSETS[2], fed_by=("BREAKER",))
        building = Plant(plant([breaker, panel, replace(ASSETS[7], parent=None, gateway=None)]))
        building.raises("PANEL", "dead", at=100)
        building.raises("PUMP", "no-flow", at=101)

        building.ends("PANEL", "dead", at=150, kind=TransitionKind.WITHDRAWN)

        assert causes(building) == {"PUMP no-flow": ""}

    def test_of_losses_that_explain_each_other_the_first_is_the_root(self) -> None:
        breaker = replace(ASSETS[0], id="BREAKER", parent="PANEL")
        panel = replace(ASSETS[2], fed_by=("BREAKER",))
        building = Plant(plant([breaker, panel, replace(ASSETS[7], parent=None, gateway=None)]))
        building.raises("PANEL", "dead", at=101)
        building.raises("PUMP", "no-flow", at=102)

        building.raises("BREAKER", "dead", at=103)

        assert causes(building) == {
            "PANEL dead": "",
            "BREAKER dead": "PANEL dead 101",
            "PUMP no-flow": "PANEL dead 101",
        }


class TestRestart:
    def test_a_restart_says_nothing_and_forgets_nothing(self, building: Plant) -> None:
        building.raises("MAINS", "dead", at=100)
        building.raises("PANEL", "dead", at=101)
        building.raises("PUMP", "no-flow", at=102)
        building.ends("MAINS", "dead", at=200)

        assert building.restarts(at=300) == []
        assert building.raises("CHILLER", "no-flow", at=301)[0][-1] == "MAINS dead 100"
        assert building.ticks(200 + SETTLE)[0] == ("PANEL", "dead", "released", 200 + SETTLE, "")

    def test_a_checkpoint_from_before_there_was_suppression_is_looked_at_anew(self, building: Plant) -> None:
        building.raises("PANEL", "dead", at=100)
        building.raises("PUMP", "no-flow", at=101)

        assert building.restarts(at=300, keeps=False) == [
            ("PUMP", "no-flow", "suppressed", 300, "PANEL dead 100")
        ]

    def test_an_asset_that_is_fed_otherwise_now_is_released(self, building: Plant) -> None:
        building.raises("PANEL", "dead", at=100)
        building.raises("PUMP", "no-flow", at=101)
        assets = [replace(each, fed_by=("GEN",)) if each.id == "PUMP" else each for each in ASSETS]

        assert building.restarts(plant(assets), at=300) == [("PUMP", "no-flow", "released", 300, "")]

    def test_a_rule_that_no_longer_inhibits_lets_its_consequences_go(self, building: Plant) -> None:
        building.raises("PANEL", "dead", at=100)
        building.raises("PUMP", "no-flow", at=101)
        text = replace(building.open["PANEL", "dead"].text, inhibits=())
        building.open["PANEL", "dead"] = replace(building.open["PANEL", "dead"], text=text)
        rules = [replace(each, inhibits=()) if each.id == "dead" else each for each in RULES]

        assert building.restarts(plant(rules=rules), at=300) == [("PUMP", "no-flow", "released", 300, "")]

    def test_a_root_that_the_files_withdraw_lets_its_consequences_go(self, building: Plant) -> None:
        building.raises("PANEL", "dead", at=100)
        building.raises("PUMP", "no-flow", at=101)
        gone = replace(building.open.pop(("PANEL", "dead")), kind=TransitionKind.WITHDRAWN)

        assert building.restarts(told=[gone], at=300) == [
            ("PANEL", "dead", "withdrawn", 100, ""),
            ("PUMP", "no-flow", "released", 300, ""),
        ]

    def test_a_root_that_clears_upon_the_files_has_its_time_to_settle(self, building: Plant) -> None:
        building.raises("PANEL", "dead", at=100)
        building.raises("PUMP", "no-flow", at=101)
        over = replace(building.open.pop(("PANEL", "dead")), kind=TransitionKind.CLEARED, at=150_000)

        assert building.restarts(told=[over], at=300) == [("PANEL", "dead", "cleared", 150, "")]
        assert building.ticks(150 + SETTLE) == [("PUMP", "no-flow", "released", 150 + SETTLE, "")]

    def test_what_the_rule_itself_suppresses_stays_so(self, building: Plant) -> None:
        building.raises("PUMP", "by-design~suppress", at=100)
        building.raises("PUMP", "by-design", at=101)

        assert building.restarts(at=300) == []
        assert building.ends("PUMP", "by-design~suppress", at=310) == [
            ("PUMP", "by-design", "released", 310, "")
        ]

    def test_assets_that_are_gone_are_forgotten(self, building: Plant) -> None:
        building.raises("PUMP", "asset-offline", at=100)
        building.open.clear()

        assert building.restarts(plant([each for each in ASSETS if each.id != "PUMP"]), at=300) == []
