"""What a report of the rules engine does (contract 4.7)."""

from dataclasses import replace
from typing import Final

from plantroom.api.act import Act
from plantroom.api.alarming import consequences, flooding, ordering, returning
from plantroom.domain.alarm import Transition, TransitionKind
from plantroom.domain.alarm_policy import milliseconds
from plantroom.domain.notice import NoticeKind
from plantroom.domain.occurrence import Activation, Alarm, Change, Heard, observe
from plantroom.domain.set_aside import Aside
from plantroom.domain.site import concerns_life
from plantroom.storage.records import activations, alarms
from plantroom.storage.records.key import Key

HELD: Final = "chattering"
"""What an activation of an alarm that is held is recorded as."""
GROUPED: Final = "grouped"
"""What an activation is recorded as whose fault another alarm shows already."""


def receive(act: Act, report: Transition, *, system: str = "") -> bool:
    """Apply `report` on an asset of `system`; return False where it is known already, stale or too late."""
    report = consequences.with_known_cause(act, _with_life_safety(report, system=system))
    key = (report.site, report.asset, report.rule)
    heard = _heard(act, key, report)
    change = observe(heard, report, now=act.now, chatter=act.policy.chatter)
    if change is None:
        return False
    alarm = change.alarm
    if alarm is not None:
        alarm = _save(act, alarm, heard, change)
    elif change.activation is not None:
        _save_activation(act, key, change.activation, is_new=heard.same is None, alarm=None)
    why = report.reason or (f"consequence of {report.cause}" if report.cause else "")
    act.record(f"alarm.{report.kind.value}", alarm.id if alarm else "/".join(key), why)
    return True


def _with_life_safety(report: Transition, *, system: str) -> Transition:
    if report.text.life_safety is not None:
        return report
    lives = concerns_life(system=system, point=report.point)
    return replace(report, text=replace(report.text, life_safety=lives))


def _heard(act: Act, key: Key, report: Transition) -> Heard:
    activated_at = report.activated_at
    last = activations.last(act.connection, key)
    same = last
    if last is not None and last.activated_at != activated_at:
        same = activations.find(act.connection, key, activated_at)
    recent = 0
    if report.kind is TransitionKind.ACTIVATED and last is not None and same is not last:
        after = activated_at - milliseconds(act.policy.chatter.within)
        recent = activations.count_within(act.connection, key, after=after, until=activated_at - 1)
    alarm = alarms.find_open(act.connection, key)
    return Heard(same=same, last=last, alarm=alarm, recent=recent)


def _save(act: Act, alarm: Alarm, heard: Heard, change: Change) -> Alarm:
    aside = act.aside(alarm)
    began = _began(heard, change)
    if began:
        alarm = _marked(act, alarm, aside, is_new=heard.alarm is None)
        consequences.adopt(act, alarm)
    released = not began and heard.alarm is not None and heard.alarm.suppression.holds
    placement = ordering.place(act, alarm, recurring=not released) if change.wants_order else None
    placed = placement.alarm if placement else alarm
    (alarms.insert if heard.alarm is None else alarms.update)(act.connection, placed)
    if not change.quiet:
        act.announce_alarm(placed)
    if placement is not None:
        ordering.join(act, placement)
    if change.activation is not None:
        _save_activation(act, alarm.key, change.activation, is_new=heard.same is None, alarm=placed)
    _follow_root(act, placed, heard)
    if began:
        _show(act, placed, aside, quiet=change.quiet)
    else:
        _tell_change(act, placed, heard, change, aside)
    if aside.shelved is not None and aside.shelved.one_shot and not placed.active:
        returning.end(act, aside.shelved, why="the condition is gone")
    return placed


def _follow_root(act: Act, alarm: Alarm, heard: Heard) -> None:
    """Join the alarm's order into its root's where it became a consequence, and let the root be told anew."""
    before = heard.alarm.suppression.root if heard.alarm else None
    root = alarm.suppression.root
    if root != before:
        act.roots.update(each for each in (before, root) if each is not None)
    if root is not None and alarm.suppression.holds:
        consequences.fold(act, alarm)


def _began(heard: Heard, change: Change) -> bool:
    """Whether an activation was heard to begin now."""
    known = heard.same is not None and heard.same.began
    return change.activation is not None and change.activation.began and not known


def _marked(act: Act, alarm: Alarm, aside: Aside, *, is_new: bool) -> Alarm:
    """Return the alarm as of a test, and as of the same fault as another, where it is."""
    marked = replace(alarm, test=aside.test is not None)
    if not is_new:
        return marked
    within = milliseconds(act.policy.group_within)
    first = alarms.first_of_fault(act.connection, alarm, within=within)
    if (
        first is None
        or aside.suppressed
        or act.aside(first).mark
        or first.text.severity.rank < alarm.text.severity.rank
    ):
        return marked
    return replace(marked, grouped_under=first.id)


def _show(act: Act, alarm: Alarm, aside: Aside, *, quiet: bool) -> None:
    """Record an activation as one that people were shown, or why they were not."""
    mark = aside.mark or (HELD if quiet else GROUPED if alarm.grouped_under else "")
    activations.mark(act.connection, alarm.key, alarm.activated_at, heard_at=act.now, aside=mark)
    if mark:
        return
    act.tell(NoticeKind.ACTIVATED, alarm)
    flooding.rise(act)


def _tell_change(act: Act, alarm: Alarm, heard: Heard, change: Change, aside: Aside) -> None:
    if aside.mark or change.quiet or heard.alarm is None or alarm.suppression.unseen:
        return
    if change.wants_order:
        act.tell(NoticeKind.ACTIVATED, alarm)
    elif heard.alarm.active and not alarm.active:
        act.tell(NoticeKind.CLEARED, alarm)


def _save_activation(
    act: Act, key: Key, activation: Activation, *, is_new: bool, alarm: Alarm | None
) -> None:
    save = activations.insert if is_new else activations.update
    save(act.connection, key, activation, alarm.id if alarm else None)
