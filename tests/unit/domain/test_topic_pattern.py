"""Patterns of topics."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantroom.domain.topic_pattern import TopicPattern, broadest


@pytest.mark.parametrize(
    ("pattern", "topic", "captured"),
    [
        ("a/b", "a/b", {}),
        ("a/+/c", "a/anything/c", {}),
        ("gw/+/modbus/{asset}", "gw/7/modbus/P-1", {"asset": "P-1"}),
        ("tele/tasmota_{asset}/SENSOR", "tele/tasmota_9C/SENSOR", {"asset": "9C"}),
        ("s/{asset}_temp/state", "s/ahu_1_temp/state", {"asset": "ahu_1"}),
        ("{asset}/{point}", "P-1/flow", {"asset": "P-1", "point": "flow"}),
        ("a/{asset}/#", "a/P-1", {"asset": "P-1"}),
        ("a/{asset}/#", "a/P-1/x/y", {"asset": "P-1"}),
    ],
)
def test_a_topic_that_fits_is_taken_with_its_captures(pattern: str, topic: str, captured: object) -> None:
    assert TopicPattern.parse(pattern).match(topic) == captured


@pytest.mark.parametrize(
    ("pattern", "topic", "why"),
    [
        ("a/b", "a/c", "level 2 of the topic is 'c', not 'b'"),
        ("a/b", "a", "the topic has 1 levels, not 2"),
        ("a/b", "a/b/", "the topic has 3 levels, not 2"),
        ("a/{asset}/#", "a", "the topic has 1 levels, not 2 or more"),
        ("x_{asset}/a", "x_/a", "level 1 of the topic is 'x_', not 'x_{asset}'"),
        ("s/{asset}_temp", "s/temp", "level 2 of the topic is 'temp', not '{asset}_temp'"),
        ("+/a", "$SYS/a", "level 1 of the topic is '$SYS', not '+'"),
    ],
)
def test_a_topic_that_does_not_fit_is_told_why(pattern: str, topic: str, why: str) -> None:
    parsed = TopicPattern.parse(pattern)

    assert parsed.match(topic) is None
    assert parsed.why_not(topic) == why


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a/#/b",
        "a/b#",
        "a/+x",
        "a/{asset}{point}",
        "a/{}",
        "a/{Asset}",
        "a/{asset",
        "a/asset}",
        "{asset}/{asset}",
        "$share/group/a",
        "a\0b",
        "x" * 70_000,
    ],
)
def test_what_is_no_pattern_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        TopicPattern.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "#",
        "+/#",
        "plantroom/#",
        "plantroom/v1/riverside/{asset}/telemetry",
        "{site}/v1/{a}/{asset}/telemetry",
        "plant{x}/+/a/{asset}/b",
        "+/+/+/{asset}/telemetry",
    ],
)
def test_our_own_topics_cannot_be_mapped(text: str) -> None:
    with pytest.raises(ValueError, match="takes topics of plantroom/v1/#"):
        TopicPattern.parse(text)


@pytest.mark.parametrize("text", ["plantroom/v2/#", "{asset}/events/rpc", "plantroom/{asset}", "v1/#"])
def test_topics_like_ours_can(text: str) -> None:
    assert TopicPattern.parse(text).text == text


def test_it_subscribes_to_whole_levels() -> None:
    assert TopicPattern.parse("tele/x_{asset}/+/SENSOR/#").filter == "tele/+/+/SENSOR/#"


def test_a_filter_within_another_is_not_subscribed_to() -> None:
    filters = ["a/+/c", "a/b/c", "x/#", "x/y/z", "x", "a/+/c", "+/b/c"]

    assert broadest(filters) == ("a/+/c", "x/#", "+/b/c")


levels = st.lists(
    st.sampled_from(["a", "b", "+", "{asset}", "x{point}"]), min_size=1, max_size=4, unique=True
)
topics = st.lists(st.sampled_from(["a", "b", "xa", "x", ""]), min_size=1, max_size=4).map("/".join)


@given(levels, topics)
def test_what_is_captured_put_back_into_the_pattern_gives_the_topic(parts: list[str], topic: str) -> None:
    pattern = TopicPattern.parse("/".join(["dev", *parts]))
    topic = f"dev/{topic}"

    captured = pattern.match(topic)

    assert (captured is None) == bool(pattern.why_not(topic))
    if captured is not None and "+" not in parts:
        assert pattern.text.format_map(captured) == topic


@given(st.text())
def test_any_text_is_a_pattern_or_refused(text: str) -> None:
    try:
        pattern = TopicPattern.parse(text)
    except ValueError:
        return
    assert pattern.text == text
