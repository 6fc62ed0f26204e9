"""A thread of our own for what blocks."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")


class Worker:
    """Does one thing after the other, in a thread that does not keep the process from ending.

    (A `ThreadPoolExecutor` does: what hangs in it would hang the stop as well.)
    """

    def __init__(self, name: str) -> None:
        self._todo: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    async def run(self, action: Callable[[], T]) -> T:
        """Return what `action` returns, once all that was asked for before is done."""
        return await asyncio.wrap_future(self._ask(action))

    def end(self, last: Callable[[], None], *, within: float) -> bool:
        """Do what was asked for, then `last`, then no more; return whether that was done `within` s."""
        self._ask(last)
        self._todo.put(None)
        self._thread.join(within)
        return not self._thread.is_alive()

    def _ask(self, action: Callable[[], T]) -> "Future[T]":
        future: Future[T] = Future()
        self._todo.put((future, action))
        return future

    def _work(self) -> None:
        while (asked := self._todo.get()) is not None:
            future, action = asked
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(action())
            except BaseException as error:
                future.set_exception(error)  # raised where it was asked for
