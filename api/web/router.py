"""The page's paths: the page, its parts, signing in and out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any, Final
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.concurrency import run_in_threadpool

from plantroom.api.access.gate import COOKIE, Viewer, find_identity, refuse_other_sites, set_cookie
from plantroom.api.access.identity import Identity, Role
from plantroom.api.act import Act
from plantroom.api.alarming.performance import read_performance
from plantroom.api.services import Services, ServicesOf, services_of
from plantroom.api.web.lists import next_actions, open_alarms, open_orders, put_back_path
from plantroom.api.web.places import Places
from plantroom.api.web.render import STATIC, moment, render
from plantroom.api.web.texts import WORDS
from plantroom.api.web.voice import LANGUAGES, Voice, choose_language, number
from plantroom.domain.alarm_policy import milliseconds
from plantroom.domain.repair import Action
from plantroom.storage.records import set_asides

LANGUAGE_COOKIE: Final = "plantroom_language"
YEAR_S: Final = 365 * 86_400
ASSETS_SHOWN: Final = 50
ASIDE_SHOWN: Final = 100
DAY_MS: Final = 86_400_000
MAX_FORM_BYTES: Final = 4_096
SCRIPT_WORDS: Final = (
    *(
        "live",
        "connecting",
        "lost",
        "lost_long",
        "refused",
        "stale",
        "bad",
        "age_unknown",
        "no_samples",
        "no_chart",
        "ends_soon",
    ),
    *("ago_s", "ago_min", "ago_h", "ago_d", "time", "mean", "min", "max"),
    *(name for name in WORDS if name.startswith("severity.")),
)

router = APIRouter(include_in_schema=False)


def add_page(app: FastAPI) -> None:
    """Serve the page at `/` of `app`."""
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.include_router(router)


def voice_for(request: Request) -> Voice:
    """Return how to speak to who sent `request`."""
    language = choose_language(
        wanted=request.cookies.get(LANGUAGE_COOKIE), accepted=request.headers.get("accept-language", "")
    )
    return Voice(language=language)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who reads the page, and how it speaks to them."""

    services: Services
    identity: Identity
    voice: Voice

    @property
    def places(self) -> Places:
        """The assets as they are called to this reader."""
        return Places(services=self.services, voice=self.voice)

    def base(self) -> dict[str, Any]:
        """Return what every template is given."""
        return {
            "voice": self.voice,
            "clock_rate": self.services.clock_rate,
            "me": self.identity.name,
            "may_act": self.identity.role.may(Role.OPERATOR),
            "may_change": self.identity.role.may(Role.ENGINEER),
            "may_all": self.identity.role.may(Role.ADMIN),
            "now": self.services.clock(),
            "put_back_path": put_back_path,
            "cancel": Action.CANCEL,
            "place": self.places.place,
            "moment": partial(moment, now=self.services.clock()),
            "clock_time": self._clock_time,
            "next_actions": next_actions,
        }

    def _clock_time(self, ms: int) -> str:
        return datetime.fromtimestamp(ms / 1000, self.places.zone).strftime("%H:%M")

    def alarms(self) -> dict[str, Any]:
        """Return what the list of alarms is given."""
        with self.services.records.read() as connection:
            found = open_alarms(connection, now=self.services.clock())
        return {
            "alarms": found.items,
            "alarm_total": found.total,
            "unacknowledged": found.unacknowledged,
            "notes": found.notes,
            "known_assets": self.services.installation.table.asset_number,
            "flood": found.flood,
        }

    def set_asides(self) -> dict[str, Any]:
        """Return what the list of what is set aside is given."""
        now = self.services.clock()
        soon = now + milliseconds(self.services.policy.shelving.remind_before)
        with self.services.records.read() as connection:
            act = Act(connection=connection, who=self.identity.name, now=now)
            found = set_asides.holding(connection, now=now)
            listed = [
                (act.set_aside_document(each), each.until is not None and each.until <= soon)
                for each in found[:ASIDE_SHOWN]
            ]
        return {"set_asides": listed, "set_aside_total": len(found)}

    def orders(self) -> dict[str, Any]:
        """Return what the list of work orders is given."""
        with self.services.records.read() as connection:
            found = open_orders(connection)
        return {"orders": found.items, "order_total": found.total}

    def readings(self, find: str = "") -> dict[str, Any]:
        """Return what the list of assets is given."""
        cards = self.places.cards(find=find, limit=ASSETS_SHOWN + 1)
        return {"assets": cards[:ASSETS_SHOWN], "more_assets": len(cards) > ASSETS_SHOWN, "find": find}

    def health(self) -> dict[str, Any]:
        """Return what the state of the pipelines is given."""
        pipelines = self.services.pipelines
        return {"reasons": pipelines.not_ready_because(), "any_heard": pipelines.any_heard}


