"""What a rule's author says to whoever goes to look, as documents."""

from plantroom.api.documents.common import Out, TextDocument
from plantroom.domain.rule import Rule


class ThresholdSource(Out):
    """Where a threshold comes from."""

    standard: str
    clause: str
    verified: bool
    """Whether the number was read in the standard itself."""


class GuidanceDocument(Out):
    """What is usually behind an alarm, and what to check, each in this order."""

    causes: list[TextDocument]
    actions: list[TextDocument]
    source: ThresholdSource | None

    @classmethod
    def of(cls, rule: Rule) -> "GuidanceDocument":
        """Return what `rule` says."""
        source = rule.source
        return cls(
            causes=[TextDocument.of(cause) for cause in rule.causes],
            actions=[TextDocument.of(action) for action in rule.actions],
            source=ThresholdSource(standard=source.standard, clause=source.clause, verified=source.verified)
            if source
            else None,
        )
