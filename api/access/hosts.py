"""Names this server answers to, so that another site's name cannot be pointed at this machine."""

from collections.abc import Collection
from http import HTTPStatus
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from plantroom.api.problems import Problem, answer

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})


class OnlyHosts:
    """Refuses requests whose Host header names another host."""

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            host = Headers(scope=scope).get("host", "")
            if _name(host) not in self._hosts:
                problem = Problem(HTTPStatus.MISDIRECTED_REQUEST, f"this server does not answer for {host!r}")
                await answer(problem)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _name(host: str) -> str:
    """Return a Host header without its port."""
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdecimal() else host).lower()
