"""Alarms that the rules suppress, and their root's one work order, on both databases."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from plantroom.api.access.identity import Role
from plantroom.api.alarming.upkeep import alarm_again
from plantroom.domain.alarm import Transition, TransitionKind, alarm_id
from plantroom.domain.rule import Severity
from plantroom.storage.records import Records, history, outbox
from plantroom_testing.records import (
    HIGH_VIBRATION,
    HOUR,
    MINUTE,
    START,
    Api,
    activated,
    cleared,
    report,
    with_severity,
)

SECOND = 1_000
LATER = START + MINUTE
MAINS = replace(with_severity(Severity.CRITICAL), group="mains")


def root(at: int = START, **changes: Any) -> Transition:
    """Return the report that the main panel is dead."""
    return activated(at, **{"asset": "MDB-1", "rule": "mains-lost", "text": MAINS, **changes})


ROOT = alarm_id(site="riverside", asset="MDB-1", rule="mains-lost", activated_at=START)


def born(at: int = START, *, cause: str = ROOT, reason: str = "", **changes: Any) -> Transition:
    """Return the report of an alarm that is suppressed from its beginning."""
    return replace(activated(at, **changes), suppressed=True, cause=cause, reason=reason)


def suppressed(at: int = LATER, *, cause: str = ROOT, reason: str = "", **changes: Any) -> Transition:
    """Return the report that an active alarm is suppressed from `at`."""
    return replace(
        report(TransitionKind.SUPPRESSED, at=at, **changes), suppressed=True, cause=cause, reason=reason
    )


def released(at: int = LATER, **changes: Any) -> Transition:
    """Return the report that an active alarm is no longer suppressed."""
    return report(TransitionKind.RELEASED, at=at, **changes)


def of_asset(api: Api, asset: str) -> Any:
    (alarm,) = api.alarms(asset=asset)
    return alarm


def pump(api: Api) -> Any:
    return of_asset(api, "P-101")


def order_of(api: Api, asset: str) -> Any:
    (order,) = api.orders(asset=asset)
    return order


def told(records: Records) -> list[tuple[str, str]]:
    """Return what there is to tell, and of which asset, in order."""
    with records.write() as connection:
        found = outbox.take_notices(connection, limit=1_000)
    return [(notice.kind.value, notice.asset) for notice in found]


def audit(api: Api) -> list[str]:
    return [entry["action"] for entry in api.call("GET", "audit", role=Role.ADMIN).json()["items"]]


def test_an_alarm_born_suppressed_is_recorded_and_nobody_is_bothered(api: Api, records: Records) -> None:
    api.send(root(), born(LATER))

    alarm = pump(api)
    assert (alarm["state"], alarm["active"], alarm["root_alarm"]) == ("suppressed", True, ROOT)
    assert alarm["work_order"] is None
    assert [order["asset"] for order in api.orders()] == ["MDB-1"]
    assert told(records) == [("activated", "MDB-1")]
    assert [each["asset"] for each in api.alarms(state="suppressed")] == ["P-101"]
    assert [each["asset"] for each in api.alarms(state="active_unacked")] == ["MDB-1"]


def test_the_root_lists_its_consequences(api: Api) -> None:
    api.send(root(), *(born(LATER, asset=f"P-{number}") for number in range(12)))

    assert of_asset(api, "MDB-1")["consequences"] == 12
    assert api.get(f"alarms/{ROOT}")["consequences"] == 12
    listed = api.alarms(root=ROOT)
    assert {alarm["asset"] for alarm in listed} == {f"P-{number}" for number in range(12)}
    assert {alarm["consequences"] for alarm in listed} == {0}


def test_an_alarm_suppressed_by_design_says_why(api: Api) -> None:
    api.send(born(cause="", reason="not running"))

    assert (pump(api)["state"], pump(api)["root_alarm"]) == ("suppressed", None)
    assert pump(api)["suppressed_reason"] == "not running"
    assert pump(api)["reason"] == ""


def test_what_is_suppressed_is_no_load(api: Api) -> None:
    api.send(root(), *(born(LATER, asset=f"P-{number}") for number in range(30)))
    api.clock.advance(2 * MINUTE)

    assert api.get("floods")["items"] == []
    performance = api.get("alarm-performance")
    assert performance["alarms"] == 1
    assert performance["live"]["active"] == 1


def test_what_nobody_saw_closes_itself_when_its_condition_is_gone(api: Api, records: Records) -> None:
    api.send(root(), born(LATER), cleared(LATER + 1, activated_at=LATER))

    assert (pump(api)["state"], pump(api)["root_alarm"]) == ("normal", ROOT)
    assert of_asset(api, "MDB-1")["consequences"] == 1
    assert told(records) == [("activated", "MDB-1")]


def test_what_people_saw_is_still_to_be_acknowledged(api: Api) -> None:
    api.send(root(), activated(), suppressed(), cleared(LATER + 1))

    assert pump(api)["state"] == "cleared_unacked"
    assert api.post(f"alarms/{pump(api)['id']}/ack")["state"] == "normal"


def test_the_order_of_a_consequence_is_joined_into_that_of_its_root(api: Api) -> None:
    api.send(activated(), root())
    small, large = order_of(api, "P-101")["id"], order_of(api, "MDB-1")["id"]

    api.send(suppressed())

    assert pump(api)["state"] == "suppressed"
    assert pump(api)["work_order"] == large
    assert api.get(f"work-orders/{small}")["status"] == "cancelled"
    assert large in api.get(f"work-orders/{small}")["comments"][0]["text"]
    assert api.get(f"work-orders/{large}")["alarms"] == [ROOT, pump(api)["id"]]
    assert {"alarm.suppressed", "work_order.cancel", "work_order.join"} <= set(audit(api))


def test_an_order_waits_for_that_of_its_root(api: Api) -> None:
    api.send(activated(), suppressed())
    assert order_of(api, "P-101")["status"] == "new"

    api.send(root())

    assert order_of(api, "P-101")["status"] == "cancelled"
    assert order_of(api, "MDB-1")["alarms"] == [ROOT, pump(api)["id"]]


def test_an_order_waits_until_its_root_comes_back_from_the_shelf(api: Api) -> None:
    api.send(root(), cleared(START + 1, asset="MDB-1", rule="mains-lost", text=MAINS))
    api.post(f"alarms/{ROOT}/ack")
    api.close_order("WO-1")
    api.post(f"alarms/{ROOT}/shelve", {"minutes": 60, "reason": "switching"})
    later = alarm_id(site="riverside", asset="MDB-1", rule="mains-lost", activated_at=START + 2 * HOUR)
    api.send(root(START + 2 * HOUR), activated(LATER), suppressed(LATER + 1, activated_at=LATER, cause=later))
    assert order_of(api, "P-101")["status"] == "new"

    api.post(f"alarms/{later}/unshelve")

    assert order_of(api, "P-101")["status"] == "cancelled"


def test_an_order_of_another_fault_too_stays(api: Api) -> None:
    api.send(activated(), activated(START + 1, rule="bearing-hot"), root(), suppressed())

    assert order_of(api, "P-101")["status"] == "new"

    api.send(suppressed(rule="bearing-hot", activated_at=START + 1))

    assert order_of(api, "P-101")["status"] == "cancelled"
    assert len(order_of(api, "MDB-1")["alarms"]) == 3


def test_work_that_has_begun_stays_and_is_linked(api: Api) -> None:
    api.send(activated(), root())
    small, large = order_of(api, "P-101")["id"], order_of(api, "MDB-1")["id"]
    api.post(f"work-orders/{small}/start")

    api.send(suppressed(), suppressed(LATER + 1))

    order = api.get(f"work-orders/{small}")
    assert (order["status"], pump(api)["work_order"]) == ("in_progress", small)
    assert [large in comment["text"] for comment in order["comments"]] == [True]
    assert api.get(f"work-orders/{large}")["alarms"] == [ROOT, pump(api)["id"]]


def test_an_order_that_a_person_opened_is_not_cancelled(api: Api) -> None:
    api.send(activated(text=replace(HIGH_VIBRATION, work_order=None)), root())
    own = api.post("work-orders", {"asset": "P-101", "title": "Look at it", "alarm": pump(api)["id"]})

    api.send(suppressed())

    assert api.get(f"work-orders/{own['id']}")["status"] == "new"


def test_roots_of_roots_have_one_order(api: Api) -> None:
    panel = alarm_id(site="riverside", asset="DP-1", rule="panel-dead", activated_at=START)
    api.send(
        activated(),
        activated(asset="DP-1", rule="panel-dead", text=replace(MAINS, group="panel")),
        suppressed(cause=panel),
    )
    assert order_of(api, "DP-1")["alarms"] == [panel, pump(api)["id"]]

    api.send(root(), suppressed(LATER + 1, asset="DP-1", rule="panel-dead"))

    assert [order["asset"] for order in api.orders(status="new")] == ["MDB-1"]
    assert set(order_of(api, "MDB-1")["alarms"]) == {ROOT, panel, pump(api)["id"]}


def test_alarms_that_are_each_others_root_are_no_end(api: Api) -> None:
    mine = alarm_id(site="riverside", asset="P-101", rule="pump-vibration-high", activated_at=START)

    api.send(activated(), root(), suppressed(), suppressed(asset="MDB-1", rule="mains-lost", cause=mine))

    assert [order["asset"] for order in api.orders(status="new")] == ["MDB-1"]


def test_a_root_is_known_by_the_name_of_any_of_its_activations(api: Api) -> None:
    again = START + 10 * MINUTE
    second = alarm_id(site="riverside", asset="MDB-1", rule="mains-lost", activated_at=again)
    api.send(
        root(),
        cleared(LATER, asset="MDB-1", rule="mains-lost", text=MAINS),
        born(again, cause=second),
        root(again),
        born(again, cause=second, asset="F-1"),
    )

    assert (pump(api)["root_alarm"], of_asset(api, "F-1")["root_alarm"]) == (ROOT, ROOT)
    assert of_asset(api, "MDB-1")["consequences"] == 2


def test_a_released_alarm_opens_its_order_and_is_told(api: Api, records: Records) -> None:
    api.send(root(), born())
    told(records)

    api.send(released())

    alarm = pump(api)
    assert (alarm["state"], alarm["root_alarm"], alarm["suppressed_reason"]) == ("active_unacked", None, "")
    assert order_of(api, "P-101")["alarms"] == [alarm["id"]]
    assert told(records) == [("activated", "P-101")]
    assert of_asset(api, "MDB-1")["consequences"] == 0
    assert api.send(cleared(LATER + 1))["accepted"] == 1
    assert pump(api)["state"] == "cleared_unacked"


def test_an_alarm_released_after_its_order_was_joined_gets_one_of_its_own(api: Api) -> None:
    api.send(activated(), root(), suppressed(), released(LATER + 1))

    assert [order["status"] for order in api.orders(asset="P-101")] == ["new", "cancelled"]
    assert pump(api)["work_order"] == api.orders(asset="P-101")[0]["id"]


def test_a_shelved_alarm_is_not_told_when_it_is_released(api: Api, records: Records) -> None:
    api.send(root(), born())
    api.post(f"alarms/{pump(api)['id']}/shelve", {"minutes": 60, "reason": "known"})
    assert pump(api)["state"] == "shelved"
    told(records)

    api.send(released())

    assert pump(api)["state"] == "shelved"
    assert api.orders(asset="P-101") == []
    assert told(records) == []


def test_a_suppressed_alarm_comes_back_from_the_shelf_suppressed(api: Api) -> None:
    api.send(root(), born())
    api.post(f"alarms/{pump(api)['id']}/shelve", {"minutes": 60, "reason": "known"})

    api.post(f"alarms/{pump(api)['id']}/unshelve")

    assert pump(api)["state"] == "suppressed"
    assert api.orders(asset="P-101") == []


def test_every_report_is_taken_once(api: Api) -> None:
    reports = [root(), activated(), suppressed(), released(LATER + 1), suppressed(LATER + 2)]
    for each in reports:
        api.send(each)
    before = (api.alarms(), api.orders())

    assert api.send(*reports)["ignored"] == len(reports)
    assert (api.alarms(), api.orders()) == before


@pytest.mark.parametrize("reverse", [False, True])
def test_the_later_report_holds_whichever_comes_first(api: Api, reverse: bool) -> None:
    pair = [suppressed(LATER), released(LATER + 1)]
    api.send(root(), activated(), *(reversed(pair) if reverse else pair))

    assert pump(api)["state"] == "active_unacked"

    api.send(suppressed(LATER + 2))
    assert pump(api)["state"] == "suppressed"


def test_a_re_send_says_what_was_missed(api: Api) -> None:
    api.send(root(), activated())

    assert api.send(born())["accepted"] == 1

    assert pump(api)["state"] == "suppressed"
    assert api.send(born())["ignored"] == 1


def test_a_suppression_of_an_activation_that_is_over_is_ignored(api: Api) -> None:
    api.send(activated(), cleared(LATER), activated(LATER + 1))

    assert api.send(suppressed(LATER + 2), released(LATER + 3))["ignored"] == 2
    assert pump(api)["state"] == "active_unacked"


def test_life_safety_is_never_suppressed(api: Api) -> None:
    lives = replace(HIGH_VIBRATION, life_safety=True)
    trapped = replace(born(asset="E-1"), point="entrapment")

    api.send(root(), born(text=lives), suppressed(text=lives), trapped, suppressed(asset="E-1"))

    assert pump(api)["state"] == of_asset(api, "E-1")["state"] == "active_unacked"
    assert {order["asset"] for order in api.orders()} == {"MDB-1", "P-101", "E-1"}


def test_an_alarm_that_turns_out_to_concern_life_comes_out(api: Api) -> None:
    api.send(root(), born())

    api.send(born(text=replace(HIGH_VIBRATION, life_safety=True)))

    assert pump(api)["state"] == "active_unacked"


def test_the_suppressed_neither_latch_nor_group_nor_ask_again(api: Api, records: Records) -> None:
    short = replace(HIGH_VIBRATION, latch=True, re_alarm=timedelta(minutes=10))
    api.send(root(), born(text=short), activated(START + 1, rule="bearing-hot"))
    api.post(f"alarms/{api.alarms(asset='P-101', state='suppressed')[0]['id']}/ack")
    api.clock.advance(HOUR)

    assert alarm_again(records, now=api.clock()) == 0
    assert api.alarms(asset="P-101", state="active_unacked")[0]["grouped_under"] is None
    api.send(cleared(LATER, text=short))
    assert [alarm["latched"] for alarm in api.alarms(asset="P-101")] == [False, False]


def test_the_root_is_told_anew_once_for_all_its_new_consequences(api: Api, records: Records) -> None:
    api.send(root())
    with records.read() as connection:
        before = history.newest_event(connection)

    api.send(*(born(asset=f"P-{number}") for number in range(5)))

    with records.read() as connection:
        found = history.events_after(connection, before, limit=100)
    documents = [json.loads(event.document) for event in found]
    assert [each["consequences"] for each in documents if each["id"] == ROOT] == [5]
    assert len(documents) == 6


@pytest.mark.parametrize("cause", ["x", "0" * 19, "Z" * 20, "0" * 21])
def test_a_cause_is_the_id_of_an_alarm(api: Api, cause: str) -> None:
    (refused,) = api.send(born(cause=cause))["rejected"]

    assert "cause" in refused["message"]
