"""Alarms: occurrences of a rule's condition on an asset, and what is reported of them (contract 4.7)."""

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum

from plantroom.domain.rule import Dependence, Rule, Severity, WorkOrderTemplate
from plantroom.domain.text import Text


class AlarmState(Enum):
    """Where an alarm stands (contract 4.4, after ISA-18.2)."""

    ACTIVE_UNACKED = "active_unacked"
    """The condition holds and nobody has said that they know."""
    ACTIVE_ACKED = "active_acked"
    """The condition holds and somebody knows."""
    CLEARED_UNACKED = "cleared_unacked"
    """The condition is gone and nobody has said that they know."""
    NORMAL = "normal"
    """The condition is gone and acknowledged: the occurrence is closed."""
    SHELVED = "shelved"
    """Set aside by a person until a time."""
    SUPPRESSED = "suppressed"
    """Set aside by design."""
    OUT_OF_SERVICE = "out_of_service"
    """Set aside by a person while the asset is out of service."""


class TransitionKind(Enum):
    """What happened to a rule's condition on an asset."""

    ACTIVATED = "activated"
    """It has held long enough."""
    CLEARED = "cleared"
    """It has been gone long enough."""
    UNKNOWN = "unknown"
    """It is active and can no longer be told: a point is missing, bad or stale."""
    KNOWN = "known"
    """It is active and can be told again."""
    WITHDRAWN = "withdrawn"
    """Its rule or asset was removed while it was active."""
    SUPPRESSED = "suppressed"
    """It is active and from now on suppressed: by design, or as a consequence of another alarm."""
    RELEASED = "released"
    """It is still active and no longer suppressed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmText:
    """What a report carries of its rule, so that the API needs no rules to act on it."""

    severity: Severity
    group: str
    title: Text = field(default_factory=Text)
    work_order: WorkOrderTemplate | None = None
    re_alarm: timedelta = timedelta(hours=24)
    reopen_within: timedelta = timedelta(hours=1)
    latch: bool = False
    """Whether it stays after its condition is gone, until a person resets it."""
    life_safety: bool | None = None
    """Whether people's lives depend on it; None: nobody has said."""
    inhibits: tuple[Dependence, ...] = field(default=(), compare=False)
    """In which ways others must depend on the asset for their alarms to be consequences; shown to nobody."""

    @classmethod
    def of(cls, rule: Rule) -> "AlarmText":
        """Return what a report carries of `rule`."""
        return cls(
            severity=rule.severity,
            group=rule.group or rule.id,
            title=rule.title,
            work_order=rule.work_order,
            re_alarm=rule.re_alarm,
            reopen_within=rule.reopen_within,
            latch=rule.latch,
            life_safety=rule.life_safety,
            inhibits=rule.inhibits,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One report of the rules engine: something happened to the condition of (site, asset, rule)."""

    site: str
    asset: str
    rule: str
    kind: TransitionKind
    at: int
    """When it happened: event time, ms since the epoch, UTC; a deadline, not the tick that passed it."""
    activated_at: int
    """When the activation it belongs to happened; with (site, asset, rule, kind) it names the report."""
    text: AlarmText
    value: float | None = None
    """Value of the condition's subject (`Expression.subject`), in the point's unit."""
    point: str = ""
    """Name of that point."""
    unit: str = ""
    reason: str = ""
    """Why, where the kind does not say it: withdrawn by what, unknown for which point, suppressed by what."""
    suppressed: bool = False
    """Whether the alarm is suppressed from now on: recorded, neither told nor ordered."""
    cause: str = ""
    """Id of the alarm it is a consequence of; empty while suppressed: it is suppressed by design."""


def alarm_id(*, site: str, asset: str, rule: str, activated_at: int) -> str:
    """Return the id of the occurrence that began at `activated_at` (ms since the epoch)."""
    name = f"{site}/{asset}/{rule}/{activated_at}"
    return hashlib.sha256(name.encode()).hexdigest()[:20]
