"""Out of service, maintenance and test mode, limits and reminders (contract 4.7), on both databases."""

from dataclasses import replace
from typing import Any

import pytest

from plantroom.api.access.identity import Role
from plantroom.api.alarming.upkeep import end_expired, remind
from plantroom.domain.rule import Severity
from plantroom.storage.records import Records, history
from plantroom_testing.records import HIGH_VIBRATION, HOUR, MINUTE, START, Api, activated, cleared

FIRE = replace(HIGH_VIBRATION, severity=Severity.CRITICAL, group="fire", life_safety=True)
HOURS_2 = {"minutes": 120, "reason": "vendor on site"}


def events(records: Records, kind: str) -> list[str]:
    with records.read() as connection:
        return [
            each.document for each in history.events_after(connection, 0, limit=1000) if each.kind == kind
        ]


def audit(api: Api) -> list[str]:
    answer = api.call("GET", "audit", role=Role.ADMIN)
    return [entry["action"] for entry in answer.json()["items"]]


def shelve(api: Api, body: Any, role: Role = Role.OPERATOR) -> Any:
    return api.call("POST", f"alarms/{api.alarms()[0]['id']}/shelve", role=role, json=body)


def engineer(api: Api, path: str, body: Any = None) -> Any:
    answer = api.call("POST", path, role=Role.ENGINEER, json=body)
    assert answer.is_success, answer.text
    return answer.json()


@pytest.mark.parametrize(
    ("role", "hours", "status"),
    [
        (Role.OPERATOR, 24, 200),
        (Role.OPERATOR, 24.1, 422),
        (Role.ENGINEER, 24 * 7, 200),
        (Role.ENGINEER, 24 * 7 + 1, 422),
        (Role.ADMIN, 24 * 31, 200),
        (Role.ADMIN, 24 * 31 + 1, 422),
        (Role.VIEWER, 1, 403),
    ],
)
def test_a_role_shelves_for_so_long_and_no_longer(api: Api, role: Role, hours: float, status: int) -> None:
    api.send(activated())

    answer = shelve(api, {"minutes": hours * 60, "reason": "vendor on site"}, role)

    assert answer.status_code == status
    if status == 422:
        assert f"the role {role.value} may set this aside for at most" in answer.json()["detail"]


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ENGINEER])
def test_an_alarm_of_peoples_lives_is_not_shelved_by_ordinary_roles(api: Api, role: Role) -> None:
    api.send(activated(text=FIRE))

    answer = shelve(api, HOURS_2, role)

    assert answer.status_code == 403
    assert "people's lives" in answer.json()["detail"]
    assert api.alarm()["state"] == "active_unacked"
    assert api.alarm()["life_safety"] is True


def test_an_administrator_shelves_an_alarm_of_peoples_lives_for_a_shift(api: Api) -> None:
    api.send(activated(text=FIRE))

    too_long = shelve(api, {"minutes": 481, "reason": "detector replaced"}, Role.ADMIN)
    allowed = shelve(api, {"minutes": 480, "reason": "detector replaced"}, Role.ADMIN)

    assert (too_long.status_code, allowed.status_code) == (422, 200)
    assert allowed.json()["state"] == "shelved"


def test_a_passenger_trapped_concerns_life_though_no_rule_says_so(api: Api) -> None:
    api.send(replace(activated(), point="entrapment"))

    assert api.alarm()["life_safety"] is True


def test_reasons_are_more_than_spaces(api: Api) -> None:
    api.send(activated())

    assert shelve(api, {"minutes": 5, "reason": "  "}).status_code == 422


def test_a_one_shot_shelf_ends_when_the_condition_does(api: Api) -> None:
    api.send(activated())
    alarm = shelve(api, {"one_shot": True, "reason": "known"}).json()
    assert alarm["set_aside"]["one_shot"] is True
    assert alarm["shelved"]["until"] == "2025-11-22T18:33:20.000Z"

    api.send(cleared(START + MINUTE))
    assert api.get("set-asides")["items"] == []
    api.send(activated(START + HOUR))

    assert api.alarm()["state"] == "active_unacked"


def test_a_one_shot_shelf_needs_a_condition(api: Api) -> None:
    api.send(activated(), cleared(START + 1))

    assert shelve(api, {"one_shot": True, "reason": "known"}).status_code == 409


