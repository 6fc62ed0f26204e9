"""Alarms that are consequences of another: one root, one work order (contract 4.7)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy import Connection

from plantroom.api.act import Act
from plantroom.api.documents.alarm import AlarmDocument
from plantroom.domain.alarm import Transition, alarm_id
from plantroom.domain.occurrence import Alarm
from plantroom.domain.repair import PLANTROOM, Action, WorkOrder, apply
from plantroom.domain.work_order import WorkOrderStatus
from plantroom.storage.records import activations, alarms, consequences, set_asides, work_orders

_UNTOUCHED: Final = (WorkOrderStatus.NEW, WorkOrderStatus.ASSIGNED)
_JOINED: Final = "Consequence of {root}: joined into {order} / 系 {root} 的后果：并入 {order}"
_LINKED: Final = "Consequence of {root}: see {order} / 系 {root} 的后果：参见 {order}"


def documents_of(connection: Connection, listed: Sequence[Alarm], *, now: int) -> list[AlarmDocument]:
    """Return the documents of the alarms in `listed`."""
    aside = set_asides.of_alarms(connection, listed, now=now)
    counts = consequences.count(connection, [alarm.id for alarm in listed])
    return [
        AlarmDocument.of(alarm, aside[alarm.id], consequences=counts.get(alarm.id, 0)) for alarm in listed
    ]


def with_known_cause(act: Act, report: Transition) -> Transition:
    """Return `report` with the id of its root, which it calls by the name of one of its activations."""
    if not report.cause:
        return report
    return replace(report, cause=activations.alarm_named(act.connection, report.cause) or report.cause)


def adopt(act: Act, root: Alarm) -> None:
    """Take over the consequences that arrived before this activation of `root`."""
    site, asset, rule = root.key
    name = alarm_id(site=site, asset=asset, rule=rule, activated_at=root.activated_at)
    if name != root.id:
        consequences.adopt(act.connection, name=name, root=root.id)


def fold(act: Act, alarm: Alarm) -> None:
    """Join the open order of `alarm`, a consequence, into that of its root; link it where work has begun.

    Without an open order of the root nothing is done until it has one.
    """
    order = _open_order(act, alarm)
    root_order = _order_of_root(act, alarm)
    if order is None or root_order is None or order.number == root_order.number:
        return
    if not _is_untouched(act, order):
        _link(act, alarm, order, root_order)
        return
    joined = _consequences_of_order(act, order)
    targets = [_order_of_root(act, each) for each in joined]
    if joined and all(targets):
        _merge(act, order, [(each, target) for each, target in zip(joined, targets, strict=True) if target])


def gather(act: Act, root: Alarm) -> None:
    """Join the orders of the consequences of `root`, and of their consequences, into its own."""
    known = {root.id}
    level = [root.id]
    while level:
        found = consequences.suppressed(act.connection, level)
        for alarm in found:
            present = alarms.find(act.connection, alarm.id) if alarm.work_order is not None else None
            if present is not None:
                fold(act, present)
        level = [alarm.id for alarm in found if alarm.id not in known]
        known.update(level)


def announce(act: Act) -> None:
    """Tell the event stream, once for all that changed, of roots and of the orders that others joined."""
    for root in sorted(act.roots):
        alarm = alarms.find(act.connection, root)
        if alarm is not None:
            act.announce_alarm(alarm)
    for number in sorted(act.gathering):
        order = work_orders.find(act.connection, number)
        if order is not None:
            act.announce_order(order)


def _is_untouched(act: Act, order: WorkOrder) -> bool:
    """Whether nobody has begun with it, opened it by hand, or waits for it with something out of service."""
    if order.status not in _UNTOUCHED or order.created_by != PLANTROOM:
        return False
    return not set_asides.of_order(act.connection, order.number)


def _open_order(act: Act, alarm: Alarm) -> WorkOrder | None:
    if alarm.work_order is None:
        return None
    order = work_orders.find(act.connection, alarm.work_order)
    return order if order is not None and order.status.is_open else None


def _order_of_root(act: Act, alarm: Alarm) -> WorkOrder | None:
    root = _root_of(act, alarm)
    return None if root is None else _open_order(act, root)


def _root_of(act: Act, alarm: Alarm) -> Alarm | None:
    """Return the alarm at the end of the chain of roots; None: it has not arrived."""
    seen = {alarm.id}
    root_id = alarm.suppression.root
    while root_id is not None and root_id not in seen:
        seen.add(root_id)
        root = alarms.find(act.connection, root_id)
        if root is None or not root.suppression.holds or root.suppression.root is None:
            return root
        root_id = root.suppression.root
    return None


def _consequences_of_order(act: Act, order: WorkOrder) -> list[Alarm]:
    """Return the alarms that joined `order` if all of them are consequences; else nothing."""
    ids = work_orders.alarm_ids(act.connection, [order.number]).get(order.number, [])
    found = [alarm for each in ids if (alarm := alarms.find(act.connection, each)) is not None]
    return found if all(alarm.suppression.root is not None for alarm in found) else []


def _merge(act: Act, order: WorkOrder, targets: Sequence[tuple[Alarm, WorkOrder]]) -> None:
    for alarm, target in targets:
        moved = replace(alarm, work_order=target.number, order_closed_at=None)
        alarms.update(act.connection, moved)
        work_orders.join(act.connection, number=target.number, alarm_id=alarm.id, at=act.now)
        act.record("work_order.join", target.id, f"alarm {alarm.id}")
        act.announce_alarm(moved)
    into = {target.number: target for _, target in targets}
    names = ", ".join(target.id for target in into.values())
    said = _JOINED.format(root=targets[0][0].suppression.root, order=names)
    cancelled = apply(order, Action.CANCEL, at=act.now)
    work_orders.update(act.connection, cancelled)
    act.note(order.id, said)
    act.record("work_order.cancel", order.id, said)
    act.announce_order(cancelled)
    act.gathering.update(into)


def _link(act: Act, alarm: Alarm, order: WorkOrder, root_order: WorkOrder) -> None:
    number = root_order.number
    if not work_orders.join(act.connection, number=number, alarm_id=alarm.id, at=act.now):
        return
    said = _LINKED.format(root=alarm.suppression.root, order=root_order.id)
    act.note(order.id, said)
    act.record("work_order.link", order.id, said)
    act.announce_order(order)
    act.gathering.add(number)
