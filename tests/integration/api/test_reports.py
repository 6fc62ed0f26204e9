"""What reports of the rules engine do to alarms (contract 4.7), on both databases."""

import pytest

from plantroom.api.access.identity import Role
from plantroom.domain.alarm import AlarmText, TransitionKind, alarm_id
from plantroom.domain.report import to_document
from plantroom.domain.rule import Severity
from plantroom_testing.records import (
    HIGH_VIBRATION,
    MINUTE,
    START,
    Api,
    activated,
    cleared,
    report,
    with_severity,
)

INFO = AlarmText(severity=Severity.INFO, group="bearing", title=HIGH_VIBRATION.title)


def test_an_activation_opens_an_alarm_and_a_work_order(api: Api) -> None:
    answer = api.send(activated())

    assert answer == {"accepted": 1, "ignored": 0, "rejected": []}
    alarm, order = api.alarm(), api.order()
    assert alarm["id"] == alarm_id(
        site="riverside", asset="P-101", rule="pump-vibration-high", activated_at=START
    )
    assert alarm["state"] == "active_unacked"
    assert alarm["title"] == {"en": "High vibration", "zh": "振动偏高"}
    assert (alarm["value"], alarm["point"], alarm["unit"]) == (4.7, "vibration", "mm/s")
    assert alarm["active_since"] == "2025-11-21T18:33:20.000Z"
    assert alarm["work_order"] == order["id"]
    assert order["status"] == "new"
    assert order["alarms"] == [alarm["id"]]
    assert order["skill"] == "mechanical"


def test_a_rule_without_a_work_order_makes_an_alarm_only(api: Api) -> None:
    api.send(activated(text=INFO))

    assert api.alarm()["work_order"] is None
    assert api.orders() == []


def test_a_duplicate_report_makes_one_alarm_and_one_order(api: Api) -> None:
    answers = [api.send(activated(), activated()), api.send(activated())]

    assert [answer["accepted"] for answer in answers] == [1, 0]
    assert [answer["ignored"] for answer in answers] == [1, 1]
    assert api.alarm()["activations"] == 1
    assert api.order()["status"] == "new"


def test_a_cleared_alarm_stays_until_it_is_acknowledged(api: Api) -> None:
    api.send(activated(), cleared(START + MINUTE))

    alarm = api.alarm()

    assert alarm["state"] == "cleared_unacked"
    assert alarm["cleared_at"] == "2025-11-21T18:34:20.000Z"
    assert api.post(f"alarms/{alarm['id']}/ack")["state"] == "normal"


def test_an_acknowledged_alarm_closes_when_it_clears(api: Api) -> None:
    api.send(activated())
    api.post(f"alarms/{api.alarm()['id']}/ack")
    assert api.alarm()["state"] == "active_acked"

    api.send(cleared(START + MINUTE))

    alarm = api.alarm()
    assert alarm["state"] == "normal"
    assert alarm["acknowledged_by"] == "operator"


def test_info_acknowledges_itself(api: Api) -> None:
    api.send(activated(text=INFO))
    assert api.alarm()["state"] == "active_acked"

    api.send(cleared(START + MINUTE, text=INFO))

    assert api.alarm()["state"] == "normal"
    assert api.alarm()["acknowledged_by"] is None


def test_a_return_before_closing_is_the_same_alarm_and_unacknowledged_again(api: Api) -> None:
    api.send(activated())
    alarm = api.post(f"alarms/{api.alarm()['id']}/ack")
    api.send(activated(START + MINUTE))  # its end was not heard of

    again = api.alarm()

    assert again["id"] == alarm["id"]
    assert again["activations"] == 2
    assert again["state"] == "active_unacked"
    assert again["acknowledged_by"] is None
    assert again["active_since"] == alarm["active_since"]
    assert again["activated_at"] == "2025-11-21T18:34:20.000Z"
    assert api.order()["alarms"] == [alarm["id"]]


def test_a_return_after_closing_is_another_alarm(api: Api) -> None:
    api.send(activated())
    api.post(f"alarms/{api.alarm()['id']}/ack")
    api.send(cleared(START + MINUTE), activated(START + 2 * MINUTE))

    newest, oldest = api.alarms()

    assert newest["state"] == "active_unacked"
    assert oldest["state"] == "normal"
    assert newest["id"] != oldest["id"]


@pytest.mark.parametrize("kind", list(TransitionKind), ids=lambda kind: kind.value)
def test_a_report_for_a_closed_occurrence_is_ignored(api: Api, kind: TransitionKind) -> None:
    api.send(activated())
    api.post(f"alarms/{api.alarm()['id']}/ack")
    api.send(cleared(START + MINUTE))
    closed = api.alarm()

    answer = api.send(report(kind, activated_at=START, at=START + 2 * MINUTE))

    assert answer["ignored"] == 1
    assert api.alarm() == closed


