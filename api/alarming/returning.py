"""How what was set aside comes back to people (contract 4.7)."""

from dataclasses import replace
from typing import Final

from plantroom.api.act import Act
from plantroom.api.alarming import ordering
from plantroom.api.documents.set_aside import Phase
from plantroom.domain.notice import NoticeKind
from plantroom.domain.occurrence import Alarm
from plantroom.domain.repair import WorkOrder
from plantroom.domain.set_aside import SetAside, SetAsideKind
from plantroom.storage.records import alarms, set_asides

_END: Final = {
    SetAsideKind.SHELVED: "alarm.unshelve",
    SetAsideKind.OUT_OF_SERVICE: "alarm.return_to_service",
    SetAsideKind.MAINTENANCE: "maintenance.end",
    SetAsideKind.TEST: "test_mode.end",
}


def end(act: Act, each: SetAside, *, why: str) -> None:
    """End what is set aside; what is still active comes back to people, with an order if it asks for one."""
    set_asides.remove(act.connection, each)
    covered = alarms.open_under(act.connection, each)
    subject = covered[0].id if each.rule and covered else "/".join(filter(None, each.key[1:]))
    act.record(_END[each.kind], subject, why)
    act.announce_set_aside(each, Phase.ENDED)
    for alarm in covered:
        _bring_back(act, alarm)


def end_of_order(act: Act, order: WorkOrder) -> None:
    """Return to service what was out of service until `order`, which is over, was done."""
    for each in set_asides.of_order(act.connection, order.number):
        set_asides.remove(act.connection, each)
        act.record(_END[each.kind], "/".join(each.key[1:]), f"{order.id} is {order.status.value}")
        act.announce_set_aside(each, Phase.ENDED)
        for alarm in alarms.open_under(act.connection, each):
            act.announce_alarm(alarm)


def remind(act: Act, each: SetAside) -> None:
    """Tell people that what is set aside will come back soon."""
    set_asides.put(act.connection, replace(each, remind_at=None))
    act.announce_set_aside(each, Phase.REMINDER)
    for alarm in alarms.open_under(act.connection, each):
        if alarm.active:
            act.tell(NoticeKind.REMINDER, alarm, until=each.until)


def _bring_back(act: Act, alarm: Alarm) -> None:
    if act.aside(alarm).mark:
        act.announce_alarm(alarm)
        return
    real = replace(alarm, test=False) if alarm.active else alarm
    back = ordering.give_order(act, real)
    if back.active:
        act.tell(NoticeKind.ACTIVATED, back)
