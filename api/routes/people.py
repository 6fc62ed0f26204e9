"""Sessions of browsers, tokens, and the audit log."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from plantroom.api.access.gate import COOKIE, Admin, Viewer, refuse_other_sites, set_cookie
from plantroom.api.access.keys import list_tokens, revoke_token
from plantroom.api.documents.common import Page
from plantroom.api.documents.people import AuditDocument, Me, SignIn, TokenDocument
from plantroom.api.problems import Problem, not_found
from plantroom.api.routes import PREFIX
from plantroom.api.routes.paging import Cursor, Limit, number_of, reply, split
from plantroom.api.services import ServicesOf
from plantroom.storage.records import history

router = APIRouter(prefix=PREFIX, tags=["people"])


@router.get("/session", response_model=Me)
def get_session(viewer: Viewer) -> Me:
    """Say who you are."""
    return Me.of(viewer)


@router.post("/session", response_model=Me, status_code=HTTPStatus.CREATED)
def open_session(request: Request, services: ServicesOf, body: SignIn) -> Response:
    """Open a browser's session with a token; the answer sets its cookie."""
    if request.headers.get("origin") is not None:
        refuse_other_sites(request)
    identity = services.keys.of_token(body.token)
    if identity is None:
        raise Problem(HTTPStatus.UNAUTHORIZED, "the token is unknown or revoked")
    response = reply(Me.of(identity))
    response.status_code = HTTPStatus.CREATED
    session = services.keys.open_session(identity, now=services.clock())
    set_cookie(response, session, secure=request.url.scheme == "https")
    return response


@router.delete("/session", status_code=HTTPStatus.NO_CONTENT)
def end_session(request: Request, services: ServicesOf, _viewer: Viewer) -> Response:
    """End the browser's session."""
    session = request.cookies.get(COOKIE)
    if session is not None:
        services.keys.end_session(session)
    response = Response(status_code=HTTPStatus.NO_CONTENT)
    response.delete_cookie(COOKIE)
    return response


@router.get("/tokens", response_model=Page[TokenDocument])
def get_tokens(services: ServicesOf, _admin: Admin) -> Response:
    """List all tokens; none can be shown again."""
    return reply(Page[TokenDocument](items=list_tokens(services.records), next=None))


@router.delete("/tokens/{number}", status_code=HTTPStatus.NO_CONTENT)
def delete_token(services: ServicesOf, admin: Admin, number: int) -> Response:
    """Make a token and the sessions that came from it worthless."""
    if not revoke_token(services.records, number, by=admin.name, now=services.clock()):
        raise not_found(f"token {number} that still holds")
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.get("/audit", response_model=Page[AuditDocument])
def list_audit(
    services: ServicesOf,
    _admin: Admin,
    *,
    subject: Annotated[str | None, Query(description="Only writes on this")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """List who wrote what and when."""
    with services.records.read() as connection:
        found = history.entries(connection, subject=subject, below=number_of(cursor), limit=limit + 1)
    shown, following = split(found, limit=limit, cursor=lambda entry: str(entry.number))
    return reply(Page[AuditDocument](items=[AuditDocument.of(entry) for entry in shown], next=following))
