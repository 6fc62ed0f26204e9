"""Alarms as documents."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

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
from plantroom.api.documents.guidance import GuidanceDocument
from plantroom.api.documents.set_aside import SetAsideDocument
from plantroom.domain.alarm import AlarmState, TransitionKind
from plantroom.domain.names import ID_PATTERN
from plantroom.domain.occurrence import Alarm
from plantroom.domain.report import to_rfc3339
from plantroom.domain.rule import Rule, Severity
from plantroom.domain.set_aside import Aside, SetAside
from plantroom.domain.work_order import Priority
from plantroom.storage.records.history import Note

Name = Annotated[str, Field(pattern=f"^{ID_PATTERN}$")]
YEAR_S = 366 * 86_400


class ShelfDocument(Out):
    """Until when, why and by whom an alarm was set aside."""

    until: TimeOut
    reason: str
    who: str
    at: TimeOut

    @classmethod
    def of(cls, shelf: SetAside) -> "ShelfDocument":
        """Return the document of `shelf`."""
        assert shelf.until is not None
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
    latched: bool
    """Whether its condition is gone and it stays until a person resets it."""
    latch: bool
    """Whether it will be latched when its condition is gone."""
    life_safety: bool
    """Whether people's lives depend on it: only an administrator may set it aside."""
    chattering: bool
    """Whether it comes and goes so often that it is held active until it is quiet."""
    chattering_since: TimeOut | None
    test: bool
    """Whether it became active in test mode."""
    grouped_under: str | None
    """The alarm of the same fault that came before it."""
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
    """When it asks to be acknowledged again, or opens a new work order, if the condition still holds then."""
    re_alarms: int
    """How often it has asked to be acknowledged again."""
    shelved: ShelfDocument | None
    set_aside: SetAsideDocument | None
    """What people did that decides its state besides its condition, or the test that it is part of."""
    suppressed_reason: str
    """Why the rules suppress it, or did to its end; "" where they do not."""
    root_alarm: str | None
    """The alarm it is, or was to its end, a consequence of; null: none, or it is suppressed by design."""
    consequences: int
    """How many alarms have it as `root_alarm`."""

    @classmethod
    def of(cls, alarm: Alarm, aside: Aside, *, consequences: int) -> "AlarmDocument":
        """Return the document of `alarm`, which is set `aside` so."""
        return cls(**_members(alarm, aside, consequences))


class AlarmDetail(AlarmDocument):
    """One occurrence with what people wrote on it, and what its rule says."""

    comments: list[NoteDocument]
    guidance: GuidanceDocument | None
    """What its rule says to whoever goes to look; null: no file has the rule."""

    @classmethod
    def with_notes(
        cls, alarm: Alarm, aside: Aside, notes: list[Note], *, consequences: int, rule: Rule | None
    ) -> "AlarmDetail":
        """Return the document of `alarm`, which is of `rule`, with `notes`."""
        comments = [NoteDocument.of(note) for note in notes]
        guidance = GuidanceDocument.of(rule) if rule else None
        return cls(comments=comments, guidance=guidance, **_members(alarm, aside, consequences))


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
    latch: bool = False
    life_safety: bool | None = None
    """null: it follows from the asset's system and the point."""
    suppressed: bool = False
    """Of an activation: whether it is born suppressed."""
    cause: Annotated[str, Field(pattern="^([0-9a-f]{20})?$")] = ""
    """The alarm it is a consequence of; "" while suppressed: by design, for `reason`."""


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


def _members(alarm: Alarm, aside: Aside, consequences: int) -> dict[str, Any]:
    first = aside.first
    return {
        "id": alarm.id,
        "site": alarm.site,
        "asset": alarm.asset,
        "rule": alarm.rule,
        "severity": alarm.text.severity,
        "group": alarm.text.group,
        "title": TextDocument.of(alarm.text.title),
        "state": alarm.state(aside),
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
        "re_alarms": alarm.re_alarms,
        "latched": alarm.latched,
        "latch": alarm.text.latch,
        "life_safety": bool(alarm.text.life_safety),
        "chattering": alarm.chattering_since is not None,
        "chattering_since": time_or_none(alarm.chattering_since),
        "test": alarm.test,
        "grouped_under": alarm.grouped_under,
        "shelved": ShelfDocument.of(aside.shelved) if aside.shelved else None,
        "set_aside": SetAsideDocument.of(first, alarm) if first else None,
        "suppressed_reason": alarm.suppression.reason,
        "root_alarm": alarm.suppression.root,
        "consequences": consequences,
    }
