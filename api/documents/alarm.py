"""Alarms as documents."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, model_validator

from plantroom.api.documents.common import (
    In,
    NoteDocument,
    Out,
    ShortText,
    TextDocument,
    TimeIn,
    TimeOut,
    time_or_none,
)
from plantroom.domain.alarm import AlarmState, TransitionKind
from plantroom.domain.names import ID_PATTERN
from plantroom.domain.occurrence import Alarm
from plantroom.domain.report import from_rfc3339, to_rfc3339
from plantroom.domain.rule import Severity
from plantroom.domain.work_order import Priority
from plantroom.storage.records.history import Note
from plantroom.storage.records.shelves import Shelf

Name = Annotated[str, Field(pattern=f"^{ID_PATTERN}$")]
YEAR_S = 366 * 86_400


class ShelfDocument(Out):
    """Until when, why and by whom an alarm was set aside."""

    until: TimeOut
    reason: str
    who: str
    at: TimeOut

    @classmethod
    def of(cls, shelf: Shelf) -> "ShelfDocument":
        """Return the document of `shelf`."""
        return cls(until=to_rfc3339(shelf.until), reason=shelf.reason, who=shelf.who, at=to_rfc3339(shelf.at))


class AlarmDocument(Out):
    """One occurrence of (site, asset, rule)."""

    id: str
    site: str
    asset: str
    rule: str
    severity: Severity
    group: str
    title: TextDocument
    state: AlarmState
    active: bool
    """Whether the condition holds."""
    acknowledged: bool
    latched: bool = False
    """Whether it must be reset by hand; no rule latches yet."""
    value: float | None
    """Of `point`, in `unit`, when it became active."""
    point: str
    unit: str
    reason: str
    active_since: TimeOut
    activated_at: TimeOut
    """When it became active the last time."""
    activations: int
    cleared_at: TimeOut | None
    unknown_since: TimeOut | None
    """Since when it cannot be told whether the condition holds."""
    acknowledged_by: str | None
    acknowledged_at: TimeOut | None
    closed_at: TimeOut | None
    work_order: str | None
    order_closed: bool
    """Whether a person closed its work order while the condition holds."""
    re_alarm_at: TimeOut | None
    """When a new work order is opened if the condition still holds then."""
    shelved: ShelfDocument | None

    @classmethod
    def of(cls, alarm: Alarm, shelf: Shelf | None) -> "AlarmDocument":
        """Return the document of `alarm`, whose (site, asset, rule) is on `shelf`."""
        return cls(**_members(alarm, shelf))


class AlarmDetail(AlarmDocument):
    """One occurrence with what people wrote on it."""

    comments: list[NoteDocument]

    @classmethod
    def with_notes(cls, alarm: Alarm, shelf: Shelf | None, notes: list[Note]) -> "AlarmDetail":
        """Return the document of `alarm` with `notes`."""
        return cls(comments=[NoteDocument.of(note) for note in notes], **_members(alarm, shelf))


class ShelveIn(In):
    """Until when to set aside, by time or by length, and why."""

    until: TimeIn | None = None
    minutes: Annotated[FiniteFloat | None, Field(gt=0, le=YEAR_S / 60)] = None
    reason: Annotated[ShortText, Field(min_length=1)]

    @model_validator(mode="after")
    def _one_end(self) -> "ShelveIn":
        if (self.until is None) == (self.minutes is None):
            raise ValueError("either until or minutes must be given")
        return self

    def end(self, now: int) -> int:
        """Return until when (ms), if it is asked for at `now`."""
        if self.until is not None:
            return from_rfc3339(self.until)
        assert self.minutes is not None
        return now + round(self.minutes * 60_000)


class Acknowledgement(In):
    """An acknowledgement, with a comment or without."""

    comment: ShortText = ""


class TemplateIn(BaseModel):
    """The work order that an activation opens."""

    priority: Priority
    skill: ShortText = ""


class TitleIn(BaseModel):
    """A rule's title."""

    en: ShortText = ""
    zh: ShortText = ""


class TransitionIn(BaseModel):
    """One report of the rules engine; members it does not know belong to a newer pipeline."""

    model_config = ConfigDict(frozen=True)

    site: Name
    asset: Name
    rule: Name
    kind: TransitionKind
    at: TimeIn
    activated_at: TimeIn
    value: FiniteFloat | None = None
    point: Annotated[ShortText, Field(max_length=64)] = ""
    unit: ShortText = ""
    reason: ShortText = ""
    severity: Severity
    group: Annotated[ShortText, Field(min_length=1, max_length=64)]
    title: TitleIn
    work_order: TemplateIn | None = None
    re_alarm_s: Annotated[FiniteFloat, Field(ge=0, le=10 * YEAR_S)]
    reopen_within_s: Annotated[FiniteFloat, Field(ge=0, le=10 * YEAR_S)]


class ReportsIn(In):
    """Reports of the rules engine, in the order they happened; each is a `TransitionIn`."""

    transitions: Annotated[list[Any], Field(max_length=10_000)]


class RejectedReport(Out):
    """A report that cannot be taken."""

    index: int
    """Its position among the transitions."""
    message: str


class ReportsOut(Out):
    """What became of reports."""

    accepted: int
    ignored: int
    """Known already, stale, or about a closed occurrence."""
    rejected: list[RejectedReport]


def _members(alarm: Alarm, shelf: Shelf | None) -> dict[str, Any]:
    return {
        "id": alarm.id,
        "site": alarm.site,
        "asset": alarm.asset,
        "rule": alarm.rule,
        "severity": alarm.text.severity,
        "group": alarm.text.group,
        "title": TextDocument.of(alarm.text.title),
        "state": alarm.state(shelved=shelf is not None),
        "active": alarm.active,
        "acknowledged": alarm.acknowledged,
        "value": alarm.value,
        "point": alarm.point,
        "unit": alarm.unit,
        "reason": alarm.reason,
        "active_since": to_rfc3339(alarm.active_since),
        "activated_at": to_rfc3339(alarm.activated_at),
        "activations": alarm.activations,
        "cleared_at": time_or_none(alarm.cleared_at),
        "unknown_since": time_or_none(alarm.unknown_since),
        "acknowledged_by": alarm.acknowledged_by,
        "acknowledged_at": time_or_none(alarm.acknowledged_at),
        "closed_at": time_or_none(alarm.closed_at),
        "work_order": f"WO-{alarm.work_order}" if alarm.work_order is not None else None,
        "order_closed": alarm.order_closed_at is not None,
        "re_alarm_at": time_or_none(alarm.re_alarm_at),
        "shelved": ShelfDocument.of(shelf) if shelf else None,
    }
