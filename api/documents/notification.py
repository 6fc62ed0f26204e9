"""Messages to people, as documents; none shows where they are sent to."""

from enum import Enum

from plantroom.api.documents.common import Out, TextDocument, TimeOut, time_or_none
from plantroom.domain.notice import NoticeKind
from plantroom.domain.report import to_rfc3339
from plantroom.domain.rule import Severity
from plantroom.storage.records.outbox import Delivery


class DeliveryState(Enum):
    """Whether a message has arrived."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    """It was tried for a day."""


class NotificationDocument(Out):
    """One message for one channel."""

    number: int
    channel: str
    kind: NoticeKind
    severity: Severity
    state: DeliveryState
    digest: bool
    """Whether a flood delays it, to be told together with others."""
    alarm: str | None
    asset: str | None
    title: TextDocument
    at: TimeOut
    attempts: int
    next_at: TimeOut | None
    """When it is tried next."""
    ended_at: TimeOut | None
    error: str
    """Why the last attempt failed."""

    @classmethod
    def of(cls, delivery: Delivery) -> "NotificationDocument":
        """Return the document of `delivery`."""
        notice = delivery.notice
        ended = DeliveryState.DELIVERED if delivery.delivered else DeliveryState.FAILED
        return cls(
            number=delivery.number,
            channel=delivery.channel,
            kind=notice.kind,
            severity=notice.severity,
            state=DeliveryState.PENDING if delivery.ended_at is None else ended,
            digest=delivery.digest,
            alarm=notice.alarm or None,
            asset=notice.asset or None,
            title=TextDocument.of(notice.title),
            at=to_rfc3339(notice.at),
            attempts=delivery.attempts,
            next_at=to_rfc3339(delivery.next_at) if delivery.ended_at is None else None,
            ended_at=time_or_none(delivery.ended_at),
            error=delivery.error,
        )
