"""Which work order an alarm gets, and what people do with it (contract 4.7), on both databases."""

from dataclasses import replace

import pytest

from plantroom.api.alarming.upkeep import alarm_again
from plantroom.domain.alarm import TransitionKind
from plantroom.domain.rule import Severity, WorkOrderTemplate
from plantroom.domain.work_order import Priority
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

URGENT = replace(
    with_severity(Severity.CRITICAL),
    work_order=WorkOrderTemplate(priority=Priority.URGENT, skill="electrical"),
)
OTHER = {"rule": "pump-bearing-hot"}


def closed_while_active(api: Api) -> str:
    """Let a person close the order of an active alarm; return the order's id."""
    api.send(activated())
    order_id: str = api.order()["id"]
    api.close_order(order_id)
    return order_id


def test_alarms_of_one_group_share_an_order(api: Api) -> None:
    api.send(activated(), activated(START + 1, **OTHER))

    order = api.order()

    assert len(order["alarms"]) == 2
    assert {alarm["work_order"] for alarm in api.alarms()} == {order["id"]}


def test_alarms_of_other_groups_and_assets_get_their_own_orders(api: Api) -> None:
    electrical = replace(HIGH_VIBRATION, group="electrical")

    api.send(activated(), activated(rule="overload", text=electrical), activated(asset="F-1"))

    assert len(api.orders()) == 3


def test_a_higher_severity_in_the_group_raises_the_open_order(api: Api) -> None:
    api.send(activated())

    api.send(activated(START + 1, text=URGENT, **OTHER))

    order = api.order()
    assert (order["severity"], order["priority"]) == ("critical", "urgent")


def test_a_lower_severity_in_the_group_does_not_lower_the_order(api: Api) -> None:
    api.send(activated(text=URGENT))

    api.send(activated(START + 1, **OTHER))

    order = api.order()
    assert (order["severity"], order["priority"]) == ("critical", "urgent")


@pytest.mark.parametrize("ending", ["close", "cancel"])
def test_an_order_ended_while_the_condition_holds_stays_ended(api: Api, ending: str) -> None:
    api.send(activated())
    order_id = api.order()["id"]
    api.close_order(order_id) if ending == "close" else api.post(f"work-orders/{order_id}/cancel")

    api.send(activated(), activated())

    assert api.order()["status"] in ("closed", "cancelled")
    assert api.alarm()["order_closed"] is True
    assert api.alarm()["work_order"] == order_id


def test_the_next_activation_within_an_hour_of_closing_reopens_the_order(api: Api) -> None:
    order_id = closed_while_active(api)
    api.send(cleared(START + MINUTE))
    assert api.alarm()["order_closed"] is False

    api.send(activated(START + 59 * MINUTE))

    order = api.order()
    assert order["id"] == order_id
    assert order["status"] == "new"
    assert order["reopened"] == 1
    assert order["closed_at"] is None


def test_a_reopened_order_goes_back_to_who_had_it(api: Api) -> None:
    api.send(activated())
    order_id = api.order()["id"]
    api.post(f"work-orders/{order_id}/assign", {"assignee": "Li Wei"})
    api.close_order(order_id)

    api.send(cleared(START + MINUTE), activated(START + 2 * MINUTE))

    assert (api.order()["status"], api.order()["assignee"]) == ("assigned", "Li Wei")


def test_the_next_activation_after_an_hour_opens_another_order(api: Api) -> None:
    first = closed_while_active(api)

    api.send(cleared(START + MINUTE), activated(START + HOUR + MINUTE))

    newest, oldest = api.orders()
    assert (oldest["id"], oldest["status"]) == (first, "closed")
    assert newest["status"] == "new"
    assert api.alarm()["work_order"] == newest["id"]
    assert api.alarm()["order_closed"] is False


def test_a_recurrence_as_another_occurrence_reopens_the_order_too(api: Api) -> None:
    order_id = closed_while_active(api)
    api.post(f"alarms/{api.alarm()['id']}/ack")
    api.send(cleared(START + MINUTE), activated(START + 2 * MINUTE))

    order = api.order()

    assert order["id"] == order_id
    assert len(order["alarms"]) == 2


