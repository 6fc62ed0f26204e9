import json
import math

import numpy as np
import pytest

from plantroom.domain.points import PointTable
from plantroom.domain.samples import Quality
from plantroom.domain.site import Site
from plantroom.ingest.dead_letters import LetterKind
from plantroom.ingest.intake import AHEAD, BEHIND, Intake
from plantroom.mqtt.message import Received
from plantroom_testing.telemetry import NOW, pump, small_table, status, telemetry

GOOD, LATE, HISTORICAL, CLOCK, RANGE, TYPE = (
    Quality.GOOD,
    Quality.LATE,
    Quality.HISTORICAL,
    Quality.CLOCK,
    Quality.RANGE,
    Quality.TYPE,
)


@pytest.fixture
def intake():
    return Intake(small_table())


def samples(taken):
    """Return `(asset, point, ts after NOW, value, quality)` of each sample."""
    keys, batch = small_table().keys, taken.batch
    columns = zip(batch.point, batch.ts, batch.value, batch.quality, strict=True)
    return [
        (*keys[point], int(ts) - NOW, None if math.isnan(value) else float(value), Quality(quality))
        for point, ts, value, quality in columns
    ]


def flow(value, at=0, *, arrived=0, asset="P-1", retain=False, **more):
    """Return a message with one value, measured `at` ms after NOW."""
    document = {"ts": NOW + at, "values": {"flow": value}, **more}
    return telemetry(document, asset=asset, arrived=NOW + arrived, retain=retain)


def undated(value, *, arrived=0, retain=False, asset="P-1", point="flow"):
    return telemetry({"values": {point: value}}, arrived=NOW + arrived, retain=retain, asset=asset)


def reasons(taken):
    return {(letter.reason, letter.count) for letter in taken.letters}


class TestValues:
    def test_the_message_of_the_contract_becomes_its_samples(self, intake):
        taken = intake.take(
            [telemetry({"ts": NOW, "values": {"flow": 12.3, "running": True, "mode": "auto"}})]
        )

        assert samples(taken) == [
            ("P-1", "flow", 0, 12.3, GOOD),
            ("P-1", "running", 0, 1.0, GOOD),
            ("P-1", "mode", 0, 1.0, GOOD),
        ]
        assert taken.letters == ()

    def test_samples_of_one_object_belong_together_and_know_when_they_arrived(self, intake):
        batch = [{"ts": NOW, "values": {"flow": 1, "level": 1}}, {"ts": NOW + 1, "values": {"flow": 2}}]

        taken = intake.take([telemetry(batch, arrived=NOW + 7), flow(3, asset="P-2", arrived=9)])

        assert taken.batch.message.tolist() == [0, 0, 1, 2]
        assert taken.batch.arrived.tolist() == [NOW + 7, NOW + 7, NOW + 7, NOW + 9]

    def test_ordinals_have_no_gaps_where_messages_came_to_nothing(self, intake):
        taken = intake.take([telemetry(b"?"), flow(1), flow(1), flow(2, 1)])

        assert taken.batch.message.tolist() == [0, 1]

    def test_good_values_of_a_message_are_kept_and_each_bad_one_is_a_letter(self, intake):
        values = {"flow": 999, "pressure": "abc", "level": None, "head": 1, "running": True}

        taken = intake.take([telemetry({"ts": NOW, "values": values})])

        assert samples(taken) == [
            ("P-1", "flow", 0, 999.0, RANGE),
            ("P-1", "pressure", 0, None, TYPE),
            ("P-1", "level", 0, None, TYPE),
            ("P-1", "running", 0, 1.0, GOOD),
        ]
        assert reasons(taken) == {
            ("flow: outside 0..500 m3/h", 1),
            ("pressure: expected a number, got text", 1),
            ("level: expected a number, got null", 1),
            ('unknown point "head"', 1),
        }
        for letter in taken.letters:
            assert letter.kind is LetterKind.VALUE
            assert letter.topic == "plantroom/v1/riverside/P-1/telemetry"
            assert json.loads(letter.excerpt)["values"]["flow"] == 999

    def test_nan_as_devices_write_it_is_not_a_number(self, intake):
        taken = intake.take([telemetry(b'{"values": {"flow": NaN, "level": 1e999, "pressure": 2}}')])

        assert [row[3:] for row in samples(taken)] == [
            (None, Quality.NOT_A_NUMBER),
            (None, Quality.NOT_A_NUMBER),
            (2.0, GOOD),
        ]
        assert len(taken.letters) == 2

    def test_a_storm_of_one_fault_is_one_letter_that_shows_the_last(self, intake):
        taken = intake.take([flow(1000 + number, number, arrived=number) for number in range(100)])

        (letter,) = taken.letters
        assert (letter.count, letter.first, letter.last) == (100, NOW, NOW + 99)
        assert json.loads(letter.excerpt) == {"ts": NOW + 99, "values": {"flow": 1099}}

    def test_of_a_large_payload_the_letter_shows_the_value_in_question(self, intake):
        readings = [{"ts": NOW + number, "values": {"flow": number}} for number in range(502)]
        readings.append({"ts": NOW + 600, "values": {"mode": "x" * 5000, "level": [1] * 999}})

        taken = intake.take([telemetry(readings)])

        shown = {
            letter.reason.split(":")[0]: json.loads(letter.excerpt)["values"] for letter in taken.letters
        }
        assert shown == {"flow": {"flow": 501.0}, "mode": {"mode": "x" * 100}, "level": {"level": "[...]"}}

    def test_counts_account_for_every_message_and_value(self, intake):
        messages = [
            flow(1),
            flow(1),
            telemetry({"values": {"flow": 2, "head": 1}}),
            status(b"online"),
            Received("plantroom/v1/riverside/$status", b"online", NOW),
            telemetry(b"?"),
        ]

        counts = intake.take(messages).counts

        assert (counts.messages, counts.ignored, counts.values, counts.duplicates) == (6, 1, 4, 1)


