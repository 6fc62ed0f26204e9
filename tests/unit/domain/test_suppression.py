"""What the rules suppress, under reports that come late, twice, or in another order."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from plantroom.domain.alarm import AlarmText, Transition, TransitionKind
from plantroom.domain.rule import Severity
from plantroom.domain.suppression import NEVER, Suppression

TEXT = AlarmText(severity=Severity.WARNING, group="flow")
BIRTH = 10


def report(kind: TransitionKind, at: int, *, cause: str = "") -> Transition:
    return Transition(
        site="s",
        asset="a",
        rule="r",
        kind=kind,
        at=at,
        activated_at=BIRTH,
        text=TEXT,
        suppressed=kind is TransitionKind.SUPPRESSED,
        cause=cause,
    )


def told(*reports: Transition, start: Suppression = NEVER) -> Suppression:
    for each in reports:
        start = start.after(each)
    return start


BORN = replace(report(TransitionKind.ACTIVATED, BIRTH, cause="root"), suppressed=True)
STORY = [
    report(TransitionKind.SUPPRESSED, 11, cause="one"),
    report(TransitionKind.RELEASED, 12),
    report(TransitionKind.SUPPRESSED, 13, cause="two"),
    report(TransitionKind.SUPPRESSED, 14, cause="three"),
]


@given(st.permutations(STORY))
def test_the_latest_report_holds_in_whatever_order_they_come(reports: list[Transition]) -> None:
    assert told(*reports).says == (True, "", "three")


@given(st.lists(st.sampled_from(STORY)))
def test_a_report_that_comes_again_changes_nothing(again: list[Transition]) -> None:
    known = told(*STORY)

    assert told(*again, start=known) is known


def test_of_two_reports_of_one_moment_the_second_holds_and_neither_comes_again() -> None:
    pair = [report(TransitionKind.SUPPRESSED, 11), report(TransitionKind.RELEASED, 11)]

    first, second = told(*pair), told(*reversed(pair))

    assert (first.holds, second.holds) == (False, True)
    assert told(*pair, start=first) is first
    assert told(*pair, start=second) is second


def test_what_is_born_suppressed_is_unseen_until_it_is_released() -> None:
    born = Suppression.at_birth(BORN)

    assert (born.holds, born.root, born.unseen) == (True, "root", True)
    assert born.after(report(TransitionKind.SUPPRESSED, 11, cause="other")).unseen
    assert not born.after(report(TransitionKind.RELEASED, 11)).unseen


def test_a_released_alarm_has_no_root() -> None:
    assert told(*STORY[:2]).says == (False, "", None)


def test_an_end_leaves_what_it_was_a_consequence_of() -> None:
    assert Suppression.at_birth(BORN).ended().says == (False, "", "root")
