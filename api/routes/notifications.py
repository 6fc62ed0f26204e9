"""`/notifications`: what people outside the page were told, and what waits."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from plantroom.api.access.gate import Viewer
from plantroom.api.documents.common import Page
from plantroom.api.documents.notification import NotificationDocument
from plantroom.api.routes import PREFIX
from plantroom.api.routes.paging import Cursor, Limit, number_of, reply, split
from plantroom.api.services import ServicesOf
from plantroom.storage.records import outbox

router = APIRouter(prefix=PREFIX, tags=["notifications"])


@router.get("/notifications", response_model=Page[NotificationDocument])
def list_notifications(
    services: ServicesOf,
    _viewer: Viewer,
    *,
    channel: Annotated[list[str], Query(description="May be given several times")] = [],
    pending: Annotated[bool, Query(description="Only what has not arrived yet")] = False,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """List messages to channels, delivered, waiting and given up; kept for 30 days."""
    below = number_of(cursor)
    with services.records.read() as connection:
        found = outbox.page(connection, channels=channel, open_only=pending, below=below, limit=limit + 1)
    shown, following = split(found, limit=limit, cursor=lambda delivery: str(delivery.number))
    items = [NotificationDocument.of(delivery) for delivery in shown]
    return reply(Page[NotificationDocument](items=items, next=following))
