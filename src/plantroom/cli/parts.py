"""The parts of one process: started in order, stopped in reverse, and all together if one fails."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import uvloop

from plantroom.domain.errors import PlantroomError

log = logging.getLogger(__name__)


class PartFailed(PlantroomError):
    """A part of the process ended that should not have."""


class Parts:
    """Runs parts side by side until the process is told to stop (SIGTERM, SIGINT), or one of them fails."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[Any]] = []
        self._stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)

    @asynccontextmanager
    async def running(
        self, work: Coroutine[Any, Any, Any], *, name: str, end: Callable[[], object] | None = None
    ) -> AsyncIterator[None]:
        """Run `work` in the background; at the end call `end`, which makes it return, or else cancel it."""
        task = asyncio.create_task(work, name=name)
        self._tasks.append(task)
        try:
            yield
        finally:
            (end or task.cancel)()
            await asyncio.wait([task])
        if not task.cancelled():
            self._raise_failure(task)

    async def until_told_to_stop(self, *, or_done: asyncio.Event | None = None) -> None:
        """Return when the process is to stop, or when `or_done` is set.

        Raises:
            PartFailed: a part ended before.
        """
        waits = [asyncio.create_task(event.wait()) for event in (self._stop, or_done) if event is not None]
        try:
            await asyncio.wait([*waits, *self._tasks], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        self.check()

    def check(self) -> None:
        """Do nothing while all parts run.

        Raises:
            PartFailed: one ended.
        """
        for task in self._tasks:
            if task.done():
                self._raise_failure(task)
                raise PartFailed(f"{task.get_name()} ended by itself")

    def _raise_failure(self, task: "asyncio.Task[Any]") -> None:
        error = task.exception()
        if error is not None:
            log.error("part failed", extra={"part": task.get_name()}, exc_info=error)
            raise PartFailed(f"{task.get_name()} failed: {error or type(error).__name__}") from error

    @property
    def told_to_stop(self) -> bool:
        """Whether the process has been told to stop."""
        return self._stop.is_set()


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run `main` on the faster event loop."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main)
