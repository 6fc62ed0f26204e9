from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from plantroom.cli.models_trouble import Ordered, Raised, Trouble, trouble_in
from plantroom.domain.alarm import AlarmText
from plantroom.domain.feedback import Verdict
from plantroom.domain.occurrence import Alarm
from plantroom.domain.repair import WorkOrder
from plantroom.domain.rule import Severity
from plantroom.domain.text import Text
from plantroom.storage.records import alarms, open_records, work_orders

HOT = Text(en="Bearing hot", zh="轴承温度偏高")


def raised(name: str = "a", *, severity: Severity = Severity.WARNING, end: int | None = 20) -> Raised:
    return Raised(id=name, severity=severity, title=HOT, start=10, end=end)


def ordered(*alarms: str, is_false: bool = False) -> Ordered:
    return Ordered(id="WO-7", title=HOT, start=12, end=30, alarms=frozenset(alarms), is_false=is_false)


def spans(trouble: Trouble, **judged: Verdict) -> list[tuple[int, int | None]]:
    return [(each.start, each.end) for each in trouble.incidents("P-1", judged=judged)]


def test_alarms_and_orders_of_the_asset_are_incidents() -> None:
    trouble = Trouble(alarms={"P-1": [raised()], "P-2": [raised("b")]}, orders={"P-1": [ordered("a")]})

    incidents = trouble.incidents("P-1", judged={})

    assert [(each.start, each.end) for each in incidents] == [(10, 20), (12, 30)]
    assert incidents[0].what == Text(en="alarm “Bearing hot”", zh="报警“轴承温度偏高”")
    assert incidents[1].what.en == "order WO-7 “Bearing hot”"


def test_what_only_informs_is_no_incident() -> None:
    assert spans(Trouble(alarms={"P-1": [raised(severity=Severity.INFO)]})) == []


def test_an_alarm_that_holds_has_no_end() -> None:
    assert spans(Trouble(alarms={"P-1": [raised(end=None)]})) == [(10, None)]


def test_an_alarm_that_people_judged_false_may_be_learnt() -> None:
    trouble = Trouble(alarms={"P-1": [raised()]}, orders={"P-1": [ordered("a")]})

    assert spans(trouble, a=Verdict.FALSE_ALARM) == []
    assert len(spans(trouble, a=Verdict.REAL_FAULT)) == 2


def test_an_order_that_was_closed_as_false_takes_its_alarms_with_it() -> None:
    trouble = Trouble(alarms={"P-1": [raised(), raised("b")]}, orders={"P-1": [ordered("a", is_false=True)]})

    assert spans(trouble) == [(10, 20)]


def test_an_order_of_a_person_is_an_incident_whatever_alarms_were_false() -> None:
    trouble = Trouble(alarms={"P-1": [raised()]}, orders={"P-1": [ordered()]})

    assert spans(trouble, a=Verdict.FALSE_ALARM) == [(12, 30)]


def test_without_records_nothing_is_known(tmp_path: Path) -> None:
    assert not trouble_in(None, tmp_path, since=0).is_known


@pytest.mark.parametrize("database", [None, "sqlite"])
def test_empty_records_know_of_nothing(tmp_path: Path, database: str | None) -> None:
    url = f"sqlite:///{tmp_path / 'records.sqlite'}"
    open_records(url).close()

    trouble = trouble_in(None if database is None else url, tmp_path, since=0)

    assert trouble.is_known
    assert spans(trouble) == []


def test_what_the_records_hold_is_known(tmp_path: Path) -> None:
    text = AlarmText(title=HOT, severity=Severity.MAJOR, group="bearing")
    old = Alarm(id="a", site="s", asset="P-1", rule="hot", text=text, active_since=5, activated_at=5)
    gone = replace(old, id="b", rule="dry", active=False, cleared_at=9, closed_at=9)
    newer = replace(gone, id="c", rule="wet", active_since=100, cleared_at=120, closed_at=130)
    order = WorkOrder(
        site="s",
        asset="P-1",
        group="bearing",
        title=HOT,
        created_at=101,
        created_by="plantroom",
        updated_at=101,
    )
    with (
        closing(open_records(f"sqlite:///{tmp_path / 'records.sqlite'}")) as records,
        records.write() as connection,
    ):
        for alarm in (old, gone, newer):
            alarms.insert(connection, alarm)
        kept = work_orders.insert(connection, order)
        work_orders.join(connection, number=kept.number, alarm_id="c", at=101)

    trouble = trouble_in(None, tmp_path, since=50)

    assert spans(trouble) == [(5, None), (100, 120), (101, None)]
    assert spans(trouble, c=Verdict.FALSE_ALARM) == [(5, None)]
