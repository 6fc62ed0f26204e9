"""Work in threads, and what a cancelled task does about it."""

import asyncio
import threading
from contextlib import suppress

import pytest

from plantroom.api.threads import at_its_leisure, to_its_end


def fail() -> None:
    raise ValueError("no")


@pytest.mark.parametrize("run", [to_its_end, at_its_leisure])
async def test_what_work_returns_or_raises_is_given_on(run) -> None:
    assert await run(lambda: 5) == 5
    with pytest.raises(ValueError, match="no"):
        await run(fail)


async def test_a_cancelled_task_ends_after_its_work() -> None:
    begun, may_end, over = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        may_end.wait(30)
        over.set()

    task = asyncio.create_task(to_its_end(work))
    assert await asyncio.to_thread(begun.wait, 30)
    task.cancel()
    await asyncio.sleep(0.05)
    assert not task.done()
    may_end.set()
    with suppress(asyncio.CancelledError):
        await task

    assert over.is_set()
    assert task.cancelled()


async def test_work_at_its_leisure_keeps_nobody() -> None:
    begun, may_end = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        may_end.wait(30)

    task = asyncio.create_task(at_its_leisure(work))
    assert await asyncio.to_thread(begun.wait, 30)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task

    assert task.cancelled()
    may_end.set()
