"""`/alarm-performance`: how well the alarm system serves people."""

from typing import Annotated, Final

from fastapi import APIRouter, Query

from plantroom.api.access.gate import Viewer
from plantroom.api.alarming.performance import read_performance
from plantroom.api.documents.common import TimeIn
from plantroom.api.documents.performance import PerformanceDocument
from plantroom.api.problems import bad_value
from plantroom.api.routes import PREFIX
from plantroom.api.services import ServicesOf
from plantroom.domain.report import from_rfc3339

router = APIRouter(prefix=PREFIX, tags=["alarms"])
DAY_MS: Final = 86_400_000
LONGEST_MS: Final = 366 * DAY_MS
USUAL_MS: Final = 7 * DAY_MS


@router.get("/alarm-performance", response_model=PerformanceDocument)
def get_alarm_performance(
    services: ServicesOf,
    _viewer: Viewer,
    *,
    start: Annotated[
        TimeIn | None, Query(alias="from", description="Inclusive; default 7 days before `to`")
    ] = None,
    to: Annotated[TimeIn | None, Query(description="Exclusive; default now")] = None,
    site: Annotated[str | None, Query(description="Default: all")] = None,
) -> PerformanceDocument:
    """Return the table of a period after ISA-18.2, the worst alarms with advice, and how it is now."""
    stop = from_rfc3339(to) if to else services.clock()
    begin = from_rfc3339(start) if start else stop - USUAL_MS
    if begin >= stop:
        raise bad_value("from", "must be before to")
    if stop - begin > LONGEST_MS:
        raise bad_value("from", "must be at most 366 days before to")
    return read_performance(services, start=begin, stop=stop, site=site)
