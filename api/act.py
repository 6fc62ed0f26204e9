"""One write: by whom, when, and in which transaction."""

from dataclasses import dataclass, field

from sqlalchemy import Connection

from plantroom.api.documents.alarm import AlarmDocument
from plantroom.api.documents.set_aside import Phase, SetAsideDocument, SetAsideEvent
from plantroom.api.documents.work_order import WorkOrderDocument
from plantroom.domain.alarm_policy import AlarmPolicy
from plantroom.domain.installation import Installation
from plantroom.domain.notice import Notice, NoticeKind
from plantroom.domain.occurrence import Alarm
from plantroom.domain.repair import WorkOrder
from plantroom.domain.set_aside import Aside, SetAside
from plantroom.storage.models.registry import Registry
from plantroom.storage.records import alarms, consequences, history, outbox, set_asides, work_orders


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One write of `who` at `now` (ms since the epoch, UTC); all of it is committed, or nothing."""

    connection: Connection
    who: str
    now: int
    policy: AlarmPolicy = field(default_factory=AlarmPolicy)
    installation: Installation | None = None
    """What the files say, where it is to be answered."""
    models: Registry | None = None
    """Where models learn what people found."""
    roots: set[str] = field(default_factory=set)
    """Ids of the alarms whose consequences changed, to be announced once at the end."""
    gathering: set[int] = field(default_factory=set)
    """Numbers of the orders that others were joined into, likewise."""

    def record(self, action: str, subject: str, detail: str = "") -> None:
        """Say in the audit log what was done to what."""
        history.record(
            self.connection, at=self.now, who=self.who, action=action, subject=subject, detail=detail
        )

    def note(self, subject: str, text: str) -> None:
        """Keep what was written on an alarm or a work order."""
        note = history.Note(at=self.now, who=self.who, text=text)
        history.add_note(self.connection, subject=subject, note=note)

    def aside(self, alarm: Alarm) -> Aside:
        """Return by what `alarm` is set aside now."""
        return set_asides.of_alarm(self.connection, alarm, now=self.now)

    def announce_alarm(self, alarm: Alarm) -> None:
        """Tell the event stream how `alarm` now is."""
        count = consequences.count(self.connection, [alarm.id]).get(alarm.id, 0)
        document = AlarmDocument.of(alarm, self.aside(alarm), consequences=count).model_dump_json()
        history.emit(self.connection, at=self.now, kind="alarm", document=document)

    def announce_order(self, order: WorkOrder) -> None:
        """Tell the event stream how `order` now is."""
        alarms = work_orders.alarm_ids(self.connection, [order.number]).get(order.number, [])
        document = WorkOrderDocument.of(order, alarms).model_dump_json()
        history.emit(self.connection, at=self.now, kind="work_order", document=document)

    def announce_set_aside(self, each: SetAside, phase: Phase) -> None:
        """Tell the event stream what became of `each`."""
        event = SetAsideEvent(phase=phase, set_aside=self.set_aside_document(each))
        history.emit(self.connection, at=self.now, kind="set_aside", document=event.model_dump_json())

    def set_aside_document(self, each: SetAside) -> SetAsideDocument:
        """Return the document of `each`, with the newest alarm of its rule."""
        newest = None
        if each.rule:
            newest = alarms.newest_of_rule(self.connection, (each.site, each.asset, each.rule))
        return SetAsideDocument.of(each, newest)

    def tell(self, kind: NoticeKind, alarm: Alarm, *, until: int | None = None) -> None:
        """Let those be told who want to know of it."""
        outbox.add_notice(self.connection, Notice.of_alarm(kind, alarm, at=self.now, until=until))
