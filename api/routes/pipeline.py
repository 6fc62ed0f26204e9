"""What pipelines say, and what they could not use (contract 4.4)."""

from http import HTTPStatus

from fastapi import APIRouter, Response

from plantroom.api.access.gate import Pipeline, Viewer
from plantroom.api.documents.common import Page
from plantroom.api.documents.mapping import MappingDocument
from plantroom.api.documents.pipeline import (
    DeadLetterDocument,
    PipelineReport,
    UnknownDeviceDocument,
)
from plantroom.api.live.latest import Latest
from plantroom.api.pipelines import AssetStatus, MappingWork, ModelOff
from plantroom.api.problems import bad_value
from plantroom.api.routes import PREFIX
from plantroom.api.routes.paging import Cursor, Limit, number_of, reply, split
from plantroom.api.services import Services, ServicesOf
from plantroom.storage.records import intake
from plantroom.storage.records.intake import Group, Position

router = APIRouter(prefix=PREFIX, tags=["pipeline"])


@router.put("/pipeline/report", status_code=HTTPStatus.NO_CONTENT)
def put_report(services: ServicesOf, _pipeline: Pipeline, body: PipelineReport) -> Response:
    """Take what has changed since the pipeline's last report."""
    _record(services, body)
    services.pipelines.put_assets(
        (status.asset, AssetStatus(status=status.status, since=status.since, cause=status.cause))
        for status in body.assets
    )
    services.pipelines.put_mappings(
        body.pipeline,
        ((part.name, MappingWork(**part.model_dump(exclude={"name"}))) for part in body.mappings),
    )
    if body.rules is not None:
        services.pipelines.put_reload(body.pipeline, body.rules.reload())
    if body.models is not None:
        services.pipelines.put_models(
            body.pipeline, (ModelOff(**each.model_dump()) for each in body.models.off)
        )
    services.latest.put(
        Latest(asset=last.asset, point=last.point, ts=last.ts, value=last.value, quality=last.quality)
        for last in body.latest
    )
    services.pipelines.heard(body.pipeline, ready=body.ready, reasons=body.reasons, now=services.clock())
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.get("/dead-letters", response_model=Page[DeadLetterDocument])
def list_dead_letters(
    services: ServicesOf, _viewer: Viewer, *, limit: Limit = 100, cursor: Cursor = None
) -> Response:
    """List what could not be used, by topic and reason; what happened last comes first."""
    with services.records.read() as connection:
        found = intake.dead_letter_page(connection, after=_position(cursor), limit=limit + 1)
    shown, following = split(found, limit=limit, cursor=_cursor)
    items = [DeadLetterDocument.of(group) for _, group in shown]
    return reply(Page[DeadLetterDocument](items=items, next=following))


@router.get("/mappings", response_model=Page[MappingDocument])
def list_mappings(
    services: ServicesOf, _viewer: Viewer, *, limit: Limit = 100, cursor: Cursor = None
) -> Response:
    """List the mappings of foreign payloads with what each has done, in the order of the files."""
    sites = services.installation.table.sites
    mappings = [(site.id, mapping) for site in sites for mapping in site.mappings]
    after = number_of(cursor)
    numbers = range(0 if after is None else after + 1, len(mappings))
    shown, following = split(numbers, limit=limit, cursor=str)
    items = [
        MappingDocument.of(mapping, site, services.pipelines.mapping(mapping.name))
        for site, mapping in (mappings[number] for number in shown)
    ]
    return reply(Page[MappingDocument](items=items, next=following))


@router.get("/unknown-devices", response_model=Page[UnknownDeviceDocument])
def list_unknown_devices(
    services: ServicesOf, _viewer: Viewer, *, limit: Limit = 100, cursor: Cursor = None
) -> Response:
    """List the topics of sites and assets that no file declares; what spoke last comes first."""
    with services.records.read() as connection:
        found = intake.unknown_device_page(connection, after=_position(cursor), limit=limit + 1)
    shown, following = split(found, limit=limit, cursor=_cursor)
    items = [UnknownDeviceDocument.of(group) for _, group in shown]
    return reply(Page[UnknownDeviceDocument](items=items, next=following))


def _record(services: Services, report: PipelineReport) -> None:
    if not report.dead_letters and not report.unknown_devices:
        return
    with services.records.write() as connection:
        intake.put_dead_letters(connection, report.pipeline, [part.group() for part in report.dead_letters])
        intake.put_unknown_devices(
            connection, report.pipeline, [part.group() for part in report.unknown_devices]
        )


def _cursor(entry: tuple[Position, Group]) -> str:
    position, _group = entry
    return f"{position.last}.{position.number}"


def _position(cursor: str | None) -> Position | None:
    if cursor is None:
        return None
    last, _dot, number = cursor.partition(".")
    if not last or not number:
        raise bad_value("cursor", f"not a cursor of this list: {cursor!r}")
    return Position(last=number_of(last) or 0, number=number_of(number) or 0)
