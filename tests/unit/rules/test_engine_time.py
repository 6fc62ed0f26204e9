"""An asset's clock, ticks, and samples that come out of order (contract 4.6)."""

from plantroom.domain.samples import Quality, SampleBatch
from plantroom.rules.engine import Engine
from plantroom_testing.rule_plant import Message, Watched, batch, installation, rule, site, told

HOT = rule("temp > 5")


def test_time_goes_on_by_ticks_when_nothing_comes() -> None:
    pump = Watched([rule("temp > 5", hold=20)])
    pump.says(0, temp=6)

    assert pump.tick(19.999) == []
    assert pump.tick(20) == [("activated", 20)]


def test_a_transition_carries_its_deadline_not_the_tick() -> None:
    pump = Watched([rule("temp > 5", hold=20)])
    pump.says(0, temp=6)

    assert pump.tick(29) == [("activated", 20)]


def test_a_tick_counts_from_the_arrival_of_the_newest_sample() -> None:
    pump = Watched([rule("temp > 5", hold=20)])
    pump.report(Message("P-1", 0, {"temp": 6}, arrived=100))

    assert pump.tick(119) == []
    assert pump.tick(120) == [("activated", 20)]


def test_an_older_sample_does_not_set_the_clock() -> None:
    pump = Watched([rule("temp > 5", hold=20)])
    pump.report(Message("P-1", 10, {"temp": 6}, arrived=10), Message("P-1", 5, {"supply": 6}, arrived=25))

    assert pump.tick(29) == []
    assert pump.tick(30) == [("activated", 30)]


def test_of_two_samples_of_one_time_the_first_sets_the_clock() -> None:
    pump = Watched([rule("temp > 5", hold=20)])
    pump.report(Message("P-1", 0, {"temp": 6}, arrived=10), Message("P-1", 0, {"supply": 6}, arrived=20))
    pump.report(Message("P-1", 0, {"running": 1}, arrived=20))

    assert pump.tick(30) == [("activated", 20)]


def test_a_bad_sample_sets_the_clock_too() -> None:
    pump = Watched([rule("temp > 5", hold=20)])
    pump.says(0, temp=6)

    assert pump.says(25, supply=(0, Quality.RANGE)) == [("activated", 20)]


def test_a_sample_of_a_point_that_no_rule_needs_sets_the_clock_too() -> None:
    pump = Watched([rule("temp > 5", hold=20)])
    pump.says(0, temp=6)

    assert pump.says(25, unwatched=1) == [("activated", 20)]


def test_a_tick_before_anything_came_tells_nothing() -> None:
    assert Watched([HOT]).tick(1_000_000) == []


def test_a_tick_of_a_clock_that_was_set_back_tells_nothing() -> None:
    pump = Watched([rule("temp > 5", hold=20)])
    pump.says(1000, temp=6)

    assert pump.tick(10) == []
    assert pump.tick(1020) == [("activated", 1020)]


def test_an_onset_is_the_samples_time_not_the_ticks() -> None:
    pump = Watched([HOT])
    pump.says(0, temp=1)
    pump.tick(25)

    assert pump.says(20, temp=6) == [("activated", 20)]


def test_nothing_happens_before_what_has_happened_already() -> None:
    pump = Watched([HOT, rule("supply > 5", name="s")])
    pump.says(0, temp=6, supply=1)
    assert pump.tick(40) == [("unknown", 30)]

    assert pump.says(25, supply=6) == [("activated", 30)]


def test_a_sample_not_newer_than_the_last_of_its_point_is_ignored() -> None:
    pump = Watched([HOT])
    pump.says(10, temp=1)

    assert pump.says(10, temp=6) == []
    assert pump.says(5, temp=6) == []
    assert pump.says(11, temp=6) == [("activated", 11)]


