"""What models say, on the pages of assets and alarms and in the rows of alarms."""

import math
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response

from plantroom.api.documents.common import TimeIn
from plantroom.api.documents.model import ExplanationDocument, ModelDocument
from plantroom.api.live.latest import Latest
from plantroom.api.modelling.asking import explanation_of
from plantroom.api.modelling.explaining import Explanation
from plantroom.api.modelling.listing import models_at_work
from plantroom.api.problems import Problem
from plantroom.api.web.door import door
from plantroom.api.web.reader import Reader, ReaderOf, VisitorOf
from plantroom.api.web.render import render
from plantroom.api.web.voice import Voice, number
from plantroom.domain.errors import StoreUnavailable
from plantroom.domain.model import ANOMALY, DAYS_TO_LIMIT
from plantroom.domain.report import from_rfc3339
from plantroom.models.words import LEAST_SHARE

router = APIRouter(include_in_schema=False)
_DAY_MS: Final = 86_400_000
_MANY: Final = 2.0
_SHOWN: Final = 500
_MOST_MS: Final = 45 * _DAY_MS


@router.get("/models")
def show_all_models(request: Request, reader: VisitorOf) -> Response:
    """Show the models at work: what they say now, what they learnt, and how often they were right."""
    return door(request) if reader is None else _all(reader)


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
            "ratio": _ratio(reader.voice, said.ratio),
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


def _all(reader: Reader) -> Response:
    services = reader.services
    items: list[ModelDocument] = []
    more = None
    if services.models is not None:
        items, more = models_at_work(services, services.models.registry, limit=_SHOWN, cursor=None)
    latest = {each.asset: services.latest.of_asset(each.asset, (ANOMALY, DAYS_TO_LIMIT)) for each in items}
    rows = [
        (
            each,
            _ratio(reader.voice, _last(latest[each.asset].get(ANOMALY))),
            _last(latest[each.asset].get(DAYS_TO_LIMIT)),
        )
        for each in items
    ]
    return render(
        "all_models.html",
        title=reader.voice.word("models"),
        rows=rows,
        more=more,
        number=number,
        **reader.base(),
    )


def _last(latest: Latest | None) -> float | None:
    return None if latest is None else latest.value


def _ratio(voice: Voice, ratio: float | None) -> str:
    """Return how far a score is up to its limit, or beyond, as people read it; empty: nobody knows."""
    if ratio is None or not math.isfinite(ratio):
        return ""
    if ratio < _MANY:
        return voice.word("part_of_limit", ratio=f"{100 * ratio:.0f} %")
    return voice.word("times_limit", ratio=number(ratio))


def _start(said: Explanation) -> int:
    """Return from when on to draw what is said: a day before it began, and no less than a day."""
    began = [each.wear.since for each in said.remaining if each.wear]
    began += [said.at] if said.since is None else [said.since]
    return max(min(began) - _DAY_MS, said.at - _MOST_MS)
