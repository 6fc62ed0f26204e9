"""A rule tried on history, as documents."""

from typing import Annotated

from pydantic import Field, FiniteFloat, model_validator

from plantroom.api.documents.alarm import Name
from plantroom.api.documents.common import In, LongText, Out, TimeIn, TimeOut, time_or_none
from plantroom.api.documents.override import (
    Written,
)
from plantroom.domain.report import to_rfc3339
from plantroom.rules.trial.alarms import Raised

MOST_ASSETS = 50
MOST_DAYS = 31
MOST_ALARMS = 1_000


class TrialIn(In):
    """A rule as YAML text, or the id of one with other limits, and on which assets and time to try it."""

    rule: LongText | None = None
    """As a rule file writes it."""
    id: Name | None = None
    params: Annotated[dict[Written, FiniteFloat | Written], Field(default_factory=dict)]
    """Limits to try, with or without a unit."""
    site: Name | None = None
    """null: the first that has the rule, or assets of its class."""
    assets: Annotated[list[Name], Field(max_length=MOST_ASSETS, default_factory=list)]
    """Empty: all of the class, if they are not too many."""
    since: Annotated[TimeIn | None, Field(alias="from")] = None
    """null: seven days before `to`."""
    to: TimeIn | None = None
    """Exclusive; null: now."""

    @model_validator(mode="after")
    def _names_one(self) -> "TrialIn":
        if (self.rule is None) == (self.id is None):
            raise ValueError("either rule or id must be given")
        return self


class TriedAlarm(Out):
    """An alarm that a rule would have raised."""

    asset: str
    at: TimeOut
    until: TimeOut | None
    """null: still active at the end."""
    value: float | None
    point: str
    unit: str
    suppressed: bool
    """Whether nobody would have been told."""

    @classmethod
    def of(cls, raised: Raised) -> "TriedAlarm":
        """Return the document of `raised`."""
        return cls(
            asset=raised.asset,
            at=to_rfc3339(raised.at),
            until=time_or_none(raised.until),
            value=raised.value,
            point=raised.point,
            unit=raised.unit,
            suppressed=raised.shown is None,
        )


class TriedSum(Out):
    """How much a rule would have raised."""

    alarms: int
    per_hour: float
    active_hours: float


class TrialDocument(Out):
    """What a rule would have done, beside what the present one of its id would have."""

    rule: str
    site: str
    assets: list[str]
    since: TimeOut
    to: TimeOut
    samples: int
    seconds: float
    """How long the trial took."""
    tried: TriedSum
    present: TriedSum | None
    """null: there is no such rule yet."""
    alarms: list[TriedAlarm]
    """Of the rule tried, the oldest first, at most 1,000."""
    more: list[TriedAlarm]
    """Those at whose time the present rule has none."""
    fewer: list[TriedAlarm]
    """Those of the present rule at whose time the rule tried has none."""
    unknown: dict[str, float]
    """Points that were unknown for over a tenth of the time, as `asset.point`, with the share."""
