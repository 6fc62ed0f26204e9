"""A message as it came from the broker."""

from typing import NamedTuple


class Received(NamedTuple):
    """One PUBLISH packet."""

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
