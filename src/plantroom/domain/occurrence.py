"""An alarm as the API remembers it, and how reports and people change it (contract 4.7)."""

from dataclasses import dataclass, replace
from typing import Final

from plantroom.domain.alarm import AlarmState, AlarmText, Transition, TransitionKind, alarm_id
from plantroom.domain.alarm_policy import ChatterPolicy, milliseconds
from plantroom.domain.rule import Severity
from plantroom.domain.set_aside import IN_VIEW, Aside
from plantroom.domain.suppression import NEVER, Suppression


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One occurrence of (site, asset, rule); times are ms since the epoch, UTC."""

    id: str
    site: str
    asset: str
    rule: str
    text: AlarmText
    active_since: int
    """When its first activation happened."""
    activated_at: int
    """When its last activation happened."""
    activations: int = 1
    active: bool = True
    acknowledged: bool = False
    acknowledged_by: str | None = None
    acknowledged_at: int | None = None
    cleared_at: int | None = None
    unknown_since: int | None = None
    told_at: int | None = None
    """Event time of the last report of whether the condition can be told."""
    closed_at: int | None = None
    value: float | None = None
    point: str = ""
    unit: str = ""
    reason: str = ""
    work_order: int | None = None
    """Number of the last order it was joined to."""
    order_closed_at: int | None = None
    """When a person closed its order while the condition held; None: nobody did, or it is over."""
    latched: bool = False
    """Whether it stays though its condition is gone, until a person resets it."""
    chattering_since: int | None = None
    """Since when it has come and gone so often that it is held active."""
    test: bool = False
    """Whether it became active in test mode."""
    grouped_under: str | None = None
    """The alarm of the same fault that came before it."""
    re_alarms: int = 0
    """How often it was acknowledged and has persisted so long that it asked again."""
    suppression: Suppression = NEVER

    @property
    def key(self) -> tuple[str, str, str]:
        """What has at most one open occurrence."""
        return (self.site, self.asset, self.rule)

    @property
    def is_open(self) -> bool:
        """Whether it has still to be cleared or acknowledged."""
        return self.closed_at is None

    @property
    def asks_again_at(self) -> int | None:
        """When the acknowledged, persisting condition is to be acknowledged again."""
        if not (self.active and self.acknowledged and self.text.re_alarm) or self.acknowledged_at is None:
            return None
        return self.acknowledged_at + milliseconds(self.text.re_alarm)

    @property
    def orders_again_at(self) -> int | None:
        """When the persisting condition opens a new order."""
        if self.order_closed_at is None or self.text.work_order is None:
            return None
        return self.order_closed_at + milliseconds(self.text.re_alarm)

    @property
    def re_alarm_at(self) -> int | None:
        """When the persisting condition does either."""
        times = [time for time in (self.asks_again_at, self.orders_again_at) if time is not None]
        return min(times, default=None)

    def state(self, aside: Aside = IN_VIEW) -> AlarmState:
        """Return where it stands while it is set `aside` so; a latched one stands as if still active."""
        if not self.is_open:
            return AlarmState.NORMAL
        if aside.state is not None:
            return aside.state
        if not self.active and not self.latched:
            return AlarmState.CLEARED_UNACKED
        return AlarmState.ACTIVE_ACKED if self.acknowledged else AlarmState.ACTIVE_UNACKED


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation:
    """What has been heard of one activation of (site, asset, rule)."""

    activated_at: int
    began: bool
    """Whether its beginning has been heard; its end may come first."""
    end: TransitionKind | None = None
    """`CLEARED` or `WITHDRAWN`; None: it goes on."""
    ended_at: int | None = None
    end_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What is known of (site, asset, rule) before a report."""

    same: Activation | None = None
    """The activation that the report belongs to."""
    last: Activation | None = None
    """The activation that was heard of last."""
    alarm: Alarm | None = None
    """The open occurrence."""
    recent: int = 0
    """How many other activations there were in the time before the report that makes for chattering."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a report changes."""

    activation: Activation | None = None
    alarm: Alarm | None = None
    wants_order: bool = False
    """Whether it is an activation, a higher severity or a release, which open work orders."""
    quiet: bool = False
    """Whether nobody needs to be told: the alarm is held, and only the record grows."""


