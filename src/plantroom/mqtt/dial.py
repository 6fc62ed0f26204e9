"""Getting a connection that the broker has accepted, in the newest version it speaks."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from plantroom.mqtt import packets
from plantroom.mqtt.address import Address
from plantroom.mqtt.connection import Connection, HungUp, Listener
from plantroom.mqtt.message import Will
from plantroom.mqtt.packets import Connack, Version
from plantroom.mqtt.reasons import describe_connack

MONTH = 30 * 24 * 3600
_UNSUPPORTED_VERSION = frozenset({0x01, 0x84})


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSettings:
    """What is seldom changed; times in seconds."""

    clean_start: bool = False
    """Whether to begin without the session of an earlier run, as one who only publishes does."""
    always_clean: bool = False
    """Whether to begin without a session on every connect, as Sparkplug asks."""
    session_expiry: int = MONTH
    """How long the broker keeps the session without us (MQTT 5; in 3.1.1 the broker decides)."""
    receive_maximum: int = 65535
    """How many messages the broker sends before one is acknowledged (MQTT 5; in 3.1.1 the broker decides)."""
    window: int = 2000
    """How many messages of ours at QoS 1 are kept until the broker acknowledges."""
    keepalive: float = 30.0
    """A silent broker is given up after half to all of it."""
    connect_timeout: float = 10.0
    first_retry: float = 1.0
    last_retry: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who connects, and where to."""

    address: Address
    client_id: str
    will: Will | Callable[[], Will] | None
    """What the broker is to publish for us; a function makes one for each attempt to connect."""
    settings: ClientSettings

    def connect_packet(self, version: Version, *, clean_start: bool) -> bytes:
        """Return what to introduce ourselves with."""
        return packets.connect(
            version=version,
            client_id=self.client_id,
            # The broker waits half as long again, and hears from us three times meanwhile.
            keepalive=max(1, round(self.settings.keepalive)),
            clean_start=clean_start,
            session_expiry=self.settings.session_expiry,
            receive_maximum=self.settings.receive_maximum,
            will=self.will() if callable(self.will) else self.will,
            user=self.address.user,
            password=self.address.password,
        )


class Dialer:
    """Opens one connection after the other, each with its own number."""

    def __init__(self, caller: Caller, listener: Listener) -> None:
        self._caller = caller
        self._listener = listener
        self._tls = caller.address.tls_context()
        self._attempts = 0

    async def open(self, *, clean_start: bool) -> Connection:
        """Connect in MQTT 5, or in 3.1.1 where the broker refuses 5 or hangs up on it.

        Raises: OSError saying why there is no connection.
        """
        try:
            connection, answer = await self._open_in(Version.V5, clean_start=clean_start)
        except HungUp:
            try:
                connection, answer = await self._open_in(Version.V311, clean_start=clean_start)
            except HungUp as error:
                # What rumqttd does at a wrong password.
                raise HungUp(f"{error} instead of an answer to CONNECT: user and password right?") from None
        else:
            if answer.code in _UNSUPPORTED_VERSION:
                connection.abort("unsupported protocol version")
                connection, answer = await self._open_in(Version.V311, clean_start=clean_start)
        if answer.code:
            connection.abort("refused")
            raise ConnectionRefusedError(f"refused: {describe_connack(answer.code)}")
        return connection

    async def _open_in(self, version: Version, *, clean_start: bool) -> tuple[Connection, Connack]:
        self._attempts += 1
        connection = Connection(number=self._attempts, version=version, listener=self._listener)
        address = self._caller.address
        try:
            async with asyncio.timeout(self._caller.settings.connect_timeout):
                await asyncio.get_running_loop().create_connection(
                    lambda: connection, address.host, address.port, ssl=self._tls
                )
                connection.send(self._caller.connect_packet(version, clean_start=clean_start))
                return connection, await connection.accepted
        except TimeoutError:
            connection.abort("no answer")
            seconds = self._caller.settings.connect_timeout
            raise TimeoutError(f"no answer within {seconds:g} s") from None
        except asyncio.CancelledError:
            connection.abort("given up")
            raise
