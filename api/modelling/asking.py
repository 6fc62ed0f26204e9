"""What the models of an asset say, asked for by people."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from plantroom.api.documents.alarm import AlarmDocument
from plantroom.api.modelling.explaining import Explanation
from plantroom.api.problems import Problem, needed, not_found
from plantroom.api.services import Services
from plantroom.domain.errors import ModelUnusable, StoreUnavailable
from plantroom.domain.feedback import is_of_model
from plantroom.domain.model import DAYS_TO_LIMIT
from plantroom.domain.text import Text

_FIVE_MINUTES_MS: Final = 300_000
_AT_ONCE: Final = 2
"""So many alarms of a list are explained that were not lately."""


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


def sayer(services: Services) -> Callable[[AlarmDocument], Text | None]:
    """Return what tells, in a row of a list, what a model found that raised an alarm; None: not known yet."""
    at = services.clock() // _FIVE_MINUTES_MS * _FIVE_MINUTES_MS
    left = _AT_ONCE

    def say(alarm: AlarmDocument) -> Text | None:
        nonlocal left
        if not alarm.active or not is_of_model(alarm.rule):
            return None
        if not services.explainer.knows(alarm.asset, at=at):
            left -= 1
            if left < 0:
                return None
        try:
            said = explanation_of(services, alarm.asset, at=at)
        except (Problem, StoreUnavailable):
            return None  # the page of the alarm says why
        return said.brief(days=alarm.point == DAYS_TO_LIMIT)

    return say
