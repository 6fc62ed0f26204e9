"""What is set aside stays aside until its time (contract 4.7), on both databases."""

from plantroom.api.alarming.upkeep import alarm_again, end_expired
from plantroom.storage.records import Records
from plantroom_testing.records import HOUR, MINUTE, START, Api, activated, cleared

SHELVE = {"minutes": 30, "reason": "vendor on site"}


def shelved(api: Api) -> str:
    """Shelve an alarm that is over, and acknowledge it; return its id."""
    api.send(activated(), cleared(START + 1))
    alarm_id: str = api.alarm()["id"]
    api.post(f"alarms/{alarm_id}/shelve", SHELVE)
    api.post(f"alarms/{alarm_id}/ack")
    api.close_order(api.order()["id"])
    return alarm_id


def test_a_shelved_alarm_says_until_when_why_and_by_whom(api: Api) -> None:
    api.send(activated())

    alarm = api.post(f"alarms/{api.alarm()['id']}/shelve", SHELVE)

    assert alarm["state"] == "shelved"
    assert alarm["active"] is True
    assert alarm["shelved"] == {
        "until": "2025-11-21T19:03:20.000Z",
        "reason": "vendor on site",
        "who": "operator",
        "at": "2025-11-21T18:33:20.000Z",
    }


def test_shelving_leaves_the_order_that_is_there(api: Api) -> None:
    api.send(activated())

    api.post(f"alarms/{api.alarm()['id']}/shelve", SHELVE)

    assert api.order()["status"] == "new"


def test_no_order_is_opened_while_shelved(api: Api) -> None:
    shelved(api)

    api.send(activated(START + 2 * HOUR))

    assert api.order()["status"] == "closed"
    assert api.alarms()[0]["state"] == "shelved"
    assert api.alarms()[0]["work_order"] is None


def test_unshelving_gives_a_still_active_alarm_an_order(api: Api) -> None:
    shelved(api)
    api.send(activated(START + 2 * HOUR))

    alarm = api.post(f"alarms/{api.alarms()[0]['id']}/unshelve")

    assert alarm["state"] == "active_unacked"
    assert alarm["shelved"] is None
    assert api.orders()[0]["alarms"] == [alarm["id"]]
    assert [order["status"] for order in api.orders()] == ["new", "closed"]


def test_unshelving_what_has_cleared_opens_no_order(api: Api) -> None:
    shelved(api)
    api.send(activated(START + 2 * HOUR), cleared(START + 3 * HOUR, activated_at=START + 2 * HOUR))

    api.post(f"alarms/{api.alarms()[0]['id']}/unshelve")

    assert api.order()["status"] == "closed"


def test_unshelving_an_alarm_with_an_open_order_leaves_it_at_that(api: Api) -> None:
    api.send(activated())
    alarm_id = api.alarm()["id"]
    api.post(f"alarms/{alarm_id}/shelve", SHELVE)

    api.post(f"alarms/{alarm_id}/unshelve")

    assert api.order()["alarms"] == [alarm_id]


def test_a_shelf_ends_by_itself(api: Api, records: Records) -> None:
    shelved(api)
    api.send(activated(START + 2 * HOUR))
    api.clock.advance(30 * MINUTE - 1)
    assert end_expired(records, now=api.clock()) == 0
    assert api.alarms()[0]["state"] == "shelved"

    api.clock.advance(1)

    assert end_expired(records, now=api.clock()) == 1
    assert end_expired(records, now=api.clock()) == 0
    assert api.alarms()[0]["state"] == "active_unacked"
    assert api.orders()[0]["status"] == "new"


def test_re_alarm_waits_for_the_end_of_the_shelf(api: Api, records: Records) -> None:
    api.send(activated())
    api.close_order(api.order()["id"])
    api.post(f"alarms/{api.alarm()['id']}/shelve", {"minutes": 60 * 24, "reason": "holiday"})

    api.clock.advance(24 * HOUR - 1)
    assert alarm_again(records, now=api.clock()) == 0

    api.clock.advance(1)
    end_expired(records, now=api.clock())
    alarm_again(records, now=api.clock())
    assert [order["status"] for order in api.orders()] == ["new", "closed"]


def test_a_shelf_outlives_the_occurrence(api: Api) -> None:
    shelved(api)
    assert api.alarm()["state"] == "normal"

    api.send(activated(START + MINUTE))

    assert [alarm["state"] for alarm in api.alarms()] == ["shelved", "normal"]


def test_what_is_not_shelved_cannot_be_unshelved(api: Api) -> None:
    api.send(activated())

    answer = api.call("POST", f"alarms/{api.alarm()['id']}/unshelve")

    assert answer.status_code == 409


def test_shelving_needs_a_reason_and_one_end_in_the_future(api: Api) -> None:
    api.send(activated())
    path = f"alarms/{api.alarm()['id']}/shelve"
    wrong = [
        {"minutes": 30},
        {"reason": "because"},
        {"reason": "because", "minutes": 30, "until": "2030-01-01T00:00:00Z"},
        {"reason": "because", "minutes": -1},
        {"reason": "because", "until": "2020-01-01T00:00:00Z"},
        {"reason": "because", "until": "tomorrow"},
    ]

    statuses = [api.call("POST", path, json=document).status_code for document in wrong]

    assert statuses == [422] * len(wrong)
    assert api.alarm()["state"] == "active_unacked"
