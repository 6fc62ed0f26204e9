"""Random histories of an alarm against a model of contract 4.7 that is as simple as it can be."""

import itertools
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from plantroom.api.access.identity import Role
from plantroom.api.act import Act
from plantroom.api.alarming import people, repairs, setting_aside
from plantroom.api.alarming.reports import receive
from plantroom.api.alarming.upkeep import alarm_again, end_expired
from plantroom.api.documents.set_aside import ShelveIn
from plantroom.domain.alarm import Transition
from plantroom.domain.alarm_policy import AlarmPolicy, ChatterPolicy
from plantroom.domain.occurrence import Alarm
from plantroom.domain.repair import Action, WorkOrder
from plantroom.storage.records import alarms, open_records, work_orders
from plantroom.storage.records.alarms import AlarmFilter
from plantroom.storage.records.work_orders import WorkOrderFilter
from plantroom_testing.records import HOUR, MINUTE, START, activated, cleared

RULES = ("vibration", "temperature")  # of one group
NEVER_HELD = AlarmPolicy(chatter=ChatterPolicy(activations=1_000))


@dataclass
class Condition:
    """What the rules engine and people have done to one rule, as far as contract 4.7 looks at it."""

    active: bool = False
    acknowledged: bool = True
    activations: int = 0
    since: int = 0
    shelved_until: int = 0
    sent: list[Transition] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        return self.activations > 0