def test_people_are_reminded_before_a_shelf_ends(api: Api, records: Records) -> None:
    api.send(activated())
    shelve(api, HOURS_2)
    api.clock.advance(110 * MINUTE - 1)
    assert remind(records, now=api.clock()) == 0

    api.clock.advance(1)

    assert remind(records, now=api.clock()) == 1
    assert remind(records, now=api.clock()) == 0
    phases = [document.split('"')[3] for document in events(records, "set_aside")]
    assert phases == ["began", "reminder"]


def test_what_is_set_aside_is_listed_though_its_alarm_is_closed(api: Api) -> None:
    api.send(activated(), cleared(START + 1))
    alarm_id = api.alarm()["id"]
    api.post(f"alarms/{alarm_id}/shelve", HOURS_2)
    api.post(f"alarms/{alarm_id}/ack")

    (item,) = api.get("set-asides")["items"]

    assert (item["kind"], item["asset"], item["rule"]) == ("shelved", "P-101", "pump-vibration-high")
    assert (item["alarm"], item["title"]["zh"], item["who"]) == (alarm_id, "振动偏高", "operator")
    api.post(f"alarms/{item['alarm']}/unshelve")
    assert api.get("set-asides")["items"] == []


def test_out_of_service_is_linked_to_the_alarms_own_order(api: Api) -> None:
    api.send(activated())

    alarm = engineer(api, f"alarms/{api.alarm()['id']}/out-of-service", {"reason": "sensor broken"})

    assert alarm["state"] == "out_of_service"
    assert alarm["set_aside"]["work_order"] == api.order()["id"]
    assert alarm["set_aside"]["until"] is None


def test_out_of_service_opens_an_order_where_there_is_none(api: Api) -> None:
    api.send(activated(text=replace(HIGH_VIBRATION, work_order=None)))
    assert api.orders() == []

    alarm = engineer(api, f"alarms/{api.alarm()['id']}/out-of-service", {"reason": "sensor broken"})

    assert alarm["work_order"] == api.order()["id"] == alarm["set_aside"]["work_order"]


def test_closing_the_order_returns_the_alarm_to_service(api: Api) -> None:
    api.send(activated())
    engineer(api, f"alarms/{api.alarm()['id']}/out-of-service", {"reason": "sensor broken"})

    api.close_order(api.order()["id"])

    assert api.alarm()["state"] == "active_unacked"
    assert api.alarm()["order_closed"] is True
    assert "alarm.return_to_service" in audit(api)


def test_nothing_out_of_service_opens_an_order_until_it_returns(api: Api) -> None:
    api.send(activated())
    alarm_id = api.alarm()["id"]
    other = api.post("work-orders", {"asset": "P-101", "title": "Replace the sensor"})
    engineer(api, f"alarms/{alarm_id}/out-of-service", {"reason": "broken", "work_order": other["id"]})
    api.post(f"alarms/{alarm_id}/ack")
    api.send(cleared(START + 1))
    api.close_order("WO-1")
    api.send(activated(START + 2 * HOUR))
    assert [order["status"] for order in api.orders()] == ["new", "closed"]

    engineer(api, f"alarms/{alarm_id}/return-to-service")

    assert api.alarms()[0]["state"] == "active_unacked"
    assert api.orders()[0]["alarms"] == [api.alarms()[0]["id"]]


@pytest.mark.parametrize("what", ["another asset's", "a closed one", "none"])
def test_out_of_service_needs_an_open_order_of_the_asset(api: Api, what: str) -> None:
    api.send(activated())
    orders = {
        "another asset's": lambda: api.post("work-orders", {"asset": "F-1", "title": "x"})["id"],
        "a closed one": lambda: api.post(f"work-orders/{api.order()['id']}/cancel")["id"],
        "none": lambda: "WO-99",
    }

    body = {"reason": "broken", "work_order": orders[what]()}
    answer = api.call("POST", f"alarms/{api.alarm()['id']}/out-of-service", role=Role.ENGINEER, json=body)

    assert answer.status_code in (404, 409, 422)
    assert api.alarm()["state"] == "active_unacked"


