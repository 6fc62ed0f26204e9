"""Where messages come from."""

from collections.abc import Sequence
from typing import Protocol

from plantroom.mqtt.message import Received


class Source(Protocol):
    """What is needed of an MQTT client."""

    async def start(self) -> None:
        """Begin to receive."""

    async def stop(self) -> None:
        """End the connection cleanly."""

    def acknowledge(self, messages: Sequence[Received]) -> None:
        """Tell the broker that it may forget `messages`."""

    def pause(self) -> None:
        """Leave what comes in the socket."""

    def resume(self) -> None:
        """Read from the socket again."""

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        """Publish and return when the broker has it."""
