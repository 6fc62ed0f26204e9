"""However messages are split, and whenever the pipeline restarts, the samples are those of one at a time."""

import json
import math
from collections import OrderedDict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from plantroom.domain.samples import Quality, SampleBatch, concatenate
from plantroom.ingest.dead_letters import DeadLetters
from plantroom.ingest.intake import AHEAD, BEHIND, Intake
from plantroom.mqtt.message import Received
from plantroom_testing.telemetry import NOW, PUMP_POINTS, small_table, status, telemetry

WINDOW = 8
ASSETS = {"P-1": "riverside", "P-3": "riverside", "P-4": "hilltop"}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
values = st.fixed_dictionaries(
    {},
    optional={
        "flow": st.sampled_from([1, 2.5, 999, "abc", math.nan]),
        "running": st.sampled_from([True, False, "on", 7]),
        "mode": st.sampled_from(["off", "auto", "?", None]),
        "head": st.just(1),
    },
)
readings = st.fixed_dictionaries(
    {"values": values},
    optional={
        "ts": st.integers(NOW - 3, NOW + 3)
        | st.sampled_from([NOW - BEHIND - 2, NOW + AHEAD + 2, 5, "2025-11-21T18:33:20.002Z", "soon"]),
        "historical": st.booleans(),
    },
)
ordinary = st.builds(
    lambda payload, asset, arrived, retain: telemetry(
        payload, asset=asset, site=ASSETS[asset], arrived=NOW + arrived, retain=retain
    ),
    readings | st.lists(readings, max_size=3),
    st.sampled_from(list(ASSETS)),
    st.integers(-2, 2),
    st.booleans(),
)
odd = st.builds(
    telemetry,
    st.binary(max_size=20) | json_values | st.fixed_dictionaries({"values": json_values, "ts": json_values}),
) | st.sampled_from([status(b"online"), status(b"?"), Received("else/where", b"{}", NOW)])
streams = st.lists(ordinary | odd, max_size=25)


@dataclass
class OneAtATime:
    """The rules of qualification, sample by sample."""

    newest: dict[Any, Any] = field(default_factory=dict)
    said: OrderedDict[Any, Any] = field(default_factory=OrderedDict)
    count: int = 0
    window: int = WINDOW

    def take(self, message):
        asset = message.topic.split("/")[3] if message.topic.endswith("telemetry") else None
        document = json.loads(message.payload) if asset in ASSETS else []
        rows = []
        for reading in document if isinstance(document, list) else [document]:
            rows += [row for row in [self.reading(asset, reading, message)] if row]
        return rows

    def reading(self, asset, reading, message):
        historical = reading.get("historical", False)
        own_time = historical or asset != "P-3"
        ts = (
            {"2025-11-21T18:33:20.002Z": NOW + 2}.get(reading.get("ts"), reading.get("ts"))
            if own_time
            else None
        )
        if (own_time and ts in (5, "soon")) or (historical and ts is None) or (ts is None and message.retain):
            return []
        known = {name: value for name, value in reading["values"].items() if name != "head"}
        wrong = ts is not None and not historical and not -AHEAD <= message.arrived - ts <= BEHIND
        if ts is None:
            newest = max([self.newest.get((asset, point.name), 0) for point in PUMP_POINTS])
            ts = max(message.arrived, newest + 1)
        rows = [self.sample((asset, name), ts, value, historical, wrong) for name, value in known.items()]
        return [(*row, message.arrived) for row in rows if row]

    def sample(self, key, ts, raw, historical, wrong):
        value, quality = MEANING[key[1], repr(raw)]
        late = not historical and ts <= self.newest.get(key, 0)
        number, last = self.said.get((key, ts), (-WINDOW, None))
        repeated = late and repr(last) == repr(value) and self.count - number <= self.window
        aside = (
            Quality.HISTORICAL if historical else Quality.CLOCK if wrong else Quality.LATE if late else None
        )
        useless = aside is not None and quality != Quality.GOOD
        if not historical and not useless:
            self.said[key, ts] = (self.count, value)
            self.count += 1
        if repeated or useless:
            return None
        if aside is None:
            self.newest[key] = ts
        return (key, ts, value, quality if aside is None else aside)


NAN = math.nan
MEANING = {
    ("flow", "1"): (1.0, Quality.GOOD),
    ("flow", "2.5"): (2.5, Quality.GOOD),
    ("flow", "999"): (999.0, Quality.RANGE),
    ("flow", "'abc'"): (NAN, Quality.TYPE),
    ("flow", "nan"): (NAN, Quality.NOT_A_NUMBER),
    ("running", "True"): (1.0, Quality.GOOD),
    ("running", "False"): (0.0, Quality.GOOD),
    ("running", "'on'"): (1.0, Quality.GOOD),
    ("running", "7"): (NAN, Quality.TYPE),
    ("mode", "'off'"): (0.0, Quality.GOOD),
    ("mode", "'auto'"): (1.0, Quality.GOOD),
    ("mode", "'?'"): (NAN, Quality.TYPE),
    ("mode", "None"): (NAN, Quality.TYPE),
}


def described(batch):
    """Return the samples in words, grouped by message."""
    keys = small_table().keys
    messages: dict[int, Any] = {}
    for row in range(len(batch)):
        sample = (
            keys[batch.point[row]],
            int(batch.ts[row]),
            repr(float(batch.value[row])),
            Quality(batch.quality[row]),
            int(batch.arrived[row]),
        )
        messages.setdefault(int(batch.message[row]), []).append(sample)
    return list(messages.values())