FUTURE_MS = 300_000
"""An activation further ahead of our clock than this came from a wrong clock and makes nothing stale."""


CHATTER: Final = ChatterPolicy()


def observe(heard: Heard, report: Transition, *, now: int, chatter: ChatterPolicy = CHATTER) -> Change | None:
    """Return what `report` changes; None where it is a duplicate, stale or about a closed occurrence.

    An alarm about people's lives is never suppressed, whatever `report` says.
    """
    if _is_stale(heard, report, now=now):
        return None
    if report.text.life_safety and report.suppressed:
        report = replace(report, suppressed=False, cause="", reason="")
    if report.kind is TransitionKind.ACTIVATED:
        return _activated(heard, report, now=now, chatters=heard.recent + 1 >= chatter.activations)
    if report.kind in (TransitionKind.CLEARED, TransitionKind.WITHDRAWN):
        return _ended(heard, report, now=now)
    if report.kind in (TransitionKind.SUPPRESSED, TransitionKind.RELEASED):
        return _weighed(heard, report)
    return _told(heard, report)


def acknowledge(alarm: Alarm, *, who: str, at: int) -> Alarm:
    """Return `alarm` as known to `who`, closed if the condition is gone."""
    if alarm.acknowledged or not alarm.is_open:
        return alarm
    known = replace(alarm, acknowledged=True, acknowledged_by=who, acknowledged_at=at)
    return known if known.active or known.latched else replace(known, closed_at=at)


def reset(alarm: Alarm, *, at: int) -> Alarm:
    """Return the latched `alarm` let go, closed if it is acknowledged."""
    return replace(alarm, latched=False, closed_at=at if alarm.acknowledged else None)


def ask_again(alarm: Alarm) -> Alarm:
    """Return the persisting `alarm` as not acknowledged: it has been known for too long."""
    return replace(
        alarm,
        acknowledged=False,
        acknowledged_by=None,
        acknowledged_at=None,
        re_alarms=alarm.re_alarms + 1,
    )


def release(alarm: Alarm, last: Activation, *, now: int) -> Alarm:
    """Return the chattering `alarm`, now quiet, as its `last` activation left it."""
    free = replace(alarm, chattering_since=None)
    return free if last.end is None else _end(free, last, now=now)


def _is_stale(heard: Heard, report: Transition, *, now: int) -> bool:
    if heard.last is None or heard.last.activated_at == report.activated_at:
        return False
    if heard.same is not None:
        return True
    return report.activated_at < heard.last.activated_at <= now + FUTURE_MS


def _activated(heard: Heard, report: Transition, *, now: int, chatters: bool) -> Change | None:
    if heard.same is not None and heard.same.began:
        return _restated(heard.alarm, report)
    held = heard.alarm is not None and heard.alarm.chattering_since is not None
    alarm = _again(heard.alarm, report) if heard.alarm else _begin(report)
    if chatters and not held:
        alarm = replace(alarm, chattering_since=report.activated_at)
    activation = Activation(activated_at=report.activated_at, began=True)
    if heard.same is not None and heard.same.end is not None:
        activation = replace(heard.same, began=True)
        if alarm.chattering_since is None or activation.end is TransitionKind.WITHDRAWN:
            alarm = _end(alarm, activation, now=now)
    higher = heard.alarm is not None and report.text.severity.rank > heard.alarm.text.severity.rank
    quiet = held and not higher and alarm.is_open
    return Change(activation=activation, alarm=alarm, wants_order=not quiet, quiet=quiet)


def _restated(alarm: Alarm | None, report: Transition) -> Change | None:
    """A re-send changes nothing, unless the rule's text or what suppresses it is another since."""
    if alarm is None or not alarm.active or alarm.activated_at != report.activated_at:
        return None
    changed = replace(alarm, text=report.text, suppression=alarm.suppression.after(report))
    if changed == alarm:
        return None
    higher = report.text.severity.rank > alarm.text.severity.rank
    released = alarm.suppression.holds and not changed.suppression.holds
    quiet = alarm.text == report.text and changed.suppression.says == alarm.suppression.says
    return Change(alarm=changed, wants_order=higher or released, quiet=quiet)


