"""Ways out of the house: who is told what, and how they are reached."""

from dataclasses import dataclass, field
from typing import Final

from plantroom.domain.notice import Notice, NoticeKind
from plantroom.domain.rule import Severity

USUAL: Final = frozenset(
    {NoticeKind.ACTIVATED, NoticeKind.RE_ALARM, NoticeKind.REMINDER, NoticeKind.FLOOD, NoticeKind.TEST}
)
"""What a channel is told that does not say what it wants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An address that takes signed JSON."""

    url: str = field(repr=False)
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One way to reach people or programs; its addresses are secrets."""

    id: str
    severity: Severity = Severity.WARNING
    """The least that it is told of."""
    sites: frozenset[str] = frozenset()
    """Empty: all."""
    kinds: frozenset[NoticeKind] = USUAL
    language: str = "both"
    """`en`, `zh` or `both`."""
    webhook: Webhook | None = None
    apprise: str = field(default="", repr=False)
    """A URL that Apprise knows."""

    def wants(self, notice: Notice) -> bool:
        """Whether this channel is told of `notice`."""
        if notice.kind not in self.kinds:
            return False
        if notice.kind is NoticeKind.FLOOD:
            return True
        if self.sites and notice.site not in self.sites:
            return False
        return notice.severity.rank >= self.severity.rank


@dataclass(frozen=True, slots=True, kw_only=True)
class Channels:
    """All ways out, and where those who are told find the page."""

    items: tuple[Channel, ...] = ()
    link: str = ""
    """URL of the page; "": messages have no link."""
