"""The outbox keeps transitions in order until they have been delivered."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from plantroom.domain.alarm import AlarmText, Transition, TransitionKind
from plantroom.domain.report import from_document
from plantroom.domain.rule import Severity
from plantroom.ingest.outbox import Outbox


def transition(at: int) -> Transition:
    return Transition(
        site="s",
        asset="P-1",
        rule="vibration-high",
        kind=TransitionKind.ACTIVATED,
        at=at,
        activated_at=at,
        text=AlarmText(severity=Severity.WARNING, group="bearing"),
        value=5.5,
    )


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with closing(Outbox(tmp_path / "outbox.sqlite")) as opened:
        yield opened


def test_what_was_put_comes_out_in_order_and_whole(outbox: Outbox) -> None:
    outbox.put([transition(1), transition(2)])
    outbox.put([transition(3)])

    assert [from_document(document) for _, document in outbox.peek(10)] == [
        transition(at) for at in (1, 2, 3)
    ]


def test_what_was_delivered_is_forgotten_and_the_rest_stays(outbox: Outbox) -> None:
    outbox.put([transition(at) for at in (1, 2, 3)])
    (_, second, _) = outbox.peek(3)

    outbox.remove_through(second[0])

    assert [from_document(document).at for _, document in outbox.peek(10)] == [3]
    assert len(outbox) == 1


def test_it_survives_being_opened_again_without_having_been_closed(outbox: Outbox, tmp_path: Path) -> None:
    outbox.put([transition(1)])

    with closing(Outbox(tmp_path / "outbox.sqlite")) as after_crash:
        assert len(after_crash) == 1


def test_places_are_never_used_twice(outbox: Outbox) -> None:
    outbox.put([transition(1)])
    ((first, _),) = outbox.peek(1)
    outbox.remove_through(first)

    outbox.put([transition(2)])

    ((second, _),) = outbox.peek(1)
    assert second > first


def test_retained_topics_are_remembered_until_they_are_gone(outbox: Outbox) -> None:
    outbox.note_retained("a")
    outbox.note_retained("a")
    outbox.note_retained("b")
    outbox.note_gone("a")

    assert outbox.retained() == {"b"}
