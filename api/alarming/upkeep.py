"""What time does: shelves end, persisting conditions alarm again, old entries are forgotten."""

import asyncio
import logging
from typing import Final

from starlette.concurrency import run_in_threadpool

from plantroom.api.act import Act
from plantroom.api.alarming.people import give_order, put_back
from plantroom.api.clock import Clock
from plantroom.domain.errors import RecordsUnavailable
from plantroom.storage.records import Records, access, alarms, history, idempotency, shelves

DAY_MS: Final = 86_400_000
EVERY_S: Final = 1.0
FORGET_EVERY_MS: Final = 600_000

log = logging.getLogger(__name__)


def unshelve_expired(records: Records, *, now: int) -> int:
    """Put back what was set aside until `now`; return how many."""
    with records.read() as connection:
        if not shelves.expired(connection, now=now):
            return 0
    with records.write() as connection:
        act = Act(connection=connection, who="plantroom", now=now)
        over = shelves.expired(connection, now=now)
        for shelf in over:
            put_back(act, shelf.key)
    return len(over)


def alarm_again(records: Records, *, now: int) -> int:
    """Open orders for conditions that outlasted theirs by `re_alarm`; return for how many alarms."""
    with records.read() as connection:
        if not alarms.due_for_re_alarm(connection, now=now):
            return 0
    with records.write() as connection:
        act = Act(connection=connection, who="plantroom", now=now)
        due = alarms.due_for_re_alarm(connection, now=now)
        for alarm in due:
            act.record("alarm.re_alarm", alarm.id)
            give_order(act, alarm)
    return len(due)


def forget(records: Records, *, now: int) -> None:
    """Drop events, idempotency keys and credentials whose time is over."""
    with records.write() as connection:
        history.forget_events(connection, before=now - DAY_MS)
        idempotency.forget(connection, before=now - DAY_MS)
        access.forget_expired(connection, now=now)


class Upkeep:
    """Does in time what has become due; all it needs to know is in the records."""

    def __init__(self, records: Records, clock: Clock) -> None:
        self._records = records
        self._clock = clock
        self._forget_at = 0

    def tick(self) -> None:
        """Do what is due now."""
        now = self._clock()
        unshelve_expired(self._records, now=now)
        alarm_again(self._records, now=now)
        if now >= self._forget_at:
            forget(self._records, now=now)
            self._forget_at = now + FORGET_EVERY_MS

    async def run(self) -> None:
        """Tick until cancelled."""
        lost = False
        while True:
            try:
                await run_in_threadpool(self.tick)
                lost = False
            except RecordsUnavailable as error:
                if not lost:
                    log.warning("upkeep waits for the records", extra={"reason": str(error)})
                lost = True
            except Exception:
                log.exception("upkeep failed")
            await asyncio.sleep(EVERY_S)
