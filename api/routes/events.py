"""`/events`: server-sent events (contract 4.4)."""

from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query
from fastapi.responses import StreamingResponse

from plantroom.api.access.gate import Viewer
from plantroom.api.live.stream import KINDS, Wish, stream
from plantroom.api.routes import PREFIX
from plantroom.api.services import ServicesOf

router = APIRouter(prefix=PREFIX, tags=["events"])
AnyOf = Query(description="May be given several times")
MEDIA_TYPE = "text/event-stream"


@router.get(
    "/events",
    response_class=StreamingResponse,
    responses={200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}},
)
async def list_events(
    services: ServicesOf,
    _viewer: Viewer,
    *,
    events: Annotated[
        list[Literal["alarm", "work_order", "set_aside", "flood", "rule_override", "sample"]],
        Query(description="Which kinds; default: alarm, work_order and sample"),
    ] = [],
    asset: Annotated[list[str], Query(description="Whose samples; default: all")] = [],
    point: Annotated[list[str], Query(description="Which points' samples; default: all")] = [],
    after: Annotated[str | None, Query(description="As Last-Event-ID, where no header can be set")] = None,
    last_event_id: Annotated[str | None, Header()] = None,
) -> StreamingResponse:
    """Follow alarms and work orders, resuming after `Last-Event-ID`, and the last values of points."""
    wish = Wish(
        after=last_event_id or after,
        kinds=frozenset(events) or KINDS,
        assets=frozenset(asset),
        points=frozenset(point),
    )
    frames = stream(wish, records=services.records, tail=services.tail, latest=services.latest)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(frames, media_type=MEDIA_TYPE, headers=headers)
