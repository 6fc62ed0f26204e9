"""What people outside the page are told."""

from dataclasses import dataclass, field
from enum import Enum

from plantroom.domain.occurrence import Alarm
from plantroom.domain.rule import Severity
from plantroom.domain.text import Text


class NoticeKind(Enum):
    """What there is to tell."""

    ACTIVATED = "activated"
    """An alarm became active, more severe, or came back from where it was set aside."""
    CLEARED = "cleared"
    """Its condition is gone."""
    RE_ALARM = "re_alarm"
    """It was known for so long that it asks again."""
    REMINDER = "reminder"
    """It will come back from where it was set aside."""
    FLOOD = "flood"
    """Alarms come faster than people can act, or no longer."""
    TEST = "test"
    """Somebody tries whether messages arrive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing to tell; times are ms since the epoch, UTC."""

    kind: NoticeKind
    at: int
    severity: Severity
    site: str = ""
    asset: str = ""
    rule: str = ""
    alarm: str = ""
    """The alarm's id."""
    title: Text = field(default_factory=Text)
    value: float | None = None
    point: str = ""
    unit: str = ""
    active_since: int | None = None
    cleared_at: int | None = None
    work_order: int | None = None
    life_safety: bool = False
    until: int | None = None
    """When what was set aside comes back."""
    count: int = 0
    """How many alarms the flood has so far; 0: no flood."""
    over: bool = False
    """Whether the flood is over."""

    @classmethod
    def of_alarm(cls, kind: NoticeKind, alarm: Alarm, *, at: int, until: int | None = None) -> "Notice":
        """Return that `kind` happened to `alarm`."""
        return cls(
            kind=kind,
            at=at,
            severity=alarm.text.severity,
            site=alarm.site,
            asset=alarm.asset,
            rule=alarm.rule,
            alarm=alarm.id,
            title=alarm.text.title,
            value=alarm.value,
            point=alarm.point,
            unit=alarm.unit,
            active_since=alarm.active_since,
            cleared_at=alarm.cleared_at,
            work_order=alarm.work_order,
            life_safety=bool(alarm.text.life_safety),
            until=until,
        )
