"""One port in front of two: hands a client to the listener of the version that its CONNECT names."""

import asyncio
import socket
from collections.abc import Callable, Mapping
from typing import cast

from plantroom.mqtt.packets import CONNECT, Malformed, read_variable

INTRODUCTION_TIME = 10.0
"""How long (s) a client may take to say CONNECT."""
LISTENERS = {3: "v4", 4: "v4", 5: "v5"}
REFUSE_VERSION = b"\x20\x02\x00\x01"
"""CONNACK of MQTT 3.1.1: unacceptable protocol version (3.2.2.3)."""


def protocol_level(data: bytes) -> int | None:
    """Return the protocol level in the CONNECT that `data` begins with, None while more bytes are needed.

    Raises: Malformed.
    """
    if data and data[0] != CONNECT:
        raise Malformed(f"first packet is {data[0]:#04x}, not CONNECT")
    _, name = read_variable(data, 1)
    if not name or len(data) < name + 2:
        return None
    level = name + 2 + int.from_bytes(data[name : name + 2], "big")
    if level > name + 2 + 6:
        raise Malformed("CONNECT names another protocol")
    return data[level] if len(data) > level else None


class Side(asyncio.Protocol):
    """One of two sockets whose bytes go to each other; `peer` is the other, once there is one."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.peer: Side | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the socket."""
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Pass on."""
        if self.peer is not None and self.peer.transport is not None:
            self.peer.transport.write(data)

    def pause_writing(self) -> None:
        """Let the other side wait for this one."""
        if self.peer is not None and self.peer.transport is not None:
            self.peer.transport.pause_reading()

    def resume_writing(self) -> None:
        """Let the other side go on."""
        if self.peer is not None and self.peer.transport is not None:
            self.peer.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's interface
        """Close the other side too, after what is on its way to it."""
        self.transport = None
        if self.peer is not None and self.peer.transport is not None:
            self.peer.transport.close()


class ClientSide(Side):
    """A client, who says what it speaks before it gets a peer."""

    def __init__(self, *, host: str, ports: Mapping[str, int], tasks: set[asyncio.Task[None]]) -> None:
        super().__init__()
        self._host = host
        self._ports = ports
        self._tasks = tasks
        self._held = b""
        self._too_late: asyncio.TimerHandle | None = None
        self._introduced = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the socket, and wait for CONNECT."""
        super().connection_made(transport)
        self._too_late = asyncio.get_running_loop().call_later(INTRODUCTION_TIME, transport.close)

    def data_received(self, data: bytes) -> None:
        """Pass on, or look for the version."""
        if self.peer is not None:
            super().data_received(data)
            return
        self._held += data
        if not self._introduced:
            self._introduce()

    def connection_lost(self, exc: Exception | None) -> None:
        """Close the listener's side too."""
        if self._too_late is not None:
            self._too_late.cancel()
        super().connection_lost(exc)

    def _introduce(self) -> None:
        assert self.transport is not None
        try:
            level = protocol_level(self._held)
        except Malformed:
            self.transport.abort()
            return
        if level is None:
            return
        self._introduced = True
        assert self._too_late is not None
        self._too_late.cancel()
        if level not in LISTENERS:
            self.transport.write(REFUSE_VERSION)
            self.transport.close()
            return
        self.transport.pause_reading()
        task = asyncio.get_running_loop().create_task(self._connect(self._ports[LISTENERS[level]]))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect(self, port: int) -> None:
        inner = Side()
        try:
            await asyncio.get_running_loop().create_connection(lambda: inner, self._host, port)
        except OSError:
            if self.transport is not None:
                self.transport.abort()
            return
        if self.transport is None:
            # The client left meanwhile, and the listener has not heard of it.
            if inner.transport is not None:
                inner.transport.close()
            return
        inner.peer, self.peer = self, inner
        super().data_received(self._held)
        self._held = b""
        self.transport.resume_reading()


async def serve(
    listening: socket.socket, *, host: str, ports: Mapping[str, int], ready: Callable[[], None]
) -> None:
    """Serve clients on `listening` for ever; `ports` of the listeners `v4` and `v5` on `host`."""
    tasks: set[asyncio.Task[None]] = set()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: ClientSide(host=host, ports=ports, tasks=tasks), sock=listening, backlog=1024
    )
    ready()
    await server.serve_forever()
