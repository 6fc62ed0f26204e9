"""The product's time."""

import time
from collections.abc import Callable

Clock = Callable[[], int]
"""Returns now, ms since the epoch, UTC."""


def system_clock() -> int:
    """Return the time of this machine."""
    return time.time_ns() // 1_000_000
