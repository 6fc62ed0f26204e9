"""Whatever comes on whatever topic: no mapping fails, and none disturbs what speaks our own JSON."""

import json
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from plantroom.domain.points import PointTable
from plantroom.ingest.intake import Intake
from plantroom.mqtt.message import Received
from plantroom_testing.mappings import mapped_table
from plantroom_testing.telemetry import NOW, telemetry

MAPPINGS = """
- name: json
  topic: "{asset}/json"
  assets: {one: P-1, two: P-2}
  when: "!skip"
  time: {path: t, missing: arrival}
  points:
    flow: {path: f, scale: 2, unit: l/s}
    running: {path: s, values: {ON: true, OFF: false}}
    pressure: {path: "r[0:2]", registers: float32}
    mode: m
- name: each
  topic: each/#
  asset: P-1
  each: rows[?sum(x) > `0`]
  time: {path: t, format: s}
  points: {flow: "max(x)"}
- name: keyed
  topic: keyed
  keyed_by: asset
  time: {path: t, format: "%Y-%m-%d %H:%M:%S"}
  points: {current: "to_number(c)"}
- {name: text, topic: "text/{asset}/{point}", payload: text}
- {name: bits, topic: "text/P-1/{x}", asset: P-2, points: {running: {path: "@", bit: 3}}}
"""


@cache
def table() -> PointTable:
    with tempfile.TemporaryDirectory() as folder:
        return mapped_table(Path(folder), MAPPINGS)


documents = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=6)
    | st.sampled_from([NOW, NOW - 1000, "ON", "off", "2025-11-21 18:33:20", "12.5"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["t", "f", "s", "r", "m", "x", "c", "skip", "rows", "P-1", "P-2", "?"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=14,
)
topics = st.sampled_from(
    [
        "one/json",
        "P-2/json",
        "nobody/json",
        "each/a/b",
        "keyed",
        "text/P-1/flow",
        "text/P-1/running",
        "text/P-2/mode",
        "text/P-1/?",
    ]
) | st.text(max_size=12)
payloads = documents.map(lambda document: json.dumps(document).encode()) | st.binary(max_size=30)
foreign = st.builds(
    lambda topic, payload, retain: Received(topic, payload, NOW, retain), topics, payloads, st.booleans()
)
ours = st.builds(
    telemetry,
    st.fixed_dictionaries(
        {"values": st.fixed_dictionaries({"bearing_temp": st.sampled_from([1, 2.5, "x", True])})},
        optional={"ts": st.integers(NOW - 3, NOW + 3)},
    ),
    asset=st.just("P-3"),
)


@given(st.lists(foreign, max_size=8))
def test_no_topic_and_no_payload_make_a_mapping_fail(messages: list[Received]) -> None:
    taken = Intake(table()).take(messages)

    assert taken.counts.messages == len(messages)
    assert all(letter.reason for letter in taken.letters)
    assert np.isin(taken.batch.point, np.arange(len(table()))).all()


@given(st.lists(ours | foreign, max_size=12))
def test_what_speaks_our_own_json_is_taken_as_if_it_came_alone(messages: list[Received]) -> None:
    own = [message for message in messages if message.topic.startswith("plantroom/v1/")]
    bearing = table().number["P-3", "bearing_temp"]

    together = Intake(table()).take(messages)
    alone = Intake(table()).take(own)

    mixed = together.batch.take(together.batch.point == bearing)
    for one, other in zip(mixed.columns()[:5], alone.batch.columns()[:5], strict=True):
        np.testing.assert_array_equal(one, other)
    assert tuple(letter for letter in together.letters if "P-3" in letter.topic) == alone.letters


@given(st.lists(foreign, max_size=10), st.integers(0, 10))
def test_how_mapped_messages_are_split_makes_no_difference(messages: list[Received], cut: int) -> None:
    whole, parts = Intake(table()), Intake(table())

    at_once = whole.take(messages).batch
    first, second = parts.take(messages[:cut]).batch, parts.take(messages[cut:]).batch

    for one, *several in zip(at_once.columns()[:4], first.columns()[:4], second.columns()[:4], strict=True):
        np.testing.assert_array_equal(one, np.concatenate(several))
