"""Many at once, on both databases: one alarm, one order, and events in the order they were committed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from threading import Barrier

import pytest
from sqlalchemy.exc import IntegrityError

from plantroom.api.act import Act
from plantroom.api.alarming.reports import receive
from plantroom.domain.alarm import Transition
from plantroom.storage.records import Records, alarms, history, open_records, work_orders
from plantroom.storage.records.alarms import AlarmFilter
from plantroom.storage.records.work_orders import WorkOrderFilter
from plantroom_testing.records import HOUR, START, activated, cleared

THREADS = 12


def hammer(work: Callable[[int], bool]) -> list[bool]:
    """Do `work` in many threads at the same moment."""
    ready = Barrier(THREADS)

    def wait_and_work(number: int) -> bool:
        ready.wait(30)
        return work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(wait_and_work, range(THREADS)))


def send(records: Records, report: Transition) -> bool:
    with records.write() as connection:
        return receive(Act(connection=connection, who="pipeline", now=START), report)


def counts(records: Records) -> tuple[int, int]:
    with records.read() as connection:
        found = alarms.page(connection, AlarmFilter(), now=START, limit=1000)
        orders = work_orders.page(connection, WorkOrderFilter(), limit=1000)
    return len(found), len(orders)


def test_one_report_from_many_threads_makes_one_alarm_and_one_order(records: Records) -> None:
    taken = hammer(lambda _number: send(records, activated()))

    assert sum(taken) == 1
    assert counts(records) == (1, 1)


def test_one_report_from_many_connections_of_other_processes_makes_one(records_url: str) -> None:
    opened = [open_records(records_url) for _ in range(THREADS)]

    taken = hammer(lambda number: send(opened[number], activated()))

    assert sum(taken) == 1
    assert counts(opened[0]) == (1, 1)
    for each in opened:
        each.close()


def test_many_rules_of_one_group_at_once_share_one_order(records: Records) -> None:
    taken = hammer(lambda number: send(records, activated(rule=f"rule-{number}")))

    assert sum(taken) == THREADS
    assert counts(records) == (THREADS, 1)


def test_beginnings_and_ends_in_any_order_leave_one_cleared_alarm(records: Records) -> None:
    reports = [activated(), cleared(START + 1)]

    hammer(lambda number: send(records, reports[number % 2]))

    with records.read() as connection:
        alarm = alarms.find_open(connection, activated_key())
    assert alarm is not None
    assert alarm.active is False
    assert counts(records) == (1, 1)


def activated_key() -> tuple[str, str, str]:
    report = activated()
    return (report.site, report.asset, report.rule)


def test_events_appear_in_the_order_of_their_numbers(records: Records) -> None:
    """A reader that remembers the newest number misses nothing that is committed later."""
    seen: list[int] = []

    def write_or_read(number: int) -> bool:
        if number:
            return send(records, activated(rule=f"rule-{number}", asset=f"A-{number}"))
        while len(seen) < 2 * (THREADS - 1):
            with records.read() as connection:
                last = seen[-1] if seen else 0
                seen.extend(event.number for event in history.events_after(connection, last, limit=1000))
        return True

    hammer(write_or_read)

    with records.read() as connection:
        everything = [event.number for event in history.events_after(connection, 0, limit=1000)]
    assert seen == everything


def test_the_database_itself_refuses_a_second_open_alarm(records: Records) -> None:
    send(records, activated())
    with records.read() as connection:
        alarm = alarms.find_open(connection, activated_key())
    assert alarm is not None

    with pytest.raises(IntegrityError), records.write() as connection:
        alarms.insert(connection, replace(alarm, id="another"))
    assert counts(records) == (1, 1)


def test_the_database_itself_refuses_a_second_open_order(records: Records) -> None:
    send(records, activated())
    with records.read() as connection:
        order = work_orders.find(connection, 1)
    assert order is not None

    with pytest.raises(IntegrityError), records.write() as connection:
        work_orders.insert(connection, order)
    assert counts(records) == (1, 1)


def test_nothing_of_a_failed_write_remains(records: Records) -> None:
    with pytest.raises(ZeroDivisionError):
        _fail_after_receiving(records)

    assert counts(records) == (0, 0)
    assert send(records, activated()) is True


def test_what_was_answered_for_is_there_after_reopening(records_url: str) -> None:
    with closing(open_records(records_url)) as first:
        send(first, activated())

    with closing(open_records(records_url)) as second:
        assert counts(second) == (1, 1)
        assert send(second, activated()) is False
        assert send(second, activated(START + HOUR)) is True


def _fail_after_receiving(records: Records) -> None:
    with records.write() as connection:
        receive(Act(connection=connection, who="pipeline", now=START), activated())
        raise ZeroDivisionError
