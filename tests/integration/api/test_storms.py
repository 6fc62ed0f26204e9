"""Alarms that come too fast, too often or together, and those that stay, on both databases."""

from dataclasses import replace
from datetime import timedelta

from plantroom.api.access.identity import Role
from plantroom.api.alarming.upkeep import alarm_again, end_flood, release_quiet
from plantroom.domain.alarm import Transition, TransitionKind
from plantroom.domain.rule import Severity
from plantroom.storage.records import Records
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

LATCHING = replace(HIGH_VIBRATION, latch=True)
SECOND = 1_000


def bounces(count: int, *, every: int = 10 * SECOND) -> list[Transition]:
    """Return the reports of a condition that comes and goes so often."""
    return [
        each
        for number in range(count)
        for at in [START + number * every]
        for each in (activated(at), cleared(at + every // 2, activated_at=at))
    ]


def test_three_activations_in_a_minute_are_held_as_one_alarm(api: Api) -> None:
    api.send(*bounces(6))

    alarm = api.alarm()
    assert (alarm["chattering"], alarm["active"], alarm["activations"]) == (True, True, 6)
    assert alarm["chattering_since"] == "2025-11-21T18:33:40.000Z"
    assert len(api.orders()) == 1


def test_two_activations_in_a_minute_are_not_chattering(api: Api) -> None:
    api.send(*bounces(4, every=31 * SECOND))

    assert api.alarm()["chattering"] is False
    assert api.alarm()["active"] is False


def test_a_chattering_alarm_is_acknowledged_once(api: Api) -> None:
    reports = bounces(8)
    api.send(*reports[:8])
    api.post(f"alarms/{api.alarm()['id']}/ack")

    api.send(*reports[8:])

    assert api.alarm()["state"] == "active_acked"


def test_a_chattering_alarm_is_let_go_when_it_is_quiet(api: Api, records: Records) -> None:
    api.send(*bounces(4))
    last = START + 35 * SECOND
    api.clock.advance(35 * SECOND + 2 * MINUTE - 1)
    assert release_quiet(records, now=api.clock()) == 0

    api.clock.advance(1)

    assert release_quiet(records, now=api.clock()) == 1
    alarm = api.alarm()
    assert (alarm["chattering"], alarm["state"]) == (False, "cleared_unacked")
    assert alarm["cleared_at"] == "2025-11-21T18:33:55.000Z"
    assert last == START + 35_000


def test_a_chattering_alarm_that_stays_is_let_go_active(api: Api, records: Records) -> None:
    api.send(*bounces(4)[:-1])

    api.clock.advance(HOUR)
    release_quiet(records, now=api.clock())

    assert (api.alarm()["chattering"], api.alarm()["active"]) == (False, True)


def test_a_chattering_alarm_of_a_removed_rule_is_closed(api: Api) -> None:
    reports = bounces(4)
    gone = report(
        TransitionKind.WITHDRAWN,
        activated_at=reports[-2].activated_at,
        at=START + HOUR,
        reason="rule removed",
    )

    api.send(*reports, gone)

    assert api.alarm()["state"] == "normal"


def test_a_second_alarm_of_a_fault_is_grouped_under_the_first(api: Api) -> None:
    api.send(activated(), activated(START + MINUTE, rule="bearing-hot"), activated(asset="F-1"))

    by_rule = {(alarm["asset"], alarm["rule"]): alarm for alarm in api.alarms()}
    first = by_rule["P-101", "pump-vibration-high"]
    assert by_rule["P-101", "bearing-hot"]["grouped_under"] == first["id"]
    assert first["grouped_under"] is None
    assert by_rule["F-1", "pump-vibration-high"]["grouped_under"] is None
    assert len(api.orders()) == 2


def test_a_graver_or_later_alarm_stands_alone(api: Api) -> None:
    graver = with_severity(Severity.CRITICAL)

    api.send(
        activated(),
        activated(START + MINUTE, rule="graver", text=graver),
        activated(START + 2 * HOUR, rule="later"),
    )

    assert [alarm["grouped_under"] for alarm in api.alarms()] == [None, None, None]


def flood(api: Api, count: int = 11) -> None:
    """Show so many alarms at once."""
    api.send(*(activated(START + number, asset=f"A-{number}") for number in range(count)))


def test_more_than_ten_alarms_in_ten_minutes_are_a_flood(api: Api) -> None:
    flood(api, 10)
    assert api.get("floods")["items"] == []

    api.send(activated(asset="P-101"))

    (found,) = api.get("floods")["items"]
    assert (found["alarms"], found["ended_at"]) == (11, None)
    assert len(api.alarms()) == 11


def test_a_flood_ends_below_five_alarms_in_ten_minutes(api: Api, records: Records) -> None:
    flood(api)
    api.clock.advance(9 * MINUTE)
    api.send(*(activated(START + MINUTE, asset=f"B-{number}") for number in range(5)))
    api.clock.advance(2 * MINUTE)
    assert end_flood(records, now=api.clock()) is False

    api.clock.advance(9 * MINUTE)

    assert end_flood(records, now=api.clock()) is True
    assert end_flood(records, now=api.clock()) is False
    (found,) = api.get("floods")["items"]
    assert (found["alarms"], found["ended_at"]) == (16, "2025-11-21T18:53:20.000Z")


def test_what_nobody_is_shown_makes_no_flood(api: Api) -> None:
    api.call("POST", "sites/riverside/test-mode", role=Role.ENGINEER, json={"minutes": 60, "reason": "x"})

    flood(api, 30)

    assert api.get("floods")["items"] == []
    assert len(api.alarms()) == 30


def test_a_latched_alarm_stays_until_it_is_reset(api: Api) -> None:
    api.send(activated(text=LATCHING))
    alarm_id = api.alarm()["id"]
    assert api.call("POST", f"alarms/{alarm_id}/reset").status_code == 409
    api.post(f"alarms/{alarm_id}/ack")

    api.send(cleared(START + MINUTE, text=LATCHING))

    alarm = api.alarm()
    assert (alarm["state"], alarm["active"], alarm["latched"]) == ("active_acked", False, True)
    assert api.alarms(state="active_acked") != []
    assert api.post(f"alarms/{alarm_id}/reset")["state"] == "normal"
    assert api.call("POST", f"alarms/{alarm_id}/reset").status_code == 409


def test_a_latched_alarm_that_nobody_knows_of_is_still_to_be_acknowledged_after_its_reset(api: Api) -> None:
    api.send(activated(text=LATCHING), cleared(START + MINUTE, text=LATCHING))
    alarm_id = api.alarm()["id"]
    assert api.alarm()["state"] == "active_unacked"

    assert api.post(f"alarms/{alarm_id}/reset")["state"] == "cleared_unacked"
    assert api.post(f"alarms/{alarm_id}/ack")["state"] == "normal"


def test_an_acknowledged_alarm_that_persists_asks_again(api: Api, records: Records) -> None:
    lives = replace(HIGH_VIBRATION, re_alarm=timedelta(minutes=30), life_safety=True)
    api.send(activated(text=lives))
    alarm_id = api.alarm()["id"]
    api.post(f"alarms/{alarm_id}/ack")
    assert api.alarm()["re_alarm_at"] == "2025-11-21T19:03:20.000Z"
    api.clock.advance(30 * MINUTE - 1)
    assert alarm_again(records, now=api.clock()) == 0

    api.clock.advance(1)

    assert alarm_again(records, now=api.clock()) == 1
    assert alarm_again(records, now=api.clock()) == 0
    alarm = api.alarm()
    assert (alarm["state"], alarm["re_alarms"], alarm["acknowledged_by"]) == ("active_unacked", 1, None)
    assert len(api.orders()) == 1


def test_asking_again_waits_for_the_end_of_the_shelf(api: Api, records: Records) -> None:
    api.send(activated())
    api.post(f"alarms/{api.alarm()['id']}/ack")
    api.clock.advance(23 * HOUR)
    api.post(f"alarms/{api.alarm()['id']}/shelve", {"minutes": 120, "reason": "known"})

    api.clock.advance(HOUR)

    assert alarm_again(records, now=api.clock()) == 0
