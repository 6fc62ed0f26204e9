"""The page's paths: the page, its parts, signing in and out."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Final, Literal
from urllib.parse import parse_qs

from fastapi import APIRouter, FastAPI, Query, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.concurrency import run_in_threadpool

from plantroom.api.access.gate import COOKIE, refuse_other_sites, set_cookie
from plantroom.api.alarming.performance import read_performance
from plantroom.api.services import ServicesOf
from plantroom.api.web import details, models, power_quality, rules
from plantroom.api.web.door import door
from plantroom.api.web.reader import LANGUAGE_COOKIE, Reader, ReaderOf, VisitorOf, visitor
from plantroom.api.web.render import STATIC, render
from plantroom.api.web.voice import LANGUAGES, number

YEAR_S: Final = 365 * 86_400
DAY_MS: Final = 86_400_000
MAX_FORM_BYTES: Final = 4_096
router = APIRouter(include_in_schema=False)


def add_page(app: FastAPI) -> None:
    """Serve the page at `/` of `app`."""
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.include_router(router)
    app.include_router(details.router)
    app.include_router(models.router)
    app.include_router(rules.router)
    app.include_router(power_quality.router)


@router.get("/")
async def show_page(
    request: Request, services: ServicesOf, token: str | None = None, language: str | None = None
) -> Response:
    """Show the page, or the way in; a choice of language and a used sign-in link (`token`) lead back here."""
    if language in LANGUAGES:
        response = _back_to_page()
        response.set_cookie(LANGUAGE_COOKIE, language, max_age=YEAR_S, httponly=True, samesite="lax")
        return response
    reader = await visitor(request, services)
    if reader is None:
        return door(request, mistake="link_used" if token else None)
    if token is not None:
        return _back_to_page()
    return await run_in_threadpool(_page, reader)


@router.post("/sign-in")
async def sign_in(request: Request, services: ServicesOf) -> Response:
    """Exchange a token for a session."""
    refuse_other_sites(request)
    form = await _form(request)
    token = form.get("token", "").strip()
    identity = services.keys.passing(token) or await run_in_threadpool(services.keys.of_token, token)
    if identity is None:
        return door(request, mistake="token_unknown")
    now = services.clock()
    session = await run_in_threadpool(lambda: services.keys.open_session(identity, now=now))
    response = _back_to_page()
    set_cookie(response, session, secure=request.url.scheme == "https")
    return response


@router.post("/sign-out")
async def sign_out(request: Request, services: ServicesOf) -> Response:
    """End the session."""
    refuse_other_sites(request)
    session = request.cookies.get(COOKIE)
    if session is not None:
        await run_in_threadpool(services.keys.end_session, session)
    response = _back_to_page()
    response.delete_cookie(COOKIE)
    return response


@router.get("/web/alarms")
def show_alarms(reader: ReaderOf, show: Literal["open", "suppressed"] = "open") -> Response:
    """Show the open alarms, or the suppressed ones."""
    return render("alarms.html", **reader.base(), **reader.alarms(suppressed=show == "suppressed"))


@router.get("/web/work-orders")
def show_work_orders(reader: ReaderOf) -> Response:
    """Show the open work orders."""
    return render("work_orders.html", **reader.base(), **reader.orders())


@router.get("/web/set-asides")
def show_set_asides(reader: ReaderOf) -> Response:
    """Show what people have set aside."""
    return render("set_asides.html", **reader.base(), **reader.set_asides())


@router.get("/performance")
def show_performance(
    request: Request, reader: VisitorOf, days: Annotated[int, Query(ge=1, le=366)] = 7
) -> Response:
    """Show how well the alarm system serves people."""
    return door(request) if reader is None else _performance(reader, days)


@router.get("/web/readings")
def show_readings(
    reader: ReaderOf, find: Annotated[str, Query(max_length=100)] = "", asset: str | None = None
) -> Response:
    """Show assets with their last readings."""
    return render("readings.html", **reader.base(), **reader.readings(find.strip(), asset=asset))


@router.get("/web/health")
def show_health(reader: ReaderOf) -> Response:
    """Show whether the pipelines do their work."""
    return render("health.html", **reader.base(), **reader.health())


def _page(reader: Reader) -> Response:
    return render(
        "page.html",
        **reader.shell(),
        **reader.alarms(),
        **reader.orders(),
        **reader.set_asides(),
        **reader.readings(),
    )


def _performance(reader: Reader, days: int) -> Response:
    now = reader.services.clock()
    found = read_performance(reader.services, start=now - days * DAY_MS, stop=now, site=None)
    title = reader.voice.word("performance")
    return render("performance.html", title=title, found=found, days=days, number=number, **reader.base())


def _back_to_page() -> Response:
    return RedirectResponse("/", HTTPStatus.SEE_OTHER)


async def _form(request: Request) -> Mapping[str, str]:
    """Return the fields of a small form; one that is too large has none."""
    if int(request.headers.get("content-length", "0")) > MAX_FORM_BYTES:
        return {}
    fields = parse_qs((await request.body()).decode(errors="replace"))
    return {name: values[-1] for name, values in fields.items()}
