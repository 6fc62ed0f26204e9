"""`/models`, and what they say of an asset in words."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from plantroom.api.access.gate import Viewer
from plantroom.api.documents.common import Page, TimeIn
from plantroom.api.documents.model import ExplanationDocument, ModelDetail, ModelDocument
from plantroom.api.modelling.asking import explanation_of
from plantroom.api.modelling.listing import at_work, models_at_work, standings_of
from plantroom.api.problems import not_found
from plantroom.api.routes import PREFIX
from plantroom.api.routes.paging import Cursor, Limit, reply
from plantroom.api.services import ServicesOf
from plantroom.domain.report import from_rfc3339
from plantroom.storage.models.standing import Standing

router = APIRouter(prefix=PREFIX, tags=["models"])


@router.get("/models", response_model=Page[ModelDocument])
def list_models(
    services: ServicesOf, _viewer: Viewer, *, limit: Limit = 100, cursor: Cursor = None
) -> Response:
    """List the models that are at work, by asset."""
    if services.models is None:
        return reply(Page[ModelDocument](items=[], next=None))
    items, following = models_at_work(services, services.models.registry, limit=limit, cursor=cursor)
    return reply(Page[ModelDocument](items=items, next=following))


@router.get("/models/{asset_id}", response_model=ModelDetail)
def get_models(services: ServicesOf, _viewer: Viewer, asset_id: str) -> Response:
    """Return the models of one asset, all versions that are kept, and what people said of them."""
    if asset_id not in services.installation.table.asset_number or services.models is None:
        raise not_found(f"model of asset {asset_id}")
    registry = services.models.registry
    standing = standings_of(registry).get(asset_id, Standing())
    versions = [ModelDocument.of(each, standing) for each in reversed(registry.manifests(asset_id))]
    present = None if standing.active is None else at_work(services, registry, asset_id, standing)
    shown = present or (versions[0] if versions else None)
    if shown is None:
        raise not_found(f"model of asset {asset_id}: none was trained")
    return reply(ModelDetail.with_versions(shown, versions, registry.feedback(asset_id)))


@router.get("/assets/{asset_id}/explanation", response_model=ExplanationDocument)
def get_explanation(
    services: ServicesOf,
    _viewer: Viewer,
    asset_id: str,
    *,
    at: Annotated[TimeIn | None, Query(description="Default: now")] = None,
) -> Response:
    """Say in words what the models of an asset find: what, by how much, since when, compared with what."""
    moment = from_rfc3339(at) if at else services.clock()
    return reply(ExplanationDocument.of(explanation_of(services, asset_id, at=moment)))
