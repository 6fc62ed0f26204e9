"""What a rule's author says to whoever goes to look, as documents."""

from plantroom.api.documents.common import Out, TextDocument
from plantroom.api.documents.rule import SourceDocument
from plantroom.domain.rule import Rule


class GuidanceDocument(Out):
    """What is usually behind an alarm, and what to check, each in this order."""

    causes: list[TextDocument]
    actions: list[TextDocument]
    source: SourceDocument | None

    @classmethod
    def of(cls, rule: Rule) -> "GuidanceDocument":
        """Return what `rule` says."""
        source = rule.source
        return cls(
            causes=[TextDocument.of(cause) for cause in rule.causes],
            actions=[TextDocument.of(action) for action in rule.actions],
            source=SourceDocument(standard=source.standard, clause=source.clause, verified=source.verified)
            if source
            else None,
        )
