"""A recording on its way to a broker."""

import asyncio
import math
from collections.abc import Iterator

import pytest

from plantroom.domain.errors import Problem
from plantroom.simulators.replay.columns import RecordingInvalid
from plantroom.simulators.replay.pacing import Kept, Shifted
from plantroom.simulators.replay.recording import Row
from plantroom.simulators.replay.replaying import LISTED, Replay
from plantroom_testing.simulation import START, FakeClock, Listener

TOPIC = "plantroom/v1/s/P-1/telemetry"
Items = list[Row | Problem]


def row(second: float, flow: float | None = 1.0) -> Row:
    return Row(2, int(second * 1000), {} if flow is None else {"flow": flow})


def problem(line: int = 9) -> Problem:
    return Problem(file="x.csv", line=line, message="is wrong")


async def replayed(
    items: Items, *, speed: float = 1.0, keep: bool = False, pack: int = 1
) -> tuple[Replay, Listener]:
    clock = FakeClock()
    broker = Listener(clock)
    pace = (Kept if keep else Shifted)(start=clock.now(), speed=speed)
    replay = Replay(items, publisher=broker, topic=TOPIC, pace=pace, clock=clock, pack=pack)
    await replay.run()
    return replay, broker


async def test_rows_are_published_when_their_shifted_time_comes() -> None:
    _, broker = await replayed([row(100, 1.0), row(101, 2.0), row(161, 3.0)], speed=60)

    stamps = [document["ts"] - START for document in broker.documents()]
    assert stamps == [0, 17, 1017]
    assert [document["values"]["flow"] for document in broker.documents()] == [1.0, 2.0, 3.0]
    assert all(abs(at - START - stamp) <= 1 for at, stamp in zip(broker.at, stamps, strict=True))


async def test_everything_is_acknowledged_before_it_ends() -> None:
    _, broker = await replayed([row(1), row(2)])

    assert broker.flushed == len(broker.messages) == 2
    assert {(topic, retain) for topic, _, retain in broker.messages} == {(TOPIC, False)}


async def test_kept_rows_are_marked_as_history() -> None:
    _, broker = await replayed([row(5), row(6)], keep=True, speed=math.inf)

    assert [document["ts"] for document in broker.documents()] == [5_000, 6_000]
    assert all(document["historical"] is True for document in broker.documents())


async def test_shifted_rows_are_not_marked() -> None:
    _, broker = await replayed([row(5)])

    assert broker.documents() == [{"ts": START, "values": {"flow": 1.0}}]


async def test_at_greatest_speed_rows_travel_in_packs_and_in_order() -> None:
    replay, broker = await replayed([row(n, float(n)) for n in range(250)], speed=math.inf, pack=100)

    assert [document["values"]["flow"] for document in broker.documents()] == [float(n) for n in range(250)]
    assert replay.tally.messages == len(broker.messages) < 10
    assert replay.tally.sent == 250
    ahead = [document["ts"] - at for document, at in zip(broker.documents()[::100], broker.at, strict=False)]
    assert max(ahead) <= 100


async def test_the_tally_says_what_became_of_every_row() -> None:
    items: Items = [row(1), row(2, None), problem(), row(2), row(1.5), row(2), row(3)]

    tally = (await replayed(items))[0].tally

    assert (tally.rows, tally.sent, tally.without_values, tally.problems) == (6, 5, 1, 1)
    assert (tally.out_of_order, tally.duplicate_times) == (1, 1)
    assert (tally.first_ts, tally.last_ts) == (START, START + 2_000)


async def test_rows_out_of_order_are_published_out_of_order_and_not_held_up() -> None:
    _, broker = await replayed([row(10), row(20), row(15), row(21)])

    assert [document["ts"] - START for document in broker.documents()] == [0, 10_000, 5_000, 11_000]


async def test_problems_are_counted_all_and_kept_some() -> None:
    items: Items = [problem(line) for line in range(LISTED + 50)]

    tally = (await replayed([*items, row(1)]))[0].tally

    assert tally.problems == LISTED + 50
    assert [each.line for each in tally.listed] == list(range(LISTED))


async def test_what_came_before_a_broken_end_is_published() -> None:
    def broken() -> Iterator[Row | Problem]:
        yield row(1)
        raise RecordingInvalid("x.csv: ends too early")

    clock = FakeClock()
    broker = Listener(clock)
    pace = Shifted(start=clock.now(), speed=1)

    with pytest.raises(RecordingInvalid):
        await Replay(broken(), publisher=broker, topic=TOPIC, pace=pace, clock=clock, pack=10).run()

    assert len(broker.documents()) == broker.flushed == 1


async def test_cancelled_it_sends_what_is_packed_and_waits_for_the_acknowledgements() -> None:
    class Stopped(FakeClock):
        async def sleep(self, seconds: float) -> None:
            await asyncio.Event().wait()

    clock = Stopped()
    broker = Listener(clock)
    pace = Shifted(start=clock.now(), speed=1)
    replay = Replay([row(1), row(2)], publisher=broker, topic=TOPIC, pace=pace, clock=clock, pack=10)
    task = asyncio.create_task(replay.run())
    while not broker.messages:
        await asyncio.sleep(0)

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert broker.flushed == len(broker.messages) == 1


async def test_the_rows_are_reported_as_they_come() -> None:
    seen: list[int] = []
    clock = FakeClock()

    await Replay(
        [row(1), row(2)],
        publisher=Listener(clock),
        topic=TOPIC,
        pace=Shifted(start=clock.now(), speed=1),
        clock=clock,
        on_row=lambda tally: seen.append(tally.rows),
    ).run()

    assert seen == [1, 2]
