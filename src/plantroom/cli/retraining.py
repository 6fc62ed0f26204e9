"""Models trained again beside a running product, by a process of their own."""

import asyncio
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

log = logging.getLogger(__name__)

_AGAIN_AFTER: Final = 60.0
"""Seconds until a process is started in the place of one that ended."""
_PATIENCE: Final = 3.0
"""Seconds that it has to stop; what it has trained by then is kept."""


async def keep_training(
    arguments: Sequence[str], environment: Mapping[str, str], *, every: timedelta
) -> None:
    """Let `plantroom models train` run with `arguments` until cancelled; one asset at a time.

    `environment` is added to that of this process.
    """
    while True:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "plantroom", "models", "train", *arguments),
            *("--jobs", "1", "--every", f"{every.total_seconds():g}"),
            env=os.environ | environment,
            stdout=asyncio.subprocess.DEVNULL,
        )
        try:
            status = await process.wait()
        finally:
            await _end(process)
        log.warning("training ended", extra={"status": status})
        await asyncio.sleep(_AGAIN_AFTER)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(_PATIENCE):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