def test_an_order_that_another_alarm_reopens_is_open_for_all_of_its_alarms(api: Api) -> None:
    api.send(activated(), activated(START + 1, **OTHER))
    order_id = api.order()["id"]
    api.close_order(order_id)
    assert [alarm["order_closed"] for alarm in api.alarms()] == [True, True]

    api.send(cleared(START + 2, activated_at=START + 1, **OTHER), activated(START + 3, **OTHER))

    assert api.order()["id"] == order_id
    assert [alarm["order_closed"] for alarm in api.alarms()] == [False, False]
    assert [alarm["re_alarm_at"] for alarm in api.alarms()] == [None, None]


def test_a_recurrence_after_cancelling_opens_another_order(api: Api) -> None:
    api.send(activated())
    api.post(f"work-orders/{api.order()['id']}/cancel")

    api.send(cleared(START + MINUTE), activated(START + 2 * MINUTE))

    assert [order["status"] for order in api.orders()] == ["new", "cancelled"]


def test_a_higher_severity_in_the_group_opens_an_order_after_the_last_was_closed(api: Api) -> None:
    closed_while_active(api)

    api.send(activated(START + MINUTE, text=URGENT, **OTHER))

    assert [order["status"] for order in api.orders()] == ["new", "closed"]


def test_a_rule_raised_in_severity_opens_an_order_after_the_last_was_closed(api: Api) -> None:
    closed_while_active(api)

    api.send(activated(text=URGENT))
    api.send(activated(text=URGENT))

    assert [order["status"] for order in api.orders()] == ["new", "closed"]
    assert api.alarm()["order_closed"] is False


def test_a_persisting_condition_opens_an_order_after_re_alarm(api: Api, records: Records) -> None:
    closed_while_active(api)
    assert api.alarm()["re_alarm_at"] == "2025-11-22T18:33:20.000Z"
    api.clock.advance(24 * HOUR - 1)
    assert alarm_again(records, now=api.clock()) == 0

    api.clock.advance(1)

    assert alarm_again(records, now=api.clock()) == 1
    assert alarm_again(records, now=api.clock()) == 0
    assert [order["status"] for order in api.orders()] == ["new", "closed"]
    assert api.alarm()["order_closed"] is False


def test_a_condition_that_is_gone_does_not_alarm_again(api: Api, records: Records) -> None:
    closed_while_active(api)
    api.send(cleared(START + MINUTE))

    api.clock.advance(48 * HOUR)

    assert alarm_again(records, now=api.clock()) == 0
    assert api.order()["status"] == "closed"


def test_reopening_by_hand_takes_the_mark_from_the_alarm(api: Api) -> None:
    order_id = closed_while_active(api)

    api.post(f"work-orders/{order_id}/reopen")

    assert api.alarm()["order_closed"] is False
    assert api.alarm()["re_alarm_at"] is None


def test_an_order_is_not_reopened_beside_another_open_one_of_its_group(api: Api) -> None:
    first = closed_while_active(api)
    api.send(cleared(START + MINUTE), activated(START + 2 * HOUR))
    second = api.orders()[0]["id"]

    answer = api.call("POST", f"work-orders/{first}/reopen")

    assert answer.status_code == 409
    assert answer.json()["work_order"] == second


def test_clearing_and_withdrawing_leave_the_order_open(api: Api) -> None:
    api.send(activated(), cleared(START + MINUTE), report(TransitionKind.WITHDRAWN, at=START + 2 * MINUTE))

    assert api.order()["status"] == "new"


def test_an_order_goes_its_whole_way(api: Api) -> None:
    api.send(activated())
    order_id = api.order()["id"]
    way = [
        ("assign", {"assignee": "Li Wei"}, "assigned"),
        ("start", None, "in_progress"),
        ("complete", {"remedy": "bearing replaced"}, "completed"),
        ("verify", {"comment": "quiet now"}, "verified"),
        ("close", None, "closed"),
    ]

    statuses = [api.post(f"work-orders/{order_id}/{step}", body)["status"] for step, body, _ in way]

    order = api.get(f"work-orders/{order_id}")
    assert statuses == [status for _, _, status in way]
    assert (order["assignee"], order["remedy"]) == ("Li Wei", "bearing replaced")
    assert [comment["text"] for comment in order["comments"]] == ["quiet now"]
    assert order["closed_at"] == order["started_at"] == "2025-11-21T18:33:20.000Z"


