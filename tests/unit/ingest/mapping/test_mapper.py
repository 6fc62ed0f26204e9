"""Messages read by mappings."""

from pathlib import Path

import pytest

from plantroom.domain.samples import Quality
from plantroom.ingest.dead_letters import LetterKind
from plantroom.ingest.intake import Intake
from plantroom_testing.mappings import mapped_table, message, reasons_of, take, values_of
from plantroom_testing.telemetry import NOW, telemetry

METER = """
- name: m
  topic: gw/{asset}
  points:
    flow: values.flow
    running: {path: state, values: {ON: true, OFF: false, 2: true}}
    pressure: {path: p, scale: 0.01, offset: -1}
"""


def test_every_point_of_a_message_is_read(tmp_path: Path) -> None:
    table = mapped_table(tmp_path, METER)

    values, reasons = take(table, "gw/P-1", '{"values": {"flow": 3}, "state": "ON", "p": 350}')

    assert values == {"P-1/flow": 3, "P-1/running": 1, "P-1/pressure": 2.5}
    assert reasons == []


def test_what_a_message_does_not_say_is_no_mistake_unless_required(tmp_path: Path) -> None:
    table = mapped_table(tmp_path, METER + "    current: {path: amps, required: true}\n")

    values, reasons = take(table, "gw/P-1", '{"values": {"flow": 3}, "state": null}')

    assert values == {"P-1/flow": 3}
    assert reasons == ["mapping m: current: nothing at amps"]


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ("", "payload is empty"),
        ("{", "payload is not JSON"),
        (b"\xff", "payload is not UTF-8"),
        ("[" * 100_000, "payload is nested too deeply"),
        ("{}", "no point found: nothing at values.flow, state, p"),
        ("7", "no point found: nothing at values.flow, state, p"),
    ],
)
def test_a_message_that_says_nothing_is_a_letter_that_names_the_mapping(
    tmp_path: Path, payload: str | bytes, reason: str
) -> None:
    table = mapped_table(tmp_path, METER)

    taken = Intake(table).take([message("gw/P-1", payload)])

    assert [(letter.kind, letter.topic, letter.reason, letter.mapping) for letter in taken.letters] == [
        (LetterKind.MESSAGE, "gw/P-1", f"mapping m: {reason}", "m")
    ]
    assert len(taken.batch) == 0


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ('"state": "AUTO"', "running: expected one of ON, OFF, 2, got another value"),
        ('"state": []', "running: expected one of ON, OFF, 2, got another value"),
        ('"values": {"flow": "fast"}', "flow: expected a number, got text"),
        ('"values": {"flow": true}', "flow: expected a number, got boolean"),
        ('"values": {"flow": [1]}', "flow: expected a number, got array"),
        ('"values": {"flow": NaN}', "flow: not a number (NaN, infinite or too great)"),
        ('"values": {"flow": 1e999}', "flow: not a number (NaN, infinite or too great)"),
        ('"values": {"flow": 1' + "0" * 400 + "}", "flow: not a number (NaN, infinite or too great)"),
        ('"values": {"flow": -999999}', "flow: outside 0..10000 m3/h"),
    ],
)
def test_a_bad_value_is_a_letter_and_the_good_ones_are_kept(tmp_path: Path, values: str, reason: str) -> None:
    table = mapped_table(tmp_path, METER)

    taken = Intake(table).take([message("gw/P-1", f'{{"p": 400, {values}}}')])

    assert values_of(table, taken) == {"P-1/pressure": 3}
    assert len(taken.batch) == 2
    [letter] = taken.letters
    assert letter.reason.startswith(f"mapping m: {reason.partition('outside')[0]}")
    assert (letter.kind, letter.topic, letter.mapping) == (LetterKind.VALUE, "gw/P-1", "m")


def test_letters_of_one_point_from_two_topics_are_kept_apart(tmp_path: Path) -> None:
    table = mapped_table(tmp_path, '- {name: m, topic: "gw/{line}", asset: P-1, points: {flow: flow}}')

    taken = Intake(table).take(
        [
            message("gw/a", '{"flow": "x"}'),
            message("gw/b", '{"flow": "y"}'),
            telemetry({"values": {"flow": "z"}}),
        ]
    )

    found = {(letter.topic, letter.reason) for letter in taken.letters}
    assert found == {
        ("gw/a", "mapping m: flow: expected a number, got text"),
        ("gw/b", "mapping m: flow: expected a number, got text"),
        ("plantroom/v1/riverside/P-1/telemetry", "flow: expected a number, got text"),
    }


