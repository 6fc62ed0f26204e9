"""Who sent a request, and whether they may do what it asks."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Annotated, Final
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool

from plantroom.api.access.identity import Identity, Role
from plantroom.api.access.keys import SESSION_MS
from plantroom.api.problems import Problem
from plantroom.api.services import Services, ServicesOf

COOKIE: Final = "plantroom_session"
READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_bearer = HTTPBearer(auto_error=False, description="A token of `plantroom token create`")


async def find_identity(request: Request, services: Services, bearer: str | None) -> Identity | None:
    """Return who sent `request`, by its token or its session.

    Raises:
        Problem: a browser was made to send it by another site's page.
    """
    if bearer is not None:
        passing = services.keys.passing(bearer)
        return passing or await run_in_threadpool(services.keys.of_token, bearer)
    session = request.cookies.get(COOKIE)
    if session is None:
        return None
    refuse_other_sites(request)
    now = services.clock()
    return await run_in_threadpool(lambda: services.keys.of_session(session, now=now))


def refuse_other_sites(request: Request) -> None:
    """Let a browser's write pass only if a page of ours sent it.

    Raises:
        Problem: another site's page did, or the browser does not say.
    """
    if request.method in READING:
        return
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc == request.headers.get("host"):
        return
    if origin is None and request.headers.get("sec-fetch-site") == "same-origin":
        return
    raise Problem(HTTPStatus.FORBIDDEN, f"a write by session must come from a page of ours, not {origin}")


def set_cookie(response: Response, session: str, *, secure: bool) -> None:
    """Give the browser its session: no script can read it, and other sites' writes do not carry it."""
    response.set_cookie(
        COOKIE, session, max_age=SESSION_MS // 1000, httponly=True, samesite="lax", secure=secure
    )


async def identify(
    request: Request,
    services: ServicesOf,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Identity:
    """Return who sent `request`.

    Raises:
        Problem: nobody that we know.
    """
    identity = await find_identity(request, services, credentials.credentials if credentials else None)
    if identity is None:
        what = "the token is unknown or revoked" if credentials else "a token is needed"
        raise Problem(
            HTTPStatus.UNAUTHORIZED,
            f"{what}: Authorization: Bearer <token>",
            headers={"WWW-Authenticate": "Bearer"},
        )
    return identity


def needs(*roles: Role) -> Callable[[Identity], Awaitable[Identity]]:
    """Return the dependency that lets only those pass who may do what one of `roles` may."""
    named = " or ".join(role.value for role in roles)

    async def check(identity: Annotated[Identity, Depends(identify)]) -> Identity:
        if not any(identity.role.may(role) for role in roles):
            raise Problem(HTTPStatus.FORBIDDEN, f"this needs the role {named}, you are {identity.role.value}")
        return identity

    return check


Viewer = Annotated[Identity, Depends(needs(Role.VIEWER))]
Operator = Annotated[Identity, Depends(needs(Role.OPERATOR))]
Engineer = Annotated[Identity, Depends(needs(Role.ENGINEER))]
Admin = Annotated[Identity, Depends(needs(Role.ADMIN))]
Pipeline = Annotated[Identity, Depends(needs(Role.PIPELINE))]
EngineerOrPipeline = Annotated[Identity, Depends(needs(Role.ENGINEER, Role.PIPELINE))]
