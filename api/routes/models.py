"""`/models`, and what they say of an asset in words."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Response

from plantroom.api.access.gate import Viewer
from plantroom.api.documents.common import Page, TimeIn
from plantroom.api.documents.model import ExplanationDocument, ModelDetail, ModelDocument
from plantroom.api.modelling.asking import explanation_of
from plantroom.api.problems import Problem, not_found
from plantroom.api.routes import PREFIX
from plantroom.api.routes.paging import Cursor, Limit, reply, split
from plantroom.api.services import Services, ServicesOf
from plantroom.domain.errors import ModelUnusable
from plantroom.domain.report import from_rfc3339
from plantroom.storage.models.registry import Registry
from plantroom.storage.models.standing import Standing

router = APIRouter(prefix=PREFIX, tags=["models"])


@router.get("/models", response_model=Page[ModelDocument])
def list_models(
    services: ServicesOf, _viewer: Viewer, *, limit: Limit = 100, cursor: Cursor = None
) -> Response:
    """List the models that are at work, by asset."""
    if services.models is None:
        return reply(Page[ModelDocument](items=[], next=None))
    registry = services.models.registry
    working = {
        asset: standing for asset, standing in _standings(registry).items() if standing.active is not None
    }
    wanted = [asset for asset in sorted(working) if cursor is None or asset > cursor]
    shown, following = split(wanted, limit=limit, cursor=str)
    items = [_at_work(services, registry, asset, working[asset]) for asset in shown]
    return reply(Page[ModelDocument](items=[each for each in items if each is not None], next=following))


@router.get("/models/{asset_id}", response_model=ModelDetail)
def get_models(services: ServicesOf, _viewer: Viewer, asset_id: str) -> Response:
    """Return the models of one asset, all versions that are kept, and what people said of them."""
    if asset_id not in services.installation.table.asset_number or services.models is None:
        raise not_found(f"model of asset {asset_id}")
    registry = services.models.registry
    standing = _standings(registry).get(asset_id, Standing())
    versions = [ModelDocument.of(each, standing) for each in reversed(registry.manifests(asset_id))]
    at_work = None if standing.active is None else _at_work(services, registry, asset_id, standing)
    shown = at_work or (versions[0] if versions else None)
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


def _at_work(services: Services, registry: Registry, asset: str, standing: Standing) -> ModelDocument | None:
    """Return the models of an asset that are at work; None: nothing is known of them but that."""
    off = services.pipelines.models_off(asset)
    unusable = None
    try:
        registry.kept(asset, standing.active or 0)
    except ModelUnusable as error:
        unusable = str(error)
    manifest = next((each for each in registry.manifests(asset) if each.version == standing.active), None)
    return None if manifest is None else ModelDocument.of(manifest, standing, unusable=unusable, off=off)


def _standings(registry: Registry) -> dict[str, Standing]:
    try:
        return dict(registry.standings())
    except ModelUnusable as error:
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, f"the models cannot be read: {error}") from error