class TestTime:
    @pytest.mark.parametrize(
        ("at", "quality"),
        [(-BEHIND, GOOD), (-BEHIND - 1, CLOCK), (AHEAD, GOOD), (AHEAD + 1, CLOCK)],
    )
    def test_a_live_sample_too_far_from_its_arrival_is_the_clocks_fault(self, intake, at, quality):
        assert samples(intake.take([flow(1, at)])) == [("P-1", "flow", at, 1.0, quality)]

    def test_after_our_absence_the_past_may_be_longer_and_the_future_not(self, intake):
        taken = intake.take([flow(1, -BEHIND - 500), flow(2, -BEHIND - 501), flow(3, AHEAD + 1)], grace=500)

        assert [row[4] for row in samples(taken)] == [GOOD, CLOCK, CLOCK]

    def test_a_wrong_time_does_not_make_right_ones_late(self, intake):
        taken = intake.take([flow(1, 3_600_000), flow(2, 5)])

        assert [row[4] for row in samples(taken)] == [CLOCK, GOOD]

    def test_a_wrong_time_does_not_push_arrivals_into_the_future(self, intake):
        taken = intake.take([flow(1, 3_600_000), undated(2), flow(3, -3_600_000), undated(4)])

        assert [row[2:] for row in samples(taken)] == [
            (3_600_000, 1.0, CLOCK),
            (0, 2.0, GOOD),
            (-3_600_000, 3.0, CLOCK),
            (1, 4.0, GOOD),
        ]

    def test_a_sample_not_newer_than_the_last_of_its_point_is_late(self, intake):
        first = intake.take([flow(1, 10), flow(2, 9), flow(3, 10), flow(4, 5, asset="P-2")])
        second = intake.take([flow(5, 10), flow(6, 11)])

        assert [row[4] for row in samples(first)] == [GOOD, LATE, LATE, GOOD]
        assert [row[4] for row in samples(second)] == [LATE, GOOD]

    def test_a_bad_sample_counts_as_evaluated(self, intake):
        taken = intake.take([flow(999, 10), flow(1, 9)])

        assert [row[4] for row in samples(taken)] == [RANGE, LATE]

    def test_history_is_kept_and_moves_nothing(self, intake):
        taken = intake.take([flow(1, -86_400_000, historical=True), flow(2, 5, historical=True), flow(3, 4)])

        assert [row[4] for row in samples(taken)] == [HISTORICAL, HISTORICAL, GOOD]

    @pytest.mark.parametrize(
        "message",
        [
            pytest.param(flow(999, 5, historical=True), id="historical"),
            pytest.param(flow(999, -86_400_000), id="clock"),
            pytest.param(flow(999, 5), id="late"),
        ],
    )
    def test_a_bad_value_that_is_not_evaluated_is_a_letter_and_no_sample(self, intake, message):
        intake.take([flow(1, 10)])

        taken = intake.take([message])

        assert samples(taken) == []
        assert reasons(taken) == {("flow: outside 0..500 m3/h", 1)}

    def test_history_without_a_time_is_a_letter(self, intake):
        taken = intake.take([telemetry({"values": {"flow": 1}, "historical": True})])

        assert samples(taken) == []
        assert reasons(taken) == {("historical: history needs a ts", 1)}

    def test_without_a_time_of_its_own_a_sample_has_that_of_its_arrival_or_just_after_the_last(self, intake):
        taken = intake.take([undated(1), undated(2), undated(3, arrived=9), undated(4, asset="P-2")])
        later = intake.take([undated(5, arrived=9), flow(6, 15), undated(7, arrived=12)])

        assert [row[2] for row in samples(taken)] == [0, 1, 9, 0]
        assert [row[2] for row in samples(later)] == [10, 15, 16]
        assert {row[4] for row in samples(taken) + samples(later)} == {GOOD}

    def test_all_values_of_one_object_without_a_time_have_the_same(self, intake):
        intake.take([undated(1)])

        taken = intake.take([telemetry({"values": {"level": 2, "flow": 3}})])

        assert [row[2] for row in samples(taken)] == [1, 1]
        assert taken.batch.message.tolist() == [0, 0]

    @pytest.mark.parametrize("ts", [NOW - 86_400_000, 12, "no time", True, None, [1]], ids=repr)
    def test_where_arrival_is_the_time_the_devices_own_does_not_matter(self, intake, ts):
        taken = intake.take([telemetry({"ts": ts, "values": {"flow": 1}}, asset="P-3")])

        assert samples(taken) == [("P-3", "flow", 0, 1.0, GOOD)]
        assert taken.letters == ()

    def test_where_arrival_is_the_time_history_keeps_its_own(self, intake):
        taken = intake.take([flow(1, -86_400_000, asset="P-3", historical=True)])

        assert samples(taken) == [("P-3", "flow", -86_400_000, 1.0, HISTORICAL)]

    def test_a_clock_that_stays_wrong_is_reported(self, intake):
        reports = [
            intake.take([flow(1, at + 8 * 3_600_000, arrived=at)]).clocks for at in (0, 30_000, 60_000)
        ]

        assert reports[:2] == [(), ()]
        assert [(report.asset, report.offset) for report in reports[2]] == [("P-1", 8 * 3_600_000)]


