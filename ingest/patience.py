"""Waiting, but not for ever."""

import asyncio
from collections.abc import Awaitable, Callable


async def happens(event: asyncio.Event, *, within: float) -> bool:
    """Return whether `event` is set within so many seconds."""
    if event.is_set():
        return True
    if within <= 0:
        return False
    try:
        # Not `wait_for`: before Python 3.12 it swallows a cancellation that comes together with the event.
        async with asyncio.timeout(within):
            await event.wait()
    except TimeoutError:
        return False
    return True


async def every(seconds: float, action: Callable[[], Awaitable[None]]) -> None:
    """Do `action` for ever, with a pause of `seconds` after each."""
    while True:
        await action()
        await asyncio.sleep(seconds)