@pytest.mark.parametrize(
    ("time", "written", "ts"),
    [
        ("ts", "1763749999000", NOW - 1000),
        ("ts", '"2025-11-22T02:33:19+08:00"', NOW - 1000),
        ("{path: ts, format: ms}", '"1763749999000"', NOW - 1000),
        ("{path: ts, format: s}", "1763749999.49", NOW - 510),
        ("{path: ts, format: rfc3339}", '"2025-11-21T18:33:19.250Z"', NOW - 750),
        ('{path: ts, format: "%Y-%m-%d %H:%M:%S"}', '"2025-11-22 02:33:19"', NOW - 1000),
        ('{path: ts, format: "%d.%m.%y %H:%M", timezone: Europe/Berlin}', '"21.11.25 19:33"', NOW - 20_000),
        ('{path: ts, format: "%Y-%m-%dT%H:%M:%S%z"}', '"2025-11-21T10:33:19-0800"', NOW - 1000),
        ("{path: ts, missing: arrival}", "null", NOW),
    ],
)
def test_the_time_is_read_as_it_is_written(tmp_path: Path, time: str, written: str, ts: int) -> None:
    table = mapped_table(tmp_path, f"- {{name: m, topic: a, asset: P-1, time: {time}, points: {{flow: f}}}}")

    taken = Intake(table).take([message("a", f'{{"ts": {written}, "f": 1}}')])

    assert reasons_of(taken) == []
    assert taken.batch.ts.tolist() == [ts]
    assert taken.batch.quality.tolist() == [Quality.GOOD]


@pytest.mark.parametrize(
    ("time", "written", "reason"),
    [
        ("ts", "null", "time: nothing at ts"),
        ("ts", '"yesterday"', "ts: expected integer milliseconds or RFC 3339 text with an offset"),
        (
            "{path: ts, format: ms}",
            "1763749999",
            "ts: before the year 2000 (seconds instead of milliseconds?)",
        ),
        ("{path: ts, format: s}", "1763749999000", "ts: after the year 2099 (not milliseconds?)"),
        ("{path: ts, format: s}", "true", "time: expected a number"),
        ("{path: ts, format: s}", "1e400", "time: expected a number"),
        ("{path: ts, format: rfc3339}", "1763749999000", "time: expected RFC 3339 text with an offset"),
        ('{path: ts, format: "%Y-%m-%d"}', '"21.11.2025"', "time: expected text as %Y-%m-%d"),
        ('{path: ts, format: "%Y-%m-%d"}', "20251121", "time: expected text as %Y-%m-%d"),
        ("{path: sum(ts)}", "1", "time: sum(ts) does not fit the payload"),
    ],
)
def test_a_time_that_cannot_be_read_is_told(tmp_path: Path, time: str, written: str, reason: str) -> None:
    table = mapped_table(tmp_path, f"- {{name: m, topic: a, asset: P-1, time: {time}, points: {{flow: f}}}}")

    assert take(table, "a", f'{{"ts": {written}, "f": 1}}') == ({}, [f"mapping m: {reason}"])


@pytest.mark.parametrize("asset", ["P-1", "P-2"])
def test_arrival_is_the_time_where_the_mapping_or_the_asset_says_so(tmp_path: Path, asset: str) -> None:
    clock = "clock: arrival, " if asset == "P-1" else ""
    table = mapped_table(
        tmp_path, f"- {{name: m, topic: a, asset: {asset}, {clock}time: ts, points: {{flow: f}}}}"
    )

    taken = Intake(table).take([message("a", '{"ts": 5, "f": 1}')])

    assert taken.batch.ts.tolist() == [NOW]


def test_each_element_of_an_array_is_a_reading(tmp_path: Path) -> None:
    table = mapped_table(
        tmp_path, "- {name: m, topic: a, asset: P-1, each: data, time: t, points: {flow: v, current: i}}"
    )
    elements = ", ".join(f'{{"t": {NOW - 3000 + step * 1000}, "v": {step}}}' for step in range(3))

    taken = Intake(table).take([message("a", f'{{"data": [{elements}, {{"t": "?", "v": 9}}, 4]}}')])

    assert taken.batch.value.tolist() == [0, 1, 2]
    assert taken.batch.ts.tolist() == [NOW - 3000, NOW - 2000, NOW - 1000]
    assert taken.batch.message.tolist() == [0, 1, 2]
    assert reasons_of(taken) == [
        "mapping m: ts: expected integer milliseconds or RFC 3339 text with an offset",
        "mapping m: time: nothing at t",
    ]


@pytest.mark.parametrize("data", ["null", "[]", "{}", "5"])
def test_an_array_that_is_none_is_told(tmp_path: Path, data: str) -> None:
    table = mapped_table(tmp_path, "- {name: m, topic: a, asset: P-1, each: data, points: {flow: v}}")

    assert take(table, "a", f'{{"data": {data}}}') == (
        {},
        ["mapping m: each: expected an array with elements at data"],
    )


def test_the_asset_is_made_of_captures_and_may_have_another_name(tmp_path: Path) -> None:
    table = mapped_table(
        tmp_path,
        """
- name: m
  topic: "{kind}/{number}"
  asset: "{kind}-{number}"
  assets: {pumpe-zwei: P-2}
  points: {flow: "@"}
""",
    )

    assert take(table, "P/1", "5")[0] == {"P-1/flow": 5}
    assert take(table, "pumpe/zwei", "6")[0] == {"P-2/flow": 6}


def test_an_asset_that_the_site_has_not_is_an_unknown_device(tmp_path: Path) -> None:
    table = mapped_table(tmp_path, METER)

    taken = Intake(table).take([message("gw/P-9", "{}")])

    [letter] = taken.letters
    assert (letter.is_unknown_device, letter.reason) == (True, "mapping m: unknown asset 'P-9'")


