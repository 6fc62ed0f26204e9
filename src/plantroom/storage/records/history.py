"""What happened and who did it: notes, the audit log and the event log, in the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, delete, func, select

from plantroom.storage.records.schema import audit, events, marks, notes

FORGOTTEN: Final = "events_forgotten"
"""The mark that holds the number of the newest event that is no longer kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What a person wrote on an alarm or a work order."""

    at: int
    who: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the audit log."""

    number: int
    at: int
    who: str
    action: str
    subject: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One entry of the event log."""

    number: int
    kind: str
    document: str
    """JSON."""


def add_note(connection: Connection, *, subject: str, note: Note) -> None:
    """Keep a note on the alarm or work order whose id is `subject`."""
    connection.execute(notes.insert().values(subject=subject, at=note.at, who=note.who, text=note.text))


def notes_on(connection: Connection, subject: str) -> list[Note]:
    """Return the notes on `subject`, oldest first."""
    query = select(notes).where(notes.c.subject == subject).order_by(notes.c.number)
    return [Note(at=row.at, who=row.who, text=row.text) for row in connection.execute(query)]


def last_notes(connection: Connection, subjects: Sequence[str]) -> dict[str, Note]:
    """Return the last note on each of `subjects` that has one."""
    newest = select(func.max(notes.c.number)).where(notes.c.subject.in_(subjects)).group_by(notes.c.subject)
    query = select(notes).where(notes.c.number.in_(newest))
    return {row.subject: Note(at=row.at, who=row.who, text=row.text) for row in connection.execute(query)}


def record(connection: Connection, *, at: int, who: str, action: str, subject: str, detail: str = "") -> None:
    """Add a line to the audit log."""
    values = {"at": at, "who": who, "action": action, "subject": subject, "detail": detail}
    connection.execute(_RECORD, values)


def entries(connection: Connection, *, subject: str | None, below: int | None, limit: int) -> list[Entry]:
    """Return the newest `limit` lines of the audit log, those on `subject` or all."""
    query = select(audit).order_by(audit.c.number.desc()).limit(limit)
    if subject is not None:
        query = query.where(audit.c.subject == subject)
    if below is not None:
        query = query.where(audit.c.number < below)
    return [Entry(**row) for row in connection.execute(query).mappings()]


def emit(connection: Connection, *, at: int, kind: str, document: str) -> None:
    """Add an event; those of one writer follow each other in number."""
    connection.execute(_EMIT, {"at": at, "kind": kind, "document": document})


def events_after(connection: Connection, number: int, *, limit: int) -> Sequence[Event]:
    """Return the oldest `limit` events after `number`."""
    query = (
        select(events.c.number, events.c.kind, events.c.document)
        .where(events.c.number > number)
        .order_by(events.c.number)
        .limit(limit)
    )
    return [Event(**row) for row in connection.execute(query).mappings()]


def newest_event(connection: Connection) -> int:
    """Return the number of the newest event that ever was; 0: none was."""
    newest = connection.execute(select(func.max(events.c.number))).scalar_one()
    return newest if newest is not None else forgotten_events(connection)


def forgotten_events(connection: Connection) -> int:
    """Return the number of the newest event that is no longer kept; 0: all are."""
    value = connection.execute(select(marks.c.value).where(marks.c.name == FORGOTTEN)).scalar_one_or_none()
    return value or 0


def forget_events(connection: Connection, *, before: int) -> None:
    """Drop the events older than `before` (ms)."""
    query = select(func.max(events.c.number)).where(events.c.at < before)
    newest = connection.execute(query).scalar_one()
    if newest is None:
        return
    connection.execute(delete(events).where(events.c.number <= newest))
    connection.execute(delete(marks).where(marks.c.name == FORGOTTEN))
    connection.execute(marks.insert().values(name=FORGOTTEN, value=newest))


_RECORD: Final = audit.insert()
_EMIT: Final = events.insert()
