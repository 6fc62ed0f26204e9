import json
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantroom.ingest.dead_letters import (
    EXCERPT_BYTES,
    FURTHER,
    GROUPS_PER_TOPIC,
    DeadLetter,
    DeadLetters,
    LetterKind,
    Tray,
    excerpt,
)


def letter(topic="a/b", reason="not JSON", *, at=1000, count=1, content="x", kind=LetterKind.MESSAGE):
    return DeadLetter(topic=topic, reason=reason, kind=kind, excerpt=content, count=count, first=at, last=at)


def put(tray, topic="a/b", reason="not JSON", *, at=1000, content=b"x", count=1):
    tray.add(topic, reason, content=content, kind=LetterKind.MESSAGE, first=at, count=count)


class TestExcerpt:
    def test_short_text_is_shown_whole(self):
        assert excerpt(b'{"flow": 1}') == '{"flow": 1}'

    def test_bytes_that_are_no_text_are_shown_as_such(self):
        assert excerpt(b"a\xff\x00b") == "a\ufffd\ufffdb"

    def test_a_character_is_never_cut_in_two(self):
        assert excerpt(("x" + "水" * 100).encode()) == "x" + "水" * 66

    @given(st.binary(max_size=600) | st.text(max_size=600))
    def test_it_is_printable_text_of_bounded_size(self, content):
        text = excerpt(content)

        assert len(text.encode()) <= EXCERPT_BYTES
        assert text.isprintable()


class TestTray:
    def test_letters_of_one_topic_and_reason_are_one(self):
        tray = Tray()

        put(tray, at=2000, content=b"first")
        put(tray, at=1000, content=b"second", count=3)

        (only,) = tray.letters()
        assert (only.count, only.first, only.last, only.excerpt) == (4, 1000, 2000, "second")

    def test_letters_of_other_topics_and_reasons_stay_apart_in_order(self):
        tray = Tray()

        put(tray, "b")
        put(tray, "a", "other")
        put(tray, "a")

        assert [(item.topic, item.reason) for item in tray.letters()] == [
            ("b", "not JSON"),
            ("a", "other"),
            ("a", "not JSON"),
        ]

    def test_a_topic_with_endless_reasons_fills_no_more_than_its_share(self):
        tray = Tray()

        for number in range(1000):
            put(tray, "bad", f"unknown point {number}")
        put(tray, "good", "reason")

        letters = tray.letters()
        assert len(letters) == GROUPS_PER_TOPIC + 1
        assert sum(item.count for item in letters) == 1001
        assert letters[GROUPS_PER_TOPIC - 1].reason == FURTHER

    def test_names_as_long_as_a_book_are_cut(self):
        tray = Tray()

        put(tray, "t" * 60_000, "r" * 60_000, content=b"c" * 1_000_000)

        (only,) = tray.letters()
        assert len(msgspec.json.encode(only)) < 1000


class TestDeadLetters:
    def test_letters_of_one_group_are_counted(self):
        log = DeadLetters()

        log.add([letter(at=1000, content="old"), letter(at=3000, count=2, content="new")])

        assert log.groups() == (
            DeadLetter(
                topic="a/b",
                reason="not JSON",
                kind=LetterKind.MESSAGE,
                excerpt="new",
                count=3,
                first=1000,
                last=3000,
            ),
        )

    def test_changed_tells_each_change_once_with_what_was_counted_in_all(self):
        log = DeadLetters()
        log.add([letter("a"), letter("b")])

        first = log.changed()
        log.add([letter("b")])
        second = log.changed()

        assert [(group.topic, group.count) for group in first] == [("a", 1), ("b", 1)]
        assert [(group.topic, group.count) for group in second] == [("b", 2)]
        assert log.changed() == ()

    def test_a_full_log_forgets_the_group_least_recently_added_to(self):
        log = DeadLetters(groups=2)

        log.add([letter("a"), letter("b"), letter("a"), letter("c")])

        assert [group.topic for group in log.groups()] == ["a", "c"]
        assert log.dropped == 1
        assert [group.topic for group in log.changed()] == ["a", "c"]

    def test_one_bad_topic_does_not_push_the_others_out(self):
        log = DeadLetters(groups=10, per_topic=3)
        log.add([letter("good", "a"), letter("fine", "a")])

        log.add([letter("bad", f"reason {number}") for number in range(100)])

        assert [(group.topic, group.reason) for group in log.groups()] == [
            ("good", "a"),
            ("fine", "a"),
            ("bad", "reason 97"),
            ("bad", "reason 98"),
            ("bad", "reason 99"),
        ]
        assert log.dropped == 97

    def test_a_topic_whose_only_group_made_room_may_come_back(self):
        log = DeadLetters(groups=1, per_topic=1)

        log.add([letter("a", "x"), letter("a", "y"), letter("b", "x"), letter("a", "x")])

        assert [(group.topic, group.reason) for group in log.groups()] == [("a", "x")]
        assert log.dropped == 3

    def test_a_restored_log_goes_on_as_if_it_had_never_stopped(self):
        log = DeadLetters(groups=3, per_topic=2)
        log.add([letter("a"), letter("b"), letter("c"), letter("a"), letter("d")])

        copy = DeadLetters.restore(json.loads(json.dumps(log.snapshot())), groups=3, per_topic=2)

        assert copy.changed() == log.groups()
        later = [letter("b"), letter("a", kind=LetterKind.VALUE), letter("e")]
        log.add(later)
        copy.add(later)
        assert copy.snapshot() == log.snapshot()


letters = st.builds(
    letter,
    st.sampled_from("abcd"),
    st.sampled_from(["p", "q", "r"]),
    at=st.integers(0, 9),
    count=st.integers(1, 3),
)


@given(st.lists(letters), st.lists(st.integers(0, 40)), st.booleans())
def test_the_log_is_a_fold_however_the_letters_come_and_bounded_at_any_time(given_letters, cuts, restart):
    whole, pieces = DeadLetters(groups=4, per_topic=2), DeadLetters(groups=4, per_topic=2)
    whole.add(given_letters)

    bounds = [0, *sorted(min(cut, len(given_letters)) for cut in cuts), len(given_letters)]
    for start, end in pairwise(bounds):
        pieces.add(given_letters[start:end])
        if restart:
            pieces = DeadLetters.restore(pieces.snapshot(), groups=4, per_topic=2)
        assert len(pieces) <= 4

    assert pieces.snapshot() == whole.snapshot()


@pytest.mark.parametrize("kind", LetterKind)
def test_a_letter_survives_the_journal(kind):
    original = letter(kind=kind, content="水\ufffd")

    assert msgspec.json.decode(msgspec.json.encode(original), type=DeadLetter) == original
