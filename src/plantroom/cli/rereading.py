"""Read the rule files again when they change, and on SIGHUP."""

import asyncio
import os
import signal
import sys
from typing import Final

from plantroom.api.clock import Clock
from plantroom.storage.files.rule_book import RuleBook

_LOOK: Final = 1.0
"""Seconds between two looks at the files; a change counts once two looks saw the same."""


async def keep_up(book: RuleBook, *, clock: Clock) -> None:
    """Read the files of `book` again whenever they have changed, or SIGHUP comes, for ever."""
    asked = asyncio.Event()
    had_terminal = sys.stdin is not None and sys.stdin.isatty()

    def hang_up() -> None:
        if had_terminal and _terminal_is_gone():
            os.kill(os.getpid(), signal.SIGTERM)
        asked.set()

    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, hang_up)
    while True:
        try:
            async with asyncio.timeout(_LOOK):
                await asked.wait()
        except TimeoutError:
            if not await asyncio.to_thread(lambda: book.is_outdated):
                continue
        asked.clear()
        await asyncio.to_thread(book.reload, clock())


def _terminal_is_gone() -> bool:
    try:
        os.tcgetpgrp(0)
    except OSError:
        return True
    return False
