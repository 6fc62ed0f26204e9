"""What people do to work orders."""

from dataclasses import replace
from http import HTTPStatus
from typing import Any

from plantroom.api.act import Act
from plantroom.api.alarming import consequences, judging, ordering, returning
from plantroom.api.documents.common import TextIn
from plantroom.api.documents.work_order import FeedbackIn, WorkOrderDetail, WorkOrderIn, WorkOrderPatch
from plantroom.api.problems import Problem, bad_value, not_found
from plantroom.domain.occurrence import Alarm
from plantroom.domain.repair import LEGAL, Action, WorkOrder, apply, possible
from plantroom.domain.report import from_rfc3339
from plantroom.domain.text import Text
from plantroom.domain.work_order import WorkOrderStatus
from plantroom.storage.records import alarms, history, work_orders


def find(act: Act, order_id: str) -> WorkOrder:
    """Return the order of that id.

    Raises:
        Problem: there is none.
    """
    digits = order_id.removeprefix("WO-")
    number = int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 19 else 0
    order = work_orders.find(act.connection, number)
    if order is None:
        raise not_found(f"work order {order_id}")
    return order


def create(act: Act, wanted: WorkOrderIn, *, site: str) -> WorkOrderDetail:
    """Open an order for an asset of `site`, for an alarm of it or for none.

    Raises:
        Problem: there is no such alarm, or its group has an open order.
    """
    alarm = _alarm_of(act, wanted) if wanted.alarm is not None else None
    order = WorkOrder(
        site=site,
        asset=wanted.asset,
        group=alarm.text.group if alarm else None,
        priority=wanted.priority,
        severity=alarm.text.severity if alarm else None,
        status=WorkOrderStatus.ASSIGNED if wanted.assignee else WorkOrderStatus.NEW,
        title=_text(wanted.title),
        description=wanted.description,
        skill=wanted.skill,
        assignee=wanted.assignee,
        due_at=from_rfc3339(wanted.due_at) if wanted.due_at else None,
        created_at=act.now,
        created_by=act.who,
        updated_at=act.now,
    )
    _refuse_second(act, order)
    recorded = work_orders.insert(act.connection, order)
    if alarm is not None:
        _join(act, recorded, alarm)
    act.record("work_order.create", recorded.id)
    act.announce_order(recorded)
    return detail(act, recorded)


def patch(act: Act, order_id: str, changes: WorkOrderPatch) -> WorkOrderDetail:
    """Change what is said of an order.

    Raises:
        Problem: there is no such order.
    """
    order = find(act, order_id)
    changed = replace(order, **_changes(act, changes))
    if changed != order:
        changed = replace(changed, updated_at=act.now)
        work_orders.update(act.connection, changed)
        act.record("work_order.change", changed.id, changes.model_dump_json(exclude_unset=True))
        if changes.feedback:
            judging.pass_on(act, changed)
        act.announce_order(changed)
    return detail(act, changed)


def comment(act: Act, order_id: str, text: str) -> WorkOrderDetail:
    """Write on an order.

    Raises:
        Problem: there is no such order.
    """
    order = find(act, order_id)
    act.note(order.id, text)
    act.record("work_order.comment", order.id, text)
    act.announce_order(order)
    return detail(act, order)


def step(
    act: Act,
    order_id: str,
    action: Action,
    *,
    assignee: str | None = None,
    remedy: str = "",
    said: str = "",
    feedback: FeedbackIn | None = None,
) -> WorkOrderDetail:
    """Take an order a step further, or back.

    Raises:
        Problem: there is no such order, its status does not allow it, or its group has another one open.
    """
    order = find(act, order_id)
    _refuse_illegal(order, action)
    changed = apply(order, action, at=act.now)
    changed = replace(
        changed,
        assignee=assignee or changed.assignee,
        remedy=remedy or changed.remedy,
        feedback=feedback.said(by=act.who, at=act.now) if feedback else changed.feedback,
    )
    if action is Action.REOPEN:
        _refuse_second(act, changed)
    work_orders.update(act.connection, changed)
    if said:
        act.note(changed.id, said)
    act.record(f"work_order.{action.value}", changed.id, said)
    if feedback:
        act.record("work_order.feedback", changed.id, feedback.model_dump_json())
        judging.pass_on(act, changed)
    act.announce_order(changed)
    ordering.mark_alarms(act, changed)
    if not changed.status.is_open:
        returning.end_of_order(act, changed)
    return detail(act, changed)


def detail(act: Act, order: WorkOrder) -> WorkOrderDetail:
    """Return the document of `order`."""
    joined = work_orders.alarm_ids(act.connection, [order.number]).get(order.number, [])
    return WorkOrderDetail.with_notes(order, joined, history.notes_on(act.connection, order.id))


def _join(act: Act, order: WorkOrder, alarm: Alarm) -> None:
    joined = replace(alarm, work_order=order.number, order_closed_at=None)
    alarms.update(act.connection, joined)
    work_orders.join(act.connection, number=order.number, alarm_id=alarm.id, at=act.now)
    act.announce_alarm(joined)
    consequences.gather(act, joined)


def _alarm_of(act: Act, wanted: WorkOrderIn) -> Alarm:
    alarm = alarms.find(act.connection, wanted.alarm or "")
    if alarm is None:
        raise bad_value("alarm", f"there is no alarm {wanted.alarm}")
    if alarm.asset != wanted.asset:
        raise bad_value("alarm", f"alarm {alarm.id} is of {alarm.asset}, not of {wanted.asset}")
    return alarm


def _refuse_illegal(order: WorkOrder, action: Action) -> None:
    if order.status in LEGAL[action]:
        return
    steps = [action.value for action in possible(order.status)]
    raise Problem(
        HTTPStatus.CONFLICT,
        f"work order {order.id} is {order.status.value}: {action.value} is not possible, "
        f"only {', '.join(steps)}",
        work_order_status=order.status.value,
        possible=steps,
    )


def _refuse_second(act: Act, order: WorkOrder) -> None:
    if order.group is None:
        return
    present = work_orders.find_open(act.connection, site=order.site, asset=order.asset, group=order.group)
    if present is not None and present.number != order.number:
        raise Problem(
            HTTPStatus.CONFLICT,
            f"{order.asset} has the open work order {present.id} for {order.group}",
            work_order=present.id,
        )


def _changes(act: Act, changes: WorkOrderPatch) -> dict[str, Any]:
    given = {name: getattr(changes, name) for name in changes.model_fields_set}
    if given.get("due_at") is not None:
        given["due_at"] = from_rfc3339(given["due_at"])
    if "title" in given and given["title"] is not None:
        given["title"] = _text(given["title"])
    if changes.feedback is not None:
        given["feedback"] = changes.feedback.said(by=act.who, at=act.now)
    return {name: value for name, value in given.items() if value is not None or name == "due_at"}


def _text(title: TextIn | str) -> Text:
    return Text(en=title) if isinstance(title, str) else title.text()
