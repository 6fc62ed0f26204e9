"""What models say, on the pages of assets and alarms and in the rows of alarms."""

from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Response

from plantroom.api.documents.common import TimeIn
from plantroom.api.documents.model import ExplanationDocument
from plantroom.api.modelling.asking import explanation_of
from plantroom.api.modelling.explaining import Explanation
from plantroom.api.problems import Problem
from plantroom.api.web.reader import ReaderOf
from plantroom.api.web.render import render
from plantroom.domain.errors import StoreUnavailable
from plantroom.domain.report import from_rfc3339
from plantroom.models.words import LEAST_SHARE

router = APIRouter(include_in_schema=False)
_DAY_MS: Final = 86_400_000
_MANY: Final = 2.0
_MOST_MS: Final = 45 * _DAY_MS


@router.get("/web/assets/{asset_id}/models")
def show_models(reader: ReaderOf, asset_id: str, at: Annotated[TimeIn | None, Query()] = None) -> Response:
    """Show what the models of an asset say, now or at a time, and why."""
    services = reader.services
    moment = from_rfc3339(at) if at else services.clock()
    said, mistake = None, ""
    try:
        said = explanation_of(services, asset_id, at=moment)
    except Problem as problem:
        if problem.status is not HTTPStatus.NOT_FOUND:
            mistake = problem.detail
    except StoreUnavailable as error:
        mistake = str(error)
    shown: dict[str, Any] = {"said": None, "off": (), "standing": None}
    if said is not None and services.models is not None:
        shown = {
            "ratio": _ratio(said.ratio),
            "said": ExplanationDocument.of(said),
            "notable": [each.model for each in said.notable],
            "start": _start(said),
            "end": moment,
            "off": services.pipelines.models_off(asset_id),
            "standing": services.models.registry.standings().get(asset_id),
        }
    return render(
        "models.html",
        **reader.base(),
        asset_id=asset_id,
        mistake=mistake,
        least_share=LEAST_SHARE,
        **shown,
    )


def _ratio(ratio: float | None) -> str:
    """Return how far a score is up to its limit, or beyond, as people read it."""
    if ratio is None:
        return ""
    return f"{100 * ratio:.0f} %" if ratio < _MANY else f"{ratio:.0f} ×"


def _start(said: Explanation) -> int:
    """Return from when on to draw what is said: a day before it began, and no less than a day."""
    began = [each.wear.since for each in said.remaining if each.wear]
    began += [said.at] if said.since is None else [said.since]
    return max(min(began) - _DAY_MS, said.at - _MOST_MS)