def pieces(messages, cuts):
    bounds = [0, *sorted(min(cut, len(messages)) for cut in cuts), len(messages)]
    return [messages[start:end] for start, end in pairwise(bounds)]


def take_all(intake, batches):
    return concatenate([intake.take(batch).batch for batch in batches])


@given(st.lists(ordinary, max_size=25), st.lists(st.integers(0, 25), max_size=4))
def test_samples_are_those_of_taking_one_at_a_time(messages, cuts):
    oracle = OneAtATime()
    expected = [rows for message in messages for rows in oracle.take(message)]

    batch = take_all(Intake(small_table(), window=WINDOW), pieces(messages, cuts))

    expected = [[(k, ts, repr(v), q, arrived) for k, ts, v, q, arrived in rows] for rows in expected]
    assert described(batch) == expected


@given(streams, st.lists(st.integers(0, 25), max_size=6))
def test_how_messages_are_split_makes_no_difference(messages, cuts):
    whole, parts = Intake(small_table(), window=WINDOW), Intake(small_table(), window=WINDOW)
    at_once = whole.take(messages)

    taken = [parts.take(piece) for piece in pieces(messages, cuts)]

    assert described(concatenate([part.batch for part in taken])) == described(at_once.batch)
    assert [item for part in taken for item in part.statuses] == list(at_once.statuses)
    assert [item for part in taken for item in part.clocks] == list(at_once.clocks)
    assert sum(part.counts.duplicates for part in taken) == at_once.counts.duplicates
    logs = DeadLetters(), DeadLetters()
    logs[0].add(at_once.letters)
    for part in taken:
        logs[1].add(part.letters)
    assert sorted(map(repr, logs[0].groups())) == sorted(map(repr, logs[1].groups()))
    for name, array in whole.snapshot().items():
        np.testing.assert_array_equal(array, parts.snapshot()[name], err_msg=name)


@given(streams, st.integers(0, 25), st.integers(0, 25), st.integers(0, 25))
def test_a_restart_in_between_makes_no_difference(messages, saved, stopped, unacknowledged):
    first, second, third = pieces(messages, sorted([saved, stopped]))
    expected = Intake(small_table()).take(messages).batch

    before, after = Intake(small_table()), Intake(small_table())
    kept = [before.take(first).batch]
    snapshot = before.snapshot()
    kept.append(before.take(second).batch)
    after.restore(snapshot)
    after.recall(kept[-1])
    kept.append(after.take(third).batch)

    assert described(concatenate(kept)) == described(expected)


dated = st.builds(
    lambda ts, flow, asset: telemetry(
        {"ts": NOW + ts, "values": {"flow": flow, "running": True}}, asset=asset
    ),
    st.integers(-9, 9),
    st.sampled_from([1, 2, 999, "abc"]),
    st.sampled_from(["P-1", "P-2"]),
)


@given(st.lists(dated, max_size=20), st.integers(0, 20), st.integers(0, 20))
def test_what_the_broker_sends_again_after_a_restart_leaves_each_time_with_its_last_value(
    messages, stop, back
):
    before, after = Intake(small_table()), Intake(small_table())
    first = before.take(messages[:stop]).batch
    after.recall(first)

    again = after.take(messages[max(0, stop - back) : stop]).batch

    last = {sample[:2]: sample[2] for message in described(first) for sample in message}
    for message in described(again):
        for sample in message:
            last[sample[:2]] = sample[2]
            assert sample[3] is Quality.LATE
    assert last == {sample[:2]: sample[2] for message in described(first) for sample in message}


@given(
    st.lists(dated, unique_by=lambda message: (message.topic, message.payload[:20]), max_size=20),
    st.integers(0, 20),
)
def test_what_was_said_once_and_comes_again_after_a_restart_is_dropped(messages, back):
    before, after = Intake(small_table()), Intake(small_table())
    before.take(messages)
    after.restore(before.snapshot())

    again = after.take(messages[-back:])

    assert described(again.batch) == []


@given(
    st.lists(st.binary(max_size=300) | json_values.map(lambda value: json.dumps(value).encode()), max_size=5),
    st.text(max_size=20),
)
def test_nothing_gets_out_of_take_and_a_bad_message_changes_nothing_about_the_others(payloads, topic):
    good = [telemetry({"ts": NOW + number, "values": {"flow": number}}) for number in range(3)]
    bad = [telemetry(payload, asset="P-2") for payload in payloads]
    bad += [status(payload, asset="P-2") for payload in payloads]
    bad += [Received(topic, payload, NOW) for payload in payloads]

    alone = Intake(small_table()).take(good)
    taken = Intake(small_table()).take([good[0], *bad, good[1], *bad, good[2]])

    others = taken.batch.take(np.isin(taken.batch.point, alone.batch.point))
    for name in ("point", "ts", "value", "quality", "arrived"):
        np.testing.assert_array_equal(getattr(others, name), getattr(alone.batch, name))
    for letter in taken.letters:
        assert len(letter.excerpt.encode()) <= 200
        assert "P-1" not in letter.topic


def test_an_empty_batch_is_recalled_and_nothing_is_taken():
    intake = Intake(small_table())

    intake.recall(SampleBatch.empty())

    assert len(intake.take([]).batch) == 0
