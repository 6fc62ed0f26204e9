"""The parts of a process start and end together, and a failure is never silent."""

import asyncio
import os
import signal

import pytest

from plantroom.cli.parts import PartFailed, Parts


async def test_a_part_that_fails_ends_the_wait_and_is_named() -> None:
    async def fail() -> None:
        raise ValueError("disk on fire")

    parts = Parts()
    with pytest.raises(PartFailed, match="pump failed: disk on fire"):
        async with parts.running(fail(), name="pump"):
            await parts.until_told_to_stop()


async def test_a_part_that_ends_by_itself_ends_the_wait_and_is_named() -> None:
    parts = Parts()
    with pytest.raises(PartFailed, match="pump ended by itself"):
        async with parts.running(asyncio.sleep(0), name="pump"):
            await parts.until_told_to_stop()


async def test_a_part_that_fails_while_it_ends_is_a_failure() -> None:
    ended = asyncio.Event()

    async def fail_at_the_end() -> None:
        await ended.wait()
        raise OSError("last checkpoint not written")

    parts = Parts()
    with pytest.raises(PartFailed, match="last checkpoint not written"):
        async with parts.running(fail_at_the_end(), name="pipeline", end=ended.set):
            await asyncio.sleep(0)


async def test_a_part_that_is_cancelled_at_the_end_is_none() -> None:
    parts = Parts()

    async with parts.running(asyncio.sleep(3600), name="simulator"):
        await asyncio.sleep(0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
async def test_signals_end_the_wait_however_often_they_come(number: signal.Signals) -> None:
    parts = Parts()
    async with parts.running(asyncio.sleep(3600), name="simulator"):
        os.kill(os.getpid(), number)
        os.kill(os.getpid(), number)

        async with asyncio.timeout(20):
            await parts.until_told_to_stop()

    assert parts.told_to_stop
