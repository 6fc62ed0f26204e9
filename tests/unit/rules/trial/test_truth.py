"""Alarms are held against the faults that were there."""

from pathlib import Path

import pytest

from plantroom.domain.alarm import AlarmText
from plantroom.domain.points import PointTable
from plantroom.domain.rule import Severity
from plantroom.rules.trial.alarms import Raised
from plantroom.rules.trial.truth import AFTERMATH_MS, Truth, Where, judge, neighbours
from plantroom_testing.files import loaded

SITE = """
site: s
assets:
  - {id: TR-1, class: transformer}
  - {id: MDB-1, class: distribution_panel, fed_by: [TR-1]}
  - {id: CH-1, class: chiller, fed_by: [MDB-1]}
  - {id: P-1, class: pump, parent: CH-1, fed_by: [MDB-1]}
  - {id: LIFT-1, class: elevator}
"""
TRUTH = Truth(asset="P-1", fault="bearing_wear", point=None, start=1000, end=9000, severity=1.0)


@pytest.fixture
def table(tmp_path: Path) -> PointTable:
    return loaded(tmp_path, SITE).table


def alarm(asset: str, at: int) -> Raised:
    text = AlarmText(severity=Severity.WARNING, group="g")
    return Raised(site="s", asset=asset, rule="r", at=at, text=text, value=None, point="", unit="")


def test_a_fault_is_found_by_the_first_alarm_on_its_asset(table: PointTable) -> None:
    (judgement,), false = judge([alarm("CH-1", 1500), alarm("P-1", 3000)], [TRUTH], table)

    assert (judgement.found, judgement.after) == (True, 2000)
    assert [each.where for each in judgement.findings] == [Where.NEAR_IT, Where.ON_IT]
    assert false == ()


def test_an_alarm_nearby_finds_it_too_and_says_where(table: PointTable) -> None:
    (judgement,), _ = judge([alarm("CH-1", 1500)], [TRUTH], table)

    assert (judgement.found, judgement.after, judgement.findings[0].asset) == (True, 500, "CH-1")


@pytest.mark.parametrize(
    ("asset", "at"),
    [("LIFT-1", 3000), ("P-1", 999), ("P-1", 9001 + AFTERMATH_MS)],
    ids=["elsewhere", "before it began", "long after its repair"],
)
def test_an_alarm_that_no_fault_explains_is_false(table: PointTable, asset: str, at: int) -> None:
    (judgement,), false = judge([alarm(asset, at)], [TRUTH], table)

    assert (judgement.found, judgement.after, len(false)) == (False, None, 1)


def test_all_that_depends_on_an_asset_is_near_it(table: PointTable) -> None:
    assert neighbours("TR-1", table) == {"MDB-1", "CH-1", "P-1"}


def test_what_an_asset_depends_on_is_near_it_but_not_what_that_feeds(table: PointTable) -> None:
    assert neighbours("CH-1", table) == {"MDB-1", "P-1"}
