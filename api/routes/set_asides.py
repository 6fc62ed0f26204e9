"""What is set aside, the modes of assets and sites, and floods."""

from http import HTTPStatus

from fastapi import APIRouter, Response

from plantroom.api.access.gate import Engineer, Operator, Viewer
from plantroom.api.access.identity import Identity
from plantroom.api.act import Act
from plantroom.api.alarming import setting_aside
from plantroom.api.alarming.flooding import document_of
from plantroom.api.documents.common import Page
from plantroom.api.documents.set_aside import FloodDocument, ModeIn, SetAsideDocument, SetAsides
from plantroom.api.problems import not_found
from plantroom.api.routes import PREFIX
from plantroom.api.routes.paging import Cursor, Limit, number_of, reply, split
from plantroom.api.services import Services, ServicesOf
from plantroom.api.writing import Writing
from plantroom.domain.set_aside import SetAsideKind
from plantroom.storage.records import floods, set_asides

router = APIRouter(prefix=PREFIX, tags=["set aside"])


@router.get("/set-asides", response_model=SetAsides)
def list_set_asides(services: ServicesOf, viewer: Viewer) -> Response:
    """List what is shelved, out of service, in maintenance or being tested; what ends first comes first."""
    now = services.clock()
    with services.records.read() as connection:
        act = Act(connection=connection, who=viewer.name, now=now)
        found = set_asides.holding(connection, now=now)
        return reply(SetAsides(items=[act.set_aside_document(each) for each in found]))


@router.post(
    "/assets/{asset_id}/maintenance", response_model=SetAsideDocument, status_code=HTTPStatus.CREATED
)
def begin_maintenance(
    services: ServicesOf, operator: Operator, write: Writing, asset_id: str, body: ModeIn
) -> Response:
    """Say that somebody works on it: its alarms are recorded as suppressed and open no work orders."""
    site = _site_of(services, asset_id)
    return _begin(write, SetAsideKind.MAINTENANCE, operator, body, site=site, asset=asset_id)


@router.post("/assets/{asset_id}/maintenance/end", response_model=SetAsideDocument)
def end_maintenance(services: ServicesOf, _operator: Operator, write: Writing, asset_id: str) -> Response:
    """Say that nobody works on it any more."""
    site = _site_of(services, asset_id)
    return write(lambda act: setting_aside.end_mode(act, SetAsideKind.MAINTENANCE, site=site, asset=asset_id))


@router.post("/assets/{asset_id}/test-mode", response_model=SetAsideDocument, status_code=HTTPStatus.CREATED)
def begin_test_of_asset(
    services: ServicesOf, engineer: Engineer, write: Writing, asset_id: str, body: ModeIn
) -> Response:
    """Say that it is being commissioned: its alarms are marked as tests and open no work orders."""
    site = _site_of(services, asset_id)
    return _begin(write, SetAsideKind.TEST, engineer, body, site=site, asset=asset_id)


@router.post("/assets/{asset_id}/test-mode/end", response_model=SetAsideDocument)
def end_test_of_asset(services: ServicesOf, _engineer: Engineer, write: Writing, asset_id: str) -> Response:
    """Say that it is in use."""
    site = _site_of(services, asset_id)
    return write(lambda act: setting_aside.end_mode(act, SetAsideKind.TEST, site=site, asset=asset_id))


@router.post("/sites/{site_id}/test-mode", response_model=SetAsideDocument, status_code=HTTPStatus.CREATED)
def begin_test_of_site(
    services: ServicesOf, engineer: Engineer, write: Writing, site_id: str, body: ModeIn
) -> Response:
    """Say that the whole site is being commissioned."""
    _check_site(services, site_id)
    return _begin(write, SetAsideKind.TEST, engineer, body, site=site_id, asset="")


@router.post("/sites/{site_id}/test-mode/end", response_model=SetAsideDocument)
def end_test_of_site(services: ServicesOf, _engineer: Engineer, write: Writing, site_id: str) -> Response:
    """Say that it is in use."""
    _check_site(services, site_id)
    return write(lambda act: setting_aside.end_mode(act, SetAsideKind.TEST, site=site_id, asset=""))


@router.get("/floods", response_model=Page[FloodDocument])
def list_floods(
    services: ServicesOf, _viewer: Viewer, *, limit: Limit = 100, cursor: Cursor = None
) -> Response:
    """List the times in which alarms came faster than people can act."""
    with services.records.read() as connection:
        found = floods.page(connection, below=number_of(cursor), limit=limit + 1)
    shown, following = split(found, limit=limit, cursor=lambda flood: str(flood.number))
    return reply(Page[FloodDocument](items=[document_of(flood) for flood in shown], next=following))


def _begin(
    write: Writing, kind: SetAsideKind, who: Identity, body: ModeIn, *, site: str, asset: str
) -> Response:
    return write(
        lambda act: setting_aside.begin_mode(act, kind, body, site=site, asset=asset, role=who.role),
        status=HTTPStatus.CREATED,
    )


def _site_of(services: Services, asset: str) -> str:
    table = services.installation.table
    number = table.asset_number.get(asset)
    if number is None:
        raise not_found(f"asset {asset}")
    return table.site_of[number].id


def _check_site(services: Services, site: str) -> None:
    if all(each.id != site for each in services.installation.table.sites):
        raise not_found(f"site {site}")
