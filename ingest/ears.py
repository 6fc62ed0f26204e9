"""How well we hear: whether something may have been said that has not reached us."""

import time
from dataclasses import dataclass
from typing import Final

from plantroom.ingest.absence import Absence
from plantroom.ingest.health import Health

_STALLED_AFTER: Final = 10.0
"""When we have not listened for so long, s, we were stopped or asleep."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """How well we heard up to now."""

    grace: int = 0
    """By how much, ms, a live reading may be older than otherwise."""
    deaf: bool = False
    """Whether older readings may be on their way."""
    unheard: bool = False
    """Whether some assets could not have been heard: their silence says nothing."""


ALL_EARS: Final = Attention()


class Ears:
    """Looks at both connections to the broker, at what waits there, and at ourselves."""

    def __init__(self, absence: Absence, health: Health) -> None:
        self._absence = absence
        self._health = health
        self._listened_at = time.monotonic()
        self._lost_at: float | None = time.monotonic()
        self._sparkplug_lost_at: float | None = None

    def listen(self) -> Attention:
        """Return how well we have heard since the last call."""
        now, last = time.monotonic(), self._listened_at
        self._listened_at = now
        unheard = bool(self._health.sparkplug) or now - last > _STALLED_AFTER
        return Attention(grace=self._absence.grace, deaf=self._absence.is_deaf, unheard=unheard)

    def note_connection(self, *, connected: bool) -> None:
        """Take note that the connection to the broker came or went."""
        self._lost_at = None if connected else self._lost_at or time.monotonic()

    def lost_for(self) -> float:
        """Return for how long, s, one of the connections to the broker has been away."""
        now = time.monotonic()
        if not self._health.sparkplug:
            self._sparkplug_lost_at = None
        elif self._sparkplug_lost_at is None:
            self._sparkplug_lost_at = now
        lost = [at for at in (self._lost_at, self._sparkplug_lost_at) if at is not None]
        return max((now - at for at in lost), default=0.0)
