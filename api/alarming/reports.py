"""What a report of the rules engine does (contract 4.7)."""

from plantroom.api.act import Act
from plantroom.api.alarming import ordering
from plantroom.domain.alarm import Transition
from plantroom.domain.occurrence import Activation, Alarm, Heard, observe
from plantroom.storage.records import alarms
from plantroom.storage.records.alarms import Key


def receive(act: Act, report: Transition) -> bool:
    """Apply `report`; return False where it is known already, stale or about a closed occurrence."""
    key = (report.site, report.asset, report.rule)
    heard = _heard(act, key, report.activated_at)
    change = observe(heard, report, now=act.now)
    if change is None:
        return False
    if change.alarm is not None:
        _save(act, change.alarm, is_new=heard.alarm is None, wants_order=change.wants_order)
    if change.activation is not None:
        _save_activation(act, key, change.activation, is_new=heard.same is None, alarm=change.alarm)
    subject = change.alarm.id if change.alarm else "/".join(key)
    act.record(f"alarm.{report.kind.value}", subject, report.reason)
    return True


def _heard(act: Act, key: Key, activated_at: int) -> Heard:
    last = alarms.last_activation(act.connection, key)
    same = last
    if last is not None and last.activated_at != activated_at:
        same = alarms.find_activation(act.connection, key, activated_at)
    return Heard(same=same, last=last, alarm=alarms.find_open(act.connection, key))


def _save(act: Act, alarm: Alarm, *, is_new: bool, wants_order: bool) -> None:
    placement = ordering.place(act, alarm, recurring=True) if wants_order else None
    placed = placement.alarm if placement else alarm
    save = alarms.insert if is_new else alarms.update
    save(act.connection, placed)
    act.announce_alarm(placed)
    if placement is not None:
        ordering.join(act, placement)


def _save_activation(
    act: Act, key: Key, activation: Activation, *, is_new: bool, alarm: Alarm | None
) -> None:
    save = alarms.insert_activation if is_new else alarms.update_activation
    save(act.connection, key, activation, alarm.id if alarm else None)
