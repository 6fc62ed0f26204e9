"""Lists, problems and idempotent requests as clients see them, on both databases."""

from typing import Any

import pytest

from plantroom.api.access.identity import Role
from plantroom_testing.records import HOUR, MINUTE, START, Api, activated, cleared


def walk(api: Api, path: str, **params: Any) -> list[Any]:
    """Return all items of a list, part by part."""
    items: list[Any] = []
    cursor = None
    while True:
        part = api.get(path, **params, **({"cursor": cursor} if cursor else {}))
        items += part["items"]
        cursor = part["next"]
        if cursor is None:
            return items


def test_a_list_comes_in_parts_newest_first(api: Api) -> None:
    api.send(*(activated(START + number, asset=f"A-{number}") for number in range(5)))

    parts = walk(api, "alarms", limit=2)

    assert [alarm["asset"] for alarm in parts] == ["A-4", "A-3", "A-2", "A-1", "A-0"]
    assert [order["asset"] for order in walk(api, "work-orders", limit=3)] == [
        "A-4",
        "A-3",
        "A-2",
        "A-1",
        "A-0",
    ]


def test_what_is_added_while_paging_moves_nothing(api: Api) -> None:
    api.send(*(activated(START + number, asset=f"A-{number}") for number in range(4)))
    first = api.get("alarms", limit=2)

    api.send(activated(START + 9, asset="A-9"))
    second = api.get("alarms", limit=2, cursor=first["next"])

    assert [alarm["asset"] for alarm in second["items"]] == ["A-1", "A-0"]
    assert second["next"] is None


def test_alarms_are_found_by_state_asset_severity_and_time(api: Api) -> None:
    api.send(
        activated(START, asset="A-1"),
        activated(START + HOUR, asset="A-2"),
        activated(START + HOUR, asset="A-3"),
        cleared(START + 2 * HOUR, activated_at=START + HOUR, asset="A-3"),
    )
    api.post(f"alarms/{api.alarms(asset='A-2')[0]['id']}/ack")

    def assets(**params: Any) -> list[str]:
        return sorted(alarm["asset"] for alarm in api.alarms(**params))

    assert assets(state="active_unacked") == ["A-1"]
    assert assets(state="active_acked") == ["A-2"]
    assert assets(state="cleared_unacked") == ["A-3"]
    assert assets(state=["active_unacked", "active_acked"]) == ["A-1", "A-2"]
    assert assets(asset=["A-1", "A-3"]) == ["A-1", "A-3"]
    assert assets(severity="critical") == []
    assert assets(severity="warning") == ["A-1", "A-2", "A-3"]
    assert assets(since="2025-11-21T19:33:20Z") == ["A-2", "A-3"]
    assert assets(since="2025-11-22T03:33:20+08:00") == ["A-2", "A-3"]
    assert assets(site="elsewhere") == []
    assert assets(state="suppressed") == []
    assert assets() == ["A-1", "A-2", "A-3"]


def test_shelved_alarms_are_found_as_such_and_as_nothing_else(api: Api) -> None:
    api.send(activated())
    api.post(f"alarms/{api.alarm()['id']}/shelve", {"minutes": 5, "reason": "test"})

    assert len(api.alarms(state="shelved")) == 1
    assert api.alarms(state="active_unacked") == []

    api.clock.advance(5 * MINUTE)

    assert api.alarms(state="shelved") == []
    assert len(api.alarms(state="active_unacked")) == 1


def test_work_orders_are_found_by_status_priority_asset_and_assignee(api: Api) -> None:
    api.send(activated())
    other = api.post("work-orders", {"asset": "F-1", "title": "Clean", "priority": "low"})
    api.post(f"work-orders/{other['id']}/assign", {"assignee": "Li Wei"})

    def assets(**params: Any) -> list[str]:
        return sorted(order["asset"] for order in api.orders(**params))

    assert assets(status="new") == ["P-101"]
    assert assets(status=["new", "assigned"]) == ["F-1", "P-101"]
    assert assets(priority="low") == ["F-1"]
    assert assets(asset="P-101") == ["P-101"]
    assert assets(assignee="Li Wei") == ["F-1"]
    assert assets(site="riverside") == ["F-1", "P-101"]


