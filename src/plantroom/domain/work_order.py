"""Work orders and their life (contract 4.4)."""

from enum import Enum


class Priority(Enum):
    """How soon the work must be done, in ascending order of definition."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"

    @property
    def rank(self) -> int:
        """Position in ascending order, from 0."""
        return list(Priority).index(self)


class WorkOrderStatus(Enum):
    """Where a work order stands."""

    NEW = "new"
    """受理: accepted and recorded, nobody sent yet."""
    ASSIGNED = "assigned"
    """派单: somebody is to do it."""
    IN_PROGRESS = "in_progress"
    """处理: being worked on."""
    COMPLETED = "completed"
    """完工待验: done, to be inspected."""
    VERIFIED = "verified"
    """验收: inspected and accepted."""
    CLOSED = "closed"
    """回访归档: followed up and archived."""
    CANCELLED = "cancelled"
    """取消: not to be done."""

    @property
    def is_open(self) -> bool:
        """Whether work may still be done on it."""
        return self not in (WorkOrderStatus.CLOSED, WorkOrderStatus.CANCELLED)
