"""What people do to alarms."""

from http import HTTPStatus

from plantroom.api.act import Act
from plantroom.api.alarming import ordering
from plantroom.api.documents.alarm import AlarmDetail
from plantroom.api.problems import Problem, not_found
from plantroom.domain import occurrence
from plantroom.domain.occurrence import Alarm
from plantroom.storage.records import alarms, history, shelves
from plantroom.storage.records.alarms import Key
from plantroom.storage.records.shelves import Shelf


def acknowledge(act: Act, alarm_id: str, *, comment: str) -> AlarmDetail:
    """Say that somebody knows of the alarm; a second time changes nothing.

    Raises:
        Problem: there is no such alarm, or it was closed without anybody's knowing.
    """
    alarm = _find(act, alarm_id)
    known = occurrence.acknowledge(alarm, who=act.who, at=act.now)
    if not known.acknowledged:
        raise Problem(HTTPStatus.CONFLICT, f"alarm {alarm_id} is normal: {alarm.reason or 'closed'}")
    if comment:
        act.note(alarm_id, comment)
    if known is not alarm:
        alarms.update(act.connection, known)
        act.record("alarm.ack", alarm_id, comment)
        act.announce_alarm(known)
    return detail(act, known)


def comment(act: Act, alarm_id: str, text: str) -> AlarmDetail:
    """Write on the alarm.

    Raises:
        Problem: there is no such alarm.
    """
    alarm = _find(act, alarm_id)
    act.note(alarm_id, text)
    act.record("alarm.comment", alarm_id, text)
    act.announce_alarm(alarm)
    return detail(act, alarm)


def shelve(act: Act, alarm_id: str, *, until: int, reason: str) -> AlarmDetail:
    """Set the alarm's (site, asset, rule) aside until a time (ms).

    Raises:
        Problem: there is no such alarm, or the time is past.
    """
    alarm = _find(act, alarm_id)
    if until <= act.now:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "until must be in the future")
    shelf = Shelf(key=alarm.key, until=until, reason=reason, who=act.who, at=act.now)
    shelves.put(act.connection, shelf)
    act.record("alarm.shelve", alarm_id, reason)
    act.announce_alarm(alarm)
    return detail(act, alarm)


def unshelve(act: Act, alarm_id: str) -> AlarmDetail:
    """Put the alarm's (site, asset, rule) back; if it is active it gets a work order.

    Raises:
        Problem: there is no such alarm, or it is not shelved.
    """
    alarm = _find(act, alarm_id)
    if shelves.find(act.connection, alarm.key, now=act.now) is None:
        raise Problem(HTTPStatus.CONFLICT, f"alarm {alarm_id} is not shelved")
    present = put_back(act, alarm.key)
    return detail(act, present if present and present.id == alarm_id else alarm)


def put_back(act: Act, key: Key) -> Alarm | None:
    """End the shelf of (site, asset, rule); return its open alarm as it is then."""
    shelves.remove(act.connection, key)
    alarm = alarms.find_open(act.connection, key)
    act.record("alarm.unshelve", alarm.id if alarm else "/".join(key))
    if alarm is None:
        return None
    return give_order(act, alarm)


def give_order(act: Act, alarm: Alarm) -> Alarm:
    """Give `alarm` an order if it is active and asks for one, and tell how it is then."""
    placement = ordering.place(act, alarm, recurring=False) if alarm.active else None
    if placement is None:
        act.announce_alarm(alarm)
        return alarm
    alarms.update(act.connection, placement.alarm)
    act.announce_alarm(placement.alarm)
    ordering.join(act, placement)
    return placement.alarm


def detail(act: Act, alarm: Alarm) -> AlarmDetail:
    """Return the document of `alarm`."""
    shelf = shelves.find(act.connection, alarm.key, now=act.now)
    return AlarmDetail.with_notes(alarm, shelf, history.notes_on(act.connection, alarm.id))


def _find(act: Act, alarm_id: str) -> Alarm:
    alarm = alarms.find(act.connection, alarm_id)
    if alarm is None:
        raise not_found(f"alarm {alarm_id}")
    return alarm