class AlarmLife(RuleBasedStateMachine):
    """Two rules of one group on one pump, one after the other in time, and the people around it."""

    counter = itertools.count()

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.records = open_records(url)
        self.asset = f"P-{next(self.counter)}"  # each history has a pump of its own
        self.now = START
        self.conditions = {name: Condition() for name in RULES}

    def teardown(self) -> None:
        self.records.close()

    def send(self, report: Transition) -> bool:
        with self.records.write() as connection:
            return receive(self.act(connection), report)

    def act(self, connection: object) -> Act:
        return Act(connection=connection, who="somebody", now=self.now, policy=NEVER_HELD)  # type: ignore[arg-type]

    def orders(self) -> list[WorkOrder]:
        with self.records.read() as connection:
            return work_orders.page(connection, WorkOrderFilter(assets=[self.asset]), limit=1000)

    def all_alarms(self) -> list[Alarm]:
        with self.records.read() as connection:
            wanted = AlarmFilter(assets=[self.asset])
            return [each for _, each in alarms.page(connection, wanted, now=self.now, limit=1000)]

    def open_alarm(self, name: str) -> Alarm | None:
        with self.records.read() as connection:
            return alarms.find_open(connection, ("riverside", self.asset, name))

    def open_orders(self) -> list[WorkOrder]:
        return [order for order in self.orders() if order.status.is_open]

    @rule(minutes=st.integers(1, 90))
    def time_passes(self, minutes: int) -> None:
        self.now += minutes * MINUTE

    @rule(name=st.sampled_from(RULES))
    def activates(self, name: str) -> None:
        condition = self.conditions[name]
        if condition.active:
            return
        self.now += 1
        report = activated(self.now, rule=name, asset=self.asset)
        before = self.orders()

        assert self.send(report)

        condition.active, condition.acknowledged = True, False
        condition.activations += 1
        condition.since = self.now
        condition.sent.append(report)
        shelved = condition.shelved_until > self.now
        alarm = self.open_alarm(name)
        assert alarm is not None
        if shelved:
            assert self.orders() == before
        else:
            assert [order.number for order in self.open_orders()] == [alarm.work_order]

    @rule(name=st.sampled_from(RULES))
    def clears(self, name: str) -> None:
        condition = self.conditions[name]
        if not condition.active:
            return
        self.now += 1
        before = self.open_orders()
        report = cleared(self.now, activated_at=condition.since, rule=name, asset=self.asset)

        assert self.send(report)

        condition.active = False
        condition.sent.append(report)
        self._close_if_over(condition)
        assert self.open_orders() == before

    @precondition(lambda self: any(condition.sent for condition in self.conditions.values()))
    @rule(data=st.data())
    def is_sent_again(self, data: st.DataObject) -> None:
        sent = [report for condition in self.conditions.values() for report in condition.sent]
        report = data.draw(st.sampled_from(sent))
        before = (self.all_alarms(), self.orders())

        assert not self.send(report)

        assert (self.all_alarms(), self.orders()) == before

    @rule(name=st.sampled_from(RULES))
    def is_acknowledged(self, name: str) -> None:
        alarm, condition = self.open_alarm(name), self.conditions[name]
        if alarm is None:
            return
        before = self.orders()
        with self.records.write() as connection:
            people.acknowledge(self.act(connection), alarm.id, comment="")
        assert self.orders() == before
        condition.acknowledged = True
        self._close_if_over(condition)

    @rule(name=st.sampled_from(RULES), minutes=st.integers(1, 120))
    def is_shelved(self, name: str, minutes: int) -> None:
        alarm = self.open_alarm(name)
        if alarm is None:
            return
        until = self.now + minutes * MINUTE
        before = self.orders()
        with self.records.write() as connection:
            wanted = ShelveIn(minutes=minutes, reason="test")
            setting_aside.shelve(self.act(connection), alarm.id, wanted, role=Role.OPERATOR)
        self.conditions[name].shelved_until = until
        assert self.orders() == before

    @rule(name=st.sampled_from(RULES))
    def is_unshelved(self, name: str) -> None:
        alarm, condition = self.open_alarm(name), self.conditions[name]
        if alarm is None or condition.shelved_until <= self.now:
            return
        with self.records.write() as connection:
            setting_aside.unshelve(self.act(connection), alarm.id)
        condition.shelved_until = 0
        if condition.active:
            assert len(self.open_orders()) == 1

    @rule(action=st.sampled_from([Action.CLOSE, Action.CANCEL]))
    def order_is_ended_by_a_person(self, action: Action) -> None:
        for order in self.open_orders():
            steps = [Action.START, Action.COMPLETE, Action.CLOSE] if action is Action.CLOSE else [action]
            if order.status.value == "in_progress":
                steps.remove(Action.START)
            for step in steps:
                with self.records.write() as connection:
                    repairs.step(self.act(connection), order.id, step)
        assert self.open_orders() == []

    @rule(name=st.sampled_from(RULES), action=st.sampled_from([Action.CLOSE, Action.CANCEL]))
    def comes_back_while_shelved_with_its_order_ended(self, name: str, action: Action) -> None:
        """What chance alone does too rarely."""
        self.activates(name)
        self.is_shelved(name, 60)
        self.order_is_ended_by_a_person(action)
        self.clears(name)
        self.activates(name)

    @rule()
    def upkeep_runs(self) -> None:
        end_expired(self.records, now=self.now)
        for condition in self.conditions.values():
            if condition.shelved_until <= self.now:
                condition.shelved_until = 0
        due = [each for each in self.all_alarms() if each.re_alarm_at and each.re_alarm_at <= self.now]
        alarm_again(self.records, now=self.now)
        for alarm in due:
            condition = self.conditions[alarm.rule]
            if condition.shelved_until > self.now:
                continue
            if alarm.asks_again_at is not None and alarm.asks_again_at <= self.now:
                condition.acknowledged = False
            if alarm.orders_again_at is not None and alarm.orders_again_at <= self.now:
                assert len(self.open_orders()) == 1

    @rule()
    def day_passes(self) -> None:
        self.now += 24 * HOUR

    @rule()
    def process_is_restarted(self) -> None:
        self.records.close()
        self.records = open_records(self.url)

    def _close_if_over(self, condition: Condition) -> None:
        if not condition.active and condition.acknowledged:
            condition.activations = 0

    @invariant()
    def the_records_say_what_the_model_says(self) -> None:
        for name, condition in self.conditions.items():
            opened = [each for each in self.all_alarms() if each.rule == name and each.is_open]
            assert len(opened) == (1 if condition.is_open else 0)
            for alarm in opened:
                assert alarm.active == condition.active
                assert alarm.acknowledged == condition.acknowledged
                assert alarm.activations == condition.activations

    @invariant()
    def at_most_one_order_is_open(self) -> None:
        assert len(self.open_orders()) <= 1

    @invariant()
    def an_active_alarm_has_an_order_or_says_why_not(self) -> None:
        numbers = {order.number for order in self.open_orders()}
        for alarm in self.all_alarms():
            put_back = self.conditions[alarm.rule].shelved_until == 0
            if not alarm.active or alarm.work_order is None or not put_back:
                continue
            assert (alarm.work_order in numbers) != (alarm.order_closed_at is not None)


@pytest.mark.timeout(600)
def test_random_histories_keep_the_promises(records_url: str) -> None:
    open_records(records_url).close()  # the tables are made once

    run_state_machine_as_test(
        lambda: AlarmLife(records_url),  # type: ignore[arg-type]
        settings=settings(
            max_examples=20,
            stateful_step_count=30,
            suppress_health_check=list(HealthCheck),
        ),
    )
