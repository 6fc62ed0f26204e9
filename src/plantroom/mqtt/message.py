"""What goes over MQTT, apart from the packets that carry it."""

from dataclasses import dataclass
from typing import NamedTuple


class Received(NamedTuple):
    """One PUBLISH packet as it came from the broker."""

    topic: str
    payload: bytes
    arrived: int
    """When it reached us, ms since the epoch, UTC."""
    retain: bool = False
    """Whether the broker had kept it and sent it because we subscribed."""
    duplicate: bool = False
    """Whether the broker says it may have sent it before."""
    packet_id: int = 0
    """What to acknowledge it by; 0 for QoS 0."""
    connection: int = 0
    """Ordinal of the client's connection it came over: its packet id means nothing on another one."""
    content: object = None
    """What it says, where somebody has read the payload already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Will:
    """What the broker publishes for us when our connection is lost."""

    topic: str
    payload: bytes
    retain: bool = False
