"""`/alarms` (contract 4.4)."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from plantroom.api.access.gate import Engineer, Operator, Pipeline, Viewer
from plantroom.api.act import Act
from plantroom.api.alarming import people, setting_aside
from plantroom.api.alarming.consequences import documents_of
from plantroom.api.alarming.inbox import take
from plantroom.api.documents.alarm import (
    Acknowledgement,
    AlarmDetail,
    AlarmDocument,
    ReportsIn,
    ReportsOut,
)
from plantroom.api.documents.common import NoteIn, Page, TimeIn
from plantroom.api.documents.set_aside import OutOfServiceIn, ShelveIn
from plantroom.api.routes import PREFIX
from plantroom.api.routes.paging import Cursor, Limit, number_of, reply, split
from plantroom.api.services import ServicesOf
from plantroom.api.writing import Writing
from plantroom.domain.alarm import AlarmState
from plantroom.domain.report import from_rfc3339
from plantroom.domain.rule import Severity
from plantroom.storage.records import alarms
from plantroom.storage.records.alarms import AlarmFilter

router = APIRouter(prefix=PREFIX, tags=["alarms"])
AnyOf = Query(description="May be given several times")


@router.get("/alarms", response_model=Page[AlarmDocument])
def list_alarms(
    services: ServicesOf,
    _viewer: Viewer,
    *,
    state: Annotated[list[AlarmState], AnyOf] = [],
    severity: Annotated[list[Severity], AnyOf] = [],
    asset: Annotated[list[str], AnyOf] = [],
    site: Annotated[list[str], AnyOf] = [],
    root: Annotated[list[str], Query(description="Consequences of these alarms")] = [],
    since: Annotated[TimeIn | None, Query(description="Active since then or later")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """List alarms, open and closed."""
    wanted = AlarmFilter(
        states=state,
        severities=severity,
        assets=asset,
        sites=site,
        roots=root,
        since=from_rfc3339(since) if since else None,
        below=number_of(cursor),
    )
    now = services.clock()
    with services.records.read() as connection:
        found = alarms.page(connection, wanted, now=now, limit=limit + 1)
        shown, following = split(found, limit=limit, cursor=lambda entry: str(entry[0]))
        items = documents_of(connection, [alarm for _, alarm in shown], now=now)
    return reply(Page[AlarmDocument](items=items, next=following))


@router.put("/alarms", response_model=ReportsOut)
def put_alarms(services: ServicesOf, pipeline: Pipeline, body: ReportsIn) -> Response:
    """Take reports of the rules engine; a bad one keeps none of the others from being taken."""
    return reply(take(services, body.transitions, who=pipeline.name))


@router.get("/alarms/{alarm_id}", response_model=AlarmDetail)
def get_alarm(services: ServicesOf, viewer: Viewer, alarm_id: str) -> Response:
    """Return one alarm."""
    with services.records.read() as connection:
        act = Act(
            connection=connection,
            who=viewer.name,
            now=services.clock(),
            installation=services.rules.installation,
        )
        return reply(people.detail(act, people.find(act, alarm_id)))


@router.post("/alarms/{alarm_id}/ack", response_model=AlarmDetail)
def acknowledge_alarm(
    _operator: Operator, write: Writing, alarm_id: str, body: Acknowledgement | None = None
) -> Response:
    """Say that you know of it."""
    comment = body.comment if body else ""
    return write(lambda act: people.acknowledge(act, alarm_id, comment=comment))


@router.post("/alarms/{alarm_id}/shelve", response_model=AlarmDetail)
def shelve_alarm(operator: Operator, write: Writing, alarm_id: str, body: ShelveIn) -> Response:
    """Set it aside for a time, or until its condition is gone."""
    return write(lambda act: setting_aside.shelve(act, alarm_id, body, role=operator.role))


@router.post("/alarms/{alarm_id}/unshelve", response_model=AlarmDetail)
def unshelve_alarm(_operator: Operator, write: Writing, alarm_id: str) -> Response:
    """Put it back."""
    return write(lambda act: setting_aside.unshelve(act, alarm_id))


@router.post("/alarms/{alarm_id}/out-of-service", response_model=AlarmDetail)
def take_alarm_out_of_service(
    engineer: Engineer, write: Writing, alarm_id: str, body: OutOfServiceIn
) -> Response:
    """Say that it cannot be relied on until a work order is done."""
    return write(lambda act: setting_aside.take_out_of_service(act, alarm_id, body, role=engineer.role))


@router.post("/alarms/{alarm_id}/return-to-service", response_model=AlarmDetail)
def return_alarm_to_service(_engineer: Engineer, write: Writing, alarm_id: str) -> Response:
    """Say that it can be relied on again."""
    return write(lambda act: setting_aside.return_to_service(act, alarm_id))


@router.post("/alarms/{alarm_id}/reset", response_model=AlarmDetail)
def reset_alarm(_operator: Operator, write: Writing, alarm_id: str) -> Response:
    """Let a latched alarm go whose condition is gone."""
    return write(lambda act: people.reset(act, alarm_id))


@router.post("/alarms/{alarm_id}/comment", response_model=AlarmDetail)
def comment_on_alarm(_operator: Operator, write: Writing, alarm_id: str, body: NoteIn) -> Response:
    """Write on it."""
    return write(lambda act: people.comment(act, alarm_id, body.text))