def test_a_late_sample_is_ignored_within_a_batch_as_well() -> None:
    pump = Watched([HOT])

    said = pump.report(
        Message("P-1", 10, {"temp": 1}),
        Message("P-1", 2, {"temp": 6}),
        Message("P-1", 4, {"temp": 6}),
        Message("P-1", 11, {"temp": 2}),
        Message("P-1", 10.5, {"temp": 6}),
    )

    assert told(said) == []


def test_a_good_sample_not_newer_than_a_bad_one_is_ignored() -> None:
    pump = Watched([HOT])
    pump.says(10, temp=(0, Quality.RANGE))

    assert pump.says(9, temp=6) == []


def test_a_point_may_lag_behind_another_of_its_asset() -> None:
    pump = Watched([rule("temp > 5 and running")])
    pump.says(10, temp=6)

    assert pump.says(8, running=1) == [("activated", 10)]


def test_two_deadlines_passed_by_one_tick_come_in_order_of_time() -> None:
    pump = Watched([rule("temp > 5", name="slow", hold=20), rule("temp > 4", name="quick", hold=10)])
    pump.says(0, temp=6)

    said = pump.engine.observe(SampleBatch.empty(), 25_000)

    assert [(one.rule, one.at) for one in said] == [("quick", 10_000), ("slow", 20_000)]


def test_a_backlog_of_one_asset_tells_the_whole_story() -> None:
    pump = Watched([rule("temp > 5", hold=20, keep=5)])
    story = [(0, 6), (10, 6), (21, 6), (30, 1), (36, 1), (100, 6), (125, 6), (126, 1), (200, 1)]

    said = pump.report(*(Message("P-1", ts, {"temp": temp}) for ts, temp in story))

    assert told(said) == [("activated", 20), ("cleared", 35), ("activated", 120), ("cleared", 131)]


def test_an_hour_of_silence_is_told_in_order() -> None:
    pump = Watched([rule("temp > 5 or supply > 5", keep=5), rule("temp > 5", name="t")])
    pump.says(0, temp=6, supply=1)

    said = pump.engine.observe(SampleBatch.empty(), 3_600_000)

    assert [(one.rule, one.kind.value, one.at) for one in said] == [
        ("r", "unknown", 30_000),
        ("t", "unknown", 30_000),
    ]


def test_what_a_deadline_did_is_not_undone_by_an_older_sample() -> None:
    pump = Watched([rule("temp > 5", hold=20)])
    pump.says(0, temp=6)
    assert pump.tick(25) == [("activated", 20)]

    assert pump.says(15, temp=1) == [("cleared", 20)]


def test_the_value_is_the_one_held_at_the_deadline() -> None:
    pump = Watched([rule("temp > 5", hold=20)])
    story = [(0, 6), (15, 7), (25, 8), (30, 1)]

    said = pump.report(*(Message("P-1", ts, {"temp": temp}) for ts, temp in story))

    assert [(one.kind.value, one.value) for one in said] == [("activated", 7), ("cleared", 1)]


def test_a_deadline_stands_with_the_message_that_passed_it() -> None:
    plant = installation(rule("temp > 5", hold=20), sites=[site(assets={"P-1": "pump", "P-2": "pump"})])
    engine = Engine(plant)
    messages = [
        Message("P-1", 0, {"temp": 6}),
        Message("P-2", 0, {"temp": 6}),
        Message("P-1", 25, {"temp": 6}),
        Message("P-2", 26, {"temp": 6}),
        Message("P-1", 30, {"temp": 1}),
    ]

    said = engine.observe(batch(plant.table, messages), 0)

    assert [(one.asset, one.kind.value) for one in said] == [
        ("P-1", "activated"),
        ("P-2", "activated"),
        ("P-1", "cleared"),
    ]


def test_a_deadline_comes_before_what_a_sample_of_its_time_brings_about() -> None:
    pump = Watched([rule("running", name="first"), rule("temp > 5", name="second", hold=20)])
    pump.says(0, temp=6, running=0)

    said = pump.report(Message("P-1", 20, {"running": 1}))

    assert [(one.rule, one.at) for one in said] == [("second", 20_000), ("first", 20_000)]
