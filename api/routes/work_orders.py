"""`/work-orders` (contract 4.4)."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Response

from plantroom.api.access.gate import Operator, Viewer
from plantroom.api.act import Act
from plantroom.api.alarming import repairs
from plantroom.api.documents.common import NoteIn, Page
from plantroom.api.documents.work_order import (
    AssignIn,
    CompleteIn,
    EndIn,
    StepIn,
    WorkOrderDetail,
    WorkOrderDocument,
    WorkOrderIn,
    WorkOrderPatch,
)
from plantroom.api.problems import bad_value
from plantroom.api.routes import PREFIX
from plantroom.api.routes.paging import Cursor, Limit, number_of, reply, split
from plantroom.api.services import ServicesOf
from plantroom.api.writing import Writing
from plantroom.domain.repair import Action
from plantroom.domain.work_order import Priority, WorkOrderStatus
from plantroom.storage.records import work_orders
from plantroom.storage.records.work_orders import WorkOrderFilter

router = APIRouter(prefix=PREFIX, tags=["work orders"])
AnyOf = Query(description="May be given several times")


@router.get("/work-orders", response_model=Page[WorkOrderDocument])
def list_work_orders(
    services: ServicesOf,
    _viewer: Viewer,
    *,
    status: Annotated[list[WorkOrderStatus], AnyOf] = [],
    priority: Annotated[list[Priority], AnyOf] = [],
    asset: Annotated[list[str], AnyOf] = [],
    site: Annotated[list[str], AnyOf] = [],
    assignee: Annotated[list[str], AnyOf] = [],
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """List work orders, open and closed."""
    wanted = WorkOrderFilter(
        statuses=status,
        priorities=priority,
        assets=asset,
        sites=site,
        assignees=assignee,
        below=number_of(cursor),
    )
    with services.records.read() as connection:
        found = work_orders.page(connection, wanted, limit=limit + 1)
        shown, following = split(found, limit=limit, cursor=lambda order: str(order.number))
        joined = work_orders.alarm_ids(connection, [order.number for order in shown])
    items = [WorkOrderDocument.of(order, joined.get(order.number, [])) for order in shown]
    return reply(Page[WorkOrderDocument](items=items, next=following))


@router.post("/work-orders", response_model=WorkOrderDetail, status_code=HTTPStatus.CREATED)
def create_work_order(
    services: ServicesOf, _operator: Operator, write: Writing, body: WorkOrderIn
) -> Response:
    """Open one."""
    table = services.installation.table
    number = table.asset_number.get(body.asset)
    if number is None:
        raise bad_value("asset", f"there is no asset {body.asset}")
    site = table.site_of[number].id
    return write(lambda act: repairs.create(act, body, site=site), status=HTTPStatus.CREATED)


@router.get("/work-orders/{order_id}", response_model=WorkOrderDetail)
def get_work_order(services: ServicesOf, viewer: Viewer, order_id: str) -> Response:
    """Return one work order."""
    with services.records.read() as connection:
        act = Act(connection=connection, who=viewer.name, now=services.clock())
        return reply(repairs.detail(act, repairs.find(act, order_id)))


@router.patch("/work-orders/{order_id}", response_model=WorkOrderDetail)
def change_work_order(_operator: Operator, write: Writing, order_id: str, body: WorkOrderPatch) -> Response:
    """Change what is said of it."""
    return write(lambda act: repairs.patch(act, order_id, body))


@router.post("/work-orders/{order_id}/comment", response_model=WorkOrderDetail)
def comment_on_work_order(_operator: Operator, write: Writing, order_id: str, body: NoteIn) -> Response:
    """Write on it."""
    return write(lambda act: repairs.comment(act, order_id, body.text))


@router.post("/work-orders/{order_id}/assign", response_model=WorkOrderDetail)
def assign_work_order(_operator: Operator, write: Writing, order_id: str, body: AssignIn) -> Response:
    """Say who is to do it."""
    return write(
        lambda act: repairs.step(act, order_id, Action.ASSIGN, assignee=body.assignee, said=body.comment)
    )


@router.post("/work-orders/{order_id}/complete", response_model=WorkOrderDetail)
def complete_work_order(
    _operator: Operator, write: Writing, order_id: str, body: CompleteIn | None = None
) -> Response:
    """Say that it is done, and what was done."""
    done = body or CompleteIn()
    return write(
        lambda act: repairs.step(
            act, order_id, Action.COMPLETE, remedy=done.remedy, said=done.comment, feedback=done.feedback
        )
    )


@router.post("/work-orders/{order_id}/start", response_model=WorkOrderDetail)
def start_work_order(
    _operator: Operator, write: Writing, order_id: str, body: StepIn | None = None
) -> Response:
    """Say that work on it has begun."""
    return _step(write, order_id, Action.START, body)


@router.post("/work-orders/{order_id}/verify", response_model=WorkOrderDetail)
def verify_work_order(
    _operator: Operator, write: Writing, order_id: str, body: StepIn | None = None
) -> Response:
    """Say that it was inspected and is well done."""
    return _step(write, order_id, Action.VERIFY, body)


@router.post("/work-orders/{order_id}/close", response_model=WorkOrderDetail)
def close_work_order(
    _operator: Operator, write: Writing, order_id: str, body: EndIn | None = None
) -> Response:
    """Archive it, and say whether its alarms were right."""
    return _end(write, order_id, Action.CLOSE, body)


@router.post("/work-orders/{order_id}/reopen", response_model=WorkOrderDetail)
def reopen_work_order(
    _operator: Operator, write: Writing, order_id: str, body: StepIn | None = None
) -> Response:
    """Say that it is not done after all."""
    return _step(write, order_id, Action.REOPEN, body)


@router.post("/work-orders/{order_id}/cancel", response_model=WorkOrderDetail)
def cancel_work_order(
    _operator: Operator, write: Writing, order_id: str, body: EndIn | None = None
) -> Response:
    """Say that it is not to be done."""
    return _end(write, order_id, Action.CANCEL, body)


def _step(write: Writing, order_id: str, action: Action, body: StepIn | None) -> Response:
    said = body.comment if body else ""
    return write(lambda act: repairs.step(act, order_id, action, said=said))


def _end(write: Writing, order_id: str, action: Action, body: EndIn | None) -> Response:
    end = body or EndIn()
    return write(lambda act: repairs.step(act, order_id, action, said=end.comment, feedback=end.feedback))
