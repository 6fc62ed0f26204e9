"""Work in threads, for tasks that run as long as the process."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

from starlette.concurrency import run_in_threadpool

T = TypeVar("T")


async def to_its_end(work: Callable[[], T]) -> T:
    """Return what `work` returns; a task that is cancelled meanwhile ends only after it.

    So nothing is done on the records any more when they are closed.
    """
    done = asyncio.ensure_future(run_in_threadpool(work))
    try:
        return await asyncio.shield(done)
    except asyncio.CancelledError:
        await asyncio.wait([done])
        if not done.cancelled():
            done.exception()
        raise


async def at_its_leisure(work: Callable[[], T]) -> T:
    """Return what `work` returns; neither a cancelled task nor the end of the process waits for it."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def run() -> None:
        try:
            result = work()
        except Exception as error:
            _tell(loop, done, done.set_exception, error)
        else:
            _tell(loop, done, done.set_result, result)

    threading.Thread(target=run, name="at its leisure", daemon=True).start()
    return await done


def _tell(
    loop: asyncio.AbstractEventLoop, done: asyncio.Future[T], settle: Callable[..., None], value: object
) -> None:
    def set_unless_cancelled() -> None:
        if not done.cancelled():
            settle(value)

    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
        loop.call_soon_threadsafe(set_unless_cancelled)
