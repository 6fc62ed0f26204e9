"""Whether the rules have set an alarm aside: by design, or as a consequence of another alarm."""

from dataclasses import dataclass, replace
from typing import Final

from plantroom.domain.alarm import Transition, TransitionKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """What the rules say of one alarm; times are event times, ms since the epoch, UTC."""

    holds: bool = False
    reason: str = ""
    root: str | None = None
    """Id of the alarm it is, or was to its end, a consequence of; None: by design, or never."""
    suppressed_at: int | None = None
    """Time of the last report that it is suppressed."""
    released_at: int | None = None
    """Time of the last report that it is not."""
    unseen: bool = False
    """Whether it has been suppressed from its beginning, so that people never saw it."""

    @property
    def says(self) -> tuple[bool, str, str | None]:
        """What people see of it."""
        return (self.holds, self.reason, self.root)

    @classmethod
    def at_birth(cls, report: Transition) -> "Suppression":
        """Return how the activation in `report` is born."""
        if not report.suppressed:
            return cls(released_at=report.at)
        return cls(
            holds=True,
            reason=report.reason,
            root=report.cause or None,
            suppressed_at=report.at,
            unseen=True,
        )

    def after(self, report: Transition) -> "Suppression":
        """Return how it is after `report`; itself where that is known already, or something later is."""
        if _suppresses(report):
            return self._suppressed(report)
        return self._released(report)

    def ended(self) -> "Suppression":
        """Return it as over together with its alarm's condition."""
        return replace(self, holds=False)

    def _suppressed(self, report: Transition) -> "Suppression":
        if _is_later(self.suppressed_at, report.at) or _is_past(self.released_at, report.at):
            return self
        root = report.cause or None
        return replace(self, holds=True, reason=report.reason, root=root, suppressed_at=report.at)

    def _released(self, report: Transition) -> "Suppression":
        if _is_later(self.released_at, report.at) or _is_past(self.suppressed_at, report.at):
            return self
        return Suppression(suppressed_at=self.suppressed_at, released_at=report.at)


NEVER: Final = Suppression()
"""Nobody has said anything of it."""


def _suppresses(report: Transition) -> bool:
    if report.kind is TransitionKind.ACTIVATED:
        return report.suppressed
    return report.kind is TransitionKind.SUPPRESSED


def _is_later(known: int | None, at: int) -> bool:
    """Whether the same was said at `at` or later: a report's time is part of its name."""
    return known is not None and known >= at


def _is_past(known: int | None, at: int) -> bool:
    """Whether the contrary was said later."""
    return known is not None and known > at
