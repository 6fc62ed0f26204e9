"""Where an asset stands, why, and since when."""

from dataclasses import dataclass
from enum import IntEnum


class Status(IntEnum):
    """Whether an asset can be heard."""

    UNKNOWN = 0
    """Nothing has been heard of it yet."""
    ONLINE = 1
    """It is heard as often as its points demand."""
    STALE = 2
    """All its points are older than they hold; it may come back within its grace."""
    OFFLINE = 3
    """It is gone."""

    @property
    def label(self) -> str:
        """The word for it in the HTTP API."""
        return self.name.lower()


class Cause(IntEnum):
    """Why an asset is not online."""

    NONE = 0
    SILENT = 1
    """Its readings stopped."""
    SAID_OFFLINE = 2
    """It said so itself, or its broker for it (Last Will)."""
    SPARKPLUG_DEATH = 3
    """Its Sparkplug edge node or device died, or does not answer."""
    NEVER_HEARD = 4
    """It has never said anything."""
    GATEWAY = 5
    """The gateway that it speaks through is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An asset stands otherwise than before."""

    asset: str
    status: Status
    cause: Cause = Cause.NONE
    gateway: str = ""
    """Which gateway is gone, where that is the cause."""
    since: int
    """ms since the epoch, UTC."""

    @property
    def why(self) -> str:
        """The cause in the HTTP API; empty where there is none."""
        if self.cause is Cause.NONE:
            return ""
        return f"gateway {self.gateway}" if self.cause is Cause.GATEWAY else self.cause.name.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmChange:
    """The alarm about an asset that is gone is to be raised, or to be cleared."""

    asset: str
    raised: bool
    cause: Cause
    of_gateway: bool
    """Whether others speak through the asset."""
    at: int
    """ms since the epoch, UTC."""
    reason: str = ""
    """Why it is cleared, where the asset is not back."""
