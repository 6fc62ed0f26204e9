"""`/assets/{id}/power-quality`: whether a week complied with EN 50160, apart from alarms."""

from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Response

from plantroom.api.access.gate import Viewer
from plantroom.api.documents.power_quality import PowerQualityDocument
from plantroom.api.power_quality import read_quality
from plantroom.api.problems import bad_value, not_found
from plantroom.api.routes import PREFIX
from plantroom.api.routes.paging import reply
from plantroom.api.services import ServicesOf
from plantroom.domain.power_quality import Week

router = APIRouter(prefix=PREFIX, tags=["power quality"])


@router.get("/assets/{asset_id}/power-quality", response_model=PowerQualityDocument)
def get_power_quality(
    services: ServicesOf,
    _viewer: Viewer,
    asset_id: str,
    week: Annotated[str | None, Query(description="Such as 2026-W29; default: the last whole week")] = None,
) -> Response:
    """Return a verdict on each phase's voltage, on unbalance and on harmonics, by 10-minute means."""
    table = services.installation.table
    number = table.asset_number.get(asset_id)
    if number is None:
        raise not_found(f"asset {asset_id}")
    zone = table.site_of[number].timezone
    quality = read_quality(services.store, table.assets[number], week_of(week, zone, now=services.clock()))
    return reply(PowerQualityDocument.of(quality, asset=asset_id, timezone=zone.key))


def week_of(written: str | None, zone: ZoneInfo, *, now: int) -> Week:
    """Return the week that is asked for.

    Raises:
        Problem: there is no such week.
    """
    if written is None:
        return Week.before(now, zone)
    try:
        return Week.parse(written, zone)
    except ValueError as error:
        raise bad_value("week", str(error)) from None
