"""The reports of pipelines, as they come."""

import logging
from collections.abc import Sequence
from typing import Any, Final

from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from plantroom.api.act import Act
from plantroom.api.alarming import consequences
from plantroom.api.alarming.reports import receive
from plantroom.api.documents.alarm import RejectedReport, ReportsOut, TransitionIn
from plantroom.api.services import Services
from plantroom.domain.alarm import Transition
from plantroom.domain.report import from_document

CHUNK: Final = 200
"""Reports in one transaction, so that people's writes need not wait for a whole backlog."""

log = logging.getLogger(__name__)
Numbered = tuple[int, Transition]
"""A report and its position among those that came."""


def take(services: Services, documents: Sequence[Any], *, who: str) -> ReportsOut:
    """Apply the reports in `documents` in their order; what cannot be taken is answered, not raised."""
    good, rejected = _parse(documents)
    accepted = 0
    for start in range(0, len(good), CHUNK):
        taken, refused = _take_chunk(services, good[start : start + CHUNK], who=who)
        accepted += taken
        rejected += refused
    ignored = len(documents) - accepted - len(rejected)
    for outcome, count in (("accepted", accepted), ("ignored", ignored), ("rejected", len(rejected))):
        services.metrics.reports.labels(outcome).inc(count)
    in_order = sorted(rejected, key=lambda report: report.index)
    return ReportsOut(accepted=accepted, ignored=ignored, rejected=in_order)


def _parse(documents: Sequence[Any]) -> tuple[list[Numbered], list[RejectedReport]]:
    good: list[Numbered] = []
    rejected: list[RejectedReport] = []
    for index, document in enumerate(documents):
        try:
            checked = TransitionIn.model_validate(document)
            good.append((index, from_document(checked.model_dump(mode="json"))))
        except ValidationError as error:
            rejected.append(RejectedReport(index=index, message=_message(error)))
    return good, rejected


def _message(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(str(part) for part in mistake['loc']) or 'transition'}: {mistake['msg']}"
        for mistake in error.errors(include_url=False)
    )


def _take_chunk(
    services: Services, reports: Sequence[Numbered], *, who: str
) -> tuple[int, list[RejectedReport]]:
    """Apply `reports` in one transaction, or each in its own where the database refuses one of them."""
    try:
        return _apply(services, [report for _, report in reports], who=who), []
    except DBAPIError:
        log.warning("reports refused together, trying one by one", exc_info=True)
    accepted = 0
    rejected: list[RejectedReport] = []
    for index, report in reports:
        try:
            accepted += _apply(services, [report], who=who)
        except DBAPIError as error:
            rejected.append(RejectedReport(index=index, message=f"refused by the database: {error.orig}"))
    return accepted, rejected


def _apply(services: Services, reports: Sequence[Transition], *, who: str) -> int:
    with services.records.write() as connection:
        act = Act(connection=connection, who=who, now=services.clock(), policy=services.policy)
        taken = sum(receive(act, report, system=services.system_of(report.asset)) for report in reports)
        consequences.announce(act)
        return taken
