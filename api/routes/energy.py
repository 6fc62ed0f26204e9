"""`/energy`: consumption, worked out of the stored readings."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Response

from plantroom.api.access.gate import Viewer
from plantroom.api.documents.common import TimeIn
from plantroom.api.documents.energy import EnergyDocument, QuantityDocument
from plantroom.api.energy import read_energy
from plantroom.api.problems import bad_value, not_found
from plantroom.api.routes import PREFIX
from plantroom.api.routes.paging import reply
from plantroom.api.samples import DAY_MS, Span
from plantroom.api.services import Services, ServicesOf
from plantroom.domain.calendar import Every, Night, calendar
from plantroom.domain.report import to_rfc3339
from plantroom.domain.site import Asset, Site
from plantroom.storage.series.port import LATEST

router = APIRouter(prefix=PREFIX, tags=["energy"])
_LONGEST_DAYS = 366
_DEFAULT_DAYS = {Every.HOUR: 1, Every.DAY: 30}


@router.get("/energy", response_model=EnergyDocument)
def get_energy(
    services: ServicesOf,
    _viewer: Viewer,
    *,
    site: Annotated[str | None, Query(description="Default: the only site there is")] = None,
    system: Annotated[str | None, Query(description="Such as hvac: only its assets")] = None,
    asset: Annotated[str | None, Query(description="Only this one, whatever feeds it")] = None,
    start: Annotated[TimeIn | None, Query(description="Default: a day before `end`, 30 for days")] = None,
    end: Annotated[TimeIn | None, Query(description="Exclusive; default: now")] = None,
    every: Every = Every.HOUR,
    night: Annotated[
        str, Query(description="Hours of the site's clock, such as 22-6 or 22:00-06:30")
    ] = "22-6",
) -> Response:
    """Return consumption by whole hours or days of the site's clock, by day and by night, and peak demand."""
    place = _site(services, site, asset)
    assets = _assets(services, place, system=system, asset=asset)
    span = _span(services, start=start, end=end, every=every)
    hours = _night(night)
    days = calendar(start=span.start, end=span.end, every=every, zone=place.timezone, night=hours)
    found = read_energy(services.store, assets=assets, calendar=days)
    return reply(
        EnergyDocument(
            site=place.id,
            system=system,
            asset=asset,
            every=every,
            timezone=place.timezone.key,
            night=str(hours),
            start=to_rfc3339(int(days.edges[0])),
            end=to_rfc3339(days.end),
            quantities=[QuantityDocument.of(metered) for metered in found],
        )
    )


def _site(services: Services, site: str | None, asset: str | None) -> Site:
    table = services.installation.table
    if asset is not None:
        number = table.asset_number.get(asset)
        if number is None or site not in (None, table.site_of[number].id):
            raise not_found(f"asset {asset}" + (f" in site {site}" if site else ""))
        return table.site_of[number]
    if site is None and len(table.sites) == 1:
        return table.sites[0]
    if site is None:
        raise bad_value("site", "must be given: there are several")
    for each in table.sites:
        if each.id == site:
            return each
    raise not_found(f"site {site}")


def _assets(services: Services, site: Site, *, system: str | None, asset: str | None) -> Sequence[Asset]:
    if asset is not None and system is not None:
        raise bad_value("system", "goes without asset")
    if asset is not None:
        return [each for each in site.assets if each.id == asset]
    if system is None:
        return site.assets
    classes = services.installation.classes
    known = {each.system for each in classes.values()}
    if system not in known:
        raise bad_value("system", f"must be one of {', '.join(sorted(known))}: {system!r}")
    return [each for each in site.assets if classes[each.asset_class].system == system]


def _span(services: Services, *, start: str | None, end: str | None, every: Every) -> Span:
    now = services.clock()
    span = Span.parse(start=start, end=end, cursor=None, now=now)
    if start is None:
        span = Span(start=span.end - _DEFAULT_DAYS[every] * DAY_MS, end=span.end)
    if span.start < 2 * DAY_MS or span.end > LATEST - 2 * DAY_MS:
        raise bad_value("start", "and end must be between 1970-01-03 and the year 2262")
    if span.end - span.start > _LONGEST_DAYS * DAY_MS:
        raise bad_value("start", f"must be at most {_LONGEST_DAYS} days before end")
    return span


def _night(text: str) -> Night:
    try:
        return Night.parse(text)
    except ValueError as error:
        raise bad_value("night", str(error)) from None
