"""The event stream of a slow client, without a network."""

import asyncio
from collections.abc import AsyncIterator

from plantroom.api.live.latest import Latest, LatestValues
from plantroom.api.live.stream import Wish, stream
from plantroom.api.live.tail import KEPT, PAGE, EventTail
from plantroom.storage.records import Records, history


def write(records: Records, first: int, count: int) -> None:
    with records.write() as connection:
        for number in range(first, first + count):
            history.emit(connection, at=number, kind="alarm", document=f'{{"n": {number}}}')


async def take(frames: AsyncIterator[bytes], count: int) -> list[bytes]:
    async with asyncio.timeout(60):
        return [await anext(frames) for _ in range(count)]


async def test_a_slow_client_gets_everything_and_holds_nothing_up(embedded: Records) -> None:
    tail, latest = EventTail(embedded), LatestValues()
    following = asyncio.create_task(tail.run())
    frames = stream(Wish(), records=embedded, tail=tail, latest=latest)
    await take(frames, 1)
    count = KEPT + 2 * PAGE
    await asyncio.to_thread(write, embedded, 1, count)
    async with asyncio.timeout(60):
        while tail._newest < count:
            await asyncio.sleep(0.01)

    received = await take(frames, count)

    assert len(tail._events) == KEPT
    assert [frame.split(b"\n")[0] for frame in received] == [b"id: %d" % n for n in range(1, count + 1)]
    await frames.aclose()  # type: ignore[attr-defined]
    assert tail.streams == 0
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


async def test_samples_that_a_slow_client_missed_are_not_kept_for_it(embedded: Records) -> None:
    tail, latest = EventTail(embedded), LatestValues()
    frames = stream(Wish(), records=embedded, tail=tail, latest=latest)
    await take(frames, 1)
    for ts in range(1000):
        latest.put([Latest(asset="P-101", point="flow", ts=ts, value=1.0, quality="good")])

    (samples,) = await take(frames, 1)

    assert samples.count(b"event: sample") == 1
    assert b"1970-01-01T00:00:00.999Z" in samples
    await frames.aclose()  # type: ignore[attr-defined]


async def test_a_stream_ends_when_the_server_stops(embedded: Records) -> None:
    tail = EventTail(embedded)
    frames = stream(Wish(), records=embedded, tail=tail, latest=LatestValues())
    await take(frames, 1)
    waiting = asyncio.create_task(anext(frames, None))
    await asyncio.sleep(0)

    tail.close()

    async with asyncio.timeout(60):
        assert await waiting in (None, b": keep-alive\n\n")
