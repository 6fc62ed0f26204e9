"""Waiting, but not for ever."""

import asyncio


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
