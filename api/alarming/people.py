"""What people do to alarms."""

from http import HTTPStatus

from plantroom.api.act import Act
from plantroom.api.documents.alarm import AlarmDetail
from plantroom.api.problems import Problem, not_found
from plantroom.domain import occurrence
from plantroom.domain.occurrence import Alarm
from plantroom.storage.records import alarms, consequences, history


def acknowledge(act: Act, alarm_id: str, *, comment: str) -> AlarmDetail:
    """Say that somebody knows of the alarm; a second time changes nothing.

    Raises:
        Problem: there is no such alarm, or it was closed without anybody's knowing.
    """
    alarm = find(act, alarm_id)
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
    alarm = find(act, alarm_id)
    act.note(alarm_id, text)
    act.record("alarm.comment", alarm_id, text)
    act.announce_alarm(alarm)
    return detail(act, alarm)


def reset(act: Act, alarm_id: str) -> AlarmDetail:
    """Let a latched alarm go.

    Raises:
        Problem: there is no such alarm, its condition holds, or it is not latched.
    """
    alarm = find(act, alarm_id)
    if not alarm.latched:
        state = "its condition holds" if alarm.active else "it is not latched"
        raise Problem(HTTPStatus.CONFLICT, f"alarm {alarm_id} cannot be reset: {state}")
    changed = occurrence.reset(alarm, at=act.now)
    alarms.update(act.connection, changed)
    act.record("alarm.reset", alarm_id)
    act.announce_alarm(changed)
    return detail(act, changed)


def detail(act: Act, alarm: Alarm) -> AlarmDetail:
    """Return the document of `alarm`."""
    count = consequences.count(act.connection, [alarm.id]).get(alarm.id, 0)
    notes = history.notes_on(act.connection, alarm.id)
    rule = act.installation.rule(alarm.site, alarm.rule) if act.installation else None
    return AlarmDetail.with_notes(alarm, act.aside(alarm), notes, consequences=count, rule=rule)


def find(act: Act, alarm_id: str) -> Alarm:
    """Return the alarm of that id.

    Raises:
        Problem: there is none.
    """
    alarm = alarms.find(act.connection, alarm_id)
    if alarm is None:
        raise not_found(f"alarm {alarm_id}")
    return alarm