def test_unknown_assets_and_what_when_leaves_out_are_passed_over_and_counted(tmp_path: Path) -> None:
    table = mapped_table(
        tmp_path,
        '- {name: m, topic: "gw/{asset}", unknown_assets: ignore, when: "type == `1`", points: {flow: f}}',
    )

    taken = Intake(table).take(
        [
            message("gw/P-9", '{"type": 1, "f": 1}'),
            message("gw/P-1", '{"type": 2, "f": 2}'),
            message("gw/P-1", '{"type": 1, "f": 3}'),
        ]
    )

    assert taken.batch.value.tolist() == [3]
    assert taken.letters == ()
    count = taken.counts.mapped["m"]
    assert (count.messages, count.values, count.skipped, count.last) == (3, 1, 2, NOW)


def test_keys_of_a_payload_can_name_the_assets(tmp_path: Path) -> None:
    table = mapped_table(
        tmp_path, "- {name: m, topic: a, keyed_by: asset, assets: {one: P-1}, points: {flow: f}}"
    )

    values, reasons = take(table, "a", '{"one": {"f": 1}, "P-2": {"f": 2}, "x": {"f": 3}, "P-1": {}}')

    assert values == {"P-1/flow": 1, "P-2/flow": 2}
    assert reasons == ["mapping m: unknown asset 'x'", "mapping m: no point found: nothing at f"]
    assert take(table, "a", "[1]")[1] == ["mapping m: expected an object whose keys are asset"]


def test_a_topic_can_name_any_point_of_an_asset(tmp_path: Path) -> None:
    table = mapped_table(tmp_path, '- {name: m, topic: "v/{asset}/{point}", payload: text}')

    assert take(table, "v/P-1/flow", "12.5") == ({"P-1/flow": 12.5}, [])
    assert take(table, "v/P-1/mode", " hand ")[0] == {"P-1/mode": 2}
    assert take(table, "v/P-1/running", "TRUE")[0] == {"P-1/running": 1}
    assert take(table, "v/P-1/nonsense", "1") == ({}, ['mapping m: unknown point "nonsense"'])
    assert take(table, "v/P-1/flow", "") == ({}, ["mapping m: payload is empty"])
    assert take(table, "v/P-1/flow", b"\xff") == ({}, ["mapping m: payload is not UTF-8"])


def test_several_mappings_of_one_topic_each_read_it_and_one_failing_disturbs_no_other(tmp_path: Path) -> None:
    table = mapped_table(
        tmp_path,
        """
- {name: first, topic: a/b, asset: P-1, points: {flow: f}}
- {name: second, topic: "a/{x}", asset: P-1, when: "sum(f)", points: {current: c}}
- {name: third, topic: "a/#", asset: P-2, points: {flow: f}}
- {name: other, topic: b/b, asset: P-2, points: {flow: f}}
""",
    )

    taken = Intake(table).take([message("a/b", '{"f": 1, "c": 2}')])

    assert values_of(table, taken) == {"P-1/flow": 1, "P-2/flow": 1}
    assert reasons_of(taken) == ["mapping second: when: sum(f) does not fit the payload"]
    assert list(taken.counts.mapped) == ["first", "second", "third"]


def test_of_two_mappings_that_give_the_same_point_and_time_the_later_wins(tmp_path: Path) -> None:
    table = mapped_table(
        tmp_path,
        """
- {name: first, topic: a, asset: P-1, time: t, points: {flow: f}}
- {name: second, topic: a, asset: P-1, time: t, points: {flow: g}}
""",
    )

    taken = Intake(table).take([message("a", f'{{"t": {NOW}, "f": 1, "g": 2}}')])

    assert list(zip(taken.batch.ts.tolist(), taken.batch.value.tolist(), strict=True)) == [(NOW, 1), (NOW, 2)]


def test_a_point_that_only_some_assets_have_is_read_of_those(tmp_path: Path) -> None:
    table = mapped_table(tmp_path, '- {name: m, topic: "gw/{asset}", points: {flow: f, torque: p}}')

    assert take(table, "gw/P-1", '{"f": 1, "p": 2}')[0] == {"P-1/flow": 1, "P-1/torque": 2}
    assert take(table, "gw/P-2", '{"f": 1, "p": 2}')[0] == {"P-2/flow": 1}


def test_a_retained_value_without_a_time_is_last_known_only(tmp_path: Path) -> None:
    table = mapped_table(tmp_path, '- {name: m, topic: "v/{asset}/{point}", payload: text}')

    taken = Intake(table).take([message("v/P-1/flow", "7", retain=True)])

    assert len(taken.batch) == 0
    assert taken.last_known.value.tolist() == [7]


def test_a_mapped_message_that_comes_twice_is_taken_once(tmp_path: Path) -> None:
    table = mapped_table(tmp_path, "- {name: m, topic: a, asset: P-1, time: t, points: {flow: f}}")
    once = message("a", f'{{"t": {NOW}, "f": 1}}')

    taken = Intake(table).take([once, once])

    assert (len(taken.batch), taken.counts.duplicates) == (1, 1)