class TestDuplicates:
    def test_the_same_again_is_dropped_and_counted(self, intake):
        first = intake.take([flow(1), flow(1)])
        second = intake.take([flow(1), flow(2, 5), flow(1)])

        assert samples(first) == [("P-1", "flow", 0, 1.0, GOOD)]
        assert samples(second) == [("P-1", "flow", 5, 2.0, GOOD)]
        assert (first.counts.duplicates, second.counts.duplicates) == (1, 2)

    def test_another_value_for_the_same_time_is_kept_and_what_was_last_said_counts(self, intake):
        taken = intake.take([flow(1), flow(2), flow(2), flow(1)])

        assert [row[3:] for row in samples(taken)] == [(1.0, GOOD), (2.0, LATE), (1.0, LATE)]

    def test_a_bad_value_that_comes_twice_is_one_letter(self, intake):
        intake.take([flow("abc"), flow(999, 1)])

        taken = intake.take([flow("abc"), flow(999, 1)])

        assert taken.counts.duplicates == 2
        assert taken.letters == ()

    @pytest.mark.parametrize("together", [True, False], ids=["in one batch", "one by one"])
    def test_a_bad_value_that_was_not_kept_does_not_hide_what_was_said_before(self, intake, together):
        messages = [flow(1), flow("abc"), flow(1)]

        taken = [intake.take(part) for part in ([messages] if together else [[item] for item in messages])]

        assert [sample for part in taken for sample in samples(part)] == [("P-1", "flow", 0, 1.0, GOOD)]
        assert sum(part.counts.duplicates for part in taken) == 1

    def test_what_comes_again_hours_later_is_still_the_same(self, intake):
        intake.take([flow(1)])

        taken = intake.take([flow(1, arrived=7_200_000)])

        assert samples(taken) == []

    def test_values_without_their_own_time_are_never_the_same(self, intake):
        taken = intake.take([undated(1), undated(1)])

        assert len(taken.batch) == 2