def test_an_order_that_was_settled_without_a_visit_is_closed_at_once(api: Api) -> None:
    api.send(activated())

    order = api.post(f"work-orders/{api.order()['id']}/close", {"comment": "reset by telephone"})

    assert order["status"] == "closed"
    assert api.alarm()["order_closed"] is True


@pytest.mark.parametrize("step", ["complete", "verify", "reopen"])
def test_an_illegal_step_names_the_status_and_what_is_possible(api: Api, step: str) -> None:
    api.send(activated())
    order_id = api.order()["id"]

    answer = api.call("POST", f"work-orders/{order_id}/{step}")

    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["work_order_status"] == "new"
    assert problem["possible"] == ["assign", "start", "close", "cancel"]
    assert "is new" in problem["detail"]
    assert api.order()["status"] == "new"


def test_a_person_opens_an_order_for_an_asset(api: Api) -> None:
    wanted = {
        "asset": "P-101",
        "title": "Oil the bearing",
        "priority": "low",
        "due_at": "2026-01-01T08:00:00+08:00",
    }

    answer = api.call("POST", "work-orders", json=wanted)

    assert answer.status_code == 201
    order = answer.json()
    assert order["title"] == {"en": "Oil the bearing", "zh": ""}
    assert order["due_at"] == "2026-01-01T00:00:00.000Z"
    assert (order["site"], order["alarms"], order["group"]) == ("riverside", [], None)
    assert order["created_by"] == "operator"


def test_a_person_may_open_any_number_of_orders_for_no_alarm(api: Api) -> None:
    for _ in range(2):
        api.post("work-orders", {"asset": "P-101", "title": "Oil the bearing"})

    assert len(api.orders()) == 2


def test_a_person_opens_an_order_for_an_alarm_whose_rule_asks_for_none(api: Api) -> None:
    api.send(activated(text=replace(HIGH_VIBRATION, work_order=None)))
    alarm = api.alarm()

    order = api.post("work-orders", {"asset": "P-101", "title": {"zh": "检查"}, "alarm": alarm["id"]})

    assert order["alarms"] == [alarm["id"]]
    assert api.alarm()["work_order"] == order["id"]


def test_a_person_cannot_open_a_second_order_for_a_group(api: Api) -> None:
    api.send(activated())

    wanted = {"asset": "P-101", "title": "again", "alarm": api.alarm()["id"]}
    answer = api.call("POST", "work-orders", json=wanted)

    assert answer.status_code == 409
    assert api.order()["status"] == "new"


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"asset": "P-999", "title": "x"}, id="no such asset"),
        pytest.param({"asset": "P-101", "title": "x", "alarm": "nope"}, id="no such alarm"),
        pytest.param({"asset": "P-101"}, id="no title"),
        pytest.param({"asset": "P-101", "title": "x", "priority": "soon"}, id="no such priority"),
        pytest.param({"asset": "P-101", "title": "x", "due_at": "2026-01-01"}, id="due without offset"),
        pytest.param({"asset": "P-101", "title": "x", "colour": "red"}, id="unknown member"),
    ],
)
def test_an_order_with_a_mistake_is_not_opened(api: Api, wrong: dict[str, str]) -> None:
    answer = api.call("POST", "work-orders", json=wrong)

    assert answer.status_code == 422
    assert answer.json()["errors"]
    assert api.orders() == []


def test_what_is_said_of_an_order_can_be_changed_in_part(api: Api) -> None:
    order_id = api.post("work-orders", {"asset": "P-101", "title": "Oil", "description": "soon"})["id"]
    api.clock.advance(MINUTE)

    answer = api.call(
        "PATCH", f"work-orders/{order_id}", json={"priority": "urgent", "due_at": "2026-01-01T00:00:00Z"}
    )

    order = answer.json()
    assert (order["priority"], order["description"]) == ("urgent", "soon")
    assert order["due_at"] == "2026-01-01T00:00:00.000Z"
    assert order["updated_at"] == "2025-11-21T18:34:20.000Z"
    assert api.call("PATCH", f"work-orders/{order_id}", json={"due_at": None}).json()["due_at"] is None
