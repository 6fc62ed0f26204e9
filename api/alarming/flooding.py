"""Floods: alarms that come faster than people can act on them."""

from plantroom.api.act import Act
from plantroom.api.documents.set_aside import FloodDocument
from plantroom.domain.alarm_policy import milliseconds
from plantroom.domain.notice import Notice, NoticeKind
from plantroom.domain.report import to_rfc3339
from plantroom.domain.rule import Severity
from plantroom.storage.records import floods, history, outbox
from plantroom.storage.records.floods import Flood


def rise(act: Act) -> None:
    """Say that a flood begins if the alarm that was just shown is one too many."""
    if floods.current(act.connection) is not None:
        return
    count = floods.shown_since(act.connection, act.now - milliseconds(act.policy.flood.window))
    if count > act.policy.flood.begins_above:
        flood = floods.begin(act.connection, at=act.now, alarms=count)
        act.record("flood.begin", f"flood/{flood.number}", f"{count} alarms")
        _tell(act, flood)


def fall(act: Act) -> bool:
    """Say that the flood is over if so few alarms are shown; return whether it is."""
    flood = floods.current(act.connection)
    if flood is None:
        return False
    window = milliseconds(act.policy.flood.window)
    if floods.shown_since(act.connection, act.now - window) >= act.policy.flood.ends_below:
        return False
    count = floods.shown_since(act.connection, flood.began_at - window)
    over = floods.end(act.connection, flood, at=act.now, alarms=count)
    act.record("flood.end", f"flood/{flood.number}", f"{count} alarms")
    outbox.hasten(act.connection, now=act.now)
    _tell(act, over)
    return True


def document_of(flood: Flood) -> FloodDocument:
    """Return the document of `flood`."""
    return FloodDocument(
        number=flood.number,
        began_at=to_rfc3339(flood.began_at),
        ended_at=to_rfc3339(flood.ended_at) if flood.ended_at is not None else None,
        alarms=flood.alarms,
    )


def _tell(act: Act, flood: Flood) -> None:
    history.emit(act.connection, at=act.now, kind="flood", document=document_of(flood).model_dump_json())
    over = flood.ended_at is not None
    notice = Notice(
        kind=NoticeKind.FLOOD,
        at=act.now,
        severity=Severity.INFO if over else Severity.CRITICAL,
        count=flood.alarms,
        over=over,
    )
    outbox.add_notice(act.connection, notice)
