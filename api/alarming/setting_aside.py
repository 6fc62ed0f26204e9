"""What people set aside, and how it comes back (contract 4.7)."""

from datetime import timedelta
from http import HTTPStatus
from typing import Final

from plantroom.api.access.identity import Role
from plantroom.api.act import Act
from plantroom.api.alarming import ordering, people, repairs, returning
from plantroom.api.documents.alarm import AlarmDetail
from plantroom.api.documents.set_aside import (
    ModeIn,
    OutOfServiceIn,
    Phase,
    SetAsideDocument,
    ShelveIn,
    UntilIn,
)
from plantroom.api.problems import Problem, bad_value
from plantroom.domain.alarm_policy import milliseconds
from plantroom.domain.occurrence import Alarm
from plantroom.domain.repair import WorkOrder
from plantroom.domain.set_aside import SetAside, SetAsideKind
from plantroom.storage.records import alarms, set_asides

_BEGIN: Final = {
    SetAsideKind.SHELVED: "alarm.shelve",
    SetAsideKind.OUT_OF_SERVICE: "alarm.out_of_service",
    SetAsideKind.MAINTENANCE: "maintenance.begin",
    SetAsideKind.TEST: "test_mode.begin",
}


def shelve(act: Act, alarm_id: str, wanted: ShelveIn, *, role: Role) -> AlarmDetail:
    """Set the alarm's (site, asset, rule) aside until a time, or until its condition is gone.

    Raises:
        Problem: there is no such alarm, `role` may not, or the time is past or too far away.
    """
    alarm = people.find(act, alarm_id)
    if wanted.one_shot and not alarm.active:
        raise Problem(
            HTTPStatus.CONFLICT, f"alarm {alarm_id} is not active: nothing would end a one-shot shelf"
        )
    life_safety = bool(alarm.text.life_safety)
    _refuse_ordinary(role, life_safety=life_safety, what=f"alarm {alarm_id}")
    until = _end_of(act, wanted, role=role, life_safety=life_safety)
    site, asset, rule = alarm.key
    each = SetAside(
        kind=SetAsideKind.SHELVED,
        site=site,
        asset=asset,
        rule=rule,
        until=until,
        reason=wanted.reason,
        who=act.who,
        at=act.now,
        one_shot=wanted.one_shot,
        life_safety=True,
        remind_at=act.policy.shelving.remind_at(begin=act.now, until=until),
    )
    _begin(act, each, subject=alarm_id)
    act.announce_alarm(alarm)
    return people.detail(act, alarm)


def unshelve(act: Act, alarm_id: str) -> AlarmDetail:
    """Put the alarm's (site, asset, rule) back; if it is active it gets a work order.

    Raises:
        Problem: there is no such alarm, or it is not shelved.
    """
    return _put_back(act, alarm_id, SetAsideKind.SHELVED, "shelved")


def take_out_of_service(act: Act, alarm_id: str, wanted: OutOfServiceIn, *, role: Role) -> AlarmDetail:
    """Set the alarm's (site, asset, rule) aside until its work order is done.

    Raises:
        Problem: there is no such alarm or order, `role` may not, or the order is over or another asset's.
    """
    alarm = people.find(act, alarm_id)
    _refuse_ordinary(role, life_safety=bool(alarm.text.life_safety), what=f"alarm {alarm_id}")
    if wanted.work_order is None:
        placement = ordering.assign(act, alarm, recurring=False)
        alarm, order = placement.alarm, placement.order
        alarms.update(act.connection, alarm)
        ordering.join(act, placement)
    else:
        order = _order_for(act, alarm, wanted.work_order)
    site, asset, rule = alarm.key
    each = SetAside(
        kind=SetAsideKind.OUT_OF_SERVICE,
        site=site,
        asset=asset,
        rule=rule,
        until=None,
        reason=wanted.reason,
        who=act.who,
        at=act.now,
        life_safety=True,
        work_order=order.number,
    )
    _begin(act, each, subject=alarm_id)
    act.announce_alarm(alarm)
    return people.detail(act, alarm)