def test_an_older_activation_than_the_last_is_ignored(api: Api) -> None:
    api.send(activated(START + MINUTE))

    answer = api.send(activated(START), cleared(START + 1, activated_at=START))

    assert answer["ignored"] == 2
    assert api.alarm()["activations"] == 1


def test_the_end_of_an_earlier_activation_does_not_clear_the_present_one(api: Api) -> None:
    api.send(activated(START), activated(START + MINUTE))

    answer = api.send(cleared(START + 30_000, activated_at=START))

    assert answer["ignored"] == 1
    assert api.alarm()["active"] is True


def test_an_end_that_comes_before_its_beginning_is_not_lost(api: Api) -> None:
    assert api.send(cleared(START + 20_000))["accepted"] == 1
    assert api.alarms() == []

    api.send(activated())

    alarm = api.alarm()
    assert alarm["state"] == "cleared_unacked"
    assert alarm["cleared_at"] == "2025-11-21T18:33:40.000Z"
    assert api.order()["status"] == "new"


def test_a_clock_that_was_far_ahead_does_not_silence_later_alarms(api: Api) -> None:
    ahead = START + 365 * 24 * 60 * MINUTE
    api.send(activated(ahead))
    api.post(f"alarms/{api.alarm()['id']}/ack")
    api.send(cleared(ahead + MINUTE, activated_at=ahead))

    answer = api.send(activated(START))

    assert answer["accepted"] == 1
    assert api.alarms()[0]["state"] == "active_unacked"


def test_unknown_is_shown_and_goes_when_it_is_known_again(api: Api) -> None:
    api.send(
        activated(),
        report(TransitionKind.UNKNOWN, at=START + MINUTE, reason="vibration is stale"),
    )
    unknown = api.alarm()
    assert unknown["unknown_since"] == "2025-11-21T18:34:20.000Z"
    assert unknown["reason"] == "vibration is stale"
    assert unknown["active"] is True

    api.send(report(TransitionKind.KNOWN, at=START + 2 * MINUTE))

    assert api.alarm()["unknown_since"] is None


def test_resent_reports_of_unknown_do_not_bring_it_back(api: Api) -> None:
    reports = [
        report(TransitionKind.UNKNOWN, at=START + MINUTE),
        report(TransitionKind.KNOWN, at=START + 2 * MINUTE),
    ]
    api.send(activated(), *reports)

    answer = api.send(*reports)

    assert answer["ignored"] == 2
    assert api.alarm()["unknown_since"] is None


def test_a_withdrawn_rule_closes_its_alarm_with_the_reason_and_leaves_the_order(api: Api) -> None:
    api.send(activated())

    api.send(report(TransitionKind.WITHDRAWN, at=START + MINUTE, reason="rule removed"))

    alarm = api.alarm()
    assert alarm["state"] == "normal"
    assert alarm["reason"] == "rule removed"
    assert alarm["acknowledged"] is False
    assert api.order()["status"] == "new"


def test_a_cleared_alarm_closes_when_its_rule_is_withdrawn(api: Api) -> None:
    api.send(activated(), cleared(START + MINUTE))

    api.send(report(TransitionKind.WITHDRAWN, at=START + 2 * MINUTE, reason="asset removed"))

    assert api.alarm()["state"] == "normal"


def test_a_bad_report_keeps_none_of_the_good_ones_from_being_taken(api: Api) -> None:
    good = activated()
    documents = [
        {"site": "riverside"},
        to_document(good) | {"kind": "exploded"},
        to_document(good) | {"value": "high"},
        to_document(good) | {"activated_at": "yesterday"},
        "nothing",
        to_document(good),
    ]

    answer = api.call("PUT", "alarms", role=Role.PIPELINE, json={"transitions": documents}).json()

    assert answer["accepted"] == 1
    assert [rejected["index"] for rejected in answer["rejected"]] == [0, 1, 2, 3, 4]
    assert "kind" in answer["rejected"][1]["message"]
    assert "yesterday" in answer["rejected"][3]["message"]
    assert api.alarm()["active"] is True


def test_a_rule_that_is_given_another_title_changes_its_active_alarm(api: Api) -> None:
    api.send(activated())
    louder = with_severity(Severity.CRITICAL)

    answer = api.send(activated(text=louder))

    assert answer["accepted"] == 1
    assert api.alarm()["severity"] == "critical"
    assert api.alarm()["activations"] == 1
    assert api.order()["severity"] == "critical"
