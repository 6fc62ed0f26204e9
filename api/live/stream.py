"""One client's stream of server-sent events."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

import msgspec
from starlette.concurrency import run_in_threadpool

from plantroom.api.live.latest import Latest, LatestValues
from plantroom.api.live.tail import EventTail
from plantroom.domain.report import to_rfc3339
from plantroom.storage.records import Records, history
from plantroom.storage.records.history import Event

KEEP_ALIVE_S: Final = 15.0
RETRY_MS: Final = 2_000
KINDS: Final = frozenset({"alarm", "work_order", "sample"})
"""What a client hears that does not say what it wants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a client wants to hear."""

    after: str | None = None
    """The id of the last event it has; None: only what comes from now on."""
    kinds: frozenset[str] = KINDS
    assets: frozenset[str] = frozenset()
    """Whose samples; empty: all."""
    points: frozenset[str] = frozenset()
    """Which points' samples; empty: all."""


async def stream(
    wish: Wish, *, records: Records, tail: EventTail, latest: LatestValues
) -> AsyncIterator[bytes]:
    """Yield what `wish` asks for, each event once, until the client leaves or the server stops.

    A slow client holds one page of events and no more: it falls behind in the log, and gets of each point's
    samples only the last.
    """
    bell, hang_up = tail.bell()
    try:
        position, resets = await run_in_threadpool(_start, records, wish.after)
        version = latest.version
        yield _reset(position) if resets else _begin(position)
        while not tail.closing:
            bell.clear()
            events = await tail.after(position)
            for event in events:
                position = event.number
                if event.kind in wish.kinds:
                    yield _frame(event)
            if "sample" in wish.kinds:
                version, changed = latest.changed_since(version, assets=wish.assets, points=wish.points)
                if changed:
                    yield b"".join(_sample(sample) for sample in changed)
            if not events and not await _rung(bell):
                yield b": keep-alive\n\n"
    finally:
        hang_up()


def _start(records: Records, after: str | None) -> tuple[int, bool]:
    """Return the event to start after, and whether some that the client has not had are gone."""
    with records.read() as connection:
        newest, forgotten = history.newest_event(connection), history.forgotten_events(connection)
    if after is None:
        return newest, False
    if after.isdecimal() and forgotten <= int(after) <= newest:
        return int(after), False
    return newest, True


async def _rung(bell: asyncio.Event) -> bool:
    try:
        await asyncio.wait_for(bell.wait(), KEEP_ALIVE_S)
    except TimeoutError:
        return False
    return True


def _begin(position: int) -> bytes:
    """An id without data: a client that loses its connection before the first event can resume as well."""
    return f"retry: {RETRY_MS}\nid: {position}\n\n".encode()


def _reset(position: int) -> bytes:
    document = '{"reason": "the events since your last one are no longer kept: load the lists again"}'
    return f"retry: {RETRY_MS}\nid: {position}\nevent: reset\ndata: {document}\n\n".encode()


def _frame(event: Event) -> bytes:
    return f"id: {event.number}\nevent: {event.kind}\ndata: {event.document}\n\n".encode()


def _sample(sample: Latest) -> bytes:
    document = {
        "asset": sample.asset,
        "point": sample.point,
        "ts": to_rfc3339(sample.ts),
        "value": sample.value,
        "quality": sample.quality,
    }
    return b"event: sample\ndata: " + msgspec.json.encode(document) + b"\n\n"
