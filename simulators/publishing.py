"""What the simulators need of the world: a broker to publish to and a clock to wait by."""

import asyncio
import time
from typing import Protocol


class Publisher(Protocol):
    """A connection to a broker."""

    async def send(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish at QoS 1, in order; waits only while too many messages are not acknowledged."""

    async def flush(self) -> None:
        """Return when the broker has acknowledged everything."""


class Clock(Protocol):
    """What time it is."""

    def now(self) -> int:
        """Return the time, ms since the epoch, UTC."""

    async def sleep(self, seconds: float) -> None:
        """Wait that long on this clock."""


class SystemClock:
    """The machine's clock, or one that runs `rate` times as fast from its start on.

    `began`: when that was, s since the epoch; None: now.
    """

    def __init__(self, *, rate: float = 1.0, began: float | None = None) -> None:
        self._rate = rate
        self._started = time.time() if began is None else began

    def now(self) -> int:
        """Return the time, ms since the epoch, UTC."""
        return int((self._started + (time.time() - self._started) * self._rate) * 1000)

    async def sleep(self, seconds: float) -> None:
        """Wait that long on this clock."""
        await asyncio.sleep(max(0.0, seconds) / self._rate)
