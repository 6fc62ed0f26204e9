"""`/assets` and their samples (contract 4.4)."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query, Response

from plantroom.api.access.gate import Viewer
from plantroom.api.alarming.consequences import documents_of
from plantroom.api.documents.asset import (
    AssetDetail,
    AssetDocument,
    BucketDocument,
    PointDocument,
    SampleDocument,
)
from plantroom.api.documents.common import Page, TimeIn
from plantroom.api.problems import not_found
from plantroom.api.routes import PREFIX
from plantroom.api.routes.paging import Cursor, Limit, number_of, reply, split
from plantroom.api.samples import Aggregate, Span, read_samples
from plantroom.api.services import Services, ServicesOf
from plantroom.domain.site import Asset
from plantroom.storage.records import alarms

router = APIRouter(prefix=PREFIX, tags=["assets"])
AnyOf = Query(description="May be given several times")


@router.get("/assets", response_model=Page[AssetDocument])
def list_assets(
    services: ServicesOf,
    _viewer: Viewer,
    *,
    site: Annotated[list[str], AnyOf] = [],
    asset_class: Annotated[list[str], AnyOf] = [],
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """List the machines in the order of the site files."""
    table = services.installation.table
    after = number_of(cursor)
    numbers = [
        number
        for number in range(0 if after is None else after + 1, len(table.assets))
        if (not site or table.site_of[number].id in site)
        and (not asset_class or table.assets[number].asset_class in asset_class)
    ]
    shown, following = split(numbers, limit=limit, cursor=str)
    with services.records.read() as connection:
        counts = alarms.open_counts(connection)
    items = [_asset(services, number, counts) for number in shown]
    return reply(Page[AssetDocument](items=items, next=following))


@router.get("/assets/{asset_id}", response_model=AssetDetail)
def get_asset(services: ServicesOf, _viewer: Viewer, asset_id: str) -> Response:
    """Return one machine with its points, their last values and its open alarms."""
    asset = _find(services, asset_id)
    table = services.installation.table
    latest = services.latest.of_asset(asset.id, [point.name for point in asset.points])
    with services.records.read() as connection:
        found = alarms.open_of_asset(connection, asset.id)
        documents = documents_of(connection, found, now=services.clock())
    return reply(
        AssetDetail.with_points(
            asset,
            table.site_of[table.asset_number[asset.id]],
            services.pipelines.asset(asset.id),
            points=[PointDocument.of(point, latest.get(point.name)) for point in asset.points],
            alarms=documents,
        )
    )


@router.get("/assets/{asset_id}/samples", response_model=Page[SampleDocument] | Page[BucketDocument])
def list_samples(
    services: ServicesOf,
    _viewer: Viewer,
    asset_id: str,
    *,
    point: str,
    start: Annotated[TimeIn | None, Query(description="Default: a day before `end`")] = None,
    end: Annotated[TimeIn | None, Query(description="Exclusive; default: now")] = None,
    every: Annotated[str | None, Query(description="Width of buckets, such as 30s, 5m, 1h, 1d")] = None,
    agg: Annotated[list[Aggregate], AnyOf] = [],
    limit: Annotated[int, Query(ge=1, le=10_000)] = 10_000,
    cursor: Cursor = None,
) -> Response:
    """List a point's samples, the oldest first; with `every` down-sampled."""
    asset = _find(services, asset_id)
    if point not in {declared.name for declared in asset.points}:
        raise not_found(f"point {point} of asset {asset_id}")
    span = Span.parse(start=start, end=end, cursor=number_of(cursor), now=services.clock())
    body = read_samples(
        services.store, asset=asset_id, point=point, span=span, every=every, agg=agg, limit=limit
    )
    return Response(body, media_type="application/json")


def _asset(services: Services, number: int, open_alarms: Mapping[str, int]) -> AssetDocument:
    table = services.installation.table
    asset = table.assets[number]
    status = services.pipelines.asset(asset.id)
    return AssetDocument.of(asset, table.site_of[number], status, open_alarms.get(asset.id, 0))


def _find(services: Services, asset_id: str) -> Asset:
    table = services.installation.table
    number = table.asset_number.get(asset_id)
    if number is None:
        raise not_found(f"asset {asset_id}")
    return table.assets[number]
