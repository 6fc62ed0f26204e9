"""Mappings of foreign payloads."""

from typing import Literal

from plantroom.api.documents.common import Out, TimeOut, time_or_none
from plantroom.api.pipelines import MappingWork
from plantroom.domain.mapping import PayloadMapping

State = Literal["waiting", "skipping", "failing", "working"]
"""No message has come, all were left out, none gave a value, values come."""


class MappingDocument(Out):
    """A mapping and what it has done since the pipeline's start."""

    name: str
    site: str
    topic: str
    points: list[str]
    """Empty where the topic names them."""
    state: State
    reason: str
    """Why nothing comes, or why something last failed; empty: nothing has."""
    messages: int
    """Messages on its topics."""
    values: int
    """Values found, good and bad."""
    skipped: int
    """Documents, and readings of assets and points, that it is not about."""
    failed: int
    """Messages, readings and values that could not be used: see the dead letters."""
    last_message: TimeOut | None
    last_failure: TimeOut | None
    failed_topic: str

    @classmethod
    def of(cls, mapping: PayloadMapping, site: str, work: MappingWork) -> "MappingDocument":
        """Return the document of `mapping`."""
        state, reason = _state(mapping, work)
        return cls(
            name=mapping.name,
            site=site,
            topic=mapping.topic.text,
            points=[point.name for point in mapping.points],
            state=state,
            reason=reason,
            messages=work.messages,
            values=work.values,
            skipped=work.skipped,
            failed=work.failed,
            last_message=time_or_none(work.last or None),
            last_failure=time_or_none(work.last_failed or None),
            failed_topic=work.topic,
        )


def _state(mapping: PayloadMapping, work: MappingWork) -> tuple[State, str]:
    if not work.messages:
        return "waiting", f"no message has come on {mapping.topic.filter}"
    if work.values:
        return "working", work.reason
    if work.failed:
        return "failing", work.reason
    return "skipping", "no message was about its assets and points, or met its condition"
