"""The alarm of one rule on one asset under reports that come late, twice, or in another order."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from plantroom.domain.alarm import AlarmText, Transition, TransitionKind
from plantroom.domain.occurrence import FUTURE_MS, Activation, Alarm, Heard, acknowledge, observe
from plantroom.domain.rule import Severity

TEXT = AlarmText(severity=Severity.WARNING, group="bearing")
NOW = 1_000_000_000


def report(kind: TransitionKind, *, activated_at: int, at: int | None = None) -> Transition:
    return Transition(
        site="s",
        asset="a",
        rule="r",
        kind=kind,
        at=activated_at if at is None else at,
        activated_at=activated_at,
        text=TEXT,
    )


@dataclass
class Memory:
    """Keeps what the records keep."""

    activations: dict[int, Activation] = field(default_factory=dict)
    alarms: dict[str, Alarm] = field(default_factory=dict)

    @property
    def open(self) -> list[Alarm]:
        return [alarm for alarm in self.alarms.values() if alarm.is_open]

    def hear(self, transition: Transition, *, now: int = NOW) -> bool:
        heard = Heard(
            same=self.activations.get(transition.activated_at),
            last=next(reversed(self.activations.values()), None),
            alarm=next(iter(self.open), None),
        )
        change = observe(heard, transition, now=now)
        if change is None:
            return False
        if change.activation is not None:
            self.activations[change.activation.activated_at] = change.activation
        if change.alarm is not None:
            self.alarms[change.alarm.id] = change.alarm
        return True


def life(activations: int) -> list[Transition]:
    """Return the reports of an alarm that comes and goes so often."""
    return [
        report(kind, activated_at=10 * number, at=10 * number + offset)
        for number in range(1, activations + 1)
        for kind, offset in ((TransitionKind.ACTIVATED, 0), (TransitionKind.CLEARED, 5))
    ]


@given(st.lists(st.sampled_from(life(1)), max_size=6).flatmap(lambda more: st.permutations(life(1) + more)))
def test_one_activation_in_any_order_and_number_of_reports_is_one_cleared_alarm(
    reports: list[Transition],
) -> None:
    memory = Memory()

    taken = sum(memory.hear(each) for each in reports)

    assert taken == 2
    (alarm,) = memory.alarms.values()
    assert (alarm.active, alarm.activations, alarm.active_since, alarm.cleared_at) == (False, 1, 10, 15)


@given(st.integers(1, 4).flatmap(lambda count: st.tuples(st.just(count), st.permutations(life(count)))))
def test_when_all_has_been_sent_again_in_order_the_last_report_holds(
    history: tuple[int, list[Transition]],
) -> None:
    count, shuffled = history
    memory = Memory()

    for each in (*shuffled, *life(count)):
        memory.hear(each)

    (alarm,) = memory.open
    assert alarm.activated_at == 10 * count
    assert (alarm.active, alarm.cleared_at) == (False, 10 * count + 5)


@given(st.integers(1, 4), st.data())
def test_a_second_delivery_changes_nothing(count: int, data: st.DataObject) -> None:
    memory = Memory()
    for number, each in enumerate(life(count)):
        memory.hear(each)
        again = data.draw(st.sampled_from(life(count)[: number + 1]))

        assert memory.hear(again) is False


def test_acknowledging_what_is_gone_closes_it() -> None:
    memory = Memory()
    for each in life(1):
        memory.hear(each)
    (alarm,) = memory.open

    closed = acknowledge(alarm, who="me", at=NOW)

    assert closed.closed_at == NOW
    assert acknowledge(closed, who="you", at=NOW + 1) is closed


def test_an_activation_from_a_clock_ahead_makes_older_ones_stale_only_while_it_may_be_right() -> None:
    for ahead, taken in ((FUTURE_MS, False), (FUTURE_MS + 1, True)):
        memory = Memory()
        memory.hear(report(TransitionKind.ACTIVATED, activated_at=NOW + ahead))

        assert memory.hear(report(TransitionKind.ACTIVATED, activated_at=NOW)) is taken