def test_an_operator_takes_nothing_out_of_service(api: Api) -> None:
    api.send(activated())

    answer = api.call("POST", f"alarms/{api.alarm()['id']}/out-of-service", json={"reason": "broken"})

    assert answer.status_code == 403


def test_alarms_in_maintenance_are_recorded_as_suppressed_without_orders(api: Api) -> None:
    answer = api.call("POST", "assets/P-101/maintenance", json=HOURS_2)
    assert answer.status_code == 201
    assert answer.json()["until"] == "2025-11-21T20:33:20.000Z"

    api.send(activated(), activated(asset="F-1"))

    by_asset = {alarm["asset"]: alarm for alarm in api.alarms()}
    assert by_asset["P-101"]["state"] == "suppressed"
    assert by_asset["P-101"]["set_aside"]["kind"] == "maintenance"
    assert by_asset["P-101"]["active"] is True
    assert by_asset["F-1"]["state"] == "active_unacked"
    assert [order["asset"] for order in api.orders()] == ["F-1"]
    assert [alarm["asset"] for alarm in api.alarms(state="suppressed")] == ["P-101"]


def test_what_outlasts_maintenance_comes_back_with_an_order(api: Api, records: Records) -> None:
    api.post("assets/P-101/maintenance", HOURS_2)
    api.send(activated())

    api.clock.advance(2 * HOUR)
    assert end_expired(records, now=api.clock()) == 1

    assert api.alarm()["state"] == "active_unacked"
    assert api.order()["alarms"] == [api.alarm()["id"]]


def test_maintenance_is_ended_by_hand_once(api: Api) -> None:
    api.post("assets/P-101/maintenance", HOURS_2)
    api.send(activated())

    api.post("assets/P-101/maintenance/end")

    assert api.alarm()["state"] == "active_unacked"
    assert api.call("POST", "assets/P-101/maintenance/end").status_code == 409
    assert {"maintenance.begin", "maintenance.end"} <= set(audit(api))


def test_maintenance_does_not_hide_what_concerns_life(api: Api) -> None:
    api.post("assets/P-101/maintenance", HOURS_2)

    api.send(activated(text=FIRE))

    assert api.alarm()["state"] == "active_unacked"
    assert api.order()["status"] == "new"


def test_only_an_administrator_puts_what_concerns_life_in_maintenance(api: Api) -> None:
    body = {**HOURS_2, "life_safety": True}

    refused = api.call("POST", "assets/P-101/maintenance", role=Role.ENGINEER, json=body)
    allowed = api.call("POST", "assets/P-101/maintenance", role=Role.ADMIN, json=body)
    api.send(activated(text=FIRE))

    assert (refused.status_code, allowed.status_code) == (403, 201)
    assert api.alarm()["state"] == "suppressed"


def test_maintenance_of_what_is_not_there_is_refused(api: Api) -> None:
    assert api.call("POST", "assets/X/maintenance", json=HOURS_2).status_code == 404
    assert api.call("POST", "sites/X/test-mode", role=Role.ENGINEER, json=HOURS_2).status_code == 404


@pytest.mark.parametrize("path", ["assets/P-101/test-mode", "sites/riverside/test-mode"])
def test_alarms_of_a_test_are_marked_and_open_no_orders(api: Api, path: str) -> None:
    engineer(api, path, HOURS_2)

    api.send(activated(), cleared(START + 1))

    assert (api.alarm()["test"], api.alarm()["state"]) == (True, "cleared_unacked")
    assert api.orders() == []
    engineer(api, f"{path}/end")
    assert api.alarm()["test"] is True


def test_what_is_still_active_after_a_test_is_real(api: Api) -> None:
    engineer(api, "assets/P-101/test-mode", HOURS_2)
    api.send(activated())

    engineer(api, "assets/P-101/test-mode/end")

    assert api.alarm()["test"] is False
    assert api.order()["status"] == "new"


def test_a_write_that_comes_twice_is_done_once(api: Api) -> None:
    headers = {"Idempotency-Key": "k1"}
    first = api.call("POST", "assets/P-101/maintenance", json=HOURS_2, headers=headers)
    api.clock.advance(MINUTE)
    second = api.call("POST", "assets/P-101/maintenance", json=HOURS_2, headers=headers)

    assert first.json() == second.json()
    assert audit(api).count("maintenance.begin") == 1
