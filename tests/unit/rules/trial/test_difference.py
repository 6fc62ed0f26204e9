"""What other rules change."""

from pathlib import Path

import pytest

from plantroom.domain.alarm import AlarmText
from plantroom.domain.rule import Rule, Severity
from plantroom.rules.trial.alarms import Raised
from plantroom.rules.trial.difference import compare_alarms, difference
from plantroom_testing.files import loaded

SITE = "site: s\nassets: [{id: P-1, class: pump}]\n"


def rules(folder: Path, text: str) -> tuple[Rule, ...]:
    return loaded(folder, SITE, text).rules["s"]


def alarm(at: int, until: int | None) -> Raised:
    text = AlarmText(severity=Severity.WARNING, group="g")
    return Raised(
        site="s", asset="P-1", rule="r", at=at, text=text, value=None, point="", unit="", until=until
    )


def test_rules_are_added_removed_and_changed_by_field(tmp_path: Path) -> None:
    old = rules(tmp_path, "- {id: a, class: pump, when: flow < 1}\n- {id: b, class: pump, when: flow < 1}\n")
    new = rules(
        tmp_path, "- {id: b, class: pump, when: flow <  2, for: 1m}\n- {id: c, class: pump, when: flow < 1}\n"
    )

    found = difference(old, new)

    assert (found.added, found.removed) == (("c",), ("a",))
    assert [(each.rule, [change.field for change in each.changes]) for each in found.changed] == [
        ("b", ["when", "for"])
    ]


def test_spaces_change_nothing(tmp_path: Path) -> None:
    old = rules(tmp_path, "- {id: b, class: pump, when: flow < 1}\n")
    new = rules(tmp_path, "- {id: b, class: pump, when: flow <  1}\n")

    assert difference(old, new).changed == ()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ([(0, 5)], [], (1, 0, (), ())),
        ([], [(0, 5)], (0, 1, (), ())),
        ([(4, 9)], [(1, 9)], (0, 0, (3,), ())),
        ([(4, None)], [(6, None)], (0, 0, (), (2,))),
        ([(0, 5)], [(6, 9)], (1, 1, (), ())),
    ],
    ids=["fewer", "more", "earlier", "later", "at no common time they are others"],
)
def test_alarms_of_both_are_the_same_while_both_are_active(
    old: list[tuple[int, int | None]], new: list[tuple[int, int | None]], told: tuple[object, ...]
) -> None:
    (change,) = compare_alarms([alarm(*each) for each in old], [alarm(*each) for each in new], end=10)

    assert (change.fewer, change.more, change.earlier, change.later) == told


def test_what_stays_is_not_told() -> None:
    assert compare_alarms([alarm(0, 5)], [alarm(0, 9)], end=10) == ()
