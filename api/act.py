"""One write: by whom, when, and in which transaction."""

from dataclasses import dataclass

from sqlalchemy import Connection

from plantroom.api.documents.alarm import AlarmDocument
from plantroom.api.documents.work_order import WorkOrderDocument
from plantroom.domain.occurrence import Alarm
from plantroom.domain.repair import WorkOrder
from plantroom.storage.records import history, shelves, work_orders


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One write of `who` at `now` (ms since the epoch, UTC); all of it is committed, or nothing."""

    connection: Connection
    who: str
    now: int

    def record(self, action: str, subject: str, detail: str = "") -> None:
        """Say in the audit log what was done to what."""
        history.record(
            self.connection, at=self.now, who=self.who, action=action, subject=subject, detail=detail
        )

    def note(self, subject: str, text: str) -> None:
        """Keep what was written on an alarm or a work order."""
        note = history.Note(at=self.now, who=self.who, text=text)
        history.add_note(self.connection, subject=subject, note=note)

    def announce_alarm(self, alarm: Alarm) -> None:
        """Tell the event stream how `alarm` now is."""
        shelf = shelves.find(self.connection, alarm.key, now=self.now)
        document = AlarmDocument.of(alarm, shelf).model_dump_json()
        history.emit(self.connection, at=self.now, kind="alarm", document=document)

    def announce_order(self, order: WorkOrder) -> None:
        """Tell the event stream how `order` now is."""
        alarms = work_orders.alarm_ids(self.connection, [order.number]).get(order.number, [])
        document = WorkOrderDocument.of(order, alarms).model_dump_json()
        history.emit(self.connection, at=self.now, kind="work_order", document=document)
