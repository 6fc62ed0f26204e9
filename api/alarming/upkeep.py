"""What time does: what is set aside comes back, what persists alarms again, old entries are forgotten."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from sqlalchemy import Connection

from plantroom.api.act import Act
from plantroom.api.alarming import consequences, flooding, returning
from plantroom.api.alarming.ordering import give_order
from plantroom.api.clock import Clock
from plantroom.api.ruling import overriding
from plantroom.api.threads import to_its_end
from plantroom.domain.alarm_policy import AlarmPolicy, milliseconds
from plantroom.domain.errors import RecordsUnavailable
from plantroom.domain.notice import NoticeKind
from plantroom.domain.occurrence import Alarm, ask_again, release
from plantroom.domain.override import Override
from plantroom.domain.set_aside import SetAside
from plantroom.storage.records import (
    Records,
    access,
    activations,
    alarms,
    floods,
    history,
    idempotency,
    outbox,
    rule_overrides,
    set_asides,
)

DAY_MS: Final = 86_400_000
DELIVERIES_KEPT_MS: Final = 30 * DAY_MS
EVERY_S: Final = 1.0
FORGET_EVERY_MS: Final = 600_000
POLICY: Final = AlarmPolicy()
T = TypeVar("T")

log = logging.getLogger(__name__)


def end_expired(records: Records, *, now: int, policy: AlarmPolicy = POLICY) -> int:
    """Put back what was set aside until `now`; return how much."""

    def due(connection: Connection) -> list[SetAside]:
        return set_asides.expired(connection, now=now)

    def do(act: Act, each: SetAside) -> None:
        returning.end(act, each, why="its time is over")

    return _do_all(records, due, do, now=now, policy=policy)


def end_overrides(records: Records, *, now: int, policy: AlarmPolicy = POLICY) -> int:
    """Let rules be again as before what was changed until `now`; return how many."""

    def due(connection: Connection) -> list[Override]:
        return rule_overrides.expired(connection, now=now)

    return _do_all(records, due, overriding.end_expired, now=now, policy=policy)


def remind(records: Records, *, now: int, policy: AlarmPolicy = POLICY) -> int:
    """Remind people of what will soon come back; return of how much."""

    def due(connection: Connection) -> list[SetAside]:
        return set_asides.to_remind(connection, now=now)

    return _do_all(records, due, returning.remind, now=now, policy=policy)


def alarm_again(records: Records, *, now: int, policy: AlarmPolicy = POLICY) -> int:
    """Ask again for what was known, or had no order, for as long as `re_alarm` says; return for how many."""

    def due(connection: Connection) -> list[Alarm]:
        return alarms.due_for_re_alarm(connection, now=now)

    return _do_all(records, due, _alarm_again, now=now, policy=policy)


def release_quiet(records: Records, *, now: int, policy: AlarmPolicy = POLICY) -> int:
    """Let go the chattering alarms that have become quiet; return how many."""
    quiet = now - milliseconds(policy.chatter.quiet)

    def due(connection: Connection) -> list[Alarm]:
        return [alarm for alarm in alarms.chattering(connection) if _last_at(connection, alarm) <= quiet]

    return _do_all(records, due, _release, now=now, policy=policy)


def end_flood(records: Records, *, now: int, policy: AlarmPolicy = POLICY) -> bool:
    """End the flood that is over; return whether there was one."""
    with records.read() as connection:
        flood = floods.current(connection)
        since = now - milliseconds(policy.flood.window)
        if flood is None or floods.shown_since(connection, since) >= policy.flood.ends_below:
            return False
    with records.write() as connection:
        return flooding.fall(_act(connection, now=now, policy=policy))


def forget(records: Records, *, now: int) -> None:
    """Drop events, idempotency keys, credentials and messages whose time is over."""
    with records.write() as connection:
        history.forget_events(connection, before=now - DAY_MS)
        idempotency.forget(connection, before=now - DAY_MS)
        access.forget_expired(connection, now=now)
        outbox.forget(connection, before=now - DELIVERIES_KEPT_MS)


def _do_all(
    records: Records,
    due: Callable[[Connection], Sequence[T]],
    do: Callable[[Act, T], None],
    *,
    now: int,
    policy: AlarmPolicy,
) -> int:
    """Do what is due in one transaction; where nothing is, nobody has to wait for it."""
    with records.read() as connection:
        if not due(connection):
            return 0
    with records.write() as connection:
        act = _act(connection, now=now, policy=policy)
        found = due(connection)
        for each in found:
            do(act, each)
        consequences.announce(act)
    return len(found)


def _act(connection: Connection, *, now: int, policy: AlarmPolicy) -> Act:
    return Act(connection=connection, who="plantroom", now=now, policy=policy)


def _alarm_again(act: Act, alarm: Alarm) -> None:
    act.record("alarm.re_alarm", alarm.id)
    asks = alarm.asks_again_at is not None and alarm.asks_again_at <= act.now
    orders = alarm.orders_again_at is not None and alarm.orders_again_at <= act.now
    again = ask_again(alarm) if asks else alarm
    if orders:
        again = give_order(act, again)
    else:
        alarms.update(act.connection, again)
        act.announce_alarm(again)
    act.tell(NoticeKind.RE_ALARM, again)


def _last_at(connection: Connection, alarm: Alarm) -> int:
    last = activations.last(connection, alarm.key)
    ended = last.ended_at if last is not None and last.ended_at is not None else 0
    return max(alarm.activated_at, ended)


def _release(act: Act, alarm: Alarm) -> None:
    last = activations.last(act.connection, alarm.key)
    free = replace(alarm, chattering_since=None) if last is None else release(alarm, last, now=act.now)
    alarms.update(act.connection, free)
    act.record("alarm.quiet", alarm.id)
    act.announce_alarm(free)
    if not (free.active or free.suppression.unseen or act.aside(free).mark):
        act.tell(NoticeKind.CLEARED, free)


class Upkeep:
    """Does in time what has become due; all it needs to know is in the records."""

    def __init__(self, records: Records, clock: Clock, policy: AlarmPolicy = POLICY) -> None:
        self._records = records
        self._clock = clock
        self._policy = policy
        self._forget_at = 0

    def tick(self) -> None:
        """Do what is due now."""
        now = self._clock()
        for task in (end_expired, end_overrides, remind, alarm_again, release_quiet, end_flood):
            task(self._records, now=now, policy=self._policy)
        if now >= self._forget_at:
            forget(self._records, now=now)
            self._forget_at = now + FORGET_EVERY_MS

    async def run(self) -> None:
        """Tick until cancelled."""
        lost = False
        while True:
            try:
                await to_its_end(self.tick)
                lost = False
            except RecordsUnavailable as error:
                if not lost:
                    log.warning("upkeep waits for the records", extra={"reason": str(error)})
                lost = True
            except Exception:
                log.exception("upkeep failed")
            await asyncio.sleep(EVERY_S)
