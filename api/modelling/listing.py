"""Which models are at work, and what people think of them."""

from http import HTTPStatus

from plantroom.api.documents.model import ModelDocument
from plantroom.api.problems import Problem
from plantroom.api.services import Services
from plantroom.domain.errors import ModelUnusable
from plantroom.storage.models.registry import Registry
from plantroom.storage.models.standing import Standing


def models_at_work(
    services: Services, registry: Registry, *, limit: int, cursor: str | None
) -> tuple[list[ModelDocument], str | None]:
    """Return the models at work of the first `limit` assets after `cursor`, by asset, and the next cursor.

    Raises:
        Problem: what is at work cannot be read.
    """
    standings = standings_of(registry)
    working = sorted(asset for asset, standing in standings.items() if standing.active is not None)
    wanted = [asset for asset in working if cursor is None or asset > cursor]
    shown = wanted[:limit]
    found = [at_work(services, registry, asset, standings[asset]) for asset in shown]
    return [each for each in found if each is not None], shown[-1] if len(wanted) > limit else None


def at_work(services: Services, registry: Registry, asset: str, standing: Standing) -> ModelDocument | None:
    """Return the models of an asset that are at work; None: their manifest is gone."""
    unusable = None
    try:
        registry.kept(asset, standing.active or 0)
    except ModelUnusable as error:
        unusable = str(error)
    manifests = (each for each in registry.manifests(asset) if each.version == standing.active)
    manifest = next(manifests, None)
    off = services.pipelines.models_off(asset)
    return None if manifest is None else ModelDocument.of(manifest, standing, unusable=unusable, off=off)


def standings_of(registry: Registry) -> dict[str, Standing]:
    """Return where the models of each asset stand.

    Raises:
        Problem: that cannot be read.
    """
    try:
        return dict(registry.standings())
    except ModelUnusable as error:
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, f"the models cannot be read: {error}") from error
