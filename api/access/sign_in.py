"""`/?token=<code>`: opens the page signed in, once (contract 4.3)."""

from http import HTTPStatus
from typing import Final

from fastapi import Request
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from plantroom.api.access.gate import set_cookie
from plantroom.api.problems import Problem, answer
from plantroom.api.services import Services

USED: Final = (
    "this sign-in link has been used or has expired: make a token with `plantroom token create` "
    "and sign in with that"
)


class SignInByLink:
    """Exchanges a sign-in code in the address of the first page for a session, and cleans the address.

    A browser that brings a used code is shown the page's other way in.
    """

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self._app = app
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/" and scope["method"] == "GET":
            request = Request(scope)
            code = request.query_params.get("token")
            if code is not None:
                session = await run_in_threadpool(self._exchange, code)
                if session is not None or "text/html" not in request.headers.get("accept", ""):
                    await _answer(session, request)(scope, receive, send)
                    return
        await self._app(scope, receive, send)

    def _exchange(self, code: str) -> str | None:
        now = self._services.clock()
        identity = self._services.keys.redeem(code, now=now)
        return self._services.keys.open_session(identity, now=now) if identity else None


def _answer(session: str | None, request: Request) -> ASGIApp:
    if session is None:
        return answer(Problem(HTTPStatus.UNAUTHORIZED, USED))
    response = RedirectResponse("/", status_code=HTTPStatus.SEE_OTHER)
    set_cookie(response, session, secure=request.url.scheme == "https")
    response.headers["Cache-Control"] = "no-store"
    return response