@pytest.mark.parametrize(
    ("path", "names"),
    [
        pytest.param("alarms?state=open", "state", id="no such state"),
        pytest.param("alarms?since=yesterday", "yesterday", id="no time"),
        pytest.param("alarms?since=2025-01-01T00:00:00", "RFC 3339", id="time without offset"),
        pytest.param("alarms?limit=0", "limit", id="limit too small"),
        pytest.param("alarms?limit=1001", "limit", id="limit too large"),
        pytest.param("alarms?cursor=abc", "cursor", id="no cursor"),
        pytest.param("work-orders?status=done", "status", id="no such status"),
        pytest.param("dead-letters?cursor=1", "cursor", id="no cursor of dead letters"),
        pytest.param("dead-letters?cursor=a.b", "cursor", id="no numbers in the cursor"),
    ],
)
def test_a_bad_parameter_is_named(api: Api, path: str, names: str) -> None:
    answer = api.call("GET", path)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["title"]
    assert problem["status"] == 422
    assert names in problem["detail"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("GET", "alarms/nope", 404, id="no such alarm"),
        pytest.param("POST", "alarms/nope/ack", 404, id="no such alarm to acknowledge"),
        pytest.param("GET", "work-orders/WO-7", 404, id="no such order"),
        pytest.param("GET", "work-orders/WO-99999999999999999999999", 404, id="no such number"),
        pytest.param("POST", "work-orders/WO-x/start", 404, id="no order at all"),
        pytest.param("GET", "assets/nope", 404, id="no such asset"),
        pytest.param("GET", "/nope", 404, id="no such path"),
        pytest.param("DELETE", "alarms", 405, id="no such method"),
    ],
)
def test_what_is_not_there_is_a_problem(api: Api, method: str, path: str, status: int) -> None:
    answer = api.call(method, path)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert answer.json()["detail"]


def test_a_body_that_is_no_json_is_a_problem(api: Api) -> None:
    answer = api.call("POST", "work-orders", content=b"{", headers={"Content-Type": "application/json"})

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_request_sent_twice_under_one_key_is_done_once(api: Api) -> None:
    wanted = {"asset": "P-101", "title": "Oil the bearing"}
    headers = {"Idempotency-Key": "a1"}

    answers = [api.call("POST", "work-orders", json=wanted, headers=headers) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert len(api.orders()) == 1


def test_a_key_is_not_taken_for_another_request(api: Api) -> None:
    headers = {"Idempotency-Key": "a1"}
    api.call("POST", "work-orders", json={"asset": "P-101", "title": "Oil"}, headers=headers)

    answer = api.call("POST", "work-orders", json={"asset": "P-101", "title": "Paint"}, headers=headers)

    assert answer.status_code == 422
    assert "a1" in answer.json()["detail"]
    assert len(api.orders()) == 1


def test_a_key_belongs_to_who_used_it(api: Api) -> None:
    wanted = {"asset": "P-101", "title": "Oil"}
    headers = {"Idempotency-Key": "a1"}

    for role in (Role.OPERATOR, Role.ENGINEER):
        assert api.call("POST", "work-orders", role=role, json=wanted, headers=headers).is_success

    assert len(api.orders()) == 2


def test_a_refused_request_may_be_sent_again_under_its_key(api: Api) -> None:
    api.send(activated())
    order_id = api.order()["id"]
    headers = {"Idempotency-Key": "a1"}
    refused = api.call("POST", f"work-orders/{order_id}/complete", headers=headers)
    api.post(f"work-orders/{order_id}/start")

    answer = api.call("POST", f"work-orders/{order_id}/complete", headers=headers)

    assert (refused.status_code, answer.status_code) == (409, 200)


def test_comments_stay_with_their_alarm(api: Api) -> None:
    api.send(activated())
    alarm_id = api.alarm()["id"]
    api.post(f"alarms/{alarm_id}/comment", {"text": "噪音很大"})
    api.post(f"alarms/{alarm_id}/ack", {"comment": "on my way"})

    comments = api.get(f"alarms/{alarm_id}")["comments"]

    assert [(comment["who"], comment["text"]) for comment in comments] == [
        ("operator", "噪音很大"),
        ("operator", "on my way"),
    ]
