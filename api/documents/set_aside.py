"""What people set aside, as documents."""

from enum import Enum
from typing import Annotated

from pydantic import Field, FiniteFloat, model_validator

from plantroom.api.documents.common import In, Out, TextDocument, TimeIn, TimeOut, time_or_none
from plantroom.domain.occurrence import Alarm
from plantroom.domain.report import from_rfc3339, to_rfc3339
from plantroom.domain.set_aside import SetAside, SetAsideKind

YEAR_MINUTES = 366 * 1440
Reason = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]*[^\x00\s][^\x00]*$")]
"""Why somebody does it: more than spaces."""


class Phase(Enum):
    """What became of something set aside."""

    BEGAN = "began"
    REMINDER = "reminder"
    """Its end is near."""
    ENDED = "ended"


class SetAsideDocument(Out):
    """(site, asset, rule) set aside: until when, why and by whom."""

    kind: SetAsideKind
    site: str
    asset: str | None
    """null: every asset of the site."""
    rule: str | None
    """null: every rule of the asset."""
    until: TimeOut | None
    """null: until a person or the closing of its work order ends it."""
    reason: str
    who: str
    at: TimeOut
    one_shot: bool
    """Whether it also ends when the condition does."""
    life_safety: bool
    """Whether it covers alarms about people's lives."""
    work_order: str | None
    """The order whose closing ends it."""
    alarm: str | None
    """The newest alarm of its rule."""
    title: TextDocument | None

    @classmethod
    def of(cls, each: SetAside, alarm: Alarm | None = None) -> "SetAsideDocument":
        """Return the document of `each`, whose rule's newest alarm is `alarm`."""
        return cls(
            kind=each.kind,
            site=each.site,
            asset=each.asset or None,
            rule=each.rule or None,
            until=time_or_none(each.until),
            reason=each.reason,
            who=each.who,
            at=to_rfc3339(each.at),
            one_shot=each.one_shot,
            life_safety=each.life_safety,
            work_order=f"WO-{each.work_order}" if each.work_order is not None else None,
            alarm=alarm.id if alarm else None,
            title=TextDocument.of(alarm.text.title) if alarm else None,
        )


class SetAsides(Out):
    """All that is set aside now; what ends first comes first."""

    items: list[SetAsideDocument]


class SetAsideEvent(Out):
    """What became of something set aside."""

    phase: Phase
    set_aside: SetAsideDocument


class UntilIn(In):
    """Until when to set aside, by time or by length, and why."""

    until: TimeIn | None = None
    minutes: Annotated[FiniteFloat | None, Field(gt=0, le=YEAR_MINUTES)] = None
    reason: Reason

    @model_validator(mode="after")
    def _one_end(self) -> "UntilIn":
        if self.until is not None and self.minutes is not None:
            raise ValueError("either until or minutes must be given, not both")
        if not self.has_default_end and self.until is None and self.minutes is None:
            raise ValueError("either until or minutes must be given")
        return self

    @property
    def has_default_end(self) -> bool:
        """Whether it need not say until when."""
        return False

    def end(self, now: int) -> int | None:
        """Return until when (ms), if it is asked for at `now`; None: it does not say."""
        if self.until is not None:
            return from_rfc3339(self.until)
        return None if self.minutes is None else now + round(self.minutes * 60_000)


class ShelveIn(UntilIn):
    """Until when to shelve, and why; one-shot: until the condition is gone, at most as long as allowed."""

    one_shot: bool = False

    @property
    def has_default_end(self) -> bool:
        """Whether it need not say until when."""
        return self.one_shot


class ModeIn(UntilIn):
    """Until when an asset or a site is in a mode, and why."""

    life_safety: bool = False
    """Whether alarms about people's lives are set aside as well, which only an administrator may."""


class OutOfServiceIn(In):
    """Why an alarm cannot be relied on, and the work order that mends it."""

    reason: Reason
    work_order: str | None = None
    """null: the alarm's own open order, else a new one."""


class FloodDocument(Out):
    """A time in which alarms came faster than people can act."""

    number: int
    began_at: TimeOut
    ended_at: TimeOut | None
    alarms: int
    """How many people were shown."""
