"""Which work order an alarm gets (contract 4.7)."""

from dataclasses import dataclass, replace

from plantroom.api.act import Act
from plantroom.api.alarming import consequences
from plantroom.domain.occurrence import Alarm
from plantroom.domain.repair import WorkOrder, is_recurrence, opened_for, raised, reopen
from plantroom.storage.records import alarms, work_orders


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """The order an alarm was given."""

    alarm: Alarm
    order: WorkOrder
    step: str
    """What was done to the order: open, reopen, raise or join."""


def place(act: Act, alarm: Alarm, *, recurring: bool) -> Placement | None:
    """Give `alarm` an open order; None where its rule asks for none or it is set aside.

    `recurring` says that it is an activation, which may take up its rule's last order again. The order is
    recorded; `alarm` must be, and then `join` called.
    """
    if alarm.text.work_order is None or act.aside(alarm).mark:
        return None
    return assign(act, alarm, recurring=recurring)


def assign(act: Act, alarm: Alarm, *, recurring: bool) -> Placement:
    """Give `alarm` an open order, whether or not its rule asks for one."""
    order, step = _choose(act, alarm, recurring=recurring)
    placed = replace(alarm, work_order=order.number, order_closed_at=None)
    return Placement(alarm=placed, order=order, step=step)


def join(act: Act, placement: Placement) -> None:
    """Record that the alarm, which is in the records by now, belongs to the order, and tell so.

    The orders of its consequences become part of it.
    """
    alarm, order = placement.alarm, placement.order
    joined = work_orders.join(act.connection, number=order.number, alarm_id=alarm.id, at=act.now)
    if placement.step != "join" or joined:
        _tell(act, placement)
    consequences.gather(act, alarm)


def _tell(act: Act, placement: Placement) -> None:
    alarm, order = placement.alarm, placement.order
    act.record(f"work_order.{placement.step}", order.id, f"alarm {alarm.id}")
    act.announce_order(order)
    if placement.step == "reopen":
        mark_alarms(act, order)


def mark_alarms(act: Act, order: WorkOrder) -> None:
    """Mark the alarms whose condition outlasts `order`, or unmark them where it is open again."""
    closed_at = None if order.status.is_open else act.now
    for alarm in alarms.active_in_order(act.connection, order.number):
        if (alarm.order_closed_at is None) != (closed_at is None):
            marked = replace(alarm, order_closed_at=closed_at)
            alarms.update(act.connection, marked)
            act.announce_alarm(marked)


def give_order(act: Act, alarm: Alarm) -> Alarm:
    """Give `alarm` an order if it is active and asks for one, and tell how it is then."""
    placement = place(act, alarm, recurring=False) if alarm.active else None
    if placement is None:
        alarms.update(act.connection, alarm)
        act.announce_alarm(alarm)
        return alarm
    alarms.update(act.connection, placement.alarm)
    act.announce_alarm(placement.alarm)
    join(act, placement)
    return placement.alarm


def _choose(act: Act, alarm: Alarm, *, recurring: bool) -> tuple[WorkOrder, str]:
    group = alarm.text.group
    present = work_orders.find_open(act.connection, site=alarm.site, asset=alarm.asset, group=group)
    if present is not None:
        return _raise(act, present, alarm)
    last = work_orders.last_of_rule(act.connection, alarm.key, group=group) if recurring else None
    if last is not None and is_recurrence(alarm, last):
        again = raised(reopen(last, at=act.now), alarm, at=act.now)
        work_orders.update(act.connection, again)
        return again, "reopen"
    return work_orders.insert(act.connection, opened_for(alarm, at=act.now)), "open"


def _raise(act: Act, present: WorkOrder, alarm: Alarm) -> tuple[WorkOrder, str]:
    order = raised(present, alarm, at=act.now)
    if order is present:
        return present, "join"
    work_orders.update(act.connection, order)
    return order, "raise"