class TestRetained:
    def test_a_retained_value_without_a_time_is_last_known_only(self, intake):
        taken = intake.take([undated(1, retain=True), undated(999, retain=True), undated(2)])

        assert samples(taken) == [("P-1", "flow", 0, 2.0, GOOD)]
        known = taken.last_known
        assert (known.point.tolist(), known.value.tolist(), known.arrived.tolist()) == ([0], [1.0], [NOW])
        assert reasons(taken) == {("flow: outside 0..500 m3/h", 1)}

    def test_a_retained_value_with_a_time_is_like_any_other(self, intake):
        assert samples(intake.take([flow(1, 5, retain=True)])) == [("P-1", "flow", 5, 1.0, GOOD)]

    def test_where_arrival_is_the_time_a_retained_value_has_none(self, intake):
        taken = intake.take([flow(1, 5, asset="P-3", retain=True)])

        assert samples(taken) == []
        assert len(taken.last_known.point) == 1


class TestOtherTopics:
    @pytest.mark.parametrize(
        ("payload", "online"),
        [(b"online", True), (b"offline", False), (b" Online\n", True), (b"OFFLINE", False)],
    )
    def test_an_asset_says_whether_it_is_online(self, intake, payload, online):
        taken = intake.take([status(payload, asset="P-2", retain=True)])

        (said,) = taken.statuses
        assert (said.asset, said.online, said.arrived, said.retained) == ("P-2", online, NOW, True)
        assert taken.letters == ()

    @pytest.mark.parametrize("payload", [b"", b"on", b"\xff", b'{"state": "online"}'])
    def test_any_other_status_is_a_letter(self, intake, payload):
        taken = intake.take([status(payload)])

        assert taken.statuses == ()
        assert reasons(taken) == {("expected online or offline", 1)}

    def test_an_unknown_device_is_a_letter_of_its_own_kind(self, intake):
        taken = intake.take([flow(1, asset="P-9"), flow(2, asset="P-9", arrived=5)])

        (letter,) = taken.letters
        assert letter.kind is LetterKind.UNKNOWN_DEVICE
        assert (letter.topic, letter.count) == ("plantroom/v1/riverside/P-9/telemetry", 2)
        assert json.loads(letter.excerpt)["values"] == {"flow": 2}

    def test_a_known_asset_under_another_site_is_unknown(self, intake):
        taken = intake.take([telemetry({"values": {"flow": 1}}, site="hilltop")])

        assert samples(taken) == []
        assert [letter.kind for letter in taken.letters] == [LetterKind.UNKNOWN_DEVICE]

    def test_a_topic_outside_the_contract_is_a_letter_and_our_own_are_not(self, intake):
        ours = ["plantroom/v1/riverside/$status", "plantroom/v1/riverside/P-1/alarms/dry-running"]

        taken = intake.take([Received(topic, b"{}", NOW) for topic in ["some/where", *ours]])

        assert [(letter.topic, letter.kind) for letter in taken.letters] == [("some/where", LetterKind.TOPIC)]
        assert taken.counts.ignored == 2


