"""Transitions become alarms, and alarms work orders."""

from datetime import timedelta

import pytest

from plantroom.domain.alarm import AlarmText, Transition, TransitionKind
from plantroom.domain.rule import Severity, WorkOrderTemplate
from plantroom.rules.trial.alarms import Raised, alarms_of, orders_of

MINUTE = 60_000
TEXT = AlarmText(
    severity=Severity.WARNING,
    group="bearing",
    work_order=WorkOrderTemplate(),
    reopen_within=timedelta(hours=1),
)


def transition(kind: str, minute: int, *, since: int = 0, suppressed: bool = False) -> Transition:
    return Transition(
        site="s",
        asset="P-1",
        rule="shaky",
        kind=TransitionKind(kind),
        at=minute * MINUTE,
        activated_at=since * MINUTE,
        text=TEXT,
        suppressed=suppressed,
    )


def raised(begin: int, until: int | None, *, asset: str = "P-1", shown: bool = True) -> Raised:
    return Raised(
        site="s",
        asset=asset,
        rule="shaky",
        at=begin * MINUTE,
        text=TEXT,
        value=None,
        point="",
        unit="",
        until=None if until is None else until * MINUTE,
        shown=begin * MINUTE if shown else None,
    )


def test_an_alarm_lasts_from_its_activation_to_its_end() -> None:
    (alarm,) = alarms_of([transition("activated", 0), transition("cleared", 5)], end=9 * MINUTE)

    assert (alarm.at, alarm.until, alarm.shown) == (0, 5 * MINUTE, 0)


def test_what_it_was_unknown_for_is_added_up() -> None:
    (alarm,) = alarms_of(
        [
            transition("activated", 0),
            transition("unknown", 1),
            transition("known", 3),
            transition("unknown", 7),
        ],
        end=9 * MINUTE,
    )

    assert (alarm.until, alarm.unknown) == (None, 4 * MINUTE)


def test_a_suppressed_alarm_is_shown_from_its_release_on() -> None:
    (alarm,) = alarms_of(
        [transition("activated", 0, suppressed=True), transition("released", 2)], end=9 * MINUTE
    )

    assert alarm.shown == 2 * MINUTE


def test_what_ends_without_having_begun_is_no_alarm() -> None:
    assert alarms_of([transition("cleared", 5)], end=9 * MINUTE) == ()


@pytest.mark.parametrize(
    ("alarms", "orders"),
    [
        ([raised(0, 5), raised(3, 8)], [(2, 0)]),
        ([raised(0, 5), raised(30, 40)], [(2, 1)]),
        ([raised(0, 5), raised(66, 70)], [(1, 0), (1, 0)]),
        ([raised(0, None), raised(300, 310)], [(2, 0)]),
        ([raised(0, 5), raised(1, 5, asset="P-2")], [(1, 0), (1, 0)]),
        ([raised(0, 5, shown=False)], []),
    ],
    ids=[
        "while it is open it is joined",
        "soon after its closing it is opened again",
        "later there is a new one",
        "an alarm that stays keeps it open",
        "each asset has its own",
        "what nobody is shown opens none",
    ],
)
def test_alarms_of_a_group_share_an_order(alarms: list[Raised], orders: list[tuple[int, int]]) -> None:
    assert [(len(each.alarms), each.reopened) for each in orders_of(alarms)] == orders
