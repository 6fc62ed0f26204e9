"""What the models of an asset say, asked for by people."""

from http import HTTPStatus

from plantroom.api.modelling.explaining import Explanation
from plantroom.api.problems import Problem, needed, not_found
from plantroom.api.services import Services
from plantroom.domain.errors import ModelUnusable


def explanation_of(services: Services, asset: str, *, at: int) -> Explanation:
    """Return what the models of `asset` say of `at` (ms).

    Raises:
        Problem: there is no such asset, it has no models at work, or they or the readings cannot be read.
        StoreUnavailable: the store does not answer.
    """
    table = services.installation.table
    if asset not in table.asset_number:
        raise not_found(f"asset {asset}")
    try:
        work = services.models.at_work(asset) if services.models else None
    except ModelUnusable as error:
        raise Problem(
            HTTPStatus.SERVICE_UNAVAILABLE, f"the models of {asset} cannot be read: {error}"
        ) from error
    if work is None:
        raise not_found(f"model of asset {asset} at work: train it with `plantroom models train`")
    return services.explainer.explain(needed(services.store), table, work, at=at)
