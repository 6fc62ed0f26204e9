"""The HTTP server inside a process that does other things as well."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from ipaddress import ip_address
from typing import Any, Final

import click
import uvicorn

from plantroom.api.access.hosts import LOOPBACK
from plantroom.cli.parts import Parts

_CLOSE_WITHIN: Final = 1
"""Seconds that open requests get at a stop."""


class _Server(uvicorn.Server):
    """A server that leaves signals to the process it is in."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def end(self, streams: Callable[[], None]) -> None:
        """Let open streams end, which would outlast their grace, and then the server."""
        streams()
        self.should_exit = True


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that is bound to `host` and `port` (0 takes a free one).

    Raises:
        click.ClickException: it is taken, or no address of this machine.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        # It listens at once, so that of two that start together only one gets the port.
        both = family == socket.AF_INET6 and socket.has_dualstack_ipv6()
        listener = socket.create_server(address[:2], family=family, dualstack_ipv6=both)
    except OSError as error:
        raise click.ClickException(
            f"cannot listen on {host}:{port}: {error.strerror or error} (choose another --port, or 0)"
        ) from error
    return listener


def url_of(listener: socket.socket) -> str:
    """Return the URL that the socket is reached at."""
    host, port = listener.getsockname()[:2]
    if ip_address(host).is_unspecified:
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def hosts_of(host: str) -> frozenset[str] | None:
    """Return the names a server bound to `host` answers to: on loopback its own, elsewhere (None) any."""
    try:
        is_loopback = host == "localhost" or ip_address(host).is_loopback
    except ValueError:  # a name
        is_loopback = False
    return LOOPBACK | {host} if is_loopback else None


@asynccontextmanager
async def serving(
    parts: Parts, app: Any, listener: socket.socket, *, end_streams: Callable[[], None] = lambda: None
) -> AsyncIterator[None]:
    """Serve the ASGI `app` on `listener` while the block runs; `end_streams` makes endless answers end."""
    config = uvicorn.Config(
        app, log_config=None, access_log=False, timeout_graceful_shutdown=_CLOSE_WITHIN, lifespan="on"
    )
    server = _Server(config)
    async with parts.running(
        server.serve(sockets=[listener]), name="http server", end=partial(server.end, end_streams)
    ):
        while not server.started:
            await asyncio.sleep(0.01)
            parts.check()
        yield
