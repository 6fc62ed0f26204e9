"""The window of messages on their way."""

import asyncio
from collections import deque

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from plantroom.mqtt.outgoing import LAST_PACKET_ID, Outgoing, Window


def message(payload: bytes = b"x", *, answer: asyncio.Future[int] | None = None) -> Outgoing:
    return Outgoing(topic="t", payload=payload, retain=False, answer=answer)


def written(window: Window) -> list[tuple[bytes, bool]]:
    out = []
    while (entry := window.next_to_write()) is not None:
        out.append((entry[1].payload, entry[2]))
    return out


async def test_messages_are_written_in_order_and_once() -> None:
    window = Window(10)

    for payload in (b"a", b"b", b"c"):
        await window.add(message(payload))

    assert written(window) == [(b"a", False), (b"b", False), (b"c", False)]
    assert written(window) == []


async def test_the_broker_gets_no_more_than_it_takes() -> None:
    window = Window(10)
    window.start_over(2)
    ids = [await window.add(message(b"%d" % number)) for number in range(4)]
    assert written(window) == [(b"0", False), (b"1", False)]

    window.remove(ids[0])

    assert written(window) == [(b"2", False)]


async def test_after_a_reconnect_all_are_written_again_those_seen_before_as_duplicates() -> None:
    window = Window(10)
    window.start_over(2)
    ids = [await window.add(message(b"%d" % number)) for number in range(4)]
    written(window)
    window.remove(ids[0])

    window.start_over(10)

    assert written(window) == [(b"1", True), (b"2", False), (b"3", False)]


async def test_an_acknowledgement_of_what_was_not_sent_is_ignored() -> None:
    window = Window(1)
    packet_id = await window.add(message())

    assert window.remove(packet_id) is None
    assert window.remove(77) is None
    assert len(window) == 1


async def test_a_full_window_lets_in_one_for_each_that_leaves_first_come_first_served() -> None:
    window = Window(2)
    ids = [await window.add(message()) for _ in range(2)]
    waiting = [asyncio.create_task(window.add(message(name))) for name in (b"first", b"second")]
    written(window)
    await asyncio.sleep(0)
    assert not any(task.done() for task in waiting)

    window.remove(ids[0])
    await asyncio.sleep(0)

    assert [task.done() for task in waiting] == [True, False]
    waiting[1].cancel()


async def test_who_gives_up_waiting_leaves_its_place_to_the_next() -> None:
    window = Window(1)
    packet_id = await window.add(message())
    written(window)
    first, second = (asyncio.create_task(window.add(message())) for _ in range(2))
    await asyncio.sleep(0)

    window.remove(packet_id)
    first.cancel()
    await asyncio.wait([first, second])

    assert first.cancelled()
    assert second.result() > 0
    assert len(window) == 1


async def test_only_those_somebody_waits_for_are_given_up() -> None:
    window = Window(10)
    answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    await window.add(message(b"kept"))
    await window.add(message(b"awaited", answer=answer))

    assert window.give_up_answers() == [answer]

    window.start_over(10)
    assert written(window) == [(b"kept", False)]


async def test_empty_is_told_when_the_last_has_left() -> None:
    window = Window(10)
    packet_id = await window.add(message())
    written(window)
    waiting = asyncio.create_task(window.empty())
    await asyncio.sleep(0)
    assert not waiting.done()

    window.remove(packet_id)

    await waiting


async def test_packet_ids_begin_again_and_pass_over_those_in_use() -> None:
    window = Window(10)
    first = await window.add(message())
    window._last_id = LAST_PACKET_ID

    assert first == 1
    assert await window.add(message()) == 2


@pytest.mark.parametrize("capacity", [0, LAST_PACKET_ID], ids=["none", "more than there are ids"])
def test_a_capacity_without_sense_is_refused(capacity: int) -> None:
    with pytest.raises(ValueError, match=str(capacity)):
        Window(capacity)


class AnyHistory(RuleBasedStateMachine):
    """Whatever happens, each message is at the broker, to be written, or arrived: none twice, none lost."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.window = Window(5)
        self.limit = 5
        self.unacknowledged: deque[bytes] = deque()
        self.at_broker: list[int] = []
        self.count = 0

    @precondition(lambda self: len(self.unacknowledged) < 5)
    @rule()
    def add(self) -> None:
        self.count += 1
        payload = b"%d" % self.count
        self.loop.run_until_complete(self.window.add(message(payload)))
        self.unacknowledged.append(payload)

    @rule()
    def write(self) -> None:
        while (entry := self.window.next_to_write()) is not None:
            assert entry[0] not in self.at_broker
            self.at_broker.append(entry[0])

    @precondition(lambda self: self.at_broker)
    @rule()
    def acknowledge(self) -> None:
        arrived = self.window.remove(self.at_broker.pop(0))
        assert arrived is not None
        assert arrived.payload == self.unacknowledged.popleft()

    @rule(limit=st.integers(1, 8))
    def reconnect(self, limit: int) -> None:
        self.limit = limit
        self.at_broker.clear()
        self.window.start_over(limit)

    @invariant()
    def nothing_is_lost(self) -> None:
        assert len(self.window) == len(self.unacknowledged)
        assert len(self.at_broker) <= self.limit

    def teardown(self) -> None:
        self.loop.close()


AnyHistory.TestCase.settings = settings(max_examples=50)
TestAnyHistory = AnyHistory.TestCase
