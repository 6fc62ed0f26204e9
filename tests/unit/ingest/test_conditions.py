"""Alarms that no rule decides: raised once, cleared once, the same after a restart."""

import pytest

from plantroom.domain.alarm import TransitionKind
from plantroom.domain.rule import Severity
from plantroom.domain.work_order import Priority
from plantroom.ingest.conditions import ASSET_OFFLINE, STORE_AWAY, Conditions, Observation
from plantroom.ingest.observations import of_presence
from plantroom.ingest.presence.status import AlarmChange, Cause

T0 = 1_763_750_000_000


def gone(
    *, raised: bool = True, cause: Cause = Cause.SILENT, of_gateway: bool = False, at: int = T0
) -> Observation:
    change = AlarmChange(
        asset="P-1", raised=raised, cause=cause, of_gateway=of_gateway, at=at, reason=cause.name.lower()
    )
    return of_presence(change, site="s")


@pytest.mark.parametrize(
    "cause", [Cause.SILENT, Cause.SAID_OFFLINE, Cause.SPARKPLUG_DEATH, Cause.NEVER_HEARD], ids=str
)
def test_an_asset_that_is_gone_has_an_alarm_whose_title_names_the_cause(cause: Cause) -> None:
    (alarm,) = Conditions().observe([gone(cause=cause)])
    (other,) = Conditions().observe([gone(cause=cause, of_gateway=True)])

    assert (alarm.site, alarm.asset, alarm.rule, alarm.at) == ("s", "P-1", ASSET_OFFLINE, T0)
    assert alarm.kind is TransitionKind.ACTIVATED
    assert (alarm.text.severity, other.text.severity) == (Severity.WARNING, Severity.MAJOR)
    assert alarm.text.title.en.startswith("Asset offline: ")
    assert other.text.title.zh.startswith("网关离线")
    assert alarm.text.work_order is not None
    assert (alarm.text.work_order.priority, alarm.text.work_order.skill) == (Priority.NORMAL, "monitoring")


def test_each_cause_has_a_title_of_its_own() -> None:
    titles = {
        Conditions().observe([gone(cause=cause, of_gateway=of_gateway)])[0].text.title
        for cause in (Cause.SILENT, Cause.SAID_OFFLINE, Cause.SPARKPLUG_DEATH, Cause.NEVER_HEARD)
        for of_gateway in (False, True)
    }

    assert len(titles) == 8


def test_what_clears_carries_the_text_it_was_raised_with() -> None:
    conditions = Conditions()
    (raised,) = conditions.observe([gone(cause=Cause.NEVER_HEARD)])

    (cleared,) = conditions.observe([gone(raised=False, cause=Cause.NONE, at=T0 + 5)])

    assert (cleared.kind, cleared.activated_at) == (TransitionKind.CLEARED, T0)
    assert cleared.text == raised.text


def test_a_restart_keeps_what_is_active_with_its_text() -> None:
    before, after = Conditions(), Conditions()
    before.observe([gone(cause=Cause.SAID_OFFLINE, of_gateway=True)])

    after.restore(before.snapshot())

    assert after.active() == before.active()
    assert after.snapshot() == before.snapshot()


def test_a_snapshot_from_before_there_were_variants_is_read() -> None:
    conditions = Conditions()

    conditions.restore([["s", "plantroom", STORE_AWAY, T0, None, "", "away"]])

    assert [alarm.rule for alarm in conditions.active()] == [STORE_AWAY]


def test_what_holds_of_an_asset_that_was_removed_is_withdrawn() -> None:
    conditions = Conditions()
    conditions.observe([gone(), Observation(rule=STORE_AWAY, holds=True, at=T0, site="s")])

    (withdrawn,) = conditions.withdraw(known={"P-2"}, at=T0 + 9)

    assert (withdrawn.kind, withdrawn.asset, withdrawn.activated_at) == (TransitionKind.WITHDRAWN, "P-1", T0)
    assert [alarm.rule for alarm in conditions.active()] == [STORE_AWAY]