def reader(request: Request, services: ServicesOf, identity: Viewer) -> Reader:
    """Return who sent `request`."""
    return Reader(services=services, identity=identity, voice=voice_for(request))


ReaderOf = Annotated[Reader, Depends(reader)]


@router.get("/")
async def show_page(
    request: Request, services: ServicesOf, token: str | None = None, language: str | None = None
) -> Response:
    """Show the page, or the way in; a choice of language and a used sign-in link (`token`) lead back here."""
    if language in LANGUAGES:
        response = _back_to_page()
        response.set_cookie(LANGUAGE_COOKIE, language, max_age=YEAR_S, httponly=True, samesite="lax")
        return response
    identity = await find_identity(request, services, None)
    if identity is None:
        return _door(request, mistake="link_used" if token else None)
    if token is not None:
        return _back_to_page()
    return await run_in_threadpool(
        _page, Reader(services=services, identity=identity, voice=voice_for(request))
    )


@router.post("/sign-in")
async def sign_in(request: Request, services: ServicesOf) -> Response:
    """Exchange a token for a session."""
    refuse_other_sites(request)
    form = await _form(request)
    token = form.get("token", "").strip()
    identity = services.keys.passing(token) or await run_in_threadpool(services.keys.of_token, token)
    if identity is None:
        return _door(request, mistake="token_unknown")
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
def show_alarms(reader: ReaderOf) -> Response:
    """Show the open alarms."""
    return render("alarms.html", **reader.base(), **reader.alarms())


@router.get("/web/work-orders")
def show_work_orders(reader: ReaderOf) -> Response:
    """Show the open work orders."""
    return render("work_orders.html", **reader.base(), **reader.orders())


@router.get("/web/set-asides")
def show_set_asides(reader: ReaderOf) -> Response:
    """Show what people have set aside."""
    return render("set_asides.html", **reader.base(), **reader.set_asides())


@router.get("/performance")
async def show_performance(
    request: Request, services: ServicesOf, days: Annotated[int, Query(ge=1, le=366)] = 7
) -> Response:
    """Show how well the alarm system serves people."""
    identity = await find_identity(request, services, None)
    if identity is None:
        return _door(request)
    who = Reader(services=services, identity=identity, voice=voice_for(request))
    return await run_in_threadpool(_performance, who, days)


@router.get("/web/readings")
def show_readings(reader: ReaderOf, find: Annotated[str, Query(max_length=100)] = "") -> Response:
    """Show assets with their last readings."""
    return render("readings.html", **reader.base(), **reader.readings(find.strip()))


@router.get("/web/health")
def show_health(reader: ReaderOf) -> Response:
    """Show whether the pipelines do their work."""
    return render("health.html", **reader.base(), **reader.health())


def _page(reader: Reader) -> Response:
    words = {name: WORDS[name].in_language(reader.voice.language) for name in SCRIPT_WORDS}
    return render(
        "page.html",
        title=reader.places.title,
        zone=reader.places.zone.key,
        script_words={**words, "language": reader.voice.language},
        **reader.base(),
        **reader.alarms(),
        **reader.orders(),
        **reader.set_asides(),
        **reader.readings(),
        **reader.health(),
    )


def _performance(reader: Reader, days: int) -> Response:
    now = reader.services.clock()
    found = read_performance(reader.services, start=now - days * DAY_MS, stop=now, site=None)
    title = reader.voice.word("performance")
    return render("performance.html", title=title, found=found, days=days, number=number, **reader.base())


def _door(request: Request, *, mistake: str | None = None) -> Response:
    status = HTTPStatus.UNAUTHORIZED if mistake else HTTPStatus.OK
    return render(
        "sign_in.html",
        status,
        title="Plantroom",
        voice=voice_for(request),
        clock_rate=services_of(request).clock_rate,
        mistake=mistake,
    )


def _back_to_page() -> Response:
    return RedirectResponse("/", HTTPStatus.SEE_OTHER)


async def _form(request: Request) -> Mapping[str, str]:
    """Return the fields of a small form; one that is too large has none."""
    if int(request.headers.get("content-length", "0")) > MAX_FORM_BYTES:
        return {}
    fields = parse_qs((await request.body()).decode(errors="replace"))
    return {name: values[-1] for name, values in fields.items()}