class TestUnreadable:
    @pytest.mark.parametrize(
        ("payload", "reason"),
        [
            pytest.param(b"", "payload is empty", id="empty"),
            pytest.param(b"\x00\xff" * 500_000, "payload is not UTF-8", id="a megabyte of garbage"),
            pytest.param(b"[" * 1_000_000, "payload is nested too deeply", id="recursion bomb"),
            pytest.param(
                b"[]", "expected an object or an array of objects, got an empty array", id="no readings"
            ),
            pytest.param(b'{"values": {}}', "values: empty", id="no values"),
            pytest.param(
                b'{"ts": "soon", "values": {"flow": 1}}',
                "ts: expected integer milliseconds or RFC 3339 text with an offset",
                id="no time",
            ),
        ],
    )
    def test_it_is_a_letter_and_changes_nothing_about_the_others(self, intake, payload, reason):
        taken = intake.take([flow(1), telemetry(payload), flow(2, 1)])

        assert samples(taken) == [("P-1", "flow", 0, 1.0, GOOD), ("P-1", "flow", 1, 2.0, GOOD)]
        (letter,) = taken.letters
        assert (letter.kind, letter.reason, letter.count) == (LetterKind.MESSAGE, reason, 1)

    def test_the_good_readings_of_an_array_are_taken_once_and_each_bad_one_is_counted(self, intake):
        readings = [
            {"ts": NOW, "values": {"flow": 1}},
            {"ts": "soon", "values": {"flow": 2}},
            {"ts": "2025-11-21T18:33:21Z", "values": {"flow": 3}},
            {"values": {}},
            {"ts": "late", "values": {"flow": 4}},
        ]

        taken = intake.take([telemetry(readings)])

        assert samples(taken) == [("P-1", "flow", 0, 1.0, GOOD), ("P-1", "flow", 1000, 3.0, GOOD)]
        assert {count for _, count in reasons(taken)} == {1, 2}

    def test_a_megabyte_of_unknown_points_makes_few_letters(self, intake):
        values = {f"p{number}": number for number in range(60_000)}

        taken = intake.take([telemetry({"values": {**values, "flow": 1}})])

        assert [row[1] for row in samples(taken)] == ["flow"]
        assert len(taken.letters) <= 50
        assert sum(letter.count for letter in taken.letters) == 60_000

    def test_names_that_are_no_text_do_not_get_out(self, intake):
        taken = intake.take([telemetry(b'{"values": {"\\ud800\\u0000": 1, "flow": 1}}')])

        assert len(taken.batch) == 1
        assert taken.letters[0].reason == 'unknown point "\ufffd\ufffd"'


class TestRestart:
    def test_what_comes_again_after_a_restart_is_dropped_and_not_late(self):
        before, after = Intake(small_table()), Intake(small_table())
        before.take(
            [flow(1), telemetry({"ts": NOW, "values": {"running": True}}, asset="P-4", site="hilltop")]
        )
        after.restore(before.snapshot())
        after.recall(before.take([flow(2, 10)]).batch)

        again = after.take([flow(1), flow(2, 10), flow(3, 20), flow(4, 15)])

        assert [row[2:] for row in samples(again)] == [(20, 3.0, GOOD), (15, 4.0, LATE)]
        assert again.counts.duplicates == 2

    def test_another_site_file_numbers_anew(self):
        before = Intake(small_table())
        before.take([flow(1, 10), flow(2, 10, asset="P-2")])
        table = PointTable((Site(id="riverside", assets=(pump("P-0"), pump("P-2"))),))
        after = Intake(table)

        after.restore(before.snapshot())
        taken = after.take([flow(2, 10, asset="P-2"), flow(3, 9, asset="P-2"), flow(4, 1, asset="P-0")])

        assert taken.counts.duplicates == 1
        assert taken.batch.quality.tolist() == [LATE, GOOD]

    def test_a_snapshot_is_plain_arrays(self, intake):
        intake.take([flow(1), flow(1, 86_400_000)])

        for array in intake.snapshot().values():
            assert isinstance(array, np.ndarray)
            assert array.dtype.kind in "iuf"

    def test_a_snapshot_does_not_change_afterwards(self, intake):
        intake.take([flow(1)])
        snapshot = intake.snapshot()
        copy = {name: array.copy() for name, array in snapshot.items()}

        intake.take([flow(2, 5)])

        for name, array in copy.items():
            np.testing.assert_array_equal(array, snapshot[name])

    def test_nothing_can_be_remembered_too(self):
        empty = Intake(PointTable(()))
        other = Intake(PointTable(()))

        other.restore(empty.snapshot())

        assert len(other.take([flow(1)]).letters) == 1
