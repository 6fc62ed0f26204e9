"""Work orders as documents."""

from typing import Annotated, Any

from pydantic import Field

from plantroom.api.documents.alarm import Name
from plantroom.api.documents.common import (
    In,
    LongText,
    NoteDocument,
    Out,
    ShortText,
    TextDocument,
    TextIn,
    TimeIn,
    TimeOut,
    time_or_none,
)
from plantroom.domain.feedback import Feedback, Verdict
from plantroom.domain.repair import Action, WorkOrder, possible
from plantroom.domain.report import to_rfc3339
from plantroom.domain.rule import Severity
from plantroom.domain.work_order import Priority, WorkOrderStatus
from plantroom.storage.records.history import Note


class FeedbackDocument(Out):
    """What a person found where an alarm had been raised."""

    verdict: Verdict
    cause: str
    at: TimeOut
    who: str

    @classmethod
    def of(cls, feedback: Feedback) -> "FeedbackDocument":
        """Return the document of `feedback`."""
        return cls(
            verdict=feedback.verdict, cause=feedback.cause, at=to_rfc3339(feedback.at), who=feedback.who
        )


class WorkOrderDocument(Out):
    """Work to be done on an asset."""

    id: str
    site: str
    asset: str
    group: str | None
    """What has at most one open order per asset; null: opened by a person for no alarm."""
    priority: Priority
    severity: Severity | None
    """The highest of its alarms."""
    status: WorkOrderStatus
    title: TextDocument
    description: str
    skill: str
    assignee: str | None
    due_at: TimeOut | None
    remedy: str
    """What was done."""
    reopened: int
    """How often it was taken up again."""
    alarm: str | None
    """The alarm that came first."""
    alarms: list[str]
    created_at: TimeOut
    created_by: str
    updated_at: TimeOut
    started_at: TimeOut | None
    completed_at: TimeOut | None
    verified_at: TimeOut | None
    closed_at: TimeOut | None
    """When it was closed or cancelled."""
    feedback: FeedbackDocument | None
    """Whether its alarms were right; null: nobody has said."""
    possible: list[Action]
    """What may be done with it now."""

    @classmethod
    def of(cls, order: WorkOrder, alarms: list[str]) -> "WorkOrderDocument":
        """Return the document of `order`, which `alarms` joined."""
        return cls(**_members(order, alarms))


class WorkOrderDetail(WorkOrderDocument):
    """A work order with what people wrote on it."""

    comments: list[NoteDocument]

    @classmethod
    def with_notes(cls, order: WorkOrder, alarms: list[str], notes: list[Note]) -> "WorkOrderDetail":
        """Return the document of `order` with `notes`."""
        return cls(comments=[NoteDocument.of(note) for note in notes], **_members(order, alarms))


class WorkOrderIn(In):
    """A work order that a person opens, for an alarm or without."""

    asset: Name
    title: TextIn | Annotated[ShortText, Field(min_length=1)]
    alarm: str | None = None
    """The alarm it is for."""
    description: LongText = ""
    priority: Priority = Priority.NORMAL
    skill: ShortText = ""
    assignee: Annotated[ShortText | None, Field(min_length=1)] = None
    due_at: TimeIn | None = None


class FeedbackIn(In):
    """Whether an alarm was right, and what was behind it."""

    verdict: Verdict
    cause: ShortText = ""

    def said(self, *, by: str, at: int) -> Feedback:
        """Return it as what a person said at `at` (ms)."""
        return Feedback(verdict=self.verdict, cause=self.cause, at=at, who=by)


class WorkOrderPatch(In):
    """What is to be changed; members that are absent stay as they are."""

    title: TextIn | Annotated[ShortText, Field(min_length=1)] | None = None
    description: LongText | None = None
    priority: Priority | None = None
    skill: ShortText | None = None
    due_at: TimeIn | None = None
    """null: no time is set."""
    feedback: FeedbackIn | None = None


class AssignIn(In):
    """Who is to do it."""

    assignee: Annotated[ShortText, Field(min_length=1)]
    comment: LongText = ""


class CompleteIn(In):
    """What was done."""

    remedy: LongText = ""
    comment: LongText = ""
    feedback: FeedbackIn | None = None


class StepIn(In):
    """A comment on the step, or nothing."""

    comment: LongText = ""


class EndIn(StepIn):
    """The last step, with what was found."""

    feedback: FeedbackIn | None = None


def _members(order: WorkOrder, alarms: list[str]) -> dict[str, Any]:
    return {
        "id": order.id,
        "site": order.site,
        "asset": order.asset,
        "group": order.group,
        "priority": order.priority,
        "severity": order.severity,
        "status": order.status,
        "title": TextDocument.of(order.title),
        "description": order.description,
        "skill": order.skill,
        "assignee": order.assignee,
        "due_at": time_or_none(order.due_at),
        "remedy": order.remedy,
        "reopened": order.reopened,
        "alarm": alarms[0] if alarms else None,
        "alarms": alarms,
        "created_at": to_rfc3339(order.created_at),
        "created_by": order.created_by,
        "updated_at": to_rfc3339(order.updated_at),
        "started_at": time_or_none(order.started_at),
        "completed_at": time_or_none(order.completed_at),
        "verified_at": time_or_none(order.verified_at),
        "closed_at": time_or_none(order.closed_at),
        "feedback": FeedbackDocument.of(order.feedback) if order.feedback else None,
        "possible": list(possible(order.status)),
    }