def _weighed(heard: Heard, report: Transition) -> Change | None:
    """Take in that the active alarm is suppressed or released."""
    if heard.alarm is None or heard.same is None or heard.same.end is not None:
        return None
    if heard.alarm.text.life_safety and report.kind is TransitionKind.SUPPRESSED:
        return None
    return _restated(heard.alarm, replace(report, text=heard.alarm.text))


def _ended(heard: Heard, report: Transition, *, now: int) -> Change | None:
    activation = Activation(
        activated_at=report.activated_at,
        began=heard.same is not None and heard.same.began,
        end=report.kind,
        ended_at=report.at,
        end_reason=report.reason,
    )
    if not activation.began:
        ended_already = heard.same is not None
        return None if ended_already else Change(activation=activation)
    if heard.alarm is None or heard.alarm.activated_at != report.activated_at:
        return None
    if heard.same is not None and heard.same.end in (report.kind, TransitionKind.WITHDRAWN):
        return None
    if heard.alarm.chattering_since is not None and report.kind is TransitionKind.CLEARED:
        return Change(activation=activation, alarm=heard.alarm, quiet=True)
    return Change(activation=activation, alarm=_end(heard.alarm, activation, now=now))


def _told(heard: Heard, report: Transition) -> Change | None:
    alarm = heard.alarm
    if alarm is None or not alarm.active or alarm.activated_at != report.activated_at:
        return None
    if alarm.told_at is not None and report.at < alarm.told_at:
        return None
    unknown = report.kind is TransitionKind.UNKNOWN
    if unknown == (alarm.unknown_since is not None):
        return None
    told = replace(
        alarm,
        unknown_since=report.at if unknown else None,
        told_at=report.at,
        reason=report.reason if unknown else "",
    )
    return Change(alarm=told)


def _begin(report: Transition) -> Alarm:
    return Alarm(
        id=alarm_id(site=report.site, asset=report.asset, rule=report.rule, activated_at=report.activated_at),
        site=report.site,
        asset=report.asset,
        rule=report.rule,
        text=report.text,
        active_since=report.activated_at,
        activated_at=report.activated_at,
        acknowledged=report.text.severity is Severity.INFO,
        value=report.value,
        point=report.point,
        unit=report.unit,
        reason="" if report.suppressed else report.reason,
        suppression=Suppression.at_birth(report),
    )


def _again(alarm: Alarm, report: Transition) -> Alarm:
    """Return the open `alarm` with its condition back: not acknowledged, unless it is held."""
    first = _begin(report)
    suppression = replace(first.suppression, unseen=first.suppression.holds and alarm.suppression.unseen)
    if alarm.chattering_since is not None and report.text.severity.rank <= alarm.text.severity.rank:
        return replace(
            alarm,
            text=report.text,
            activated_at=report.activated_at,
            activations=alarm.activations + 1,
            value=report.value,
            unknown_since=None,
            told_at=None,
            suppression=suppression,
        )
    return replace(
        first,
        id=alarm.id,
        active_since=alarm.active_since,
        activations=alarm.activations + 1,
        work_order=alarm.work_order,
        chattering_since=alarm.chattering_since,
        grouped_under=alarm.grouped_under,
        re_alarms=alarm.re_alarms,
        suppression=suppression,
    )


def _end(alarm: Alarm, activation: Activation, *, now: int) -> Alarm:
    withdrawn = activation.end is TransitionKind.WITHDRAWN
    unseen = alarm.suppression.unseen
    latched = alarm.text.latch and not withdrawn and not unseen
    return replace(
        alarm,
        active=False,
        latched=latched,
        chattering_since=None if withdrawn else alarm.chattering_since,
        cleared_at=activation.ended_at if alarm.cleared_at is None else alarm.cleared_at,
        unknown_since=None,
        told_at=None,
        order_closed_at=None,
        reason=activation.end_reason,
        closed_at=now if withdrawn or unseen or (alarm.acknowledged and not latched) else None,
        suppression=alarm.suppression.ended(),
    )
