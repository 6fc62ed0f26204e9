import itertools

from plantroom.ingest.sparkplug.requests import ANSWER_WITHIN, FIRST_REPEAT, LAST_REPEAT, Requests
from plantroom.mqtt.sparkplug.topics import NodeId

NODE = NodeId("plant", "gateway")


def asked_at(requests: Requests, until: int) -> list[int]:
    """Return when a node that never answers is asked."""
    times = []
    for now in range(0, until, 1000):
        if requests.is_due(NODE, now):
            requests.note_asked(NODE, now)
            times.append(now)
    return times


def test_an_edge_node_is_asked_at_once():
    assert Requests().is_due(NODE, 0)


def test_one_that_does_not_answer_is_asked_less_and_less_often():
    times = asked_at(Requests(), 2_000_000)

    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert gaps[:3] == [FIRST_REPEAT, 2 * FIRST_REPEAT, 4 * FIRST_REPEAT]
    assert max(gaps) == LAST_REPEAT


def test_one_that_answers_and_fails_again_is_asked_at_most_every_ten_seconds():
    requests = Requests()
    requests.note_asked(NODE, 0)
    requests.note_answered(NODE)

    assert not requests.is_due(NODE, FIRST_REPEAT - 1)
    assert requests.is_due(NODE, FIRST_REPEAT)


def test_one_that_does_not_answer_in_time_is_given_up_once():
    requests = Requests()
    requests.note_asked(NODE, 0)

    assert requests.given_up(ANSWER_WITHIN - 1) == []
    assert requests.given_up(ANSWER_WITHIN) == [NODE]
    assert requests.given_up(ANSWER_WITHIN + 1) == []


def test_one_that_was_given_up_is_asked_again_and_given_up_no_second_time():
    requests = Requests()
    requests.note_asked(NODE, 0)
    requests.given_up(ANSWER_WITHIN)
    later = ANSWER_WITHIN + 2 * FIRST_REPEAT

    assert requests.is_due(NODE, later)
    requests.note_asked(NODE, later)

    assert requests.given_up(later + ANSWER_WITHIN) == []


def test_one_that_answered_is_not_given_up():
    requests = Requests()
    requests.note_asked(NODE, 0)

    requests.note_answered(NODE)

    assert requests.given_up(10**9) == []


def test_after_an_answer_the_next_silence_counts_anew():
    requests = Requests()
    requests.note_asked(NODE, 0)
    requests.note_answered(NODE)
    requests.note_asked(NODE, 50_000)

    assert requests.given_up(50_000 + ANSWER_WITHIN) == [NODE]


def test_on_a_new_connection_everybody_may_be_asked_at_once():
    requests = Requests()
    requests.note_asked(NODE, 0)

    requests.start_over()

    assert requests.is_due(NODE, 1)