def return_to_service(act: Act, alarm_id: str) -> AlarmDetail:
    """Put the alarm's (site, asset, rule) back in service.

    Raises:
        Problem: there is no such alarm, or it is in service.
    """
    return _put_back(act, alarm_id, SetAsideKind.OUT_OF_SERVICE, "out of service")


def begin_mode(
    act: Act, kind: SetAsideKind, wanted: ModeIn, *, site: str, asset: str, role: Role
) -> SetAsideDocument:
    """Put an asset, or with asset "" a whole site, in maintenance or test mode.

    Raises:
        Problem: `role` may not, or the time is past or too far away.
    """
    _refuse_ordinary(role, life_safety=wanted.life_safety, what=asset or site)
    until = _end_of(act, wanted, role=role, life_safety=wanted.life_safety)
    each = SetAside(
        kind=kind,
        site=site,
        asset=asset,
        until=until,
        reason=wanted.reason,
        who=act.who,
        at=act.now,
        life_safety=wanted.life_safety,
        remind_at=act.policy.shelving.remind_at(begin=act.now, until=until),
    )
    _begin(act, each, subject=asset or site)
    for alarm in alarms.open_under(act.connection, each):
        act.announce_alarm(alarm)
    return act.set_aside_document(each)


def end_mode(act: Act, kind: SetAsideKind, *, site: str, asset: str) -> SetAsideDocument:
    """End the mode of an asset or a site.

    Raises:
        Problem: it is not in that mode.
    """
    each = set_asides.find(act.connection, kind, site=site, asset=asset, now=act.now)
    if each is None:
        raise Problem(HTTPStatus.CONFLICT, f"{asset or site} is not in {kind.value} mode")
    document = act.set_aside_document(each)
    returning.end(act, each, why="by hand")
    return document


def _put_back(act: Act, alarm_id: str, kind: SetAsideKind, words: str) -> AlarmDetail:
    alarm = people.find(act, alarm_id)
    site, asset, rule = alarm.key
    each = set_asides.find(act.connection, kind, site=site, asset=asset, rule=rule, now=act.now)
    if each is None:
        raise Problem(HTTPStatus.CONFLICT, f"alarm {alarm_id} is not {words}")
    returning.end(act, each, why="by hand")
    return people.detail(act, people.find(act, alarm_id))


def _begin(act: Act, each: SetAside, *, subject: str) -> None:
    set_asides.put(act.connection, each)
    act.record(_BEGIN[each.kind], subject, each.reason)
    act.announce_set_aside(each, Phase.BEGAN)


def _refuse_ordinary(role: Role, *, life_safety: bool, what: str) -> None:
    if life_safety and not role.may(Role.ADMIN):
        raise Problem(
            HTTPStatus.FORBIDDEN,
            f"people's lives depend on {what}: only the role admin may set that aside, you are {role.value}",
        )


def _end_of(act: Act, wanted: UntilIn, *, role: Role, life_safety: bool) -> int:
    limit = act.policy.shelving.limit(role.value, life_safety=life_safety)
    latest = act.now + milliseconds(limit)
    until = wanted.end(act.now)
    if until is None:
        return latest
    if until <= act.now:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "until must be in the future")
    if until > latest:
        raise bad_value(
            "until" if wanted.until is not None else "minutes",
            f"the role {role.value} may set this aside for at most {_hours(limit)} h",
        )
    return until


def _hours(span: timedelta) -> str:
    return f"{span / timedelta(hours=1):g}"


def _order_for(act: Act, alarm: Alarm, order_id: str) -> WorkOrder:
    order = repairs.find(act, order_id)
    if order.asset != alarm.asset:
        raise bad_value("work_order", f"{order.id} is of {order.asset}, not of {alarm.asset}")
    if not order.status.is_open:
        raise Problem(HTTPStatus.CONFLICT, f"{order.id} is {order.status.value}")
    return order
