"""Work orders as the API remembers them: what may be done, and which one an alarm gets (contract 4.7)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final

from plantroom.domain.feedback import Feedback
from plantroom.domain.occurrence import Alarm
from plantroom.domain.rule import Severity
from plantroom.domain.text import Text
from plantroom.domain.work_order import Priority, WorkOrderStatus


class Action(Enum):
    """What people do with a work order."""

    ASSIGN = "assign"
    """Say who is to do it."""
    START = "start"
    COMPLETE = "complete"
    """Say that it is done."""
    VERIFY = "verify"
    """Say that it was inspected and is well done."""
    CLOSE = "close"
    """Archive it."""
    REOPEN = "reopen"
    """Say that it is not done after all."""
    CANCEL = "cancel"
    """Say that it is not to be done."""


_S = WorkOrderStatus
LEGAL: Final[Mapping[Action, frozenset[WorkOrderStatus]]] = {
    Action.ASSIGN: frozenset({_S.NEW, _S.ASSIGNED, _S.IN_PROGRESS}),
    Action.START: frozenset({_S.NEW, _S.ASSIGNED}),
    Action.COMPLETE: frozenset({_S.IN_PROGRESS}),
    Action.VERIFY: frozenset({_S.COMPLETED}),
    Action.CLOSE: frozenset(status for status in _S if status.is_open),
    Action.REOPEN: frozenset({_S.COMPLETED, _S.VERIFIED, _S.CLOSED, _S.CANCELLED}),
    Action.CANCEL: frozenset({_S.NEW, _S.ASSIGNED, _S.IN_PROGRESS}),
}
"""The statuses each action is possible in; what was settled without a visit is closed without one."""

_RESULT: Final[Mapping[Action, WorkOrderStatus]] = {
    Action.ASSIGN: _S.ASSIGNED,
    Action.START: _S.IN_PROGRESS,
    Action.COMPLETE: _S.COMPLETED,
    Action.VERIFY: _S.VERIFIED,
    Action.CLOSE: _S.CLOSED,
    Action.CANCEL: _S.CANCELLED,
}

PLANTROOM: Final = "plantroom"
"""Who opens the orders that alarms ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkOrder:
    """Work to be done on an asset; times are ms since the epoch, UTC."""

    number: int = 0
    """Given by the database."""
    site: str
    asset: str
    group: str | None
    """What has at most one open order per asset; None: opened by a person for no alarm."""
    priority: Priority = Priority.NORMAL
    severity: Severity | None = None
    """The highest of the alarms that joined it."""
    status: WorkOrderStatus = WorkOrderStatus.NEW
    title: Text = field(default_factory=Text)
    description: str = ""
    skill: str = ""
    assignee: str | None = None
    due_at: int | None = None
    remedy: str = ""
    """What was done, in the words of who did it."""
    reopened: int = 0
    """How often it was taken up again."""
    created_at: int
    created_by: str
    updated_at: int
    started_at: int | None = None
    completed_at: int | None = None
    verified_at: int | None = None
    closed_at: int | None = None
    """When it was closed or cancelled."""
    feedback: Feedback | None = None
    """Whether its alarms were right; None: nobody has said."""

    @property
    def id(self) -> str:
        """What people call it."""
        return f"WO-{self.number}"


def possible(status: WorkOrderStatus) -> tuple[Action, ...]:
    """Return what may be done with a work order in `status`."""
    return tuple(action for action in Action if status in LEGAL[action])


def apply(order: WorkOrder, action: Action, *, at: int) -> WorkOrder:
    """Return `order` after `action`, which must be legal in its status."""
    if action is Action.REOPEN:
        return reopen(order, at=at)
    changed = replace(order, status=_RESULT[action], updated_at=at)
    match action:
        case Action.START:
            return replace(changed, started_at=at)
        case Action.COMPLETE:
            return replace(changed, completed_at=at)
        case Action.VERIFY:
            return replace(changed, verified_at=at)
        case Action.CLOSE | Action.CANCEL:
            return replace(changed, closed_at=at)
        case _:
            return changed


def reopen(order: WorkOrder, *, at: int) -> WorkOrder:
    """Return `order` as to be done again, by whom it was given to before."""
    return replace(
        order,
        status=WorkOrderStatus.ASSIGNED if order.assignee else WorkOrderStatus.NEW,
        reopened=order.reopened + 1,
        updated_at=at,
        completed_at=None,
        verified_at=None,
        closed_at=None,
    )


def opened_for(alarm: Alarm, *, at: int) -> WorkOrder:
    """Return the new order that `alarm` asks for."""
    template = alarm.text.work_order
    return WorkOrder(
        site=alarm.site,
        asset=alarm.asset,
        group=alarm.text.group,
        priority=template.priority if template else Priority.NORMAL,
        severity=alarm.text.severity,
        title=alarm.text.title,
        skill=template.skill if template else "",
        created_at=at,
        created_by=PLANTROOM,
        updated_at=at,
    )


def raised(order: WorkOrder, alarm: Alarm, *, at: int) -> WorkOrder:
    """Return `order` at least as urgent as what `alarm` asks for."""
    wanted = alarm.text.work_order
    priority, severity = order.priority, order.severity
    if wanted is not None and wanted.priority.rank > priority.rank:
        priority = wanted.priority
    if severity is None or alarm.text.severity.rank > severity.rank:
        severity = alarm.text.severity
    if (priority, severity) == (order.priority, order.severity):
        return order
    return replace(order, priority=priority, severity=severity, updated_at=at)


def is_recurrence(alarm: Alarm, closed: WorkOrder) -> bool:
    """Whether `alarm`'s activation takes up `closed` again, an order of its own rule.

    A higher severity is a new matter, and so is a recurrence after a cancellation.
    """
    if closed.status is not WorkOrderStatus.CLOSED or closed.closed_at is None:
        return False
    if closed.severity is not None and alarm.text.severity.rank > closed.severity.rank:
        return False
    within = alarm.text.reopen_within.total_seconds() * 1000
    return alarm.activated_at - closed.closed_at <= within
